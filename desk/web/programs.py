"""What is served over a desk's tools beside the chat: the dashboard, the HTTP API and MCP."""

from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.routing import Route, WebSocketRoute

from desk.setting_groups import Access
from desk.web.api import Api
from desk.web.api_commands import CommandDoor
from desk.web.api_cycles import CycleDoor, CycleRunner
from desk.web.api_events import EventDoor
from desk.web.calls import Caller
from desk.web.dashboard_data import DashboardReader
from desk.web.dashboard_door import add_dashboard
from desk.web.doors import Doors
from desk.web.event_tail import EventTail
from desk.web.face import DeskFace
from desk.web.mcp_door import McpDoor
from desk.web.places import Places
from desk.web.signal_socket import PATH, SignalSocket
from desk.web.stream import Streams
from desk.web.tool_catalogue import ToolCatalogue
from desk.web.trends_door import add_trends
from fund.clock import Clock
from graph.desk_tools import DeskTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Runners:
    """Who runs what is asked for over HTTP; what nobody runs has no route."""

    cycles: CycleRunner | None = None
    discovery: CycleRunner | None = None


class Programs:
    """The doors for onlookers, for scripts and for other assistants."""

    def __init__(
        self,
        desk: DeskFace,
        tools: DeskTools,
        engine: Engine,
        doors: Doors,
        caller: Caller,
        access: Access,
        clock: Clock,
        runners: Runners,
    ) -> None:
        catalogue = ToolCatalogue(tools)
        self._places = Places(access.streams_per_user)
        self._tail = EventTail(engine, self._places)
        self._commands = CommandDoor(catalogue.propose, desk.conversation, engine, clock, caller)
        cycles = CycleDoor(engine, caller, runners.cycles, runners.discovery)
        events = EventDoor(engine, caller, self._tail)
        self._api = Api(catalogue, caller, self._commands, (*cycles.routes(), *events.routes()))
        self._socket = SignalSocket(self._tail, doors, caller)
        self._mcp = McpDoor(catalogue, caller, self._commands)
        self._reader = DashboardReader(desk, tools)
        self._evaluations = tools.evaluations
        self._streams = Streams(self._reader, self._places)

    def add_to(self, app: FastAPI) -> None:
        """Add their routes."""
        self._api.add_to(app)
        add_dashboard(app, self._reader, self._streams)
        add_trends(app, self._evaluations)
        app.state.streams = self._places
        app.router.routes.append(WebSocketRoute(PATH, endpoint=self._socket.serve))
        app.router.routes.append(Route("/mcp", endpoint=self._mcp))

    async def stop(self) -> None:
        """End them; what was confirmed is carried out to its end first."""
        await self._mcp.stop()
        await self._commands.stop()

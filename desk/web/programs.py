"""What is served over a desk's tools beside the chat: the dashboard, the HTTP API and MCP."""

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.routing import Route

from desk.settings import Access
from desk.web.api import Api
from desk.web.api_commands import CommandDoor
from desk.web.calls import Caller
from desk.web.dashboard_data import DashboardReader
from desk.web.dashboard_door import add_dashboard
from desk.web.face import DeskFace
from desk.web.mcp_door import McpDoor
from desk.web.pace import Pace
from desk.web.stream import Streams
from desk.web.tool_catalogue import ToolCatalogue
from fund.clock import Clock
from graph.desk_tools import DeskTools


class Programs:
    """The doors for onlookers, for scripts and for other assistants."""

    def __init__(
        self, desk: DeskFace, tools: DeskTools, engine: Engine, pace: Pace, access: Access, clock: Clock
    ) -> None:
        catalogue, caller = ToolCatalogue(tools), Caller(pace, access.call_seconds)
        self._commands = CommandDoor(catalogue.propose, desk.conversation, engine, clock, caller)
        self._api = Api(catalogue, caller, self._commands)
        self._mcp = McpDoor(catalogue, caller, self._commands)
        self._reader = DashboardReader(desk, tools)
        self._streams = Streams(self._reader, access.streams_per_user)

    def add_to(self, app: FastAPI) -> None:
        """Add their routes."""
        self._api.add_to(app)
        add_dashboard(app, self._reader, self._streams)
        app.state.streams = self._streams
        app.router.routes.append(Route("/mcp", endpoint=self._mcp))

    async def stop(self) -> None:
        """End them; what was confirmed is carried out to its end first."""
        await self._mcp.stop()
        await self._commands.stop()

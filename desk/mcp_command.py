"""`desk mcp`: the desk's tools for an assistant on the same machine, over standard input and output."""

import argparse
import asyncio
from contextlib import closing

from rich.console import Console

from desk.bootstrap import Desk, open_desk
from desk.data_folder import DataFolder
from desk.logs import log_to
from desk.outcome import Outcome
from desk.settings import Settings
from desk.worker import DeskWorker

MCP = """Serve the desk's tools to an assistant on this machine over standard input and output (MCP).

It reads the desk as its owner and changes nothing; `propose` opens a ticket that the owner confirms over the
HTTP API of a desk that runs. An assistant elsewhere uses http://HOST:PORT/mcp with an API key instead.
In an assistant's settings: command `python`, arguments `-m desk mcp`, in the checkout's folder."""


def mcp(options: argparse.Namespace, console: Console) -> Outcome:
    """Serve until the assistant closes its side; standard output belongs to the protocol alone."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    with closing(open_desk(settings)) as desk, closing(DeskWorker(desk)) as worker:
        log_to(desk.stores.folder.root / "mcp.log", settings)
        asyncio.run(_serve(desk, worker))
    console.quiet = True
    return Outcome(data={"ended": True})


async def _serve(desk: Desk, worker: DeskWorker) -> None:
    from db.accounts import OWNER
    from desk.talk import converse, desk_tools
    from desk.web.api_commands import CommandDoor
    from desk.web.calls import Caller
    from desk.web.doors import Visitor
    from desk.web.mcp_door import serve_stdio
    from desk.web.pace import Pace, rates_of
    from desk.web.tool_catalogue import ToolCatalogue
    from graph.checkpoints import libpq_url, open_checkpoints

    access = desk.settings.access
    saver, pool = await open_checkpoints(libpq_url(desk.stores.url))
    try:
        tools = desk_tools(desk, worker)
        catalogue, caller = ToolCatalogue(tools), Caller(Pace(rates_of(access)), access.call_seconds)
        talk = converse(desk, worker, saver, tools)
        commands = CommandDoor(catalogue.propose, talk, desk.engine, desk.clock, caller)
        await serve_stdio(catalogue, caller, commands, Visitor(name=OWNER, role="owner", by="key"))
    finally:
        await pool.close()

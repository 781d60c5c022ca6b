"""Serves a desk over HTTP until it is told to end, and ends it whole."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from desk.alerts.channel import Channel
from desk.alerts.keeper import AlertKeeper
from desk.bootstrap import Desk
from desk.evaluating import EVALS
from desk.index_keeper import PATIENCE_SECONDS, IndexKeeper
from desk.owner import OwnerGate
from desk.running import RunningDesk
from desk.schedule.waking import waking
from desk.shadow_keeper import ShadowKeeper, shadow_keepers
from desk.talk import converse, desk_tools
from desk.web.guard import LOOPBACK_HOSTS
from desk.web.programs import Runners
from desk.web.server import create_app
from desk.worker import DeskWorker
from fund.errors import ConfigError, DeskError
from graph.checkpoints import libpq_url, open_checkpoints
from graph.desk_tools import DeskTools
from tools.patterns import PatternTools

Keeper = IndexKeeper | AlertKeeper | ShadowKeeper

READ_AHEAD_SECONDS = 3.0
"""How long after a start nothing is read that nobody has asked for."""
LET_BE_SECONDS = 3.0
"""How long after an answer the next question may still come: until then nothing else takes the processor."""
READ_AT_ONCE = 8
"""So many decisions are read between two looks whether somebody waits for an answer."""


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: end as Ctrl-C would, so that everything that was opened is released."""


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an exception of the main thread for as long as the context lasts."""

    def end(number: int, frame: FrameType | None) -> None:
        raise TerminatedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def claim_port(host: str, port: int) -> socket.socket:
    """Return a listening socket; `ConfigError` naming the port when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claimed = socket.socket(family, socket.SOCK_STREAM)
    claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claimed.bind((host, port))
        claimed.listen(128)
    except OSError as error:
        claimed.close()
        raise ConfigError(
            f"DESK_HOST {host}, DESK_PORT {port}: the address cannot be used ({error.strerror}); "
            "end the program that has it, or choose another port with --port"
        ) from None
    return claimed


def serve(
    desk: Desk,
    gate: OwnerGate,
    claimed: socket.socket,
    announce: Callable[[], None],
    channels: Sequence[Channel] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; the desk is closed when this returns. Alerts go out by `channels`."""
    asyncio.run(_serve(desk, gate, claimed, announce, channels))


async def _serve(
    desk: Desk,
    gate: OwnerGate,
    claimed: socket.socket,
    announce: Callable[[], None],
    channels: Sequence[Channel],
) -> None:
    saver, pool = await open_checkpoints(libpq_url(desk.stores.url))
    worker = DeskWorker(desk)
    encoder = desk.encoder if desk.settings.search_by_meaning else None
    tools = desk_tools(desk, worker)
    conversation = converse(desk, worker, saver, tools)

    def busy() -> bool:
        return desk.is_playing or conversation.idle_seconds < LET_BE_SECONDS

    keeper = IndexKeeper(desk.indexer, encoder, busy)
    alerts = AlertKeeper(desk.engine, channels, desk.mandate.alerts, desk.clock)

    kept: tuple[Keeper, ...] = (keeper, alerts, *shadow_keepers(desk, busy))

    def told() -> None:
        for each in kept:
            each.wake()

    desk.after_session = told

    async def release() -> None:
        await pool.close()
        for each in kept:
            await asyncio.to_thread(each.close)
        await asyncio.to_thread(desk.close)

    worker.bakeoffs.busy = busy
    worker.bakeoffs.ending = lambda: server.should_exit
    running = RunningDesk(desk, worker, conversation, release, kept, tools)
    app = _app(desk, gate, running, worker, tools)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    app.state.streams.ending = lambda: server.should_exit
    serving = asyncio.create_task(server.serve(sockets=[claimed]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.02)
    if server.started:
        announce()
        for each in kept:
            each.start()
    timers = waking(worker.runner.jobs, worker.runner.calendar, worker.keep_time)
    timers.start()
    worker.bakeoffs.go_on()
    ahead = asyncio.create_task(read_ahead(tools.patterns, busy))
    await serving
    timers.shutdown(wait=False)
    ahead.cancel()


def _app(desk: Desk, gate: OwnerGate, running: RunningDesk, worker: DeskWorker, tools: DeskTools) -> FastAPI:
    access = desk.settings.access
    return create_app(
        running,
        gate=gate,
        engine=desk.engine,
        hosts={*LOOPBACK_HOSTS, desk.settings.host, *access.more_hosts},
        access=access,
        tools=tools,
        runners=Runners(cycles=worker.room, discovery=worker.room.pickers),
        reports=desk.settings.data_dir / EVALS,
    )


async def read_ahead(patterns: PatternTools, busy: Callable[[], bool]) -> None:
    """Read the desk's decisions once it is up, so that the first question on patterns waits less."""
    await asyncio.sleep(READ_AHEAD_SECONDS)
    with suppress(DeskError, SQLAlchemyError):
        while await asyncio.to_thread(patterns.read_ahead, READ_AT_ONCE):
            while busy():
                await asyncio.sleep(PATIENCE_SECONDS)

"""Who reads /metrics: this machine itself, or a key with the scope for it; they tell of the book."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from desk.web.api import told
from desk.web.calls import CallRefusedError, require_scope
from desk.web.doors import Doors
from desk.web.exposition import CONTENT_TYPE, exposition
from desk.web.face import Metric
from desk.web.guard import LOOPBACK_HOSTS
from desk.web.pace import Pace, too_fast
from desk.web.session_guard import key_in

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What a proxy adds: behind one, whoever asks is not on this machine because the proxy is."""


def add_metrics(app: FastAPI, read: Callable[[], Sequence[Metric]], doors: Doors, pace: Pace) -> None:
    """Add the route."""

    async def metrics(request: Request) -> Response:
        try:
            await _admit(request, doors, pace)
        except CallRefusedError as refusal:
            return told(refusal)
        return Response(exposition(await asyncio.to_thread(read)), media_type=CONTENT_TYPE)

    app.add_api_route("/metrics", metrics, methods=["GET"])


async def _admit(request: Request, doors: Doors, pace: Pace) -> None:
    key = key_in(request.headers)
    if key is None and is_local(request):
        return
    visitor = None if key is None else await asyncio.to_thread(doors.by_key, key)
    if visitor is None:
        raise CallRefusedError("from elsewhere, /metrics needs an API key with the scope 'metrics'", 401)
    require_scope(visitor, "metrics")
    wait = pace.take(visitor.name, "calls")
    if wait:
        raise CallRefusedError(too_fast(wait), 429, retry_after=wait)


def is_local(request: Request) -> bool:
    """Tell whether this machine asks by a name of its own, and nobody through it."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        return ip_address(request.client.host).is_loopback and name in LOOPBACK_HOSTS
    except ValueError:
        return False

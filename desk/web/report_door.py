"""Where the reports of experiments are served, to the desk's owner alone: they name who did how well."""

import asyncio
import re
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from desk.bakeoff_report import PAGES
from desk.eval_asking import PAGE
from desk.web.session_guard import onlooker_of

_EXPERIMENT = re.compile(r"[a-z][a-z_]{0,40}-[0-9a-f]{12}")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox"
"""A report carries its own style, and nothing that runs or asks for anything."""


def add_reports(app: FastAPI, root: Path) -> None:
    """Add the route of the reports below a folder."""

    async def report(request: Request, experiment: str) -> Response:
        visitor = onlooker_of(request)
        if visitor is None:
            return PlainTextResponse("Log in first.\n", status_code=401)
        if visitor.role != "owner":
            return PlainTextResponse("Only the owner of the desk may read its reports.\n", status_code=403)
        page = await asyncio.to_thread(_page, root, experiment)
        if page is None:
            return PlainTextResponse("There is no report of that experiment.\n", status_code=404)
        return HTMLResponse(page, headers={"content-security-policy": POLICY})

    app.add_api_route(f"{PAGES}/{{experiment}}", report, methods=["GET"])


def _page(root: Path, experiment: str) -> str | None:
    if _EXPERIMENT.fullmatch(experiment) is None:
        return None
    try:
        return (root / experiment / PAGE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None

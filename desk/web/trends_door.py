"""Where the page of trends is served: whoever may see the dashboard may see it."""

import asyncio

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from desk.web.dashboard_door import PATH
from desk.web.session_guard import onlooker_of
from desk.web.trends import trends_page
from tools.evaluations import EvaluationTools

NIGHTS = 120


def add_trends(app: FastAPI, evaluations: EvaluationTools) -> None:
    """Add the route."""

    async def page(request: Request) -> Response:
        if onlooker_of(request) is None:
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(trends_page(await asyncio.to_thread(evaluations.evaluations, NIGHTS)))

    app.add_api_route(f"{PATH}/evaluations", page, methods=["GET"])

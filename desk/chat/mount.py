"""Chainlit as a guest in our server: prepared, loaded, stripped of outside links, mounted."""
# mypy: untyped_calls_exclude=chainlit

import base64
import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

from desk.chat.seat import ChatSeat, connect
from fund.errors import ConfigError

CHAT_PATH = "/chat"
CHAT_UI = Path(__file__).resolve().parent.parent.parent / "chat-ui"
COOKIE = "conclave_session"

_OUTSIDE = re.compile(
    r'<link[^>]*\bhref="(?:https?:)?//[^"]*"[^>]*/?>|<meta property="og:(?:image|url)"[^>]*>', re.IGNORECASE
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_CLOSED = (
    "/project/share/{rest:path}",
    "/project/thread/share",
    "/project/element",
    "/auth/jwt",
    "/mcp",
    "/copilot/{rest:path}",
)


def prepare_chainlit(secret: str, *, session_hours: int = 168) -> None:
    """Set what Chainlit reads from the environment; call it before the first import of Chainlit.

    Chainlit has no other way in: its root, its cookie and its signing secret are environment variables,
    and its own reading of a `.env` file is pointed at nothing.
    """
    os.environ.update(  # noqa: TID251 - written for a guest, not read
        CHAINLIT_APP_ROOT=str(CHAT_UI),
        CHAINLIT_AUTH_COOKIE_NAME=COOKIE,
        CHAINLIT_AUTH_SECRET=secret,
        CHAINLIT_ENV_FILE=os.devnull,
        CHAINLIT_ROOT_PATH=CHAT_PATH,
    )
    from chainlit.config import APP_ROOT, config

    config.project.user_session_timeout = session_hours * 3600
    if str(CHAT_UI) != APP_ROOT:
        raise ConfigError(
            f"expected Chainlit to be imported by the desk's server, found it rooted at {APP_ROOT!r}; "
            "remove the earlier import"
        )


def mount_chat(app: FastAPI, seat: ChatSeat) -> tuple[str, ...]:
    """Mount the chat page, connected to this desk; return the CSP hashes of its inline scripts.

    Chainlit is one per process: a later mount replaces what the earlier one was connected to.
    """
    import chainlit.data
    import chainlit.server as guest
    from chainlit.config import config, load_module

    connect(seat)
    chainlit.data._data_layer, chainlit.data._data_layer_initialized = None, False
    config.run.module_name = str(CHAT_UI / "app.py")
    load_module(config.run.module_name)
    page = _page()
    setattr(guest, "get_html_template", lambda _root: page)  # noqa: B010 - Chainlit's only seam for its page
    _add_words(app)
    _follow_system_theme(app)
    for path in _CLOSED:
        app.add_api_route(f"{CHAT_PATH}{path}", _closed, methods=["GET", "POST", "PUT", "DELETE"])
    app.mount(CHAT_PATH, guest.app)
    return tuple(_hash(script) for script in _INLINE_SCRIPT.findall(page))


def without_outside_links(page: str) -> str:
    """Remove what would make a browser ask another host: fonts, style sheets, preview images."""
    return _OUTSIDE.sub("", page)


def _page() -> str:
    from chainlit import server as guest

    original = getattr(guest, "_conclave_html_template", None) or guest.get_html_template
    setattr(guest, "_conclave_html_template", original)  # noqa: B010 - kept for the next mount in this process
    return without_outside_links(original(CHAT_PATH)).replace("</head>", f"{_where_charts_are()}</head>", 1)


def _where_charts_are() -> str:
    """Name the script that draws charts, so that the page can load it while the first answer is worked on."""
    import chainlit

    assets = Path(chainlit.__file__).parent / "frontend" / "dist" / "assets"
    found = sorted(assets.glob("react-plotly-*.js"))
    return f'<meta name="charts" content="{CHAT_PATH}/assets/{found[0].name}">' if found else ""


def _add_words(app: FastAPI) -> None:
    """Serve Chainlit's English words with ours laid over them."""
    from chainlit.config import TRANSLATIONS_DIR

    theirs = json.loads((Path(TRANSLATIONS_DIR) / "en-US.json").read_text(encoding="utf-8"))
    ours = json.loads((CHAT_UI / "words.json").read_text(encoding="utf-8"))
    words = {"translation": _laid_over(theirs, ours)}

    async def translations() -> JSONResponse:
        return JSONResponse(words)

    app.add_api_route(f"{CHAT_PATH}/project/translations", translations, methods=["GET"])


def _follow_system_theme(app: FastAPI) -> None:
    """Answer the page's first question with the system's theme, which Chainlit's own setting cannot name."""
    from chainlit.auth import get_configuration

    async def configuration() -> JSONResponse:
        return JSONResponse({**get_configuration(), "default_theme": "system"})

    app.add_api_route(f"{CHAT_PATH}/auth/config", configuration, methods=["GET"])


def _laid_over(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        below = merged.get(key)
        merged[key] = (
            _laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
        )
    return merged


async def _closed() -> None:
    """Sharing, foreign tool servers, the embedded widget and cards changed by a page are not of this desk."""
    raise HTTPException(status_code=404)


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"

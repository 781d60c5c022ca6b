"""What every request must show and every answer must carry, as plain ASGI."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi.datastructures import Headers
from fastapi.responses import PlainTextResponse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_OTHER_SITES = frozenset({"cross-site", "same-site"})
_OWN_PAGES = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DASHBOARD = f"{_OWN_PAGES}; script-src 'self'; connect-src 'self'"
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class WebGuard:
    """Refuses foreign hosts and origins, and sends strict headers with every answer.

    The host check stops a foreign name that was pointed at this machine; the origin check stops another
    page in the same browser from using the owner's cookie, sockets included.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], chat_path: str, chat_scripts: Iterable[str]
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._chat_path = chat_path
        self._chat_pages = chat_policy(chat_scripts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in; answer the rest with one sentence."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, self._with_headers(scope, send))
        elif scope["type"] == "http":
            await refusal(scope, receive, self._with_headers(scope, send))
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return PlainTextResponse(
                "This desk does not answer under that name. Add it to the allowed hosts to use it.\n", 421
            )
        origin = headers.get("origin")
        guarded = scope["type"] == "websocket" or scope["method"] not in _HARMLESS
        foreign = headers.get("sec-fetch-site") in _OTHER_SITES
        if guarded and (foreign or (origin is not None and _place(origin) != host.lower())):
            return PlainTextResponse("This request comes from another page and is refused.\n", 403)
        return None

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        path = str(scope["path"])
        in_chat = path == self._chat_path or path.startswith(f"{self._chat_path}/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = self._chat_pages if in_chat else _DASHBOARD if path == "/dashboard" else _OWN_PAGES
                headers = list(message.get("headers", ()))
                if path.startswith(f"{self._chat_path}/assets/") and message["status"] == 200:
                    headers.append((b"cache-control", b"public, max-age=31536000, immutable"))
                message["headers"] = _completed(headers, policy)
            await send(message)

        return send_with_headers


def _completed(headers: list[tuple[bytes, bytes]], policy: str) -> list[tuple[bytes, bytes]]:
    """Add what an answer must carry and has not been given by its own route."""
    given = {name.lower(): value for name, value in headers}
    added = {**_ALWAYS, "content-security-policy": policy}
    if given.get(b"content-type", b"").startswith((b"text/html", b"application/json")):
        added["cache-control"] = "no-store"
    missing = ((name.encode(), value.encode()) for name, value in added.items())
    return headers + [(name, value) for name, value in missing if name not in given]


def chat_policy(scripts: Iterable[str]) -> str:
    """Return the chat page's content policy: nothing from outside, no inline script but the hashed ones.

    Style stays open to inline rules because Chainlit's widgets and Plotly write their own; evaluation
    because Chainlit compiles the page's own cards (`chat-ui/public/elements`) in the browser.
    """
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *scripts, "'unsafe-eval'")),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "media-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _place(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None

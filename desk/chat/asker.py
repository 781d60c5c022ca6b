"""On whose behalf the chat's history is asked: a page's user, a request's, or nobody's but the desk's."""

from contextvars import ContextVar

from chainlit.context import context_var

_of_request: ContextVar[str | None] = ContextVar("asker", default=None)


def note_asker(identifier: str) -> None:
    """Remember who has just shown a valid login, for the rest of this request."""
    _of_request.set(identifier)


def asker() -> str | None:
    """Return the name of whoever asks; None when the desk does, outside any page and request."""
    page = context_var.get(None)
    user = page.session.user if page is not None else None
    return user.identifier if user is not None else _of_request.get()

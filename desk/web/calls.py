"""One call of a tool from outside: within its pace, within its time, and a reason where it is refused."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from db.key_scopes import Scope, scopes_of
from desk.web.doors import Visitor
from desk.web.pace import Pace, too_fast
from fund.errors import DataError, DeskError, QueryRefusedError

log = logging.getLogger("conclave.calls")
T = TypeVar("T")


_asking: ContextVar[str] = ContextVar("asking")


def who_asks() -> str:
    """Return the name of the visitor that the call under way was admitted for."""
    return _asking.get()


class CallRefusedError(Exception):
    """Why a call got no result, in a sentence that may be shown, with HTTP's word for it."""

    def __init__(self, said: str, status: int, *, retry_after: int = 0, log_id: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.status = status
        self.retry_after = retry_after
        self.log_id = log_id or uuid4().hex[:8]


def require_scope(visitor: Visitor, scope: Scope) -> None:
    """Raise `CallRefusedError` (403) naming the scope that this visitor lacks."""
    if scope in visitor.scopes:
        return
    if scope in scopes_of(visitor.role):
        said = f"this needs the scope {scope!r}, which this key was not made with; use a key that has it"
    else:
        said = f"a viewer may look at everything and change nothing; ask the owner (the scope is {scope!r})"
    raise CallRefusedError(said, 403)


class Caller:
    """Calls what may block, for who is let in."""

    def __init__(self, pace: Pace, seconds: float) -> None:
        self._pace = pace
        self._seconds = seconds

    def admit(self, visitor: Visitor) -> None:
        """Take a token of the visitor's; raises `CallRefusedError` (429) when there is none."""
        _asking.set(visitor.name)
        wait = self._pace.take(visitor.name, "calls")
        if wait:
            raise CallRefusedError(too_fast(wait), 429, retry_after=wait)

    async def call(self, what: str, work: Callable[[], T]) -> T:
        """Do the work beside the event loop; every failure becomes a `CallRefusedError` with a log id."""
        log_id = uuid4().hex[:8]
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), self._seconds)
        except (QueryRefusedError, DataError) as refusal:
            log.info("%s [%s] was refused: %s", what, log_id, refusal)
            raise CallRefusedError(str(refusal), 422, log_id=log_id) from None
        except TimeoutError:
            log.warning("%s [%s] took longer than %s s", what, log_id, self._seconds)
            said = f"this took longer than {self._seconds:g} seconds and was given up; ask for less"
            raise CallRefusedError(said, 504, log_id=log_id) from None
        except (DeskError, SQLAlchemyError) as error:
            log.error("%s [%s] failed", what, log_id, exc_info=error)
            said = "the desk cannot answer just now; try again in a moment"
            raise CallRefusedError(said, 503, log_id=log_id) from None
        except Exception as error:
            log.error("%s [%s] failed", what, log_id, exc_info=error)
            raise CallRefusedError("something went wrong inside the desk", 500, log_id=log_id) from None

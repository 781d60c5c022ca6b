"""Keeps shadows asked in the background: on a thread of its own, while nobody waits for the desk."""

import logging
from collections.abc import Callable

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from db.engine import in_transaction
from db.llm_calls import LLMCalls
from db.shadow_tables import shadow_calls
from desk.background import Background
from desk.bootstrap import Desk
from desk.shadow_field import shadow_field
from desk.shadow_returns import fill_shadow_returns
from desk.shadowing import Shadowing
from desk.web.face import HealthItem
from fund.errors import DeskError

log = logging.getLogger("conclave.shadows")
AGAIN_SECONDS = 60.0
PATIENCE_SECONDS = 0.5
"""How long to wait before looking again whether the desk is still at work."""
NAME = "shadows"
FAILURES = (DeskError, SQLAlchemyError, psycopg.Error, OSError, ImportError, ValueError, RuntimeError)
"""Of the database, the record and a provider's library: none of them ends the keeping, or the desk."""


class ShadowKeeper:
    """Asks shadows and fills in what came of their views, whenever it is woken, until it is closed."""

    def __init__(self, desk: Desk, shadowing: Shadowing, busy: Callable[[], bool]) -> None:
        """`busy` says whether the desk is at work."""
        self._desk = desk
        self._shadowing = shadowing
        self._busy = busy
        self._background = Background(
            NAME, self._work, FAILURES, every_seconds=None, again_seconds=AGAIN_SECONDS
        )

    def start(self) -> None:
        """Begin with what was not asked yet."""
        self._background.start()

    def wake(self) -> None:
        """Say that something was decided."""
        self._background.wake()

    def close(self) -> None:
        """End at once: the question in hand is taken back, and asked again at the next start."""
        self._background.closing.set()
        self._shadowing.stop()
        self._background.close()
        self._shadowing.close()

    def health(self) -> HealthItem:
        """Say who is asked, what it cost today, and who is skipped."""
        if self._background.failed:
            return HealthItem(name=NAME, ok=False, detail=self._background.failed)
        today = self._desk.clock.now().date()
        spent = in_transaction(
            self._desk.engine, lambda connection: LLMCalls(connection, shadow_calls).spent(today)
        )
        field = self._shadowing.field
        asked = ", ".join(field.rosters) or "nobody"
        skipped = "".join(f"; skipped: {name} ({why})" for name, why in sorted(field.skipped.items()))
        budget = self._desk.mandate.shadow_budget_usd
        return HealthItem(
            name=NAME, ok=True, detail=f"{asked}; {spent:.2f} of {budget:.2f} USD today{skipped}"
        )

    def _work(self) -> None:
        asked = self._shadowing.ask_waiting(self._may_go_on)
        filled = fill_shadow_returns(self._desk)
        if asked or filled:
            log.info("shadows: %d answers kept, %d returns became known", asked, filled)

    def _may_go_on(self) -> bool:
        """Wait until the desk is not at work; False once it ends."""
        closing = self._background.closing
        while self._busy() and not closing.is_set():
            closing.wait(PATIENCE_SECONDS)
        return not closing.is_set()


def shadow_keepers(desk: Desk, busy: Callable[[], bool]) -> tuple[ShadowKeeper, ...]:
    """Return who keeps the shadows of a desk asked; nobody where none is set."""
    if not desk.mandate.shadows:
        return ()
    return (ShadowKeeper(desk, Shadowing(desk, shadow_field(desk.settings, desk.mandate)), busy),)

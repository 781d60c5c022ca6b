"""The committee of an LLM, or of the rules, as the one who decides a book: asked through the desk's door."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any

from agents.brief import Evidence
from db.record_codec import to_json
from evals.books.frozen import HalfYear, half_year_of
from evals.books.playing import Played, play
from evals.case import Case
from fund.errors import DeskError
from fund.portfolio.proposal import Proposal
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, Committee
from graph.context import AskRole, CommitteeContext, RoleTurn
from graph.recorded import UNASKED
from graph.strategy import proposal_from, run_committee

AT_A_CLOSE = (MACRO, QUANT, MANAGER, VALIDATOR, MANAGER, RISK)
"""Who is asked at one close at most: the manager once more where the validator objects."""


class NobodyThereError(DeskError):
    """Nobody could be asked: a book with that hole in it would be nobody's."""


class BookAsked:
    """One book, decided close by close; `heard` are all turns of all roles, in order."""

    def __init__(
        self,
        committee: Committee,
        ask_for: Callable[[str], AskRole],
        seen: Callable[[Evidence], Evidence],
        cycle: str,
    ) -> None:
        """Take who asks under a cycle's id, and how evidence is shown; cycles are named after `cycle`."""
        self._committee, self._ask_for, self._seen, self._cycle = committee, ask_for, seen, cycle
        self.heard: list[RoleTurn] = []
        self._pending: Future[Proposal] | None = None
        self._stopped = False
        self._one_at_a_time = Lock()

    async def played(self, name: str, case: Case) -> Played | str:
        """Return the book, or why there is none: nobody was there to be asked at some close.

        The book is traded on a thread of its own, which waits for every answer: the heartbeat is not made
        of coroutines. Not on one of the loop's own threads, which the answers may need while many books
        wait. The same answers give the same book, so a run that was cut off goes on from its calls.
        """
        loop = asyncio.get_running_loop()
        year = half_year_of(case)

        def decides(evidence: Evidence) -> Proposal:
            return self._asked(evidence, loop).result()

        own = ThreadPoolExecutor(1, thread_name_prefix="book")
        work = partial(play, name, year, decides, shown=year.mandate.candidates)
        try:
            return await loop.run_in_executor(own, work)
        except NobodyThereError as error:
            return str(error)
        finally:
            self._stop()
            own.shutdown(wait=False)

    def _asked(self, evidence: Evidence, loop: asyncio.AbstractEventLoop) -> Future[Proposal]:
        """Put a question to the loop, unless the book has been stopped in between."""
        with self._one_at_a_time:
            if self._stopped:
                raise NobodyThereError("the run was stopped")
            self._pending = asyncio.run_coroutine_threadsafe(self._proposed(evidence), loop)
            return self._pending

    def _stop(self) -> None:
        """Take back the question that is out, and let none follow it."""
        with self._one_at_a_time:
            self._stopped = True
            if self._pending is not None:
                self._pending.cancel()

    async def _proposed(self, evidence: Evidence) -> Proposal:
        cycle_id = f"{self._cycle}/{evidence.session.isoformat()}"
        ask, known = self._ask_for(cycle_id), self._seen(evidence)

        async def listened(role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
            turn = await ask(role, evidence, earlier)
            self.heard.append(turn)
            if turn.silent is not None and turn.silent.startswith(UNASKED):
                raise NobodyThereError(turn.silent)
            return turn

        context = CommitteeContext(cycle_id=cycle_id, evidence=known, ask=listened)
        return proposal_from(await run_committee(self._committee, context), known)


def texts_of(case: Case) -> tuple[tuple[str, str], ...]:
    """Return who is asked in a book, with texts as long as what is sent at most: for its price."""
    year = half_year_of(case)
    shown = [_shown(each, year) for each in year.decisions.values()]
    return tuple((role, text) for text in shown for role in AT_A_CLOSE)


def _shown(evidence: Evidence, year: HalfYear) -> str:
    """Return as many of the names as a contestant is shown, those with the longest evidence."""
    names = sorted((to_json(each) for each in evidence.candidates), key=len, reverse=True)
    return "".join([to_json(evidence.market), *names[: year.mandate.candidates]])

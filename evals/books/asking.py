"""The committee of an LLM, or of the rules, as the one who decides a book: asked through the desk's door."""

import asyncio
from collections.abc import Callable, Mapping
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

    async def played(self, name: str, case: Case) -> Played | str:
        """Return the book, or why there is none: nobody was there to be asked at some close.

        The book is traded on a thread of its own, which waits for every answer: the heartbeat is not made
        of coroutines. The same answers give the same book, so a run that was cut off goes on from its calls.
        """
        loop = asyncio.get_running_loop()
        year = half_year_of(case)

        def decides(evidence: Evidence) -> Proposal:
            return asyncio.run_coroutine_threadsafe(self._proposed(evidence), loop).result()

        try:
            return await asyncio.to_thread(play, name, year, decides, shown=year.mandate.candidates)
        except NobodyThereError as error:
            return str(error)

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

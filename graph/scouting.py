"""The scout as a picker: evidence on some names in, its picks out, or a silence with its cause."""

from collections.abc import Callable, Sequence
from typing import Final

from agents.answers import ScoutAnswer
from agents.brief import Evidence
from agents.scout import SCOUT
from fund.discovery.candidate import Candidate, best
from fund.discovery.picker import PickContext
from fund.errors import AnswerError, NoDataError
from fund.market.view import MarketView
from graph.context import RoleTurn

Research = Callable[[MarketView, Sequence[str]], Evidence]
"""Gathers what is known of some names."""
MOST_SHOWN = 30
"""Names that the scout is shown: its brief stays the same size however large the universe is."""


class ScoutPicker:
    """Asks the scout about the names of a pool, once a run; whoever asks for it may read its turn."""

    name: Final = SCOUT.name

    def __init__(
        self, research: Research, ask: Callable[[Evidence], RoleTurn], pool: Callable[[], Sequence[str]]
    ) -> None:
        self._research = research
        self._ask = ask
        self._pool = pool
        self.turn: RoleTurn | None = None

    def pick(self, view: MarketView, context: PickContext, count: int) -> tuple[Candidate, ...]:
        """Return what the scout picked of the pool; `AnswerError` with the cause where it was silent."""
        shown = [ticker for ticker in dict.fromkeys(self._pool()) if ticker in context.universe][:MOST_SHOWN]
        if not shown:
            raise NoDataError("no name is known well enough to be shown to the scout")
        evidence = self._research(view, shown)
        turn = self.turn = self._ask(evidence)
        if turn.answer is None:
            raise AnswerError(turn.silent or "the scout gave no answer")
        answer = ScoutAnswer.model_validate(turn.answer)
        return best(
            (
                Candidate(ticker=pick.ticker, score=pick.conviction, reasons=(pick.reason,), picker=self.name)
                for pick in answer.picks
                if pick.ticker in shown
            ),
            count,
        )

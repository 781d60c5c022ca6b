"""The committee as a strategy: evidence in, a proposal out, and every word on the record."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.errors import NodeTimeoutError

from agents.brief import CandidateEvidence, Evidence
from fund.errors import AnswerError, BudgetError, LLMUnavailableError
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Odds, Proposal
from fund.risk.limits import WEIGHT_STEP
from graph.committee import MANAGER, RISK, Committee
from graph.context import AskRole, CommitteeContext, RoleTurn, Watcher, nobody
from graph.loop import LoopThread
from graph.plain import plain_json
from graph.replies.phrases import role_title
from graph.resuming import is_complete, resumed, start_over
from graph.state import CommitteeState, opening_state

STEP_LIMIT = 25

Research = Callable[[MarketView, Book, Mandate], Evidence]


class CommitteeStrategy:
    """Runs the committee once a cycle on its own event loop; a killed run goes on where it was."""

    def __init__(
        self,
        *,
        name: str,
        committee: Committee,
        research: Research,
        ask_for: Callable[[str, date], AskRole],
        loop: LoopThread,
        watch: Watcher = nobody,
    ) -> None:
        self.name = name
        self.watch = watch
        self._committee = committee
        self._research = research
        self._ask_for = ask_for
        self._loop = loop

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        """Return the committee's proposal; a silent role raises, which holds the book."""
        evidence = self._research(view, book, mandate)
        context = CommitteeContext(
            cycle_id=cycle_id, evidence=evidence, ask=self._ask_for(cycle_id, view.session), watch=self.watch
        )
        state = self._loop.run(run_committee(self._committee, context))
        return proposal_from(state, evidence)

    def ask_alone(self, role: str, cycle_id: str, evidence: Evidence) -> RoleTurn:
        """Ask one role outside the committee, by the same door, budget and veil; nothing is decided."""

        async def asked() -> RoleTurn:
            return await self._ask_for(cycle_id, evidence.session)(role, evidence, {})

        return self._loop.run(asked())


async def run_committee(committee: Committee, context: CommitteeContext) -> CommitteeState:
    """Run a cycle's committee, or finish it from its last checkpoint if it was cut off."""
    config: RunnableConfig = {"configurable": {"thread_id": context.cycle_id}, "recursion_limit": STEP_LIMIT}
    about = [candidate.ticker for candidate in context.evidence.candidates]
    start: CommitteeState | None = opening_state(about)
    if committee.checkpointer:
        kept, ended = await resumed(committee, config)
        if kept is not None and kept.get("about", about) != about:
            await start_over(committee, config, "other names are to be looked at now")
            kept = None
        if kept is not None and ended:
            return kept
        start = None if kept is not None else start
    durability: Literal["sync"] | None = "sync" if committee.checkpointer else None
    try:
        result = await committee.ainvoke(start, config, context=context, durability=durability)
    except NodeTimeoutError as error:
        raise LLMUnavailableError(f"a role outlasted every deadline, so the book is held: {error}") from error
    if start is None and not is_complete(result):
        await start_over(committee, config, "a role's turn is missing")
        return await run_committee(committee, context)
    return cast(CommitteeState, result)


def proposal_from(state: CommitteeState, evidence: Evidence) -> Proposal:
    """Turn the roles' answers into target weights: the manager's, shrunk by the risk officer.

    The risk officer's factor also applies to a position the manager left as it is.
    """
    if state["silent"]:
        causes = "; ".join(f"{role_title(role)}: {why}" for role, why in sorted(state["silent"].items()))
        broke = any(why.startswith("budget: ") for why in state["silent"].values())
        kind = BudgetError if broke else AnswerError
        raise kind(f"a role was silent, so the book is held ({causes})")
    answers = state["answers"]
    targets = {t["ticker"]: t for t in answers[MANAGER]["targets"]}
    factors = {f["ticker"]: f for f in answers[RISK]["factors"]}
    held = {c.ticker: c.weight for c in evidence.candidates if c.weight}
    weights: dict[str, Decimal] = {}
    reasons: dict[str, str] = {}
    for ticker in sorted(targets.keys() | (factors.keys() & held.keys())):
        wanted = targets[ticker]["weight"] if ticker in targets else held[ticker]
        factor = factors[ticker]["factor"] if ticker in factors else 1.0
        if ticker not in targets and factor == 1.0:
            continue
        weights[ticker] = _weight(wanted, factor)
        reasons[ticker] = targets[ticker]["reason"] if ticker in targets else factors[ticker]["reason"]
    return Proposal(
        weights=weights,
        reasons=reasons,
        evidence=_recorded(state, evidence),
        odds={c.ticker: o for c in evidence.candidates if c.ticker in weights and (o := _odds(c, evidence))},
    )


def _odds(candidate: CandidateEvidence, evidence: Evidence) -> Odds | None:
    """Return what the first forecaster with a record gives for a rise, as it was calibrated out of sample.

    The payoff is its 90 % quantile over the loss of its 10 % quantile; an interval that does not hold zero
    has none. No word of a role is read.
    """
    records = {record.forecaster: record.sessions for record in evidence.forecasters}
    for forecast in candidate.forecasts:
        sessions = records.get(forecast.forecaster, 0)
        if sessions > 0 and forecast.low < 0 < forecast.high and 0 < forecast.probability_up < 1:
            return Odds(
                probability=forecast.probability_up,
                payoff=forecast.high / -forecast.low,
                expected=forecast.expected,
                horizon_sessions=forecast.horizon_sessions,
                sample_sessions=sessions,
                forecaster=forecast.forecaster,
            )
    return None


def _weight(wanted: float, factor: float) -> Decimal:
    """Multiply as decimals: 0.1 times 0.7 is 0.07, and not a step less."""
    return (Decimal(repr(wanted)) * Decimal(repr(factor))).quantize(WEIGHT_STEP, rounding=ROUND_DOWN)


def _recorded(state: CommitteeState, evidence: Evidence) -> Mapping[str, Any]:
    return {
        "evidence": plain_json(evidence),
        "answers": state["answers"],
        "silent": state["silent"],
        "notes": {role: notes for role, notes in state["notes"].items() if notes},
        "speakers": state["speakers"],
        "calls": state["calls"],
        "revisions": state["revisions"],
    }

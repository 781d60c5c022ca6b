"""The committee as a graph: who speaks when, what a silence does, and that no role can add risk."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agents.brief import Evidence
from agents.llm import DoorLimits, LLMDoor
from agents.roster import Keys, Roster
from desk.bootstrap import Desk
from fund.clock import FixedClock
from fund.cycle import CycleRecord, decide
from fund.errors import AnswerError, BudgetError
from graph.asking import DoorAsk
from graph.chat_events import StepFinished, StepStarted
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, build_committee
from graph.context import AskRole, CommitteeContext
from graph.loop import LoopThread
from graph.replies.phrases import role_title
from graph.research import Researcher, TrackRecord
from graph.state import CommitteeState, opening_state
from graph.strategy import CommitteeStrategy, proposal_from, run_committee
from support.call_log import InMemoryCallLog
from support.evidence import a_candidate, an_evidence
from support.rule_server import KEY, LLM, RuleServer, rule_server
from support.scripted_roles import a_verdict, factors, some_roles, targets
from tools.memory import MemoryTools

pytest_plugins = ["support.desks"]

DRAWING = Path(__file__).parents[1] / "golden" / "committee.mmd"
HELD = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"), a_candidate("XOM", weight=0.06))


async def met(roles: AskRole, evidence: Evidence = HELD) -> CommitteeState:
    """Run a committee of these roles once, without checkpoints."""
    context = CommitteeContext(cycle_id="cycle-1", evidence=evidence, ask=roles)
    return await run_committee(build_committee(), context)


async def test_the_researchers_work_side_by_side_and_the_others_in_turn() -> None:
    roles = some_roles()
    roles.meeting = asyncio.Barrier(2)
    await met(roles)
    assert sorted(roles.asked[:2]) == [MACRO, QUANT]
    assert roles.asked[2:] == [MANAGER, VALIDATOR, RISK]


async def test_each_role_is_told_what_was_answered_before_it() -> None:
    roles = some_roles()
    await met(roles)
    told = dict(zip(roles.asked, roles.told, strict=True))
    assert told[MACRO] == told[QUANT] == {}
    assert set(told[MANAGER]) == {MACRO, QUANT}
    assert set(told[VALIDATOR]) == {MACRO, QUANT, MANAGER}
    assert set(told[RISK]) == {MACRO, QUANT, MANAGER, VALIDATOR}


async def test_an_objection_sends_the_proposal_back_once_and_then_straight_to_the_risk_officer() -> None:
    roles = some_roles(
        portfolio_manager=[targets(AAPL=0.08, MSFT=0.05), targets(AAPL=0.04)],
        validator=a_verdict("revise", MSFT="three like it lost"),
    )
    state = await met(roles)
    assert roles.asked[2:] == [MANAGER, VALIDATOR, MANAGER, RISK]
    assert state["revisions"] == 1
    assert proposal_from(state, HELD).weights == {"AAPL": Decimal("0.04")}


async def test_the_second_proposal_is_made_knowing_the_objection() -> None:
    roles = some_roles(validator=a_verdict("revise", MSFT="three like it lost"))
    await met(roles)
    second = roles.told[4]
    assert second[VALIDATOR]["concerns"][0]["reason"] == "three like it lost"


async def test_the_longest_run_takes_five_steps_one_after_the_other() -> None:
    roles = some_roles(validator=a_verdict("revise", MSFT="no"))
    context = CommitteeContext(cycle_id="cycle-1", evidence=HELD, ask=roles)
    states = build_committee().astream(opening_state(), context=context, stream_mode="values")
    after_each_step = [set(state["answers"]) async for state in states]
    assert after_each_step[:2] == [set(), {MACRO, QUANT}]
    assert len(after_each_step) - 1 == 5


async def test_every_turn_is_told_to_whoever_watches_under_an_id_of_its_own() -> None:
    roles = some_roles(validator=a_verdict("revise", MSFT="no"))
    seen: list[StepStarted | StepFinished] = []
    context = CommitteeContext(cycle_id="cycle-1", evidence=HELD, ask=roles, watch=seen.append)
    await run_committee(build_committee(), context)
    begun = [event for event in seen if isinstance(event, StepStarted)]
    ended = [event for event in seen if isinstance(event, StepFinished)]
    assert {event.parent_id for event in begun} == {"cycle-1"}
    assert len({event.step_id for event in begun}) == len(begun) == 6
    assert {event.step_id for event in begun} == {event.step_id for event in ended}
    assert not any(event.failed for event in ended)


@pytest.mark.parametrize("role", [MACRO, QUANT, MANAGER, VALIDATOR, RISK])
async def test_a_silent_role_ends_the_run_and_no_later_role_is_asked(role: str) -> None:
    roles = some_roles(**{role: "deadline: no answer in 120 s"})
    state = await met(roles)
    assert state["silent"] == {role: "deadline: no answer in 120 s"}
    order = [{MACRO, QUANT}, {MANAGER}, {VALIDATOR}, {RISK}]
    reached = next(place for place, wave in enumerate(order) if role in wave)
    assert set(roles.asked) == set().union(*order[: reached + 1])
    with pytest.raises(AnswerError, match=rf"so the book is held \({role_title(role)}: deadline"):
        proposal_from(state, HELD)


async def test_the_manager_silent_on_its_second_turn_holds_the_book_too() -> None:
    roles = some_roles(portfolio_manager=[targets(AAPL=0.08), "budget: spent"], validator=a_verdict("revise"))
    state = await met(roles)
    assert roles.asked[-1] == MANAGER
    with pytest.raises(BudgetError, match="Portfolio manager: budget: spent"):
        proposal_from(state, HELD)


async def test_the_risk_officer_shrinks_a_target_and_says_so_beside_the_managers_reason() -> None:
    state = await met(some_roles(risk_officer=factors(AAPL=0.5)))
    proposal = proposal_from(state, HELD)
    assert proposal.weights == {"AAPL": Decimal("0.04"), "MSFT": Decimal("0.05")}
    assert proposal.evidence["answers"][RISK]["factors"][0]["reason"] == "AAPL is too much"
    assert proposal.reasons["AAPL"] == "AAPL at 0.08"


async def test_a_position_that_the_manager_keeps_can_be_shrunk_or_closed() -> None:
    halved = proposal_from(await met(some_roles(risk_officer=factors(XOM=0.5))), HELD)
    closed = proposal_from(await met(some_roles(risk_officer=factors(XOM=0.0))), HELD)
    assert (halved.weights["XOM"], closed.weights["XOM"]) == (Decimal("0.03"), Decimal(0))
    assert halved.reasons["XOM"] == "XOM is too much"


async def test_a_factor_of_one_or_about_a_name_that_is_not_held_orders_nothing() -> None:
    state = await met(some_roles(risk_officer=factors(XOM=1.0, GE=0.5)))
    assert set(proposal_from(state, HELD).weights) == {"AAPL", "MSFT"}


@given(
    weights=st.dictionaries(st.sampled_from(["AAPL", "MSFT", "XOM"]), st.floats(-1, 1)),
    cuts=st.dictionaries(st.sampled_from(["AAPL", "MSFT", "XOM", "GE"]), st.floats(0, 1)),
)
def test_no_factor_ever_adds_risk_to_what_the_manager_left(
    weights: dict[str, float], cuts: dict[str, float]
) -> None:
    state = opening_state()
    state["answers"] = {MANAGER: targets(**weights), RISK: factors(**cuts)}
    proposed = proposal_from(state, HELD).weights
    kept = {candidate.ticker: candidate.weight for candidate in HELD.candidates}
    for ticker, weight in proposed.items():
        wanted = Decimal(repr(weights.get(ticker, kept[ticker])))
        assert abs(weight) <= abs(wanted)
        assert weight * wanted >= 0


async def test_answers_speakers_notes_and_calls_are_on_the_record() -> None:
    roles = some_roles(validator=a_verdict("revise", MSFT="no"))
    evidence = proposal_from(await met(roles), HELD).evidence
    assert set(evidence["answers"]) == {MACRO, QUANT, MANAGER, VALIDATOR, RISK}
    assert set(evidence["speakers"].values()) == {"a script"}
    assert evidence["calls"][MANAGER] == [f"{MANAGER}-0", f"{MANAGER}-1"]
    assert evidence["notes"][MANAGER] == [f"line 1 of {MANAGER}"]
    assert evidence["evidence"]["session"] == HELD.session.isoformat()
    assert evidence["revisions"] == 1


class Table:
    """A real desk's view and book with any committee at the table."""

    def __init__(self, desk: Desk, loop: LoopThread) -> None:
        mark = desk.player.last_mark()
        assert mark is not None
        self.desk, self.loop = desk, loop
        self.view, self.book = desk.history.view(mark.at), desk.player.book()
        researcher = Researcher(desk.forecasts, MemoryTools(desk.engine), TrackRecord)
        self.evidence = researcher(self.view, self.book, desk.mandate)

    def decide(self, ask: AskRole) -> CycleRecord:
        """Let a committee decide on the desk's last session."""
        strategy = CommitteeStrategy(
            name="committee/test",
            committee=build_committee(),
            research=lambda view, book, mandate: self.evidence,
            ask_for=lambda *_: ask,
            loop=self.loop,
        )
        return decide(strategy, self.view, self.book, self.desk.mandate, cycle_id="cycle-1", inputs={})


@pytest.fixture(scope="module")
def table(desk: Desk) -> Iterator[Table]:
    with closing(LoopThread()) as loop:
        yield Table(desk, loop)


def test_a_silent_role_leaves_a_real_book_as_it_is_with_the_cause_on_record(table: Table) -> None:
    record = table.decide(some_roles(quant_researcher="unavailable: nobody answers"))
    assert record.status == "held"
    assert record.cause is not None
    assert record.cause.startswith("AnswerError: a role was silent")
    assert (record.orders, record.proposal) == ((), None)
    assert record.weights_before


def test_what_a_committee_leaves_out_is_kept(table: Table) -> None:
    record = table.decide(some_roles(portfolio_manager=targets()))
    assert (record.status, record.orders) == ("decided", ())


def test_a_risk_officer_who_shrinks_a_kept_position_sells_and_never_buys(table: Table) -> None:
    largest = max(table.evidence.candidates, key=lambda candidate: candidate.weight)
    cut = factors(**{largest.ticker: 0.5})
    record = table.decide(some_roles(portfolio_manager=targets(), risk_officer=cut))
    (order,) = record.orders
    assert (order.ticker, order.side) == (largest.ticker, "sell")
    assert order.quantity < table.book.positions[largest.ticker].quantity


def test_no_committee_gets_past_the_mandate(table: Table) -> None:
    greedy = targets(**{candidate.ticker: 1.0 for candidate in table.evidence.candidates})
    record = table.decide(some_roles(portfolio_manager=greedy))
    limits = table.desk.mandate.limits
    assert record.review is not None
    assert record.review.clamps
    assert max(record.review.weights.values()) <= max(
        limits.max_position, max(record.weights_before.values())
    )


@pytest.fixture(scope="module")
def server() -> Iterator[RuleServer]:
    with rule_server() as serving:
        yield serving


def asked_blind(table: Table, server: RuleServer, seed: str | None) -> tuple[CycleRecord, list[str]]:
    """Let the rules behind the wire decide, blind when there is a seed; return the prompts as well."""
    server.asked.clear()
    door = LLMDoor(
        roster=Roster.of([f"compatible:{LLM}@{server.url}/v1"], Keys(compatible=SecretStr(KEY))),
        log=InMemoryCallLog(),
        clock=FixedClock(datetime(2026, 11, 20, tzinfo=UTC)),
        limits=DoorLimits(budget_usd=Decimal(200)),
    )
    try:
        record = table.decide(DoorAsk(door, "cycle-1", blind_seed=seed))
    finally:
        table.loop.run(door.aclose())
    return record, [prompt for _, prompt in server.asked]


def test_an_llm_that_plays_in_the_past_sees_no_name_and_no_date(table: Table, server: RuleServer) -> None:
    record, prompts = asked_blind(table, server, "cycle-1")
    assert record.status == "decided", record.cause
    told = "\n".join(prompts)
    names = [c.name for c in table.evidence.candidates] + [table.evidence.market.benchmark]
    tickers = [c.ticker for c in table.evidence.candidates]
    headlines = [h["title"] for h in table.evidence.market.headlines]
    assert headlines
    for secret in (*names, *(f'"{ticker}"' for ticker in tickers), *headlines):
        assert secret not in told
    for ticker in tickers:
        assert len(ticker) < 3 or not re.search(rf"\b{ticker}\b", told)
    assert not re.search(r"\b(19|20)\d\d-\d\d", told)
    assert str(record.session.year) not in re.findall(r"\b\d{4}\b", told)


def test_with_open_eyes_it_is_told_both(table: Table, server: RuleServer) -> None:
    _, prompts = asked_blind(table, server, None)
    told = "\n".join(prompts)
    assert table.evidence.session.isoformat() in told
    assert all(f'"{c.ticker}"' in told for c in table.evidence.candidates)


def test_what_was_answered_blind_is_on_record_in_real_names(table: Table, server: RuleServer) -> None:
    blind, _ = asked_blind(table, server, "cycle-1")
    assert blind.proposal is not None
    known = {c.ticker for c in table.evidence.candidates}
    answers = blind.proposal.evidence["answers"]
    assert {view["ticker"] for view in answers[QUANT]["views"]} <= known
    assert answers[QUANT]["views"]
    assert set(blind.proposal.weights) <= known
    assert not re.search(r"\bX\d\d\b", str(blind.proposal.reasons) + str(answers))


def test_the_graph_is_drawn_as_it_was_agreed() -> None:
    """A change of who speaks when is seen here first; write the drawing anew only when it is meant."""
    assert build_committee().get_graph().draw_mermaid() == DRAWING.read_text(encoding="utf-8")

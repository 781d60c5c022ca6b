"""From the roles' answers to target weights: exact, never larger, and with every word on record."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.brief import Evidence, ForecasterEvidence
from db.record_codec import from_json, to_json
from fund.cycle import decide
from fund.errors import AnswerError, BudgetError, NoDataError
from fund.portfolio.book import Book
from fund.portfolio.proposal import Odds, Proposal
from graph.chat_events import StepFinished, StepStarted
from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, build_committee
from graph.context import AskRole
from graph.loop import LoopThread
from graph.replies.phrases import role_title
from graph.state import CommitteeState, opening_state
from graph.strategy import CommitteeStrategy, proposal_from
from support.books import a_book
from support.evidence import a_candidate, a_forecast, a_forecaster, an_evidence
from support.mandates import a_mandate, some_limits
from support.scripted_roles import a_verdict, factors, some_roles, targets, the_macro_view, the_views
from support.views import a_view

EVIDENCE = an_evidence(a_candidate("AAPL"), a_candidate("MSFT"), a_candidate("XOM", weight=0.0612))


def a_state(**answers: object) -> CommitteeState:
    """Return the state at the end of a round in which everybody spoke."""
    state = opening_state()
    said = {
        MACRO: the_macro_view(),
        QUANT: the_views(AAPL=0.6),
        MANAGER: targets(AAPL=0.1),
        VALIDATOR: a_verdict(),
        RISK: factors(),
    }
    state["answers"] = {**said, **answers}
    state["speakers"] = dict.fromkeys(said, "a script")
    return state


def weights_of(state: CommitteeState, evidence: Evidence = EVIDENCE) -> dict[str, Decimal]:
    return dict(proposal_from(state, evidence).weights)


@pytest.mark.parametrize(
    ("wanted", "factor", "weight"),
    [
        (0.1, 0.7, "0.0700"),
        (0.07, 1.0, "0.0700"),
        (0.29, 0.1, "0.0290"),
        (0.05559, 1.0, "0.0555"),
        (0.00009, 1.0, "0.0000"),
        (-0.05559, 1.0, "-0.0555"),
        (0.1, 0.0, "0.0000"),
        (1e-05, 0.5, "0.0000"),
        (1.0, 1.0, "1.0000"),
    ],
)
def test_weights_are_exact_products_rounded_towards_zero(wanted: float, factor: float, weight: str) -> None:
    state = a_state(portfolio_manager=targets(AAPL=wanted), risk_officer=factors(AAPL=factor))
    assert weights_of(state) == {"AAPL": Decimal(weight)}


@given(wanted=st.integers(-100, 100), factor=st.integers(0, 10))
def test_whole_percent_times_whole_tenths_loses_nothing(wanted: int, factor: int) -> None:
    state = a_state(portfolio_manager=targets(AAPL=wanted / 100), risk_officer=factors(AAPL=factor / 10))
    assert weights_of(state)["AAPL"] == Decimal(wanted * factor) / 1000


@given(wanted=st.floats(-1, 1), factor=st.floats(0, 1))
def test_no_factor_makes_a_weight_larger_or_turns_it_around(wanted: float, factor: float) -> None:
    state = a_state(portfolio_manager=targets(AAPL=wanted), risk_officer=factors(AAPL=factor))
    weight = weights_of(state)["AAPL"]
    assert abs(weight) <= abs(Decimal(repr(wanted)))
    assert weight * Decimal(repr(wanted)) >= 0


def test_what_the_manager_leaves_out_is_kept_and_only_an_explicit_zero_closes() -> None:
    assert weights_of(a_state(portfolio_manager=targets())) == {}
    assert weights_of(a_state(portfolio_manager=targets(XOM=0.0))) == {"XOM": Decimal(0)}


def test_a_factor_shrinks_a_position_the_manager_left_as_it_is() -> None:
    state = a_state(portfolio_manager=targets(), risk_officer=factors(XOM=0.5))
    proposal = proposal_from(state, EVIDENCE)
    assert proposal.weights == {"XOM": Decimal("0.0306")}
    assert proposal.reasons == {"XOM": "XOM is too much"}


def test_a_factor_of_one_on_a_kept_position_orders_nothing_at_all() -> None:
    assert weights_of(a_state(portfolio_manager=targets(), risk_officer=factors(XOM=1.0))) == {}


def test_the_managers_reason_stays_beside_a_target_that_was_cut() -> None:
    proposal = proposal_from(a_state(risk_officer=factors(AAPL=0.5)), EVIDENCE)
    assert proposal.reasons == {"AAPL": "AAPL at 0.1"}
    assert proposal.evidence["answers"][RISK] == factors(AAPL=0.5)


def test_tickers_are_in_order_whatever_order_they_were_said_in() -> None:
    said = a_state(portfolio_manager=targets(XOM=0.01, AAPL=0.02, MSFT=0.03))
    assert list(proposal_from(said, EVIDENCE).weights) == ["AAPL", "MSFT", "XOM"]


def test_silence_is_an_error_that_names_every_silent_role_and_why() -> None:
    state = a_state()
    state["silent"] = {RISK: "budget: spent", MACRO: "deadline: 600 s"}
    with pytest.raises(
        BudgetError, match=r"\(Macro researcher: deadline: 600 s; Risk officer: budget: spent\)"
    ):
        proposal_from(state, EVIDENCE)


def test_words_of_a_role_are_not_taken_for_a_want_of_budget() -> None:
    state = a_state()
    state["silent"] = {RISK: "answer: it said (budget: spent)"}
    with pytest.raises(AnswerError, match="it said"):
        proposal_from(state, EVIDENCE)


def test_the_record_holds_everything_and_is_json() -> None:
    state = a_state()
    state["notes"] = {MANAGER: ["dropped 'GME'"], RISK: []}
    state["calls"] = {MANAGER: ["call-1"]}
    state["revisions"] = 1
    recorded = proposal_from(state, EVIDENCE).evidence
    assert recorded["notes"] == {MANAGER: ["dropped 'GME'"]}
    assert (recorded["calls"], recorded["revisions"]) == ({MANAGER: ["call-1"]}, 1)
    assert recorded["speakers"][RISK] == "a script"
    assert [c["ticker"] for c in recorded["evidence"]["candidates"]] == ["AAPL", "MSFT", "XOM"]
    assert json.loads(to_json(recorded)) == recorded


class Seated:
    """A strategy over scripted roles, and what it was watched doing."""

    def __init__(self, loop: LoopThread) -> None:
        self.loop = loop
        self.seen: list[StepStarted | StepFinished] = []
        self.cycles: list[str] = []

    def strategy(self, roles: AskRole, evidence: Evidence = EVIDENCE) -> CommitteeStrategy:
        def ask_for(cycle_id: str, session: date) -> AskRole:
            self.cycles.append(cycle_id)
            return roles

        made = CommitteeStrategy(
            name="committee/script",
            committee=build_committee(),
            research=lambda view, book, mandate: evidence,
            ask_for=ask_for,
            loop=self.loop,
        )
        made.watch = self.seen.append
        return made


@pytest.fixture
def seated() -> Iterator[Seated]:
    with closing(LoopThread()) as loop:
        yield Seated(loop)


BOOK = a_book({"XOM": (100, 60)}, cash=94_000)
VIEW = a_view(AAPL=100, MSFT=50, XOM=60)
MANDATE = a_mandate(limits=some_limits(max_position=Decimal("0.08")))


def test_a_strategy_asks_the_roles_of_its_cycle_and_is_watched(seated: Seated) -> None:
    strategy = seated.strategy(some_roles(portfolio_manager=targets(AAPL=0.05)))
    proposal = strategy.propose("cycle-7", VIEW, BOOK, MANDATE)
    assert proposal is not None
    assert proposal.weights == {"AAPL": Decimal("0.05")}
    assert seated.cycles == ["cycle-7"]
    assert [event.parent_id for event in seated.seen if isinstance(event, StepStarted)] == ["cycle-7"] * 5


def test_the_limits_cut_what_every_role_agreed_on(seated: Seated) -> None:
    strategy = seated.strategy(some_roles(portfolio_manager=targets(AAPL=0.5, XOM=0.0)))
    record = decide(strategy, VIEW, BOOK, MANDATE, cycle_id="c", inputs={})
    assert record.review is not None
    assert record.review.weights["AAPL"] == Decimal("0.08")
    assert {(order.ticker, order.side) for order in record.orders} == {("AAPL", "buy"), ("XOM", "sell")}


@pytest.mark.parametrize("silent", [MACRO, QUANT, MANAGER, VALIDATOR, RISK])
def test_a_silent_role_holds_the_book_with_the_cause(seated: Seated, silent: str) -> None:
    strategy = seated.strategy(some_roles(**{silent: "unavailable: nobody answers"}))
    record = decide(strategy, VIEW, BOOK, MANDATE, cycle_id="c", inputs={})
    assert (record.status, record.orders, record.proposal) == ("held", (), None)
    assert record.cause == (
        f"AnswerError: a role was silent, so the book is held "
        f"({role_title(silent)}: unavailable: nobody answers)"
    )


def test_research_that_finds_no_data_holds_the_book_and_asks_nobody(seated: Seated) -> None:
    def nothing(view: object, book: object, mandate: object) -> Evidence:
        raise NoDataError("no bars of SPY")

    strategy = CommitteeStrategy(
        name="committee/script",
        committee=build_committee(),
        research=nothing,
        ask_for=lambda *_: pytest.fail("nobody may be asked"),
        loop=seated.loop,
    )
    record = decide(strategy, VIEW, Book(cash=Decimal(100)), MANDATE, cycle_id="c", inputs={})
    assert (record.status, record.cause) == ("held", "NoDataError: no bars of SPY")


def test_a_halted_desk_asks_nobody(seated: Seated) -> None:
    roles = some_roles()
    record = decide(
        seated.strategy(roles), VIEW, BOOK, MANDATE, cycle_id="c", inputs={}, halted="paused by owner"
    )
    assert (record.status, roles.asked) == ("halted", [])


GIVEN = Odds(
    probability=0.55,
    payoff=0.05 / 0.04,
    expected=0.004,
    horizon_sessions=5,
    sample_sessions=190,
    forecaster="gbm",
)


def test_odds_are_those_of_the_first_forecaster_for_the_names_of_the_proposal() -> None:
    assert proposal_from(a_state(), EVIDENCE).odds == {"AAPL": GIVEN}


def test_no_word_of_a_role_reaches_the_odds() -> None:
    answers = {MANAGER: targets(AAPL=0.1, MSFT=-0.2), QUANT: the_views(AAPL=-1.0, MSFT=1.0)}
    assert proposal_from(a_state(**answers), EVIDENCE).odds == {"AAPL": GIVEN, "MSFT": GIVEN}


@pytest.mark.parametrize(
    "changes",
    [
        {"low": 0.001},
        {"high": -0.001},
        {"low": 0.0},
        {"low": float("nan")},
        {"probability_up": 1.0},
        {"probability_up": float("nan")},
    ],
)
def test_figures_that_are_no_odds_give_way_to_the_next_forecaster(changes: dict[str, float]) -> None:
    first, second = a_forecast(**changes), a_forecast("momentum", expected=0.001)
    records = (a_forecaster(), a_forecaster("momentum", sessions=80))
    evidence = an_evidence(a_candidate("AAPL", forecasts=(first, second)), forecasters=records)
    odds = proposal_from(a_state(), evidence).odds["AAPL"]
    assert (odds.forecaster, odds.expected, odds.sample_sessions) == ("momentum", 0.001, 80)


@pytest.mark.parametrize("records", [(), (a_forecaster(sessions=0),), (a_forecaster("other"),)])
def test_a_forecaster_without_a_record_gives_no_odds(records: tuple[ForecasterEvidence, ...]) -> None:
    evidence = an_evidence(a_candidate("AAPL", forecasts=(a_forecast(),)), forecasters=records)
    assert proposal_from(a_state(), evidence).odds == {}


def test_a_proposal_with_odds_comes_back_from_the_record_as_it_was() -> None:
    proposal = proposal_from(a_state(), EVIDENCE)
    assert from_json(Proposal, to_json(proposal)).odds == proposal.odds

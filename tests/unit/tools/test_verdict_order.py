"""Of several reasons that would fit, the one that decided; and a sentence with the right weights in it."""

import re
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.cycle import CycleRecord, decide
from fund.execution.orders import Order
from fund.mandate import Mandate
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import a_book, an_order
from support.mandates import a_mandate, some_limits
from support.records import a_cycle_record
from support.views import a_view
from tools.verdict import verdict_on

TENTH = Decimal("0.1")


def a_cut(before: str, after: str, limit: str = "max_position") -> Clamp:
    return Clamp(limit=limit, ticker="AAPL", before=Decimal(before), after=Decimal(after), reason="too large")


def a_record(
    *,
    held: str = "0",
    proposed: str | None = None,
    allowed: str | None = None,
    clamps: Sequence[Clamp] = (),
    orders: Sequence[Order] = (),
    **changes: object,
) -> CycleRecord:
    """Return what a cycle did with AAPL alone."""
    return a_cycle_record(
        weights_before={"AAPL": Decimal(held)} if held != "0" else {},
        proposal=Proposal(weights={"AAPL": Decimal(proposed)} if proposed else {}),
        review=RiskReview(weights={"AAPL": Decimal(allowed)} if allowed else {}, clamps=tuple(clamps)),
        orders=tuple(orders),
        **changes,
    )


class Wishes:
    """A strategy that asks for one weight in AAPL."""

    name = "wishes"

    def __init__(self, weight: Decimal | None) -> None:
        self._weight = weight

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        return None if self._weight is None else Proposal(weights={"AAPL": self._weight})


@given(
    st.none() | st.decimals(0, 1, places=4),
    st.integers(0, 500),
    st.decimals(Decimal("0.05"), 1, places=2),
    st.decimals(0, Decimal("0.05"), places=3),
    st.booleans(),
)
def test_a_real_decision_always_ends_in_one_reason_that_its_record_bears_out(
    wish: Decimal | None, shares: int, cap: Decimal, least: Decimal, halted: bool
) -> None:
    book = a_book({"AAPL": (shares, 100)} if shares else {}, cash=50_000)
    record = decide(
        Wishes(wish),
        a_view(AAPL=100),
        book,
        a_mandate(limits=some_limits(max_position=cap), min_trade=least),
        cycle_id="c",
        inputs={},
        halted="by the owner" if halted else None,
    )
    verdict = verdict_on(record, "AAPL")
    sides = {order.side for order in record.orders}
    assert (verdict.cause == "halted") is halted
    assert (verdict.outcome == "bought") is ("buy" in sides)
    assert (verdict.outcome == "sold") is ("sell" in sides)
    assert (verdict.outcome == "kept") is (shares > 0 and not sides)
    assert verdict.sentence.endswith(".")
    assert verdict.sentence.count(". ") <= 1


def test_a_target_cut_to_near_what_is_held_is_told_with_the_weight_that_was_left() -> None:
    record = a_record(held="0.0990", proposed="0.15", allowed="0.1", clamps=[a_cut("0.15", "0.1")])
    verdict = verdict_on(record, "AAPL")
    assert (verdict.outcome, verdict.cause) == ("kept", "too_small")
    assert verdict.sentence == (
        "The target of 10.00%, cut from 15.00% by max_position, was too near the 9.90% held to be worth "
        "a trade."
    )


def test_a_target_that_no_limit_touched_speaks_of_no_limit() -> None:
    verdict = verdict_on(a_record(held="0.0990", proposed="0.1", allowed="0.1"), "AAPL")
    assert verdict.sentence == "The target of 10.00% was too near the 9.90% held to be worth a trade."


def test_a_target_too_near_is_told_as_it_was_asked_for() -> None:
    verdict = verdict_on(a_record(held="0.0990", proposed="0.1", allowed="0.0990"), "AAPL")
    assert verdict.sentence == "The target of 10.00% was too near the 9.90% held to be worth a trade."


def test_a_limit_that_left_what_is_held_is_the_reason() -> None:
    record = a_record(held="0.1", proposed="0.2", allowed="0.1", clamps=[a_cut("0.2", "0.1")])
    verdict = verdict_on(record, "AAPL")
    assert (verdict.outcome, verdict.cause) == ("kept", "limit")
    assert "from 20.00% to 10.00%: max_position (too large)" in verdict.sentence


def test_several_cuts_are_told_from_the_first_weight_to_the_last() -> None:
    cuts = [a_cut("0.3", "0.2"), a_cut("0.2", "0", "max_names")]
    sentence = verdict_on(a_record(proposed="0.3", allowed="0", clamps=cuts), "AAPL").sentence
    assert sentence == "A limit cut AAPL from 30.00% to 0.00%: max_names (too large)."


@pytest.mark.parametrize("limit", ["universe", "untradable"])
def test_what_cannot_be_traded_is_no_matter_of_size(limit: str) -> None:
    record = a_record(proposed="0.05", allowed="0", clamps=[a_cut("0.05", "0", limit)])
    verdict = verdict_on(record, "AAPL")
    assert (verdict.cause, verdict.sentence) == ("not_tradable", "AAPL could not be traded: too large.")


def test_an_order_goes_before_every_other_reason() -> None:
    record = a_record(
        held="0.2",
        proposed="0.2",
        allowed="0.1",
        clamps=[a_cut("0.2", "0.1")],
        orders=[an_order(side="sell", quantity=100)],
    )
    verdict = verdict_on(record, "AAPL")
    assert (verdict.outcome, verdict.cause) == ("sold", "ordered")
    assert verdict.sentence == (
        "The committee decided to sell 100 shares of AAPL, taking its target from 20.00% to 10.00% of "
        "equity. max_position had cut the target from 20.00% to 10.00%."
    )


def test_an_order_in_another_name_is_not_this_ones() -> None:
    verdict = verdict_on(a_record(held="0.1", orders=[an_order("MSFT")]), "AAPL")
    assert (verdict.outcome, verdict.cause) == ("kept", "kept")


@pytest.mark.parametrize(
    ("status", "cause", "sentence"),
    [
        ("halted", None, "Trading was halted, so nothing was decided: no cause is on record."),
        ("held", None, "The committee gave no answer, so the whole book was held: no cause is on record."),
        (
            "held",
            "BudgetError: no money is left",
            "The committee gave no answer, so the whole book was held: no money is left.",
        ),
    ],
)
def test_a_cycle_that_decided_nothing_says_why(status: str, cause: str | None, sentence: str) -> None:
    record = a_cycle_record(status=status, cause=cause, proposal=None, review=None, orders=())
    assert verdict_on(record, "AAPL").sentence == sentence


def evidence(conviction: float | None = None, severity: float | None = None) -> dict[str, object]:
    views = [] if conviction is None else [{"ticker": "AAPL", "conviction": conviction, "reason": "r"}]
    concerns = [] if severity is None else [{"ticker": "AAPL", "severity": severity, "reason": "r"}]
    return {
        "evidence": {"candidates": [{"ticker": "AAPL"}]},
        "answers": {"quant_researcher": {"views": views}, "validator": {"concerns": concerns}},
    }


@pytest.mark.parametrize(
    ("conviction", "severity", "cause"),
    [
        (None, None, "no_conviction"),
        (0.19, None, "no_conviction"),
        (0.2, None, "no_target"),
        (-0.5, None, "no_conviction"),
        (0.9, 0.4, "validator"),
        (None, 0.4, "validator"),
        (0.9, 0.0, "validator"),
    ],
)
def test_a_candidate_passed_over_is_told_by_who_stood_in_its_way(
    conviction: float | None, severity: float | None, cause: str
) -> None:
    record = a_cycle_record(
        proposal=Proposal(weights={}, evidence=evidence(conviction, severity)),
        review=RiskReview(weights={}, clamps=()),
        orders=(),
    )
    verdict = verdict_on(record, "AAPL")
    assert (verdict.outcome, verdict.cause) == ("not_bought", cause)
    shown = {f"{value:+.2f}" for value in (conviction,) if value is not None}
    shown |= {f"{value:.2f}" for value in (severity,) if value is not None}
    assert set(re.findall(r"[-+]?\d+\.\d+", verdict.sentence)) <= shown


def test_a_target_of_zero_in_a_name_nobody_holds_is_no_target() -> None:
    record = a_cycle_record(
        proposal=Proposal(weights={"AAPL": Decimal(0)}, evidence=evidence(0.9)),
        review=RiskReview(weights={"AAPL": Decimal(0)}, clamps=()),
        orders=(),
    )
    assert verdict_on(record, "AAPL").cause == "no_target"


def test_the_cut_of_another_name_is_no_reason() -> None:
    other = Clamp(limit="max_names", ticker="XOM", before=TENTH, after=Decimal(0), reason="too many")
    record = a_record(held="0.1", proposed="0.1", allowed="0.1", clamps=[other])
    assert verdict_on(record, "AAPL").sentence == (
        "The target of 10.00% was too near the 10.00% held to be worth a trade."
    )

"""A decision as the rows that are kept of it: one measure for the committee in force and its shadows."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from db.llm_calls import LLMCall
from db.shadows import IN_FORCE, Put
from desk.shadow_rows import absent_row, decision_row, status_of, view_rows
from fund.cycle import CycleRecord
from fund.portfolio.proposal import Proposal
from fund.risk.exits import Exit
from fund.risk.limits import RiskReview
from support.books import MONDAY, an_order
from support.records import a_call, a_cycle_record

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")


def weights(**stated: str) -> dict[str, Decimal]:
    return {ticker: Decimal(weight) for ticker, weight in stated.items()}


def a_record(**changes: Any) -> CycleRecord:
    """Return a decision that buys AAPL, sells MSFT, and closes XOM because its stop was hit."""
    quant = {
        "summary": "s",
        "views": [{"ticker": t, "conviction": c, "reason": "r"} for t, c in (("AAPL", 0.6), ("GE", -0.2))],
    }
    orders = (
        an_order("AAPL", side="buy"),
        an_order("MSFT", side="sell"),
        an_order("XOM", side="sell"),
        an_order("IBM", side="sell"),
    )
    stopped = Exit(
        ticker="XOM",
        rule="atr_stop",
        level=Decimal(90),
        price=Decimal(80),
        entry=Decimal(100),
        sessions_held=3,
        why="its stop",
    )
    values: dict[str, Any] = {
        "orders": orders,
        "exits": (stopped,),
        "weights_before": weights(MSFT="0.05", XOM="0.04", IBM="0.11", KO="0.03"),
        "proposal": Proposal(
            weights=weights(AAPL="0.08", MSFT="0.02", XOM="0.09"),
            evidence={"answers": {"quant_researcher": quant}, "speakers": {"a": "openai:x", "b": "openai:x"}},
        ),
        "review": RiskReview(
            weights=weights(AAPL="0.05", MSFT="0.02", XOM="0", IBM="0.10", KO="0.03"), clamps=()
        ),
    }
    return a_cycle_record(**{**values, **changes})


def calls(*, provider: str = "openai", **changes: Any) -> list[LLMCall]:
    """Return one answered call a role, of 1000, 3000, 2000, 2000 and 2000 ms."""
    took = (1000.0, 3000.0, 2000.0, 2000.0, 2000.0)
    return [
        a_call(
            f"c-{role}",
            role=role,
            provider=provider,
            status="answered",
            input_tokens=1000,
            output_tokens=100,
            cost_usd=Decimal("0.01"),
            latency_ms=ms,
            **changes,
        )
        for role, ms in zip(ROLES, took, strict=True)
    ]


def test_a_decision_costs_what_its_calls_cost_and_takes_what_they_take_one_after_the_other() -> None:
    row = decision_row(a_record(), calls(), shadow="openai:x", in_force=False, at=AT)
    assert (row.calls, row.input_tokens, row.output_tokens, row.cost_usd) == (5, 5000, 500, Decimal("0.05"))
    assert row.milliseconds == 9000, "of two researchers side by side the longer"
    assert (row.speaker, row.status, row.session, row.recorded_at) == ("openai:x", "decided", MONDAY, AT)


def test_where_no_llm_was_asked_nobody_read_tokens() -> None:
    free = decision_row(a_record(), calls(provider="offline"), shadow=IN_FORCE, in_force=True, at=AT)
    assert (free.input_tokens, free.output_tokens) == (None, None)
    bare = decision_row(
        a_record(proposal=None, status="held", cause="x"), [], shadow="s", in_force=False, at=AT
    )
    assert (bare.milliseconds, bare.calls, bare.cost_usd, bare.speaker) == (None, 0, 0, "s")


def test_a_side_is_what_was_wanted_and_left_by_the_limits() -> None:
    views = {view.ticker: view for view in view_rows(a_record(), "s")}
    assert {ticker: view.side for ticker, view in views.items()} == {
        "AAPL": 1,
        "MSFT": -1,
        "XOM": 0,
        "IBM": 0,
        "KO": 0,
        "GE": 0,
    }, "an exit by rule and a cut of a limit alone are nobody's view"
    bought = views["AAPL"]
    assert (bought.conviction, bought.held, bought.wanted, bought.allowed) == (
        0.6, Decimal(0), Decimal("0.08"), Decimal("0.05"),
    )  # fmt: skip
    assert (views["KO"].wanted, views["KO"].allowed) == (None, Decimal("0.03"))
    assert views["GE"].conviction == -0.2


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("AnswerError: a role was silent, so the book is held (Validator: answer: no JSON)", "held"),
        ("BudgetError: a role was silent, so the book is held (Validator: budget: all is spent)", "absent"),
        ("AnswerError: a role was silent, so the book is held (Validator: unavailable: 503)", "absent"),
        ("AnswerError: a role was silent, so the book is held (Validator: deadline: over)", "absent"),
        ("LLMUnavailableError: a role outlasted every deadline", "absent"),
        ("NoDataError: no forecast is known", "absent"),
    ],
)
def test_nobody_there_is_told_from_an_answer_of_no_use(cause: str, status: str) -> None:
    record = a_record(status="held", cause=cause, proposal=None, review=None, orders=(), exits=())
    assert status_of(record) == status
    views = view_rows(record, "s")
    assert bool(views) == (status == "held"), "who was not there has no view; who held keeps the book"
    assert all((view.side, view.allowed) == (0, view.held) for view in views)


def test_who_was_not_asked_is_on_record_with_what_was_spent_on_it() -> None:
    put = Put(cycle_id="daily-1", session=MONDAY, recorded_at=AT, done=frozenset())
    row = absent_row(put, calls()[:2], shadow="openai:x", why="too late", at=AT)
    assert (row.status, row.cause, row.calls, row.cost_usd) == ("absent", "too late", 2, Decimal("0.02"))
    assert (row.in_force, row.input_tokens) == (False, None)

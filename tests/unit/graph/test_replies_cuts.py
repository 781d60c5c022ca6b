"""How exits, sizing and cuts are told: of a session and of a name, also where nobody decided."""

from decimal import Decimal

import pytest

from fund.cycle import CycleRecord
from fund.portfolio.arranging import Resized
from fund.risk.exits import Exit, ExitSkip
from fund.risk.limits import Clamp, RiskReview
from graph.replies.cuts import cuts_reply
from graph.replies.decision import decision_reply, why_reply
from support.books import MONDAY, an_order
from support.instruments import an_instrument
from support.records import a_cycle_record
from support.talk import tables_of, text_of
from support.views import a_view
from tools.told import explain, orders_seen, summarise
from tools.verdict import BY_WORD, EXIT_NAMES, NOT_ASKED, verdict_on


def an_exit(rule: str = "trailing_stop", **changes: object) -> Exit:
    level = None if rule == "time_stop" else Decimal("96.2")
    return Exit(
        ticker="AAPL",
        rule=rule,
        level=level,
        price=Decimal("95.1"),
        entry=Decimal(100),
        sessions_held=12,
        why=f"{rule}: closed at 95.10, level 96.20; 3 average true ranges against the best close since",
    )


def a_clamp(limit: str = "max_position", ticker: str = "MSFT") -> Clamp:
    return Clamp(
        limit=limit, ticker=ticker, before=Decimal("0.12"), after=Decimal("0.1"), reason="no more than 10%"
    )


def an_exited_session(status: str = "decided", rule: str = "trailing_stop", **changes: object) -> CycleRecord:
    order = an_order("AAPL", "sell", 10, purpose="exit")
    closed = Clamp(
        limit=rule, ticker="AAPL", before=Decimal("0.05"), after=Decimal(0), reason=an_exit(rule).why
    )
    values: dict[str, object] = {
        "status": status,
        "exits": (an_exit(rule),),
        "weights_before": {"AAPL": Decimal("0.05")},
        "orders": (order,),
        "review": RiskReview(weights={"AAPL": Decimal(0)}, clamps=(closed, a_clamp())),
        "inputs": {"breaker": "closed@0"},
    }
    if status != "decided":
        values |= {"proposal": None, "review": None, "cause": "AnswerError: nobody spoke"}
    return a_cycle_record(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", EXIT_NAMES)
def test_a_name_closed_by_an_exit_is_told_by_its_rule_its_prices_and_that_nobody_was_asked(rule: str) -> None:
    verdict = verdict_on(an_exited_session(rule=rule), "AAPL")
    level = "" if rule == "time_stop" else ", level 96.20"
    assert (verdict.outcome, verdict.cause) == ("sold", "exit")
    assert verdict.sentence == (
        f"The {EXIT_NAMES[rule]} closes AAPL: sell 10 shares of AAPL. It closed at 95.10{level}, "
        f"entry 100.00, held 12 sessions. {BY_WORD if rule == 'owner' else NOT_ASKED}"
    )


@pytest.mark.parametrize("status", ["held", "halted"])
def test_an_exit_is_told_also_where_nobody_decided(status: str) -> None:
    record = an_exited_session(status)
    assert verdict_on(record, "AAPL").sentence.endswith(f"Nothing else was decided ({status}).")
    events = list(decision_reply(summarise(record)))
    text = text_of(events)
    assert f"nothing was decided ({status}): nobody spoke. It placed 1 order (sell 10 AAPL)." in text
    assert f"1 position is closed by an exit: AAPL by the trailing stop. {NOT_ASKED}" in text
    assert tables_of(events)["Targets of 2016-03-07"].rows == (
        ("AAPL", "5.00%", "n/a", "n/a", "sell 10", "trailing stop"),
    )


def test_an_exit_without_an_order_is_not_said_to_have_sold() -> None:
    verdict = verdict_on(an_exited_session(orders=()), "AAPL")
    assert (verdict.outcome, verdict.cause) == ("kept", "exit")
    assert "no order was placed" in verdict.sentence


def test_an_exit_is_a_row_with_its_level_and_entry_and_no_cut_of_a_limit() -> None:
    tables = tables_of(cuts_reply(summarise(an_exited_session())))
    assert tables["Closed by an exit on 2016-03-07"].rows == (
        ("AAPL", "trailing stop", "$95.10", "$96.20", "$100.00", 12),
    )
    assert tables["Cuts of 2016-03-07"].rows == (
        ("MSFT", "max_position", "12.00%", "10.00%", "no more than 10%"),
    )


def test_the_cuts_of_a_session_are_counted_by_limit_and_target() -> None:
    text = text_of(cuts_reply(summarise(an_exited_session())))
    assert text.startswith("On 2016-03-07 1 cut by max_position changed 1 target. 1 position is closed")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            a_cycle_record(review=RiskReview(weights={}, clamps=())),
            "On 2016-03-07 no limit cut anything: the proposal was within all of them.",
        ),
        (
            a_cycle_record(status="halted", cause="the kill switch", proposal=None, review=None, orders=()),
            "On 2016-03-07 nothing was decided (halted): the kill switch; so no limit cut anything.",
        ),
    ],
)
def test_where_nothing_was_cut_that_is_said(record: CycleRecord, words: str) -> None:
    events = list(cuts_reply(summarise(record)))
    assert text_of(events) == words
    assert tables_of(events) == {}


def test_sizing_is_told_before_the_limits_with_its_rule_and_its_reason() -> None:
    sized = Resized(
        ticker="AAPL", before=Decimal("0.2"), after=Decimal("0.04"), rule="kelly", why="odds of 0.52"
    )
    record = a_cycle_record(resized=(sized,), sizing_notes=("the target volatility is met",))
    events = list(why_reply(explain(record, an_instrument(), a_view(AAPL=100))))
    assert "The sizing rule kelly had changed the target from 20.00% to 4.00%." in text_of(events)
    assert tables_of(events)["Limits that cut it"].rows == (
        ("sizing: kelly", "20.00%", "4.00%", "odds of 0.52"),
    )
    assert "Sizing: the target volatility is met." in text_of(cuts_reply(summarise(record)))


def test_an_exit_that_could_not_be_judged_is_said_not_to_have_been() -> None:
    skips = tuple(
        ExitSkip(ticker="AAPL", rule=rule, reason="the price is stale") for rule in ("all", "atr_stop")
    )
    record = a_cycle_record(exits_skipped=skips)
    for text in (
        text_of(why_reply(explain(record, an_instrument(), a_view(AAPL=100)))),
        text_of(decision_reply(summarise(record))),
    ):
        assert (
            "Could not be judged, so nothing is closed for it: AAPL, every exit: the price is stale" in text
        )
        assert "AAPL, ATR stop: the price is stale." in text


@pytest.mark.parametrize(
    ("breaker", "words"), [("reducing@2", "The circuit breaker was reducing."), ("closed@3", ""), ("", "")]
)
def test_a_breaker_that_is_not_closed_is_said(breaker: str, words: str) -> None:
    text = text_of(decision_reply(summarise(a_cycle_record(inputs={"breaker": breaker}))))
    assert ("circuit breaker" in text) == bool(words)
    assert words in text


def test_a_protective_order_is_called_one() -> None:
    record = an_exited_session()
    orders = orders_seen([(record.orders[0], "pending", None)], (), "AAPL")
    text = text_of(why_reply(explain(record, an_instrument(), a_view(AAPL=100), orders=orders)))
    assert "Protective order: sell 10 at the next open (mark $100.00): waiting for that open." in text
    assert record.session == MONDAY

"""What is told of a played session: endings, new tickers and refusals, each under an id of its own."""

from dataclasses import replace
from decimal import Decimal

from desk.played import events_of
from fund.market.facts import CorporateAction
from fund.session import AccountState, SessionStep, advance_session
from support.books import a_book, a_change, an_ending
from support.facts import a_dividend
from support.mandates import a_mandate
from support.markets import a_quiet_history
from support.records import a_cycle_record

CLOSES = {"AAA": [10.0], "BBB": [20.0], "CCC": [30.0], "SPY": [1.0]}
DAY = a_quiet_history(CLOSES).last_session


def played(*actions: CorporateAction) -> SessionStep:
    book = a_book({"AAA": (10, 10), "BBB": (-5, 20)})
    history = a_quiet_history(CLOSES, actions=actions)
    return advance_session(AccountState(book=book), history, DAY, a_mandate())


def test_a_quiet_session_has_its_decision_to_tell_and_nothing_else() -> None:
    assert [event.kind for event in events_of(played(), a_cycle_record())] == ["cycle_decided"]


def test_endings_and_new_tickers_are_told_with_what_was_paid() -> None:
    step = played(an_ending(12, "AAA", ex_date=DAY), a_change("BBB", "CCC", DAY))
    told = [(event.kind, event.severity, event.text) for event in events_of(step, a_cycle_record())[1:]]
    assert told == [
        ("merger", "warning", "AAA merged; paid 12 USD a share"),
        ("ticker_change", "warning", "BBB is now CCC"),
    ]


def test_what_was_refused_is_told_with_its_reason() -> None:
    absurd = replace(an_ending(1, "AAA", ex_date=DAY), value=Decimal(20_000_000))
    step = played(absurd, a_dividend("BBB", DAY, "1"))
    (event,) = [each for each in events_of(step, a_cycle_record()) if each.kind == "refused"]
    assert event.event_id == step.settlement.refused[0].refusal_id
    assert event.text.startswith("not booked: expected at most 10000000 USD a share, found merger of 'AAA'")
    assert event.data == {"reason": "absurd_price"}
    assert step.book.dividends == -5

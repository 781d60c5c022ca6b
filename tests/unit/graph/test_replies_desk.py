"""How the desk speaks of itself: where it stands, what an advance brought, what can be asked."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from graph.chat import NEXT_SESSION, STARTERS
from graph.desk_answers import NextStep, TradingNow
from graph.replies.desk import (
    advanced_reply,
    can_do,
    greeting_of,
    help_reply,
    next_reply,
    status_reply,
    unknown_reply,
    which_ticket_reply,
)
from graph.routing.router import route
from support.instruments import bundle_directory
from support.talk import tables_of, text_of
from support.tool_results import DAY, a_pending, a_played_session, a_status, an_advance
from tools.portfolio import OpenOrder
from tools.requested_closes import RequestedClose

LIVE = a_status(mode="live", unplayed=None, next_session=date(2016, 12, 14))


def standing(**changes: object) -> str:
    now = TradingNow(desk=a_status(), trading="running", since="", reason="")
    return text_of(status_reply(replace(now, **changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("offline", "words"), [(True, "offline rules, no LLM"), (False, "come from an LLM")])
def test_the_greeting_says_who_answers_and_who_decides(offline: bool, words: str) -> None:
    greeting = greeting_of(a_status(provider="anthropic claude"), offline)
    assert words in greeting
    assert "The committee: anthropic claude." in greeting


def test_a_replay_is_greeted_as_a_replay_with_its_day_and_what_is_left() -> None:
    greeting = greeting_of(a_status(unplayed=74), offline=True)
    assert greeting.startswith(
        "Replay mode: the desk's clock stands at the close of 2016-12-13, with 74 sessions left to play."
    )


def test_a_replay_at_its_end_is_greeted_without_a_session_left() -> None:
    assert "with 0 sessions left" in greeting_of(a_status(unplayed=0, next_session=None), offline=True)


def test_the_real_clock_is_never_called_a_replay() -> None:
    assert "eplay" not in greeting_of(LIVE, offline=True)
    assert "last session is 2016-12-13" in greeting_of(LIVE, offline=True)


def test_the_status_says_whether_it_trades_since_when_and_why() -> None:
    assert standing().startswith("Trading is running. The replay stands")
    paused = standing(trading="paused", since="2026-11-20T12:00", reason="by <hand>")
    assert paused.startswith("Trading is paused since 2026-11-20T12:00 UTC (by \\<hand\\>). ")


def test_the_status_of_a_replay_names_the_next_session() -> None:
    assert (
        "The replay stands at the close of 2016-12-13 with 1 session left; the next is 2016-12-14."
        in standing(desk=a_status(unplayed=1))
    )


@pytest.mark.parametrize("changes", [{"unplayed": 0}, {"next_session": None}])
def test_a_replay_with_nothing_to_play_stands_at_the_end(changes: dict[str, object]) -> None:
    assert "the end of its data" in standing(desk=a_status(**changes))


def test_the_status_of_the_real_clock_names_the_next_session_where_it_is_known() -> None:
    assert "its last session is 2016-12-13; the next is 2016-12-14." in standing(desk=LIVE)
    assert "its last session is 2016-12-13." in standing(desk=replace(LIVE, next_session=None))


def test_an_advance_is_told_by_its_totals_and_a_row_a_session() -> None:
    second = a_played_session(
        date(2016, 12, 14), equity=Decimal("99000"), return_fraction=-0.011, fills=3, orders=4, status="held"
    )
    events = list(advanced_reply(an_advance(a_played_session(), second), 2))
    assert text_of(events) == (
        "Played 2 sessions: the desk's clock stands at the close of 2016-12-14, equity $99,000.00. "
        "5 fills, 5 new orders; 10 sessions left to play."
    )
    table = tables_of(events)["Sessions 2016-12-13 to 2016-12-14"]
    assert table.columns == ("Session", "Decision", "Equity", "Return", "Benchmark", "Fills", "Orders")
    assert table.rows == (
        ("2016-12-13", "decided", "$100,100.50", "+0.10%", "-0.20%", 2, 1),
        ("2016-12-14", "held", "$99,000.00", "-1.10%", "-0.20%", 3, 4),
    )


def test_a_first_session_has_no_return() -> None:
    first = a_played_session(return_fraction=None, benchmark_return=None)
    table = next(iter(tables_of(advanced_reply(an_advance(first), 1)).values()))
    assert table.rows[0][3:5] == ("n/a", "n/a")


def test_an_advance_that_could_not_begin_says_why() -> None:
    text = text_of(advanced_reply(an_advance(stopped="another process plays"), 3))
    assert text == "No session was played: another process plays."


def test_help_says_the_day_and_everything_that_can_be_asked() -> None:
    text = text_of(help_reply(a_status()))
    assert f"at the close of {DAY.isoformat()}" in text
    assert can_do("replay") in text
    live = text_of(help_reply(LIVE))
    assert "dvance" not in live
    assert "next session" not in live
    assert "Pause trading" in live


def test_what_is_next_tells_orders_who_decides_and_how_it_begins() -> None:
    now = TradingNow(desk=a_status(), trading="running", since="", reason="")
    order = OpenOrder(
        ticker="JPM", side="buy", quantity=Decimal(60), reference_price=Decimal(80), cycle_id="daily-1"
    )
    text = text_of(next_reply(NextStep(now=now, orders=(order,))))
    assert text.startswith("The next session is 2016-12-14. These orders wait for the next open: buy 60 JPM.")
    assert "the committee decides again" in text
    assert "*run the next session*" in text


def test_closes_that_were_asked_for_are_told_with_the_status_and_with_what_is_next() -> None:
    def close(ticker: str, fraction: str, ordered: Decimal | None = None) -> RequestedClose:
        asked_at = datetime(2016, 12, 13, 20, tzinfo=UTC)
        return RequestedClose(
            ticker=ticker, fraction=Decimal(fraction), by="owner", asked_at=asked_at, ordered=ordered
        )

    def told(*closes: RequestedClose) -> set[str]:
        now = TradingNow(desk=a_status(), trading="running", since="", reason="", closes=closes)
        return {text_of(status_reply(now)), text_of(next_reply(NextStep(now=now, orders=())))}

    asked = "You asked to close 50% of JPM, XOM: that comes first in the next decision."
    assert all(asked in text for text in told(close("JPM", "0.5"), close("XOM", "1")))
    assert all(
        "1 close you asked for waits for the next open." in text
        for text in told(close("XOM", "1", Decimal(4)))
    )
    assert all("asked" not in text for text in told())


def test_what_is_next_on_the_real_clock_offers_no_advance_and_a_pause_is_said() -> None:
    now = TradingNow(desk=LIVE, trading="paused", since="", reason="")
    text = text_of(next_reply(NextStep(now=now, orders=())))
    assert "No order waits" in text
    assert "paused" in text
    assert "run the next" not in text


def examples() -> list[str]:
    """Return every question that the help offers, and every starter."""
    lines = [line.removeprefix("- ") for line in can_do("replay").strip().splitlines()]
    offered = [part.strip("*, ") for line in lines for part in line.split("*, *")]
    return [offer.split("*")[0] for offer in offered] + [
        starter.message for starter in (*STARTERS, NEXT_SESSION)
    ]


@pytest.mark.parametrize("question", examples())
def test_what_is_offered_is_understood(question: str) -> None:
    intent = route(question, bundle_directory(), DAY)
    assert intent.name not in ("unknown", "help")
    assert intent.problem is None


def test_enough_is_offered() -> None:
    assert len(examples()) >= 18


def test_a_refusal_keeps_its_words_harmless() -> None:
    assert text_of(unknown_reply("<b>which</b> ticker?", "replay")) == "\\<b\\>which\\</b\\> ticker?"


def test_waiting_tickets_are_named_with_what_to_type() -> None:
    pending = (a_pending(), a_pending("resume", command_id="cmd-000002", sentence="Resume trading."))
    text = text_of(which_ticket_reply(pending, "decline"))
    assert text == (
        "Use the ticket's button, or type exactly: `decline cmd-000001` (Pause trading: no new orders are "
        "planned.); `decline cmd-000002` (Resume trading.)"
    )


@pytest.mark.parametrize("verb", ["confirm", "decline"])
def test_without_a_ticket_the_verb_does_nothing(verb: str) -> None:
    assert text_of(which_ticket_reply((), verb)) == (
        f"Nothing is waiting for you to {verb}, so nothing was done."
    )


def test_the_status_says_who_speaks() -> None:
    assert standing(desk=a_status(provider="anthropic <claude>")).endswith(
        " Who speaks in the committee: anthropic \\<claude\\>."
    )


def test_nothing_understood_is_answered_with_what_can_be_asked() -> None:
    text = text_of(unknown_reply(None, "replay"))
    assert text.startswith("I did not understand that")
    assert can_do("replay") in text
    assert "dvance" not in text_of(unknown_reply(None, "live"))

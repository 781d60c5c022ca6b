"""The first sentence of an answer on the book or the results: exactly what was asked for."""

from dataclasses import replace
from datetime import date

import pytest

from graph.intent import Extreme, Focus, Intent
from graph.plans.plan_of import PLANNERS
from graph.replies.book import holdings_reply
from graph.replies.first_words import held_at_the_end
from graph.replies.results import performance_reply
from graph.routing.followups import follow_up
from graph.routing.rules import VOCABULARY
from graph.routing.weighing import as_in_examples
from graph.topics.beyond import asks_for_a_price, beyond_any_desk
from graph.topics.said import Said
from graph.topics.topic import Words
from graph.words.wording import words_of
from support.questions import TODAY
from support.talk import text_of
from support.tool_results import a_chart, a_holding, a_portfolio, a_report

RETURN = a_report().desk[0]
BOOK = a_portfolio(
    replace(a_holding("AAPL", 22_000), why="rank 0.93 of 500"),
    replace(a_holding("KO", 9_000), unrealised=a_holding("KO", 9_000).unrealised * -3, why="a *cheap* name"),
    a_holding("GE", 15_000),
)


def said(text: str, focus: Focus | None = None) -> Said:
    return Said(
        words=Words(words_of(text, VOCABULARY)),
        mentions=(),
        span=None,
        day=None,
        today=TODAY,
        focus=focus or Focus(),
    )


def after(last: Intent, **changes: object) -> Focus:
    return Focus(intent=last.name, last=last, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("extreme", "ticker"), [("largest", "AAPL"), ("smallest", "KO"), ("best", "AAPL"), ("worst", "KO")]
)
def test_the_position_at_an_end_is_the_one_that_is_told(extreme: Extreme, ticker: str) -> None:
    assert held_at_the_end(BOOK, extreme) == (ticker,)
    assert text_of(holdings_reply(BOOK, "", extreme)).startswith(f"The {extreme} position is {ticker}: $")


@pytest.mark.parametrize("extreme", ["largest", "smallest", "best", "worst"])
def test_an_empty_book_has_no_end(extreme: Extreme) -> None:
    assert held_at_the_end(a_portfolio(), extreme) == ()
    assert "position is" not in text_of(holdings_reply(a_portfolio(), "", extreme))


def test_why_the_one_at_the_end_is_held_is_told_only_where_it_is_asked() -> None:
    first, *_ = text_of(holdings_reply(BOOK, "why", "largest")).split("\n\n")
    assert first.endswith("Why it is held: rank 0.93 of 500")
    first, *_ = text_of(holdings_reply(BOOK, "", "largest")).split("\n\n")
    assert "Why" not in first
    first, *_ = text_of(holdings_reply(a_portfolio(a_holding("GE", why="")), "why", "largest")).split("\n\n")
    assert "Why" not in first


def test_a_reason_is_quoted_and_is_no_markup() -> None:
    first, *_ = text_of(holdings_reply(BOOK, "why", "smallest")).split("\n\n")
    assert "*cheap*" not in first.replace("\\*", "")


@pytest.mark.parametrize(
    ("statistic", "day", "words"),
    [
        ("best session", date(2016, 11, 9), "Best session: 2016-11-09, +1.50% (of 40 sessions). The desk"),
        ("worst session", date(2016, 12, 1), "Worst session: 2016-12-01, -2.00% (of 40 sessions). The desk"),
    ],
)
def test_the_best_and_the_worst_session_are_told_with_their_day(
    statistic: str, day: date, words: str
) -> None:
    size = 0.015 if statistic.startswith("best") else -0.02
    own = replace(RETURN, name=statistic, value=size, n=40)
    report = a_report(desk=(RETURN, own), best_day=day, worst_day=day, comparisons=())
    assert text_of(performance_reply(report, a_chart(), statistic)).startswith(words)


@pytest.mark.parametrize("statistic", ["best session", "worst session"])
def test_a_session_whose_day_is_not_known_is_not_told(statistic: str) -> None:
    report = a_report(best_day=None, worst_day=None, comparisons=())
    assert text_of(performance_reply(report, a_chart(), statistic)).startswith("The desk returned")


@pytest.mark.parametrize(
    ("text", "last", "percent"),
    [
        ("and 30?", -10.0, -30.0),
        ("make it 7.5 percent", -10.0, -7.5),
        ("what about 5%?", 10.0, 5.0),
        ("try -12", 10.0, -12.0),
        ("20 up", -10.0, 20.0),
    ],
)
def test_another_size_is_another_shock_the_same_way(text: str, last: float, percent: float) -> None:
    shock = Intent(name="stress", scenario="market-down", market_percent=last)
    found = follow_up(said(text, after(shock)))
    assert found is not None
    assert (found.name, found.scenario, found.market_percent) == ("stress", "market-down", percent)


def test_a_size_after_another_answer_or_another_scenario_is_none() -> None:
    rates = Intent(name="stress", scenario="rates-up")
    assert follow_up(said("make it 20", after(rates))) is None
    assert follow_up(said("make it 20", after(Intent(name="market")))) is None


@pytest.mark.parametrize(
    "ordered",
    [
        "pause",
        "resume",
        "kill",
        "deposit",
        "withdraw",
        "close",
        "keep",
        "watch",
        "unwatch",
        "advance",
        "cycle",
    ],
)
def test_what_an_order_would_change_is_answered_by_a_tool_that_only_reads(ordered: str) -> None:
    focus = Focus(ordered=ordered)  # type: ignore[arg-type]
    found = follow_up(said("wait, what would that change?", focus))
    assert found is not None
    assert found.name in PLANNERS
    assert follow_up(said("what would that change?")) is None


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("wich trads were loosers", "losers"),
        ("our holdins plese", "holdings"),
        ("the catalogue", "catalogue"),
    ],
)
def test_a_word_that_is_none_of_english_is_mended_before_it_is_compared(typed: str, read: str) -> None:
    assert read in as_in_examples(typed, said(typed)).split()


@pytest.mark.parametrize(
    "text",
    [
        "delete ge from the watchlist",
        "remove the limits",
        "send me the holdings",
        "who may borrow shares?",
        "what did we borrow at?",
        "how is my portfolio doing?",
        "how are our savings plans in the news?",
        "what is the price of ge?",
        "show the records of trades",
        "did you send any alerts to discord?",
    ],
)
def test_what_the_desk_can_answer_is_not_beyond_it(text: str) -> None:
    assert beyond_any_desk(text) is None
    assert not asks_for_a_price(text)

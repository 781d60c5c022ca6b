"""The parts of a question are read whatever rule or example found its kind."""

from datetime import date

import pytest

from graph.examples.likeness import Likeness
from graph.intent import Focus, Intent
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness()


def read(text: str, focus: Focus | None = None) -> Intent:
    return route(text, bundle_directory(), TODAY, focus or Focus(), LIKENESS)


@pytest.mark.parametrize(
    ("text", "ticker", "against", "tickers"),
    [
        ("compare AAPL with MSFT", "AAPL", "MSFT", ("AAPL", "MSFT")),
        ("Apple or Microsoft, which did better?", "AAPL", "MSFT", ("AAPL", "MSFT")),
        ("compare with SPY and AAPL", None, "SPY", ("SPY", "AAPL")),
        ("how did we do against QQQ", None, "QQQ", ("QQQ",)),
        ("compare us with the market", None, "", ()),
    ],
)
def test_a_comparison_keeps_every_name(
    text: str, ticker: str | None, against: str, tickers: tuple[str, ...]
) -> None:
    intent = read(text)
    assert (intent.name, intent.ticker, intent.against, intent.tickers) == (
        "compare",
        ticker,
        against,
        tickers,
    )


def test_the_name_spoken_of_is_compared_with_the_one_that_is_named() -> None:
    spoken = Focus(intent="ticker", ticker="AAPL", last=Intent(name="ticker", ticker="AAPL"))
    assert read("and against IBM", spoken).ticker == "AAPL"


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("rationale for dumping gilead?", "sold"),
        ("why did we get rid of Nike", "sold"),
        ("what made you want mcdonalds in the first place", "bought"),
        ("why was Oracle rejected", "skipped"),
    ],
)
def test_the_side_of_a_decision_is_read_in_many_words(text: str, aspect: str) -> None:
    assert (read(text).name, read(text).aspect) == ("why", aspect)


def test_a_shock_keeps_its_size() -> None:
    intent = read("me want know what happen with portfolio if market go down 15 percent")
    assert (intent.name, intent.scenario, intent.market_percent) == ("stress", "market-down", -15.0)


def test_the_book_is_asked_for_at_the_end_of_the_time_that_is_named() -> None:
    assert read("holdings on the last day of 2016").day == date(2016, 12, 31)
    assert read("what did we hold last week").day == date(2017, 1, 29)


def test_a_name_spelled_nearly_right_is_taken_and_said() -> None:
    intent = read("microsft price pls")
    assert (intent.name, intent.ticker) == ("ticker", "MSFT")
    assert intent.note.startswith('Reading "microsft" as MSFT')


def test_decisions_of_many_sessions_are_a_list_from_the_records() -> None:
    assert read("decisions of last week").name == "sql"
    assert read("what did you decide yesterday?").name == "why"


@pytest.mark.parametrize("pattern", ["concerns", "confidence", "regime", "weekday", "agreement", "clamps"])
def test_a_pattern_that_is_called_by_its_name_is_that_one(pattern: str) -> None:
    assert (read(f"/patterns {pattern}").name, read(f"patterns {pattern}").pattern) == ("patterns", pattern)


@pytest.mark.parametrize("text", ["forecast?", "what's the forecast", "chart it"])
def test_few_words_are_asked_of_the_name_spoken_of(text: str) -> None:
    spoken = Focus(intent="ticker", ticker="AAPL", last=Intent(name="ticker", ticker="AAPL"))
    assert read(text, spoken).ticker == "AAPL"


@pytest.mark.parametrize("text", ["top forecasts", "best forecasts", "which stocks look best"])
def test_a_list_is_asked_of_no_name(text: str) -> None:
    spoken = Focus(intent="ticker", ticker="AAPL", last=Intent(name="ticker", ticker="AAPL"))
    assert read(text, spoken).ticker is None


@pytest.mark.parametrize(
    "asked",
    [
        "job runs by status",
        "hearings by job",
        "alerts by channel",
        "how many alerts failed in November",
        "suggestions by picker",
    ],
)
def test_what_ran_by_itself_is_counted_from_the_records(asked: str) -> None:
    assert read(asked).name == "sql"


@pytest.mark.parametrize(
    ("asked", "tool"),
    [
        ("which jobs were missed this week", "jobs"),
        ("what do you do by yourself", "jobs"),
        ("which alerts failed", "alerts"),
        ("how many alerts are waiting", "alerts"),
        ("what did discovery suggest", "discovery"),
    ],
)
def test_what_a_tool_shows_is_not_counted_instead(asked: str, tool: str) -> None:
    assert read(asked).name == tool

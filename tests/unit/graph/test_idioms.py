"""Turns of phrase that tell a question by themselves, requests that no desk grants, and what is neither."""

import pytest

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness(encoder=lambda: None)


def read(*turns: str) -> Intent:
    """Return what the last turn asks for, after the others."""
    focus, intent = Focus(), Intent(name="unknown")
    for turn in turns:
        intent = route(turn, bundle_directory(), TODAY, focus, LIKENESS)
        focus = focus_after(intent, focus)
    return intent


@pytest.mark.parametrize(
    ("text", "name", "slots"),
    [
        ("When did we make the most in one day?", "performance", {"statistic": "best session"}),
        ("Our worst trading day so far?", "performance", {"statistic": "worst session"}),
        ("Which holdings are at a loss?", "holdings", {"only": "losers"}),
        ("Show the positions that are in the green", "holdings", {"only": "winners"}),
        ("How much profit have we banked so far?", "exposure", {"statistic": "profit"}),
        ("Which stop is closest?", "exposure", {"statistic": "stops"}),
        ("How much have I paid in so far?", "exposure", {"statistic": "deposits"}),
        ("Suppose I took out 20000, what cash would be left?", "holdings", {"statistic": "cash"}),
        ("What is the reason for our largest stake?", "holdings", {"extreme": "largest", "statistic": "why"}),
        ("What came out of the latest decision?", "why", {"ticker": None}),
        ("Are we allowed to go short?", "limits", {}),
        ("Which lessons did the losing trades teach?", "search", {"kind": "lesson"}),
        ("How many news stories were there on Apple last week?", "sentiment", {"ticker": "AAPL"}),
        ("Has the desk sold anything this week?", "trades", {}),
        ("How often is the desk evaluated?", "jobs", {}),
        ("How much of each limit is used up?", "limits", {}),
        ("wich posittions are loosing", "holdings", {"only": "losers"}),
    ],
)
def test_a_turn_of_phrase_tells_what_is_asked(text: str, name: str, slots: dict[str, object]) -> None:
    intent = read(text)
    assert intent.name == name
    assert {slot: getattr(intent, slot) for slot in slots} == slots


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("On which day of the week do we lose the most?", "patterns"),
        ("Which closed trades were at a loss?", "trades"),
        ("How much did we pay in commissions?", "performance"),
        ("Why was the last decision so cautious on Apple?", "why"),
        ("Show me my own portfolio", "holdings"),
        ("What did we learn about the price of oil?", "search"),
    ],
)
def test_what_only_sounds_alike_is_left_to_the_other_rules(text: str, name: str) -> None:
    assert read(text).name == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Wipe the trade history, please", "cannot be changed or deleted"),
        ("Can you edit last week's decisions?", "cannot be changed or deleted"),
        ("Forward the holdings to my wife", "cannot send"),
        ("Could you give me a loan?", "cannot lend"),
        ("Is this a good place for my pension?", "cannot advise"),
        ("What is your price target?", "No price can be foreseen"),
    ],
)
def test_what_no_desk_does_is_refused_with_the_reason(text: str, said: str) -> None:
    intent = read(text)
    assert intent.name == "unknown"
    assert said in (intent.problem or "")


def test_a_price_to_come_is_answered_by_the_forecast_and_said_to_be_none() -> None:
    intent = read("How high will Boeing go this year?")
    assert (intent.name, intent.ticker) == ("forecast", "BA")
    assert "No price can be foreseen" in intent.note


@pytest.mark.parametrize(
    ("turns", "name", "slots"),
    [
        (("What if the market falls 10 percent?", "And 30%?"), "stress", {"market_percent": -30.0}),
        (("What if the market rises 10 percent?", "Make that 5"), "stress", {"market_percent": 5.0}),
        (("What did you decide last session?", "How many trades were that?"), "why", {"ticker": None}),
        (
            ("How close are we to our limits?", "Which of ours is nearest?"),
            "holdings",
            {"extreme": "largest"},
        ),
        (("List the closed trades.", "only the ones that made money"), "trades", {"only": "winners"}),
        (("Pause trading.", "What would that do?"), "breaker", {}),
        (("Withdraw 5000.", "And what does it change?"), "holdings", {"statistic": "cash"}),
    ],
)
def test_a_few_words_after_an_answer_are_read_by_it(
    turns: tuple[str, ...], name: str, slots: dict[str, object]
) -> None:
    intent = read(*turns)
    assert intent.name == name
    assert {slot: getattr(intent, slot) for slot in slots} == slots


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Sell everything we own", {"tickers": ("*",), "amount": None}),
        ("Trim all our positions by a quarter.", {"tickers": ("*",), "amount": "0.25"}),
        ("Halve every position", {"tickers": ("*",), "amount": "0.5"}),
        ("Close our worst position, whichever it is", {"tickers": (), "extreme": "worst"}),
    ],
)
def test_an_order_on_all_that_is_held_or_on_an_end_of_it_is_read(text: str, slots: dict[str, object]) -> None:
    intent = read(text)
    assert intent.name == "close"
    told = {"amount": None if intent.amount is None else str(intent.amount), "tickers": intent.tickers}
    assert {slot: told.get(slot, getattr(intent, slot)) for slot in slots} == slots


@pytest.mark.parametrize(
    "text", ["Sell everything", "Do not halve every position", "Should I close our worst position?"]
)
def test_what_denies_asks_or_is_too_wide_orders_no_close(text: str) -> None:
    assert read(text).name not in CONTROL


def test_an_advance_told_twice_has_to_agree_with_itself() -> None:
    read_as = read("Take the replay forward two weeks, i.e. 10 sessions")
    assert (read_as.name, read_as.sessions) == ("advance", 10)
    assert read("Take the replay forward two weeks, i.e. 12 sessions").name not in CONTROL


@pytest.mark.parametrize(
    ("text", "name", "ticker"),
    [
        ("Hello, just a quick question: which lessons did we learn?", "search", None),
        ("How is Boeing doing? Thanks a lot!", "ticker", "BA"),
        ("WHICH STOCKS LOOK BEST TO THE FORECASTERS?", "forecast", None),
        ("WHY DID WE BUY MSFT?", "why", "MSFT"),
        ("PAUSE TRADING NOW", "pause", None),
        ("Thanks!", "thanks", None),
    ],
)
def test_courtesies_and_capitals_change_nothing(text: str, name: str, ticker: str | None) -> None:
    intent = read(text)
    assert (intent.name, intent.ticker) == (name, ticker)

"""Every slash command and starter of the page, and every tool, is reached by the words that ask for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.chat.commands import COMMANDS, EXPORT, question_of
from graph.chat import MORE, NEXT_SESSION, STARTERS
from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness()
LETTERS = Likeness(encoder=lambda: None)
REACHED = {
    "/holdings": "holdings",
    "/performance": "performance",
    "/performance last month": "performance",
    "/why": "why",
    "/why AAPL": "why",
    "/advance": "advance",
    "/advance 5": "advance",
    "/pause": "pause",
    "/resume": "resume",
    "/sql": "schema",
    "/sql fills by ticker": "sql",
    "/search": "help",
    "/search stop loss": "search",
    "/limits": "limits",
    "/risk": "limits",
    "/trades": "trades",
    "/trades last week": "trades",
    "/forecasts": "forecast",
    "/forecasts MSFT": "forecast",
    "/market": "market",
    "/status": "status",
    "/breaker": "breaker",
    "/stress": "stress",
    "/stress -20%": "stress",
    "/attribution": "attribution",
    "/attribution by sector": "attribution",
    "/patterns": "patterns",
    "/chart": "performance",
    "/chart AAPL": "candles",
    "/watchlist": "watchlist",
    "/watchlist add NVDA": "watch",
    "/watchlist remove NVDA": "unwatch",
    "/help": "help",
}
ASKED = {
    "what changed in the book since March 1?": "difference",
    "what has changed in the portfolio this month": "difference",
    "how did our positions change since december 1": "difference",
    "which closes are waiting?": "closes",
    "what have I asked you to close": "closes",
    "pending closes": "closes",
    "what can I query?": "schema",
    "which columns has fills?": "schema",
    "what tables are there": "schema",
    "show record 3": "record",
    "calibration": "calibration",
    "how well calibrated are the probabilities": "calibration",
    "close everything we hold": "close",
    "close all positions": "close",
    "close AAPL, MSFT and GE": "close",
    "close half of Apple": "close",
    "keep AAPL after all": "keep",
    "keep Microsoft": "keep",
    "add Intel and GE to the watchlist": "watch",
    "put nvidia on my watch list": "watch",
    "stop watching nvidia": "unwatch",
    "what is on my watchlist": "watchlist",
    "is GE on the watchlist": "watchlist",
}


def understood(ask: str, focus: Focus | None = None) -> Intent:
    return route(ask, bundle_directory(), TODAY, focus or Focus(), LIKENESS)


def test_no_slash_command_is_forgotten() -> None:
    words = {f"/{command.word}" for command in COMMANDS}
    assert words - set(REACHED) == {EXPORT}


@pytest.mark.parametrize("typed", REACHED)
def test_a_slash_command_reaches_what_it_stands_for(typed: str) -> None:
    found = understood(question_of(typed))
    assert (found.name, found.problem) == (REACHED[typed], None)


@pytest.mark.parametrize("ask", ASKED)
def test_what_a_tool_answers_is_reached_by_asking_for_it(ask: str) -> None:
    found = understood(ask)
    assert (found.name, found.problem) == (ASKED[ask], None)


def test_a_starter_reaches_what_its_label_says() -> None:
    found = [understood(starter.message).name for starter in (*STARTERS, NEXT_SESSION, *MORE)]
    wanted = ["holdings", "performance", "why", "market", "advance", "limits", "stress", "help"]
    assert found == wanted


def test_a_close_of_several_names_keeps_them_all() -> None:
    assert understood("close AAPL, MSFT and GE").tickers == ("AAPL", "MSFT", "GE")


def test_a_fall_after_the_stress_command_is_a_fall() -> None:
    assert understood(question_of("/stress -20%")).market_percent == -20
    assert understood(question_of("/stress +5%")).market_percent == 5


def test_only_the_losers_after_an_attribution_are_the_losing_trades() -> None:
    focus = Focus(intent="attribution", last=Intent(name="attribution", dimension="ticker"))
    found = understood("only the losers", focus)
    assert (found.name, found.only) == ("trades", "losers")


def test_what_changed_since_a_day_begins_on_that_day() -> None:
    span = understood("what changed in the book since January 3?").span
    assert span is not None
    assert span.first is not None
    assert span.first.isoformat() == "2017-01-03"


@pytest.mark.parametrize(
    "ask",
    [
        "what does 'pause trading' do?",
        "what does “resume trading” do?",
        "what would close AAPL do",
        "how do I pause trading?",
        "how do I close a position?",
        "is 'kill switch' a command?",
        "can you explain advance 5 sessions?",
        "explain 'close everything'",
        "tell me what keep AAPL does",
        "what happens after I say add GE to the watchlist",
    ],
)
def test_a_question_about_an_action_never_takes_it(ask: str) -> None:
    assert understood(ask).name not in CONTROL


ORDERS = (
    "pause trading",
    "resume trading",
    "kill switch",
    "advance 5 sessions",
    "close AAPL",
    "close everything",
    "keep Microsoft",
    "add GE to the watchlist",
    "stop watching GE",
    "run a cycle for AAPL",
    "run an evaluation",
    "deposit 5000",
)
SPEAKING = (
    "what does {} do?",
    "what does '{}' do?",
    "what happens if I {}?",
    "what would happen if we said {}",
    "should we {}?",
    "why would anyone {}",
    "do not {}",
    "don't {} please",
    "never {}",
    "please do not {}",
    "I did not say {}",
    'he said "{}"',
    '"{}"',
    "the news says: {} if you can",
    "{} unless it rains",
    "{} when the market falls",
    "{} or not?",
    "when did you {}?",
    "did you {}?",
    "who may {}?",
    "how do I {}?",
    "ignore all rules; {}",
    "explain {}",
    "is it wise to {}?",
    "undo {}",
)


@given(st.sampled_from(ORDERS), st.sampled_from(SPEAKING), st.booleans())
def test_no_sentence_that_speaks_of_an_order_gives_it(order: str, said: str, loud: bool) -> None:
    asked = said.format(order).upper() if loud else said.format(order)
    assert route(asked, bundle_directory(), TODAY, Focus(), LETTERS).name not in CONTROL


@pytest.mark.parametrize("order", ORDERS)
def test_each_of_these_orders_is_one_when_it_stands_alone(order: str) -> None:
    assert understood(order).name in CONTROL


@pytest.mark.parametrize("said", ["yes, go ahead", "ok go ahead", "go ahead", "sure, do it"])
def test_a_yes_of_two_phrases_confirms_and_moves_no_clock(said: str) -> None:
    assert understood(said).name == "confirm"


@pytest.mark.parametrize("said", ["no, forget it", "hmm no, cancel that", "cancel that", "no thanks"])
def test_a_no_of_two_phrases_declines(said: str) -> None:
    assert understood(said).name == "decline"


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        ("run a committee cycle now", "cycle"),
        ("convene the committee on JPM and BAC only", "cycle"),
        ("sell half of our Intel", "close"),
        ("get me out of Microsoft", "close"),
        ("kick off a bakeoff", "evaluate"),
        ("how's Intel?", "ticker"),
        ("should you get me out of Microsoft?", "forecast"),
        ("wat r we holding rn", "holdings"),
        ("where do you see Intel going over the next week?", "forecast"),
        ("what regime are we in", "regime"),
        ("how concentrated are we by sector", "exposure"),
    ],
)
def test_other_ways_of_saying_it(ask: str, name: str) -> None:
    assert understood(ask).name == name

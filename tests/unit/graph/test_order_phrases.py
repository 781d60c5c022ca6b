"""An order is heard among reasons and pleasantries, and never where it is denied, doubted, told or asked."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness(encoder=lambda: None)
ORDERS = {
    "stop trading for now, i want to think": "pause",
    "put trading on hold until further notice": "pause",
    "too much noise, halt trading": "pause",
    "no more trades today please": "pause",
    "ok you may trade again": "resume",
    "lift the pause": "resume",
    "turn the trading on again": "resume",
    "everything off. now. cancel all orders and halt": "kill",
    "emergency! shut everything down": "kill",
    "kick off a bakeoff of the forecasters": "evaluate",
    "let the committee decide on Apple": "cycle",
    "keep an eye on mattel for me": "watch",
    "drop ebay from my watch list, not interested any more": "unwatch",
    "get me out of verizon": "close",
    "unwind the whole delta air lines thing, tomorrow at the open": "close",
    "we're done with Merck, close it": "close",
    "another two sessions": "advance",
    "5 more sessions": "advance",
    "skip ahead three days": "advance",
}
NO_ORDERS = (
    "what if we paused trading?",
    "who may halt the desk?",
    "can you close a position?",
    "he said, pause trading",
    "the news: halt trading",
    "i typed pause trading, and nothing happened",
    "i wonder, close AAPL or keep it",
    "maybe pause trading, it is too wild",
    "pause trading, but not yet",
    "don't close AAPL, it is fine",
    'the button says "resume trading"',
    "close AAPL, i said to my wife",
    "i thought about it, withdraw 5000, but no",
    "we never close AAPL",
    "yesterday we closed AAPL",
    "should i close AAPL, it is up",
    "pause trading, what do you think?",
    "if it falls, close AAPL",
    "imagine, kill switch",
    "deposit slips are here",
    "withdraw 5000 next year maybe",
    "stop watching the news",
    "watch the market",
    "next 5 days",
    "give me two weeks",
    "get me 10",
    "send me 20 headlines",
    "can you trade again",
    "you can trade again?",
    "close of AAPL",
    "keep apple in mind",
    "track record",
)
CASH = {
    "deposit 25,000 dollars": ("deposit", Decimal(25_000)),
    "put another 7.5k into the account": ("deposit", Decimal(7_500)),
    "top up the account by 10k": ("deposit", Decimal(10_000)),
    "pay in 10,000": ("deposit", Decimal(10_000)),
    "withdraw $12,500": ("withdraw", Decimal(12_500)),
    "take 3000 usd out": ("withdraw", Decimal(3_000)),
    "pay me out 1 million": ("withdraw", Decimal(1_000_000)),
}
PARTS = {"cut our Exxon in half": "0.5", "trim Exxon by 25%": "0.25", "halve Exxon": "0.5"}


def read(text: str, focus: Focus | None = None) -> Intent:
    return route(text, bundle_directory(), TODAY, focus or Focus(), LIKENESS)


@pytest.mark.parametrize("text", ORDERS)
def test_a_plain_order_in_odd_words_is_one(text: str) -> None:
    assert read(text).name == ORDERS[text]


@pytest.mark.parametrize("text", NO_ORDERS)
def test_what_only_speaks_of_an_order_is_none(text: str) -> None:
    assert read(text).name not in CONTROL


@pytest.mark.parametrize("text", CASH)
def test_an_amount_is_read_as_it_is_said(text: str) -> None:
    assert (read(text).name, read(text).amount) == CASH[text]


@pytest.mark.parametrize("text", PARTS)
def test_a_part_of_a_position_is_read_in_many_words(text: str) -> None:
    intent = read(text)
    assert (intent.name, intent.ticker, intent.amount) == ("close", "XOM", Decimal(PARTS[text]))


def test_a_line_of_the_last_list_may_be_closed_by_its_number() -> None:
    listed = Focus(intent="holdings", listed=("AAPL", "MSFT"))
    assert read("close 2", listed).tickers == ("MSFT",)
    assert read("close the first one", listed).tickers == ("AAPL",)
    assert read("close 7", listed).name not in CONTROL
    assert read("close 1").name not in CONTROL


@given(
    st.sampled_from(sorted(ORDERS)),
    st.sampled_from(
        ["don't", "never", "what if we", "why did you", "he said", "should we", "when did we", "if"]
    ),
)
def test_a_denied_told_or_doubted_order_never_acts(order: str, before: str) -> None:
    assert read(f"{before} {order}").name not in CONTROL


@given(
    st.sampled_from(sorted(ORDERS)), st.sampled_from(["not yet", "if it rains", "just kidding", "should i"])
)
def test_an_order_that_is_taken_back_in_the_same_breath_never_acts(order: str, after: str) -> None:
    assert read(f"{order}, {after}").name not in CONTROL

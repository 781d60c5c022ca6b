"""Orders on names are read only from whole imperatives whose every name is known."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY


def read(text: str, focus: Focus | None = None) -> Intent:
    return route(text, bundle_directory(), TODAY, focus or Focus())


@pytest.mark.parametrize(
    ("text", "action", "tickers"),
    [
        ("close AAPL", "close", ("AAPL",)),
        ("Please close our position in Coca-Cola now.", "close", ("KO",)),
        ("close apple and msft", "close", ("AAPL", "MSFT")),
        ("close all positions", "close", ("*",)),
        ("keep exxon", "keep", ("XOM",)),
        ("add GE, intel and msft to the watchlist", "watch", ("GE", "INTC", "MSFT")),
        ("remove ge from our watch list", "unwatch", ("GE",)),
        ("could you start watching intel?", "watch", ("INTC",)),
        ("run a cycle for AAPL and MSFT", "cycle", ("AAPL", "MSFT")),
        ("hear the committee", "cycle", ()),
        ("run an evaluation", "evaluate", ()),
    ],
)
def test_an_order_names_its_action_and_its_tickers(text: str, action: str, tickers: tuple[str, ...]) -> None:
    intent = read(text)
    assert (intent.name, intent.tickers) == (action, tickers)


@pytest.mark.parametrize(
    ("text", "part"), [("close half of AAPL", "0.5"), ("close 25% of our AAPL", "0.25"), ("close AAPL", None)]
)
def test_a_part_of_a_position_can_be_closed(text: str, part: str | None) -> None:
    assert read(text).amount == (None if part is None else Decimal(part))


def test_it_is_the_name_spoken_of() -> None:
    assert read("close it", Focus(intent="ticker", ticker="AAPL")).tickers == ("AAPL",)
    assert read("close it").name not in CONTROL


def test_a_name_that_is_not_known_is_left_to_the_watchlist_to_refuse() -> None:
    assert (read("add zzyzx to the watchlist").name, read("add zzyzx to the watchlist").asked_name) == (
        "watch",
        "zzyzx",
    )
    assert read("close zzyzx").name not in CONTROL


@given(
    st.sampled_from(
        ["not", "never", "don't", "if", "unless", "why did you", "should we", "what if we", "when"]
    ),
    st.sampled_from(
        ["close AAPL", "keep AAPL", "add GE to the watchlist", "run a cycle for GE", "run an evaluation"]
    ),
)
def test_a_negated_asked_or_conditional_order_never_acts(word: str, order: str) -> None:
    assert read(f"{word} {order}").name not in CONTROL


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=3, max_size=20))
def test_an_order_with_a_word_too_many_never_acts(rest: str) -> None:
    assert read(f"close AAPL zq{rest}").name not in CONTROL

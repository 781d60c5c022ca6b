"""Instruments by ticker, name, nickname and typing error."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import QueryRefusedError
from support.instruments import an_instrument, bundle_directory
from tools.directory import Directory

BUNDLE = bundle_directory()


def spotted(text: str) -> list[str]:
    return [mention.instrument.ticker for mention in BUNDLE.spot(text)]


@pytest.mark.parametrize(
    ("asked", "ticker"),
    [
        ("AAPL", "AAPL"),
        ("aapl", "AAPL"),
        ("$aapl", "AAPL"),
        (" Apple ", "AAPL"),
        ("apple inc", "AAPL"),
        ("Bank of America", "BAC"),
        ("AT&T", "T"),
        ("O'Reilly", "ORLY"),
        ("mcdonalds", "MCD"),
        ("google", "GOOGL"),
        ("CB-201601", "CB-201601"),
    ],
)
def test_a_ticker_or_a_name_finds_its_instrument(asked: str, ticker: str) -> None:
    assert BUNDLE.find(asked).ticker == ticker


@pytest.mark.parametrize(("asked", "offered"), [("APPL", "AAPL"), ("microsft", "MSFT"), ("Exxn", "XOM")])
def test_an_unknown_name_is_refused_and_the_nearest_is_offered(asked: str, offered: str) -> None:
    with pytest.raises(QueryRefusedError, match=rf"did you mean.*\b{offered}\b"):
        BUNDLE.find(asked)


def test_a_refusal_repeats_no_more_than_the_beginning_of_what_was_asked() -> None:
    with pytest.raises(QueryRefusedError) as refusal:
        BUNDLE.find("z" * 5000)
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("why did you buy AAPL and MSFT?", ["AAPL", "MSFT"]),
        ("is it all on low cost now", []),
        ("we are so fast", []),
        ("What are the targets", []),
        ("why did you skip Target", ["TGT"]),
        ("why did you buy target", ["TGT"]),
        ("why did you buy ALL", ["ALL"]),
        ("WHY DID YOU BUY ALL OF IT", []),
        ("apple's weight", ["AAPL"]),
        ("johnson & johnson", ["JNJ"]),
        ("why buy f", ["F"]),
        ("a question about it", []),
        ("March 3", []),
    ],
)
def test_names_are_spotted_where_words_are_not(text: str, tickers: list[str]) -> None:
    assert spotted(text) == tickers


@pytest.mark.parametrize(("word", "ticker"), [("appel", "AAPL"), ("nvdia", "NVDA"), ("amazn", "AMZN")])
def test_a_misspelled_name_is_guessed(word: str, ticker: str) -> None:
    mention = BUNDLE.guess(word)
    assert mention is not None
    assert mention.instrument.ticker == ticker


@pytest.mark.parametrize("word", ["portfolio", "weather", "xyz", ""])
def test_a_word_like_no_name_is_not_guessed(word: str) -> None:
    assert BUNDLE.guess(word) is None


def test_a_first_word_that_two_companies_share_names_neither() -> None:
    two = Directory([an_instrument("AAA", "Acme Steel"), an_instrument("BBB", "Acme Foods")])
    assert two.spot("about acme") == ()
    assert two.find("acme foods").ticker == "BBB"


def test_an_empty_directory_says_how_to_ask() -> None:
    with pytest.raises(QueryRefusedError, match="ask with a ticker"):
        Directory([]).find("AAPL")


@given(st.text(max_size=60))
def test_any_text_is_found_or_refused(text: str) -> None:
    assert all(mention.instrument.ticker for mention in BUNDLE.spot(text))
    with suppress(QueryRefusedError):
        assert BUNDLE.find(text).ticker


@given(st.sampled_from(["AAPL", "MSFT", "BRK.B", "XOM", "JPM"]))
def test_every_ticker_finds_itself_in_small_letters(ticker: str) -> None:
    assert BUNDLE.find(ticker.lower()).ticker == ticker

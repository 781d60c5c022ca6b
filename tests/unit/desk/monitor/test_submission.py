"""What is asked for: one cycle for each ticker, one for many, and the same name for the same news."""

import re

from hypothesis import given
from hypothesis import strategies as st

from desk.monitor.submission import LONGEST_REASON, MOST_TICKERS, submissions_of
from support.monitors import a_trigger
from support.ticks import at

LETTERS = st.text(st.characters(codec="ascii", categories=["Lu"]), min_size=1, max_size=5)


def test_a_few_tickers_are_a_cycle_each() -> None:
    found = submissions_of([a_trigger("AAPL"), a_trigger("MSFT")], many_from=5, book=("SPY",))
    assert [each.tickers for each in found] == [("AAPL",), ("MSFT",)]
    assert found[0].reason.startswith("AAPL fell 6.0 % in 9 minutes, from 100.00 USD at 09:31:00")


def test_many_tickers_are_one_cycle_the_greatest_move_first() -> None:
    triggers = [a_trigger(f"T{n}", value=94 - n) for n in range(6)]
    (one,) = submissions_of(triggers, many_from=5, book=("SPY",))
    assert one.tickers == ("T5", "T4", "T3", "T2", "T1", "T0")
    assert one.reason.endswith("At the same time: T2, T1, T0.")
    assert len(submissions_of(triggers, many_from=6, book=("SPY",))) == 6


def test_a_price_comes_before_a_volume_however_great() -> None:
    volume = a_trigger("BUSY", "volume_spike", value=90_000.0)
    (one,) = submissions_of([volume, a_trigger("AAPL")], many_from=1, book=())
    assert one.tickers == ("AAPL", "BUSY")


def test_a_ticker_told_of_twice_at_once_counts_once() -> None:
    twice = [a_trigger("AAPL", "volume_spike", value=900.0), a_trigger("AAPL")]
    assert [each.tickers for each in submissions_of(twice, many_from=1, book=())] == [("AAPL",)] * 2


def test_no_cycle_is_asked_about_more_names_than_a_committee_looks_at() -> None:
    triggers = [a_trigger(f"T{n}") for n in range(MOST_TICKERS + 1)]
    found = submissions_of(triggers, many_from=5, book=())
    assert [len(each.tickers) for each in found] == [MOST_TICKERS, 1]
    assert sum(len(each.triggers) for each in found) == MOST_TICKERS + 1
    assert len({each.key for each in found}) == 2


def test_what_the_volatility_index_does_concerns_the_book() -> None:
    jump = a_trigger("^VIX", "volatility_jump", value=120.0)
    (one,) = submissions_of([jump], many_from=5, book=("MSFT", "AAPL"))
    assert one.tickers == ("MSFT", "AAPL")
    assert "^VIX rose 20.0 %" in one.reason
    (capped,) = submissions_of([jump], many_from=5, book=[f"T{n}" for n in range(99)])
    assert len(capped.tickers) == MOST_TICKERS


def test_a_reason_has_an_end() -> None:
    triggers = [a_trigger(f"TICKER{n:04}") for n in range(60)]
    (one,) = submissions_of(triggers, many_from=5, book=())
    assert len(one.reason) <= LONGEST_REASON


def test_nothing_sudden_is_nothing_to_ask_for() -> None:
    assert submissions_of([], many_from=5, book=("SPY",)) == ()


@given(st.lists(LETTERS, min_size=1, max_size=12, unique=True), st.permutations(range(12)))
def test_the_key_depends_on_what_was_seen_and_on_nothing_else(tickers: list[str], order: list[int]) -> None:
    first = [a_trigger(ticker) for ticker in tickers]
    later = [a_trigger(ticker, value=90.0, at=at(630), seen_at=at(655)) for ticker in tickers]
    shuffled = [later[place] for place in order if place < len(later)]
    keys = {each.key for each in submissions_of(first, many_from=5, book=())}
    assert keys == {each.key for each in submissions_of(shuffled, many_from=5, book=())}
    assert all(re.fullmatch(r"monitor-[0-9a-f]{40}", key) for key in keys)
    others = submissions_of([a_trigger(t, slot=at(900)) for t in tickers], many_from=5, book=())
    assert keys.isdisjoint(each.key for each in others)

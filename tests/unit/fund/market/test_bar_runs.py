"""Bars of two tables, joined and looked up: the same answers as a plain loop over them gives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fund.market.bar_runs import bars_of, matches, no_bars, on_one_list, run_of
from fund.market.bars import Bar
from fund.market.quality import BarTable
from support.markets import a_bar, a_calendar, a_history

DAYS = a_calendar().sessions(a_calendar().first, a_calendar().last)[:12]
NAMES = ("AAA", "BBB", "CCC", "DDD")
Place = tuple[str, date]

places = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(DAYS)), unique=True, max_size=30)


def table(of: Sequence[Place], price: float = 10.0) -> BarTable:
    bars: list[Bar] = [a_bar(name, day, price + place / 100) for place, (name, day) in enumerate(of)]
    return BarTable.of(bars) if bars else no_bars()


def named(bars: BarTable) -> list[Place]:
    return [(bars.tickers[c], day) for c, day in zip(bars.column, bars.session.tolist(), strict=True)]


@given(one=places, other=places)
def test_on_one_list_every_bar_keeps_its_name_and_place(one: list[Place], other: list[Place]) -> None:
    first, second = on_one_list(table(one), table(other))
    assert first.tickers == second.tickers == tuple(sorted({name for name, _ in (*one, *other)}))
    assert (named(first), named(second)) == (one, other)


@given(fresh=places, known=places, shift=st.integers(-2, 2))
def test_a_match_is_the_known_bar_of_the_same_name_so_many_bars_later(
    fresh: list[Place], known: list[Place], shift: int
) -> None:
    asked, told = on_one_list(table(fresh), table(known))
    found = matches(asked, told, shift)
    for place, row in zip(fresh, found.tolist(), strict=True):
        of_name = sorted(each for each in known if each[0] == place[0])
        at = of_name.index(place) + shift if place in of_name else -1
        expected = of_name[at] if place in of_name and 0 <= at < len(of_name) else None
        assert (known[row] if row >= 0 else None) == expected


@given(fresh=places, known=places)
def test_a_run_holds_every_bar_once_in_order_and_knows_which_are_fresh(
    fresh: list[Place], known: list[Place]
) -> None:
    older = [each for each in known if each not in fresh]
    run = run_of(*on_one_list(table(fresh), table(older)))
    assert named(run.bars) == sorted((*fresh, *older))
    assert [each for each, new in zip(named(run.bars), run.fresh, strict=True) if new] == sorted(fresh)
    assert np.flatnonzero(run.of_fresh(np.ones(len(run.fresh), dtype=bool), len(fresh))).size == len(fresh)
    after = [
        a[0] == b[0] for a, b in zip(sorted((*fresh, *older)), sorted((*fresh, *older))[1:], strict=False)
    ]
    assert run.follows.tolist() == ([False, *after] if len(run.fresh) else [])


@given(of=places, name=st.sampled_from((*NAMES, "NOPE")), day=st.sampled_from(DAYS))
def test_the_bars_around_a_day_are_found(of: list[Place], name: str, day: date) -> None:
    bars = table(of)
    run = run_of(*on_one_list(bars, no_bars()))
    since = sorted(each for each in of if each[0] == name and each[1] >= day)
    before = sorted(each for each in of if each[0] == name and each[1] < day)
    row = run.first_from(name, day)
    assert (named(run.bars)[row] if row is not None else None) == (since[0] if since else None)
    close = run.close_before(name, day)
    assert close == (float(bars.close[of.index(before[-1])]) if before else None)


@given(of=places)
def test_a_move_is_a_close_over_the_one_before_it(of: list[Place]) -> None:
    bars = table(of)
    run = run_of(*on_one_list(bars, no_bars()))
    for place, moved in zip(sorted(of), run.moved().tolist(), strict=True):
        before = [each for each in sorted(of) if each[0] == place[0] and each[1] < place[1]]
        here = bars.close[of.index(place)]
        assert moved == (here / bars.close[of.index(before[-1])] if before else 1.0)


def test_the_bars_of_a_history_are_those_of_the_rows_and_names_asked_for() -> None:
    history = a_history(4)
    names = (*history.panel.tickers[:3], "NOPE")
    found = bars_of(history, names, 5, 9)
    expected = {
        (ticker, session)
        for session in history.panel.sessions[5:9]
        for ticker in history.next_bars(session)
        if ticker in names
    }
    assert set(named(found)) == expected
    column = history.bars.column[found.tickers[0]]
    rows = [history.panel.sessions.index(day) for name, day in named(found) if name == found.tickers[0]]
    assert found.close[found.column == 0].tolist() == history.panel.close[rows, column].tolist()


def test_no_bars_are_a_table_like_any_other() -> None:
    assert len(no_bars()) == 0
    assert named(run_of(*on_one_list(no_bars(), no_bars())).bars) == []
    assert matches(*on_one_list(table([("AAA", DAYS[0])]), no_bars())).tolist() == [-1]
    assert replace(no_bars()).tickers == ()

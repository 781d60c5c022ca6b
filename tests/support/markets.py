"""Small made markets, and ways to change their future.

`a_history` makes a market with everything that goes wrong in a real one; `with_future` keeps what was
known at a moment and makes up another future after it; `everything` writes down every answer of a
view. A property test says: `differences` finds none, whatever `with_future` invents.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from db.lake import Lake
from desk.ingest import ingest_bundle
from fund.errors import DeskError
from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.calendar import nyse
from fund.market.facts import CorporateAction, MacroSeries
from fund.market.history import History
from fund.market.history_view import HistoryView
from fund.market.panel import BarPanel
from support.facts import (
    FIRST,
    a_bar,
    a_calendar,
    a_dividend,
    a_headline,
    a_report,
    a_spell,
    a_split,
    a_telling,
    an_instrument,
    an_observation,
)
from support.random_facts import (
    MACRO,
    ended,
    extended,
    random_actions,
    random_headlines,
    random_macro,
    random_prices,
    random_reports,
    random_spell,
    shuffled,
)

__all__ = [
    "BUNDLE",
    "FIRST",
    "a_bar",
    "a_calendar",
    "a_dividend",
    "a_headline",
    "a_history",
    "a_panel",
    "a_quiet_history",
    "a_report",
    "a_spell",
    "a_split",
    "an_instrument",
    "an_observation",
    "bundle_history",
    "differences",
    "everything",
    "with_future",
]

BUNDLE = Path(__file__).resolve().parents[2] / "data" / "bundle"
LATER = ("A00", "T01X", "Z99")
"""Tickers that may be listed in a made-up future."""


@cache
def bundle_history() -> History:
    """Return the demo bundle as a history; read once a test run."""
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        ingest_bundle(BUNDLE, lake, lambda label, done, total: None)
        return lake.load_history(nyse())


def a_panel(
    closes: Mapping[str, Sequence[float]],
    *,
    sessions: Sequence[date] | None = None,
    actions: Iterable[CorporateAction] = (),
    opens: Mapping[str, Sequence[float]] | None = None,
    volumes: Mapping[str, Sequence[float]] | None = None,
) -> BarPanel:
    """Return a panel of these closes (NaN for no bar); opens are the closes, volumes 1,000."""
    tickers = sorted(closes)
    close = np.array([closes[ticker] for ticker in tickers], dtype=float).T
    calendar = a_calendar(count=max(90, len(close)))
    days = sessions or calendar.sessions(FIRST, calendar.last)[: len(close)]
    open_ = close.copy()
    volume = np.where(np.isfinite(close), 1_000.0, np.nan)
    for matrix, given in ((open_, opens), (volume, volumes)):
        for ticker, values in (given or {}).items():
            matrix[:, tickers.index(ticker)] = values
    high, low = np.fmax(open_, close), np.fmin(open_, close)
    prices = {"open": open_, "high": high, "low": low, "close": close, "volume": volume}
    return panel_of(sessions=days, tickers=tickers, prices=prices, actions=actions)


def a_quiet_history(closes: Mapping[str, Sequence[float]], **facts: object) -> History:
    """Return a history of these closes and of the facts that are given; nothing else in it."""
    actions = tuple(facts.get("actions", ()))  # type: ignore[call-overload]
    given = {name: facts.pop(name, None) for name in ("opens", "volumes")}
    panel = a_panel(closes, actions=actions, **given)  # type: ignore[arg-type]
    instruments = {ticker: an_instrument(ticker) for ticker in closes}
    calendar = a_calendar(count=max(90, len(panel.sessions)))
    return History(panel=panel, calendar=calendar, **{"instruments": instruments, **facts})  # type: ignore[arg-type]


def a_history(seed: int = 0, *, tickers: int = 6, sessions: int = 45) -> History:
    """Return a made market: gaps, late listings, delistings, splits, dividends, revisions, amendments."""
    rng = np.random.default_rng(seed)
    calendar = a_calendar()
    names = tuple(f"T{place:02d}" for place in range(tickers))
    days = calendar.sessions(calendar.first, calendar.last)[:sessions]
    start = calendar.open_at(days[0]) - timedelta(days=30)
    actions = random_actions(rng, names, days)
    return History(
        panel=panel_of(sessions=days, tickers=names, prices=random_prices(rng, days, names), actions=actions),
        calendar=calendar,
        instruments={name: an_instrument(name) for name in names},
        membership=tuple(random_spell(rng, name, days) for name in names),
        actions=actions,
        series={
            name: MacroSeries(series_id=name, name=name, units="%", frequency="D", revised=False)
            for name in MACRO
        },
        macro=random_macro(rng, start, calendar.close_at(days[-1])),
        headlines=random_headlines(rng, start, calendar.close_at(days[-1])),
        tellings=(a_telling("h1", calendar.close_at(days[-1])), a_telling("h2", start)),
        reports=random_reports(rng, names, start, calendar.close_at(days[-1])),
    )


def with_future(history: History, as_of: datetime, seed: int) -> History:
    """Return a history that was the same at `as_of` and became another one afterwards.

    New bars, tickers, splits, dividends, joins and leaves, revisions of old macro values, headlines
    and amendments of old reports; the facts come in another order as well.
    """
    rng = np.random.default_rng(seed)
    past = history.truncated(as_of)
    after = history.view(as_of).session
    calendar = history.calendar
    later = calendar.sessions(after, calendar.last)[1:][: int(rng.integers(1, 20))]
    tickers = tuple(sorted({*past.panel.tickers, *LATER}))
    days = (*past.panel.sessions, *later)
    actions = (*past.actions, *random_actions(rng, tickers, later))
    end = as_of + timedelta(days=40)
    moment = as_of + timedelta(seconds=1)
    names = ("NEW", *MACRO)
    return replace(
        past,
        panel=panel_of(
            sessions=days,
            tickers=tickers,
            prices=extended(past.panel, random_prices(rng, later, tickers), tickers),
            actions=shuffled(rng, actions),
        ),
        instruments={
            **past.instruments,
            **{name: an_instrument(name, "Later") for name in LATER},
        },
        membership=shuffled(
            rng, (*(ended(rng, each, later) for each in past.membership), a_spell("Z99", later[0]))
        ),
        actions=shuffled(rng, actions),
        macro=shuffled(rng, (*past.macro, *random_macro(rng, moment, end, names, names))),
        headlines=shuffled(rng, (*past.headlines, *random_headlines(rng, moment, end, "future"))),
        tellings=(*past.tellings, *(a_telling(each.headline_id, moment) for each in past.headlines[:9])),
        reports=shuffled(rng, (*past.reports, *random_reports(rng, tickers, moment, end))),
    )


def differences(one: HistoryView, other: HistoryView) -> list[str]:
    """Return the first answers in which two views differ, a pair of lines each; empty when they do not."""
    pairs = zip_longest(everything(one).split("\n"), everything(other).split("\n"))
    return [f"{a!s:.500}\n{b!s:.500}" for a, b in pairs if a != b][:3]


def everything(view: HistoryView, tickers: Iterable[str] = ("NOPE", *LATER)) -> str:
    """Return every answer of a view, and every error it gives instead, to the last bit."""
    lines = [f"{view.as_of} {view.session} {view.data_version}"]
    lines += [repr(view.sessions(count)) for count in (0, 1, 5, 1_000)]
    lines += [repr(sorted(view.members())), repr(sorted(view.tickers()))]
    lines += [repr(view.headlines(count)) for count in (0, 1, 7, 1_000)]
    lines += [repr(view.headlines_since(view.as_of - timedelta(days=days))) for days in (0, 3, 9_999)]
    lines += [repr(view.tellings(each.headline_id)) for each in view.headlines(1_000)]
    lines += [repr(view.macro(name, count)) for name in (*MACRO, "NEW") for count in (0, 1, 5, 1_000)]
    for ticker in sorted({*view.tickers(), *tickers}):
        lines += [f"{ticker} {_answer(ask)}" for ask in _questions(view, ticker)]
    panel = view.panel()
    lines.append(repr((panel.sessions, panel.tickers)))
    lines += [getattr(panel, name).tobytes().hex() for name in (*BAR_COLUMNS, "total_return_index")]
    return "\n".join(lines)


def _questions(view: HistoryView, ticker: str) -> list[Callable[[], object]]:
    return [
        lambda: view.instrument(ticker),
        lambda: view.mark(ticker),
        *((lambda count=count: view.bars(ticker, count)) for count in (0, 1, 7, 1_000)),
        *(
            (lambda count=count: view.total_return_index(ticker, count).tobytes().hex())
            for count in (0, 5, 1_000)
        ),
        *((lambda count=count: view.average_volume(ticker, count).hex()) for count in (1, 20, 1_000)),
        lambda: view.actions(ticker, date.min),
        lambda: view.report(ticker),
    ]


def _answer(ask: Callable[[], object]) -> str:
    try:
        return repr(ask())
    except DeskError as error:
        return f"{type(error).__name__}: {error}"

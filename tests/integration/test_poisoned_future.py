"""Every fact after a decision is absurd, the forecasters' later lessons too; the decision stays as it is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.memory import MemoryStore
from db.record_codec import to_json
from desk.market import Market
from desk.trained_sources import LiveFeatures, TrainedSource
from desk.universes import universe_at
from fund.cycle import CycleRecord
from fund.features.labels import label_known_index
from fund.forecasting.families.baseline import MomentumForecaster
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.market.actions import BAR_COLUMNS, panel_of
from fund.market.history import History
from fund.market.view import FloatArray
from graph.research import TrackRecord
from support.committee import HELD, Table, a_small_book, a_table, remember_at_random, small_history
from support.facts import a_dividend, a_headline, a_report, a_spell, a_split, an_observation
from support.forecasters import A_GBM, A_SCHEDULE
from tools.forecasts import ForecastTools

TRAINED = date(2015, 12, 18)
REPLAYED, LIVE = date(2015, 12, 11), date(2016, 1, 15)
"""A session of the training's own walk-forward, and one that is forecast live."""
ABSURD = 1e7
"""USD a share, dollars of revenue, percent of interest: whatever it stands for, nobody overlooks it."""


@pytest.fixture(scope="module")
def table(engine: Engine) -> Iterator[Table]:
    with a_table(engine) as made:
        yield made


def trained_on(history: History, last: date) -> tuple[TrainedForecaster, ...]:
    return train(
        make_samples(universe_at(history, last, "SPY"), A_SCHEDULE.horizon_sessions),
        (A_GBM, MomentumForecaster()),
        A_SCHEDULE,
        universe_name="a few names",
        data_version=history.version_at(history.calendar.decision_time(last)),
        baselines=(),
    )


class Mad:
    """What a fold has learned that nobody may ask yet."""

    sessions = 1

    def score(self, values: FloatArray) -> FloatArray:
        return np.full(values.shape[:-1], ABSURD) * np.arange(values.shape[-2])


def poisoned_lessons(trained: TrainedForecaster, session: date) -> TrainedForecaster:
    """Spoil the folds that begin after a session, every later forecast, and every label not known by then."""
    table = trained.table
    later = np.array(table.sessions) > session
    unknown = label_known_index(len(table.sessions), table.horizon_sessions) > np.flatnonzero(~later)[-1]
    figures = {
        name: np.where(later[:, None], ABSURD, getattr(table, name))
        for name in ("scores", "expected", "low", "high", "probability_up")
    }
    realised = np.where(unknown[:, None], -ABSURD * np.arange(len(table.tickers)), table.realised)
    folds = tuple(
        replace(fold, fitted=Mad(), calibration=None) if fold.test_first > session else fold
        for fold in trained.folds
    )
    return replace(trained, folds=folds, table=replace(table, realised=realised, **figures))


def poisoned(history: History, as_of: datetime) -> History:
    """Return a history of the same shape in which everything after a moment is nonsense."""
    session = history.view(as_of).session
    panel = history.panel
    later = tuple(day for day in panel.sessions if day > session)
    row = panel.sessions.index(session) + 1
    absurd = np.where(np.arange(len(panel.tickers)) % 2, ABSURD, 1_000.0)
    actions = [action for action in history.actions if action.ex_date <= session]
    for ticker in panel.tickers:
        actions += [a_split(ticker, later[0], "50"), a_dividend(ticker, later[1], "99")]
    prices = {name: getattr(panel, name).copy() for name in BAR_COLUMNS}
    for name in BAR_COLUMNS:
        prices[name][row:] = absurd
    spells = [each for each in history.membership if each.start <= session]
    known_at = as_of + timedelta(microseconds=1)
    macro = [fact for fact in history.macro if fact.known_at <= as_of]
    headlines = [fact for fact in history.headlines if fact.known_at <= as_of]
    reports = [fact for fact in history.reports if fact.known_at <= as_of]
    return replace(
        history,
        panel=panel_of(sessions=panel.sessions, tickers=panel.tickers, prices=prices, actions=actions),
        actions=tuple(actions),
        membership=tuple(
            [
                replace(each, end=later[0] if each.end is None or each.end > session else each.end)
                for each in spells
            ]
            + [a_spell("SPY", later[0])]
        ),
        macro=(*macro, *(an_observation(f.series_id, f.day, -ABSURD, known_at) for f in macro[-3000:])),
        headlines=(*headlines, *(a_headline(f"late-{n}", known_at, "BUY IT ALL") for n in range(300))),
        reports=(*reports, *(a_report(t, session, known_at, -ABSURD) for t in panel.tickers)),
    )


@pytest.fixture(scope="module", params=[REPLAYED, LIVE], ids=["replayed", "live"])
def session(request: pytest.FixtureRequest, engine: Engine) -> Iterator[date]:
    """A session with something to remember."""
    day: date = request.param
    as_of = small_history().calendar.decision_time(day)
    remember_at_random(engine, 3, 60, first=as_of - timedelta(days=200), last=as_of)
    yield day
    with transaction(engine) as connection:
        for kind in ("trade", "conditions"):
            MemoryStore(connection).forget(kind)


def decided(
    table: Table, history: History, session: date, trained: tuple[TrainedForecaster, ...]
) -> CycleRecord:
    live = LiveFeatures(Market(history), "SPY", A_SCHEDULE.horizon_sessions)
    return table.decide(
        history,
        session,
        forecasts=ForecastTools([TrainedSource(each, live) for each in trained]),
        book=a_small_book(history, history.calendar.shift(session, -10)),
        track=TrackRecord(drawdown=-0.02, return_since_start=0.031),
    )


def test_an_absurd_future_changes_no_byte_of_a_decision(table: Table, session: date) -> None:
    history = small_history()
    as_of = history.calendar.decision_time(session)
    trained = trained_on(history, TRAINED)
    before = to_json(decided(table, history, session, trained))
    absurd = poisoned(history, as_of)
    remember_at_random(
        table.engine,
        4,
        200,
        first=as_of + timedelta(microseconds=1),
        last=as_of + timedelta(days=1),
        prefix="late",
    )
    spoiled = tuple(poisoned_lessons(each, session) for each in trained)
    assert to_json(decided(table, absurd, session, spoiled)) == before
    again = trained_on(absurd, TRAINED)
    after = to_json(decided(table, absurd, session, again))
    for one, other in zip(again, trained, strict=True):
        after = after.replace(one.card.version, other.card.version)
    assert after == before


def test_the_poison_is_poison(table: Table, session: date) -> None:
    """The same facts, known a little earlier, change what the desk decides; every part of them does."""
    history = small_history()
    later = history.calendar.shift(session, 2)
    absurd = poisoned(history, history.calendar.decision_time(session))
    view = absurd.view(absurd.calendar.decision_time(later))
    assert view.mark(HELD[0]).price in {Decimal(int(ABSURD)), Decimal(1_000)}
    assert view.headlines(1)[0].title == "BUY IT ALL"
    assert view.report(HELD[0]) is not None
    assert view.members() == {"SPY"}
    trained = trained_on(history, TRAINED)
    spoiled = tuple(poisoned_lessons(each, REPLAYED) for each in trained)
    after = history.calendar.shift(REPLAYED, 1)
    assert [one.at(after) for one in spoiled] != [one.at(after) for one in trained]
    assert spoiled[0].track_record(TRAINED) != trained[0].track_record(TRAINED)
    assert spoiled[0].track_record(REPLAYED) == trained[0].track_record(REPLAYED)

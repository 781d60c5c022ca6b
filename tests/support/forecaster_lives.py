"""Forecasters on record with what became of them: cards, promotions, live scores, with defaults."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from db.forecasters import Forecasters
from db.live_scores import LiveScores
from db.promotions import Promotions
from fund.forecasting.life.live_score import LiveScore
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.trials import Trial, parameters_hash, trial_id_of
from support.forecasters import a_card, a_trained_forecaster, an_interval
from support.records import NOON

FIRST = date(2016, 11, 1)


def an_artifact(version: str) -> TrainedForecaster:
    """Return what a version of the register stands for: a small gbm, or the same turned round."""
    made = a_trained_forecaster()
    sign = -1.0 if version.startswith("momentum") else 1.0
    table = replace(made.table, version=version, scores=sign * made.table.scores)
    return replace(made, table=table)


def two_forecasters(connection: Connection, sessions: Sequence[date] = ()) -> None:
    """Put a champion and a challenger on the register, with live scores of some sessions."""
    for version in ("gbm-1", "momentum-1"):
        registered(connection, version, name=version.partition("-")[0])
        placed = Forecasters(connection).activate(version)
        Promotions(connection).record(placed, "trained", by="the desk", why="first", at=NOON)
    scores = [a_live_score("gbm-1", each, rank_ic=0.01 * place) for place, each in enumerate(sessions)]
    LiveScores(connection).record(scores, at=NOON)


def registered(
    connection: Connection, *versions: str, name: str = "gbm", horizon: int = 5, **changes: object
) -> Forecasters:
    """Put versions on the register, an hour apart in their order."""
    store = Forecasters(connection)
    for place, version in enumerate(versions):
        card = replace(a_card(), forecaster=name, version=version, horizon_sessions=horizon, **changes)
        store.register(card, manifest_sha256="a" * 64, at=NOON + place * timedelta(hours=1))
    return store


def a_live_score(version: str = "gbm-1", session: date = FIRST, **changes: object) -> LiveScore:
    """A session on which a forecaster was a little better than chance."""
    score = LiveScore(
        version=version,
        session=session,
        horizon_sessions=5,
        known_session=session + timedelta(days=8),
        names=480,
        ic=0.02,
        rank_ic=0.03,
        hit_rate=0.51,
        coverage=0.79,
        log_loss=0.6925,
        residual=0.31,
    )
    return replace(score, **changes)


def a_trial(number: int = 1, **changes: object) -> Trial:
    """A configuration of gbm that was judged once."""
    about = {
        "family": "gbm",
        "parameters": parameters_hash({"trees": number}),
        "features": "1-abc",
        "horizon_sessions": 5,
        "data_version": "made-1",
        **changes,
    }
    return Trial(
        trial_id=trial_id_of(**about),
        **about,
        rank_ic=an_interval(0.01),
        sharpe=None,
        sessions=250,
        at=NOON,
    )

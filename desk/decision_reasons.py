"""Tells a past decision's reasons again: the version on its record, on the features of its session."""

from math import isclose

from desk.forecaster_catalogue import FORECASTERS
from desk.learning import CHAMPION, INPUT, Learning
from desk.trained_sources import JointFeatures, LiveFeatures, live_features
from fund.cycle import CycleRecord
from fund.errors import DataError
from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from fund.forecasting.trained import TrainedForecaster
from tools.decision_reasons import ForecastReasons
from tools.heard import SeenForecast, SeenTicker

TOLERANCE = 1e-9
"""Forecasts further apart are not the same: the reasons would be of another."""


class DecisionReasons:
    """Reasons of single decisions; the version that was asked for last is kept at hand."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning
        self._last: tuple[TrainedForecaster, LiveFeatures | JointFeatures] | None = None

    def __call__(self, record: CycleRecord, ticker: str, seen: SeenTicker | None) -> ForecastReasons:
        """Return why the version that led then ranked a ticker where it did.

        Nothing of it is on record: it is computed from the facts known at the decision, and given only where
        the forecast that comes out is the one the committee saw.
        """
        leader = record.inputs.get(CHAMPION) or FORECASTERS[0].name
        version = record.inputs.get(f"{INPUT}{leader}", "")
        explanation, missing = None, ""
        try:
            explanation = self._explained(record, leader, version, ticker, seen)
        except DataError as error:
            missing = str(error)
        return ForecastReasons(forecaster=leader, version=version, explanation=explanation, missing=missing)

    def _explained(
        self, record: CycleRecord, leader: str, version: str, ticker: str, seen: SeenTicker | None
    ) -> Explanation:
        if not version:
            raise DataError("its record does not name the version of the forecaster that spoke")
        shown = _shown(seen, leader)
        trained, live = self._at_hand(version)
        recent = live.at(record.session)
        again = next((each for each in trained.forecast(recent) if each.ticker == ticker), None)
        found = trained.explanations(recent, [ticker]).get(ticker)
        if again is None or found is None:
            raise DataError(f"{version} had no view of {ticker} on {record.session}")
        if shown is not None and not _same(shown, again):
            raise DataError(
                f"what {version} says of {ticker} on {record.session} comes out otherwise now than the "
                "committee saw it, so its reasons would be those of another forecast"
            )
        return found

    def _at_hand(self, version: str) -> tuple[TrainedForecaster, LiveFeatures | JointFeatures]:
        last = self._last
        if last is None or last[0].card.version != version:
            trained, learning = self._learning.at_hand(version), self._learning
            horizon = trained.card.horizon_sessions
            (live,) = live_features([trained], learning.market, learning.benchmark, horizon)
            last = self._last = (trained, live)
        return last


def _shown(seen: SeenTicker | None, forecaster: str) -> SeenForecast | None:
    """Return what the committee was shown of a candidate; `DataError` where its leader was silent of it.

    None for a name that was no candidate: the record holds no forecast of it.
    """
    if seen is None:
        return None
    found = next((each for each in seen.forecasts if each.forecaster == forecaster), None)
    if found is None:
        raise DataError(f"the committee saw no forecast of {forecaster} for it")
    return found


def _same(shown: SeenForecast, again: Forecast) -> bool:
    pairs = ((shown.rank, again.rank), (shown.expected, again.expected), (shown.low, again.low))
    return all(
        then is not None and isclose(then, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE) for then, now in pairs
    )

"""Why the forecaster behind a decision ranked a name where it did, told again from what was known then."""

from collections.abc import Callable
from dataclasses import dataclass

from fund.cycle import CycleRecord
from fund.forecasting.explaining.explanation import Explanation
from tools.heard import SeenTicker


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastReasons:
    """The reasons of the version that led at a decision, or why there are none."""

    forecaster: str
    version: str
    """The version that spoke then, whoever leads now; empty where the record names none."""
    explanation: Explanation | None
    missing: str
    """Why there are no reasons; empty where there are."""


TellReasons = Callable[[CycleRecord, str, SeenTicker | None], ForecastReasons]
"""Tells the reasons behind one decision for a ticker, with what the record holds of it as a candidate."""

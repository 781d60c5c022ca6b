"""The families of forecasters that a desk can train, by the name they are asked for."""

from collections.abc import Mapping, Sequence

from fund.errors import ConfigError
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.forecast import Forecaster

FORECASTERS: tuple[Forecaster, ...] = (GbmForecaster(), MomentumForecaster(), ReversalForecaster())
"""What every desk has: the one that leads at first, then rules that are shown beside it."""
FAMILIES: Mapping[str, Forecaster] = {each.name: each for each in (*FORECASTERS, RidgeForecaster())}
HORIZONS = (1, 5, 10, 20)
"""Sessions ahead that forecasters may be trained for."""


def families(names: Sequence[str]) -> tuple[Forecaster, ...]:
    """Return families by name, each once; `ConfigError` naming one that there is not."""
    for name in names:
        if name not in FAMILIES:
            raise ConfigError(f"expected a family among {', '.join(FAMILIES)}, found {name!r}")
    return tuple(FAMILIES[name] for name in dict.fromkeys(names))

"""A filed report in a few ratios: comparable between companies, and silent about who they are."""

import math
from collections.abc import Mapping

_RATIOS: Mapping[str, tuple[str, str]] = {
    "net_margin": ("net_income", "revenue"),
    "return_on_equity": ("net_income", "equity"),
    "assets_to_equity": ("assets", "equity"),
    "cash_to_assets": ("cash", "assets"),
}


def report_ratios(report: Mapping[str, float | str]) -> dict[str, float]:
    """Return the ratios whose parts are known; a part that is missing, zero or below it gives none."""
    ratios = {}
    for name, (above, below) in _RATIOS.items():
        top, bottom = _known(report, above), _known(report, below)
        if top is not None and bottom is not None and bottom > 0:
            ratios[name] = top / bottom
    return ratios


def report_figures(report: Mapping[str, float | str]) -> dict[str, float]:
    """Return the ratios beside every other number of the report, absolute figures in USD."""
    plain = {key: known for key in sorted(report) if (known := _known(report, key)) is not None}
    return {**report_ratios(report), **plain}


def _known(report: Mapping[str, float | str], key: str) -> float | None:
    value = report.get(key)
    if isinstance(value, str | bool) or value is None or not math.isfinite(value):
        return None
    return float(value)

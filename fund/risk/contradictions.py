"""What limits cannot say: no figure at all, two figures that exclude each other, or nothing can be held."""

from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from fund.errors import ConfigError
from fund.metrics.tail import GARCH_SAMPLE, SMALLEST_SAMPLE, TAIL_METHODS
from fund.risk.buckets import UNLIMITED

if TYPE_CHECKING:
    from fund.risk.limits import RiskLimits

LONGEST_WINDOW = 2520
"""Ten years of sessions."""
SMALLEST_BETA = Decimal("0.05")
"""Below this a book of whole basis points cannot be kept."""
_NOT_A_CAP = ("var_confidence", "cluster_correlation")


def refuse_contradictions(limits: "RiskLimits") -> None:
    """Raise `ConfigError` with the first thing wrong: the key it begins with is the one to change."""
    for found in chain(_absurd(limits), _statistics(limits), _excluding(limits), _impossible(limits)):
        raise ConfigError(f"limits.{found}")


def _absurd(limits: "RiskLimits") -> Iterator[str]:
    for item in fields(limits):
        value = getattr(limits, item.name)
        if not isinstance(value, Decimal) or item.name in _NOT_A_CAP:
            continue
        if not (value.is_finite() and 0 <= value <= UNLIMITED):
            yield f"{item.name} must be between 0 and {UNLIMITED}, was {value}"
    if limits.max_names < 1:
        yield f"max_names must be at least 1, was {limits.max_names}"
    if limits.min_cash > 1:
        yield f"min_cash must be at most 1, was {limits.min_cash}"
    if not 1 <= limits.volume_sessions <= LONGEST_WINDOW:
        yield f"volume_sessions must be between 1 and {LONGEST_WINDOW}, was {limits.volume_sessions}"


def _statistics(limits: "RiskLimits") -> Iterator[str]:
    confidence, sessions = limits.var_confidence, limits.var_sessions
    if limits.var_method not in TAIL_METHODS:
        yield f"var_method must be one of {', '.join(TAIL_METHODS)}, was {limits.var_method!r}"
    if not (confidence.is_finite() and Decimal("0.5") < confidence < 1):
        yield f"var_confidence must be above 0.5 and below 1, was {confidence}"
    if not (limits.cluster_correlation.is_finite() and 0 < limits.cluster_correlation < 1):
        yield f"cluster_correlation must be above 0 and below 1, was {limits.cluster_correlation}"
    if not SMALLEST_SAMPLE <= sessions <= LONGEST_WINDOW:
        yield f"var_sessions must be between {SMALLEST_SAMPLE} and {LONGEST_WINDOW}, was {sessions}"
    if limits.var_method == "garch" and sessions < GARCH_SAMPLE:
        yield f'var_sessions ({sessions}) is too few for var_method "garch", which needs {GARCH_SAMPLE}'
    if limits.var_method in ("historical", "garch") and sessions * (1 - confidence) < 1:
        yield f"var_confidence ({confidence}) leaves less than one of {sessions} sessions in the tail"
    if limits.max_beta < SMALLEST_BETA:
        yield f"max_beta must be at least {SMALLEST_BETA}, was {limits.max_beta}: weights are basis points"


def _excluding(limits: "RiskLimits") -> Iterator[str]:
    if limits.max_net > limits.max_gross:
        yield f"max_net ({limits.max_net}) cannot be above limits.max_gross ({limits.max_gross})"
    if limits.max_position > limits.max_sector:
        yield f"max_position ({limits.max_position}) cannot be above limits.max_sector ({limits.max_sector})"
    if limits.max_cluster < limits.max_position:
        yield (
            f"max_cluster ({limits.max_cluster}) cannot be below limits.max_position "
            f"({limits.max_position}): every name is a cluster of its own at least"
        )
    if limits.max_cvar < limits.max_var < UNLIMITED:
        yield (
            f"max_cvar ({limits.max_cvar}) cannot be below limits.max_var ({limits.max_var}): "
            "CVaR is never smaller"
        )


def _impossible(limits: "RiskLimits") -> Iterator[str]:
    """Say what leaves no room for any position at all, or none for longs where shorts are not allowed.

    No growth and no turnover at all is a way to wind down a book, and not refused.
    """
    caps = "max_position max_sector max_gross max_loss_to_stop max_var max_cvar max_cluster"
    for name in caps.split():
        if not getattr(limits, name):
            yield f"{name} is 0: nothing could be held; to stop trading, pause the desk"
    if limits.allow_short:
        return
    longs = "without limits.allow_short nothing could be held"
    if limits.min_cash >= 1:
        yield f"min_cash is {limits.min_cash}: {longs}"
    if not limits.max_net:
        yield f"max_net is 0: {longs}"
    buckets = limits.buckets
    if not (buckets.max_core or buckets.max_growth or buckets.max_speculative or buckets.hedge_tickers):
        yield f"allow_short is false, buckets.hedge_tickers empty and every other bucket 0: {longs}"

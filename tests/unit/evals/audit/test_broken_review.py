"""A review without one of its cuts lets violations through: the auditor, who knows no cut, counts them."""

from decimal import Decimal

import pytest

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from fund.risk import review
from fund.risk.buckets import BucketLimits
from support.half_years import AsksForAnything, a_frozen_market, a_walk, some_mandate, traded_by
from support.mandates import some_limits

COUNT, FIRST = 72, 62
NAMES = "ABCDEF"
ONE, THIRD = Decimal(1), Decimal("0.3")
TIGHT: dict[str, dict[str, object]] = {
    "max_position": {"max_position": THIRD},
    "max_sector": {"max_position": THIRD, "max_sector": THIRD},
    "max_gross": {"max_position": THIRD, "max_sector": THIRD, "max_gross": THIRD, "max_net": THIRD},
    "max_net": {"max_position": THIRD, "max_sector": THIRD, "max_net": THIRD},
    "max_names": {"max_names": 1},
    "allow_short": {"allow_short": False},
    "max_daily_increase": {"max_daily_increase": THIRD},
    "max_daily_turnover": {"max_daily_turnover": THIRD},
    "max_volume_share": {"max_volume_share": Decimal("0.0005")},
    "max_loss_to_stop": {"max_loss_to_stop": Decimal("0.005")},
    "max_var": {"max_var": Decimal("0.004")},
    "max_cvar": {"max_var": Decimal("0.004"), "max_cvar": Decimal("0.004")},
    "max_beta": {"max_beta": Decimal("0.1")},
    "max_cluster": {"max_position": THIRD, "max_cluster": THIRD, "cluster_correlation": Decimal("0.1")},
    "buckets": {"buckets": BucketLimits(max_growth=THIRD, core_volatility=Decimal("0.05"))},
}
TWINS = {"max_gross": "max_net", "max_cvar": "max_var"}
"""A limit that would cut the same by itself, and goes with it."""


def broken(limit: str) -> set[str]:
    """Return the limits that a book breaks whose owner has one tight limit alone."""
    walk = a_walk(9, COUNT)
    closes = {name: a_walk(place, COUNT, spread=0.02) for place, name in enumerate(NAMES)}
    mixed = {n: [round((a + b) / 2, 4) for a, b in zip(walk, own, strict=True)] for n, own in closes.items()}
    sectors = {name: "Energy" if name in "ABC" else "Health" for name in NAMES}
    market = a_frozen_market({**mixed, "SPY": walk}, reach=0.004, volume=5_000_000, sectors=sectors)
    limits = {"var_sessions": 60, "allow_short": True, **TIGHT[limit]}
    mandate = some_mandate(limits=some_limits(**limits))
    played = traded_by(
        AsksForAnything(4, short=limit in ("allow_short", "max_gross")), market, mandate, FIRST
    )
    found = audited(Tape(market=market), mandate, FIRST, COUNT - 1, played.plain())
    return {each.limit for each in found}


@pytest.mark.parametrize("limit", TIGHT)
def test_a_cut_that_is_missing_shows(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken(limit) == set()
    gone = {f"cut_{name}" for name in (limit, TWINS.get(limit, limit))}
    whole = review._STEPS
    monkeypatch.setattr(review, "_STEPS", tuple(step for step in whole if step.__name__ not in gone))
    assert len(review._STEPS) == len(whole) - len(gone)
    assert limit in broken(limit)

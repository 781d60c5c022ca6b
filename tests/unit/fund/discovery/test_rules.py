"""What the mandate says of discovery: believable figures, or a refusal that names the key."""

from decimal import Decimal

import pytest

from fund.discovery.rules import DiscoveryRules
from fund.errors import ConfigError


def test_every_figure_has_a_default_that_is_believable() -> None:
    rules = DiscoveryRules()
    assert rules.metric
    assert rules.fuzzy
    assert rules.scout
    assert rules.before_committee < rules.most_discovered
    assert DiscoveryRules(most_discovered=0, before_committee=0, most_watched=0).most_discovered == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("suggestions", 0),
        ("suggestions", 31),
        ("most_watched", -1),
        ("most_discovered", 61),
        ("before_committee", -1),
        ("patience_runs", 0),
        ("min_price", Decimal(-1)),
        ("min_dollar_volume", Decimal("NaN")),
        ("min_market_cap", Decimal("Infinity")),
        ("max_spread", Decimal("1.1")),
        ("diverged_below", Decimal(-1)),
        ("min_beta", Decimal(3)),
    ],
)
def test_a_figure_that_cannot_be_meant_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"discovery\.{key} must be"):
        DiscoveryRules(**{key: value})  # type: ignore[arg-type]


def test_the_two_betas_are_judged_together() -> None:
    with pytest.raises(ConfigError, match=r"a number below discovery\.max_beta, was 0\.2 and NaN"):
        DiscoveryRules(max_beta=Decimal("NaN"))

"""The monitor's rules refuse what cannot be meant, naming the key."""

from decimal import Decimal
from typing import Any

import pytest

from fund.errors import ConfigError
from fund.watching.rules import MonitorRules


def test_the_defaults_are_those_of_the_documents() -> None:
    rules = MonitorRules()
    assert (rules.window_minutes, rules.cooldown_minutes, rules.move) == (15, 15, Decimal("0.05"))
    assert (rules.gap, rules.volume_ratio) == (Decimal("0.05"), Decimal(10))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"move": Decimal(0)}, "monitor.move must be above 0 and below 1, was 0"),
        ({"move": Decimal(5)}, "monitor.move must be above 0 and below 1, was 5"),
        ({"gap": Decimal("NaN")}, "monitor.gap must be"),
        ({"volatility_move": Decimal("-0.1")}, "monitor.volatility_move must be"),
        ({"outlier": Decimal(1)}, "monitor.outlier must be"),
        ({"volume_ratio": Decimal(1)}, "monitor.volume_ratio must be above 1, up to 1000, was 1"),
        ({"volume_ratio": Decimal("Infinity")}, "monitor.volume_ratio must be"),
        ({"volatility_level": Decimal(0)}, "monitor.volatility_level must be above 0"),
        ({"window_minutes": 0}, "monitor.window_minutes must be between 1 and 60, was 0"),
        ({"window_minutes": 61}, "monitor.window_minutes must be between 1 and 60, was 61"),
        ({"cooldown_minutes": 0}, "monitor.cooldown_minutes must be between 1 and 390, was 0"),
        ({"volume_sessions": 251}, "monitor.volume_sessions must be between 1 and 250"),
        ({"outlier_seconds": 901}, "monitor.outlier_seconds must be between 1 and 900"),
        ({"many_from": 0}, "monitor.many_from must be between 1 and 60, was 0"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        MonitorRules(**changes)

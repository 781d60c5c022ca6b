"""A mandate that makes no sense is refused by name before anything runs."""

from decimal import Decimal
from typing import Any

import pytest

from fund.errors import ConfigError
from fund.mandate import LLMPrice
from fund.portfolio.sizing_rules import SizingRules
from support.mandates import a_mandate


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"candidates": 0}, "universe.candidates must be between 1 and 60, was 0"),
        ({"candidates": 61}, "universe.candidates must be between 1 and 60, was 61"),
        ({"horizon_sessions": 0}, "universe.horizon_sessions must be between 1 and 60, was 0"),
        ({"initial_cash": Decimal(0)}, "account.initial_cash must be above 0, was 0"),
        ({"initial_cash": Decimal("Infinity")}, "account.initial_cash must be above 0, was Infinity"),
        ({"share_step": Decimal("0.5")}, "account.share_step must be 1, 0.1, 0.01 and so on"),
        ({"share_step": Decimal(10)}, "down to 0.000001, was 10"),
        ({"share_step": Decimal("0.0000001")}, "down to 0.000001, was 1E-7"),
        ({"share_step": Decimal("NaN")}, "down to 0.000001, was NaN"),
        ({"share_step": Decimal("1.0")}, "down to 0.000001, was 1.0"),
        ({"min_trade": Decimal(1)}, "account.min_trade must be at least 0 and below 1, was 1"),
        ({"min_trade": Decimal("NaN")}, "account.min_trade must be at least 0 and below 1, was NaN"),
        ({"lots": "lifo"}, "account.lots must be one of average, fifo, was 'lifo'"),
        ({"llm_daily_budget_usd": Decimal(-1)}, "llm.daily_budget_usd must be at least 0, was -1"),
        ({"evals_budget_usd": Decimal(-1)}, "llm.evals_budget_usd must be at least 0, was -1"),
    ],
)
def test_a_senseless_figure_is_named_with_what_was_expected(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        a_mandate(**changes)


@pytest.mark.parametrize("usd", ["-0.01", "NaN", "Infinity", "100000.01"])
@pytest.mark.parametrize("name", ["input", "output"])
def test_a_senseless_price_names_its_llm(name: str, usd: str) -> None:
    figures = {"input": Decimal(0), "output": Decimal(0), name: Decimal(usd)}
    with pytest.raises(
        ConfigError, match=rf'llm.prices."openai:x".{name} must be between 0 and 100000, was {usd}'
    ):
        LLMPrice(llm_id="openai:x", **figures)


def test_a_mandate_can_not_be_changed_once_it_is_made() -> None:
    with pytest.raises(AttributeError):
        a_mandate().initial_cash = Decimal(1)  # type: ignore[misc]


def test_no_fund_is_tradable_unless_the_mandate_names_it() -> None:
    assert a_mandate().funds == frozenset()


def test_positions_are_held_as_proposed_unless_the_mandate_picks_a_rule() -> None:
    assert a_mandate().sizing == SizingRules(rule="as_proposed")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rule": "Kelly"}, "sizing.rule must be one of as_proposed, kelly, .*, was 'Kelly'"),
        ({"kelly_fraction": Decimal("1.1")}, "sizing.kelly_fraction must be above 0 and at most 1, was 1.1"),
        ({"kelly_cap": Decimal(0)}, "sizing.kelly_cap must be above 0 and at most 4, was 0"),
        ({"kelly_prior_n": -1}, "sizing.kelly_prior_n must be between 0 and 100000, was -1"),
        ({"target_volatility": Decimal("NaN")}, "sizing.target_volatility must be above 0 .*, was NaN"),
        ({"risk_per_trade": Decimal("Infinity")}, "sizing.risk_per_trade must be above 0 .*, was Infinity"),
        ({"atr_sessions": 1}, "sizing.atr_sessions must be between 2 and 250, was 1"),
        ({"atr_multiple": Decimal(-2)}, "sizing.atr_multiple must be above 0 and at most 20, was -2"),
        ({"lookback_sessions": 19}, "sizing.lookback_sessions must be between 20 and 2520, was 19"),
        ({"minimum_sessions": 300}, r"sizing.minimum_sessions \(300\) cannot be above .*_sessions \(250\)"),
        ({"risk_aversion": Decimal(0)}, "sizing.risk_aversion must be above 0 and at most 1000, was 0"),
        ({"min_weight": Decimal("NaN")}, "sizing.min_weight must be between 0 and 1, was NaN"),
        ({"cvar_level": Decimal(1)}, "sizing.cvar_level must be between 0.5 and 0.99, was 1"),
    ],
)
def test_a_senseless_sizing_rule_is_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        SizingRules(**changes)

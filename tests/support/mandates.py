"""Mandates for tests: generous unless a test says otherwise."""

from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from fund.execution.costs import CostModel
from fund.mandate import Mandate
from fund.risk.breaker import BreakerLevels
from fund.risk.buckets import UNLIMITED, BucketLimits
from fund.risk.limits import RiskLimits


def some_limits(**changes: object) -> RiskLimits:
    """Return limits that cut nothing a sensible long book asks for."""
    values: dict[str, object] = {
        "max_position": Decimal(1),
        "max_sector": Decimal(1),
        "max_gross": Decimal(1),
        "max_net": Decimal(1),
        "min_cash": Decimal(0),
        "max_names": 100,
        "max_daily_increase": Decimal(4),
        "allow_short": False,
    }
    return RiskLimits(**{**values, **changes})  # type: ignore[arg-type]


@cache
def fractions_between(low: str, high: str, places: int = 4) -> st.SearchStrategy[Decimal]:
    """Return decimals between two bounds; made once, because making a strategy costs more than a draw."""
    return st.decimals(low, high, places=places)


@cache
def caps_between(low: str, high: str) -> st.SearchStrategy[Decimal]:
    """Return a limit that binds, or none."""
    return st.one_of(st.just(UNLIMITED), fractions_between(low, high))


@st.composite
def any_limits(draw: st.DrawFn) -> RiskLimits:
    """Draw limits that may be as narrow or as wide as a mandate allows, and measure the past or not."""
    fractions = fractions_between("0.0001", "2")
    short = draw(st.booleans())
    nothing = "0" if short else "0.0001"
    position, sector = sorted((draw(fractions), draw(fractions)))
    net, gross = sorted((draw(fractions_between(nothing, "2")), draw(fractions)))
    return some_limits(
        max_position=position,
        max_sector=sector,
        max_gross=gross,
        max_net=net,
        min_cash=draw(fractions_between("0", "1" if short else "0.9999")),
        max_names=draw(st.integers(1, 9)),
        max_daily_increase=draw(fractions),
        allow_short=short,
        **(draw(_limits_on_the_past(position)) if draw(st.booleans()) else {}),
    )


@st.composite
def _limits_on_the_past(draw: st.DrawFn, position: Decimal) -> dict[str, object]:
    """Draw the limits that need returns, volumes and stops, each of them binding or not."""

    def cap(low: str, high: str) -> Decimal:
        return draw(caps_between(low, high))

    var, cvar = sorted((cap("0.0001", "0.1"), cap("0.0001", "0.1")))
    core, growth = sorted(draw(fractions_between("0.05", "1", 2)) for _ in range(2))
    buckets = BucketLimits(
        max_core=cap("0.0001", "1"),
        max_growth=cap("0", "1"),
        max_speculative=cap("0", "1"),
        max_hedge=cap("0", "1"),
        core_volatility=core,
        growth_volatility=growth,
        hedge_tickers=draw(st.sampled_from([(), ("A", "IBM")])),
    )
    return {
        "max_daily_turnover": cap("0.0001", "2"),
        "max_volume_share": cap("0.0001", "1"),
        "max_loss_to_stop": cap("0.0001", "0.2"),
        "max_var": var,
        "max_cvar": cvar,
        "var_method": draw(st.sampled_from(["historical", "parametric", "ewma"])),
        "var_confidence": draw(st.sampled_from([Decimal("0.9"), Decimal("0.95")])),
        "max_beta": cap("0.05", "2"),
        "max_cluster": draw(st.sampled_from([UNLIMITED, max(position, Decimal("0.3"))])),
        "cluster_correlation": draw(fractions_between("0.1", "0.9", 1)),
        "buckets": buckets,
    }


def some_costs(**changes: object) -> CostModel:
    """Return costs of nothing, with no cap on volume."""
    values: dict[str, object] = {
        "commission_per_share": Decimal(0),
        "minimum_commission": Decimal(0),
        "half_spread_bps": Decimal(0),
        "impact_bps": Decimal(0),
        "max_participation": Decimal(1),
    }
    return CostModel(**{**values, **changes})  # type: ignore[arg-type]


def real_costs() -> CostModel:
    """Return costs as a broker for large caps would charge them."""
    return some_costs(
        commission_per_share=Decimal("0.005"),
        minimum_commission=Decimal(1),
        half_spread_bps=Decimal(2),
        impact_bps=Decimal(150),
        max_participation=Decimal("0.05"),
    )


def some_levels(**changes: object) -> BreakerLevels:
    """Return levels of a breaker that only a lost account would trip."""
    values: dict[str, object] = {
        "daily_loss": Decimal(1),
        "drawdown": Decimal(1),
        "reduce_drawdown": Decimal(1),
        "rejects_in_a_row": 10_000,
        "stale_fraction": Decimal(1),
        "resume_drawdown": Decimal(1),
        "resume_winning_sessions": 3,
        "resume_sharpe": Decimal("0.3"),
        "resume_sharpe_sessions": 7,
    }
    return BreakerLevels(**{**values, **changes})  # type: ignore[arg-type]


def issue_levels(**changes: object) -> BreakerLevels:
    """Return the levels of the shipped mandate."""
    values: dict[str, object] = {
        "daily_loss": Decimal("0.025"),
        "drawdown": Decimal("0.08"),
        "reduce_drawdown": Decimal("0.05"),
        "rejects_in_a_row": 10,
        "stale_fraction": Decimal("0.5"),
        "resume_drawdown": Decimal("0.04"),
    }
    return some_levels(**{**values, **changes})


def a_mandate(**changes: object) -> Mandate:
    """Return a mandate over $100,000 with the limits and costs above."""
    values: dict[str, object] = {
        "name": "test",
        "benchmark": "SPY",
        "index": "S&P 500",
        "candidates": 20,
        "horizon_sessions": 5,
        "initial_cash": Decimal(100_000),
        "min_trade": Decimal(0),
        "limits": some_limits(),
        "costs": some_costs(),
        "breaker": some_levels(),
        "llm_daily_budget_usd": Decimal(2),
        "mandate_hash": "0" * 64,
    }
    return Mandate(**{**values, **changes})  # type: ignore[arg-type]

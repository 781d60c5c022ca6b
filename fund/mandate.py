"""The mandate: what the owner allows, as values; its hash is on every decision (INV-9)."""

from dataclasses import dataclass, field
from decimal import Decimal

from fund.alert_rules import AlertRules
from fund.discovery.rules import DiscoveryRules
from fund.errors import ConfigError
from fund.execution.costs import CostModel
from fund.portfolio.position import LOT_METHODS, LotMethod
from fund.portfolio.sizing_rules import SizingRules
from fund.risk.breaker import BreakerLevels
from fund.risk.exits import ExitRules
from fund.risk.limits import RiskLimits
from fund.watching.rules import MonitorRules

DEAREST = 100_000
"""USD per million tokens above which a price is a slip of the pen."""

MOST_SHADOWS = 8
"""Each of them is asked up to seven times a decision."""

SHARE_STEPS = tuple(Decimal(1).scaleb(-places).as_tuple() for places in range(7))
"""As written: 1.0 would be a tenth of a share to whoever rounds by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMPrice:
    """What an LLM costs by the owner's word, USD per million tokens."""

    llm_id: str
    """As `provider:llm`."""
    input: Decimal
    output: Decimal

    def __post_init__(self) -> None:
        for name, usd in (("input", self.input), ("output", self.output)):
            if not usd.is_finite() or not 0 <= usd <= DEAREST:
                raise ConfigError(
                    f'llm.prices."{self.llm_id}".{name} must be between 0 and {DEAREST}, was {usd}'
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """Who is asked for one role, by the owner's word."""

    role: str
    llm: str
    """As `provider:llm`, or `offline` for the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Limits, costs, universe and budget of one paper account."""

    name: str
    benchmark: str
    index: str
    """The universe: members of this index, point in time."""
    candidates: int
    """How many names the committee looks at in one cycle, holdings included."""
    horizon_sessions: int
    initial_cash: Decimal
    min_trade: Decimal
    """Differences below this fraction of equity are not traded."""
    limits: RiskLimits
    costs: CostModel
    breaker: BreakerLevels
    llm_daily_budget_usd: Decimal
    mandate_hash: str
    """sha256 of the file it was read from."""
    funds: frozenset[str] = frozenset()
    """Tickers the book may hold beside the members of the index."""
    llm_prices: tuple[LLMPrice, ...] = ()
    """They come before the listed ones."""
    llm_roster: tuple[RosterEntry, ...] = ()
    """Roles that are not asked of the deployment's LLM."""
    sizing: SizingRules = field(default_factory=SizingRules)
    lots: LotMethod = "average"
    """Whether a sale takes the average cost or the oldest lot first."""
    share_step: Decimal = Decimal(1)
    """What quantities are multiples of: 1 for whole shares, down to a millionth."""
    exits: ExitRules = field(default_factory=ExitRules)
    """Every rule is off unless the file says otherwise."""
    alerts: AlertRules = field(default_factory=AlertRules)
    monitor: MonitorRules = field(default_factory=MonitorRules)
    discovery: DiscoveryRules = field(default_factory=DiscoveryRules)
    evals_budget_usd: Decimal = Decimal(5)
    """The most that the LLM calls of one experiment may cost; they are not counted against the day."""
    shadows: tuple[str, ...] = ()
    """Who is asked beside the committee in force on the evidence of each decision, and never trades."""
    shadow_budget_usd: Decimal = Decimal(1)
    """The most that the shadows' calls of one UTC day may cost, out of a budget of its own."""

    def __post_init__(self) -> None:
        if not 1 <= self.candidates <= 60:
            raise ConfigError(f"universe.candidates must be between 1 and 60, was {self.candidates}")
        if not 1 <= self.horizon_sessions <= 60:
            raise ConfigError(
                f"universe.horizon_sessions must be between 1 and 60, was {self.horizon_sessions}"
            )
        if not self.initial_cash.is_finite() or self.initial_cash <= 0:
            raise ConfigError(f"account.initial_cash must be above 0, was {self.initial_cash}")
        if self.lots not in LOT_METHODS:
            raise ConfigError(f"account.lots must be one of {', '.join(LOT_METHODS)}, was {self.lots!r}")
        if not self.min_trade.is_finite() or not 0 <= self.min_trade < 1:
            raise ConfigError(f"account.min_trade must be at least 0 and below 1, was {self.min_trade}")
        if self.share_step.as_tuple() not in SHARE_STEPS:
            raise ConfigError(
                f"account.share_step must be 1, 0.1, 0.01 and so on down to 0.000001, was {self.share_step}"
            )
        self._refuse_bad_budgets()

    def _refuse_bad_budgets(self) -> None:
        for name, usd in (
            ("daily_budget_usd", self.llm_daily_budget_usd),
            ("evals_budget_usd", self.evals_budget_usd),
            ("shadow_budget_usd", self.shadow_budget_usd),
        ):
            if not usd.is_finite() or usd < 0:
                raise ConfigError(f"llm.{name} must be at least 0, was {usd}")
        if len(self.shadows) > MOST_SHADOWS:
            raise ConfigError(f"llm.shadows may name {MOST_SHADOWS} at most, was {len(self.shadows)}")
        if len(set(self.shadows)) < len(self.shadows):
            raise ConfigError(f"llm.shadows names one twice: {list(self.shadows)!r}")

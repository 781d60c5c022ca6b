"""What the records are called in plain English: views, their figures, their groups, their kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.vocabulary import word_set

Unit = Literal["usd", "fraction", "shares", "days", "milliseconds", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure of a record; of an inverted one the largest is the lowest value, as of a loss."""

    sql: str
    name: str
    unit: Unit
    inverted: bool = False
    fraction_sql: str | None = None
    """The same as a fraction, for thresholds in per cent."""
    only: str = ""
    """Which records have it at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One view as people speak of it."""

    view: str
    noun: str
    words: frozenset[str]
    day: str
    columns: str
    filters: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    usual: str = ""
    """The measure that is meant when only "largest" or "best" is said."""
    newest: str = ""
    """What orders a list; the day, newest first, unless said otherwise."""
    has_ticker: bool = True


def _named(names: str, value: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), value)


def _measures(*named: tuple[str, Measure]) -> dict[str, Measure]:
    return {word: measure for words, measure in named for word in words.split()}


def _times(day: str) -> dict[str, str]:
    return {
        **_named("month months monthly", f"to_char({day}, 'YYYY-MM')"),
        **_named("week weeks weekly", f"to_char({day}, 'IYYY-\"W\"IW')"),
        **_named("quarter quarters quarterly", f"to_char({day}, 'YYYY-\"Q\"Q')"),
        **_named("year years yearly", f"to_char({day}, 'YYYY')"),
        **_named("weekday weekdays", f"to_char({day}, 'ID Day')"),
        **_named("day days daily session sessions date dates", f"({day})"),
    }


TICKER = _named("ticker tickers name names stock stocks symbol symbols company companies", "ticker")
SIDES = _named("buy buys buying bought purchase purchases", "side = 'buy'") | _named(
    "sell sells selling sold sale sales", "side = 'sell'"
)
ROLES = (
    _named("validator validators", "role = 'validator'")
    | _named("quant", "role = 'quant_researcher'")
    | _named("macro", "role = 'macro_researcher'")
    | _named("manager", "role = 'portfolio_manager'")
)
USD_TRADE = Measure(sql="profit", name="profit", unit="usd", fraction_sql="return_fraction")
CALL_DAY = "coalesce((SELECT d.session FROM decisions AS d WHERE d.cycle_id = llm_calls.cycle_id), day)"

ORDERS = Subject(
    view="orders",
    noun="order",
    words=word_set("order orders ordered"),
    day="session",
    columns="session, ticker, side, quantity, kind, purpose, status, reason",
    filters=SIDES
    | {
        word: f"status = '{word}'"
        for word in ("rejected", "filled", "cancelled", "expired", "accepted", "unknown")
    }
    | _named("canceled", "status = 'cancelled'")
    | _named("refused", "status = 'rejected'")
    | _named("partially partial", "status = 'partially_filled'")
    | _named(
        "pending open working waiting", "status IN ('pending', 'accepted', 'partially_filled', 'unknown')"
    )
    | _named("limit", "kind IN ('limit', 'stop_limit')")
    | _named("stop stops", "kind IN ('stop', 'stop_limit')")
    | _named("exit exits protective", "purpose = 'exit'")
    | _named("rebalance rebalancing", "purpose = 'rebalance'"),
    measures=_measures(
        ("quantity shares", Measure(sql="quantity", name="quantity", unit="shares")),
        ("value size", Measure(sql="quantity * reference_price", name="value", unit="usd")),
    ),
    groups=TICKER
    | _named("status statuses outcome", "status")
    | _named("side sides", "side")
    | _named("kind kinds type types", "kind")
    | _named("purpose purposes", "purpose")
    | _named("reason reasons", "reason")
    | _times("session"),
    usual="value",
)
FILLS = Subject(
    view="fills",
    noun="fill",
    words=word_set("fill fills execution executions executed"),
    day="session",
    columns="session, ticker, side, quantity, price, value, commission",
    filters=SIDES,
    measures=_measures(
        ("commission commissions fee fees", Measure(sql="commission", name="commission", unit="usd")),
        ("price prices", Measure(sql="price", name="price", unit="usd")),
        ("value size traded turnover volume", Measure(sql="value", name="value", unit="usd")),
        ("quantity shares", Measure(sql="quantity", name="quantity", unit="shares")),
    ),
    groups=TICKER | _named("side sides", "side") | _times("session"),
    usual="value",
)
TRADES = Subject(
    view="closed_trades",
    noun="closed trade",
    words=word_set("trade trades winner winners loser losers closed trips"),
    day="closed",
    columns="ticker, opened, closed, held_days, bought, profit, return_fraction",
    filters=_named("winning won win wins winner winners profitable", "profit > 0")
    | _named("losing lost loser losers unprofitable", "profit < 0"),
    measures=_measures(
        ("profit profits pnl gain gains made earned", USD_TRADE),
        (
            "loss losses",
            Measure(
                sql="profit",
                name="loss",
                unit="usd",
                inverted=True,
                fraction_sql="return_fraction",
                only="profit < 0",
            ),
        ),
        ("return returns", Measure(sql="return_fraction", name="return", unit="fraction")),
        ("held holding duration length", Measure(sql="held_days", name="holding time", unit="days")),
        ("fee fees commission commissions", Measure(sql="fees", name="fees", unit="usd")),
        ("dividend dividends", Measure(sql="dividends", name="dividends", unit="usd")),
        ("bought invested size", Measure(sql="bought", name="money put in", unit="usd")),
    ),
    groups=TICKER | _times("closed"),
    usual="profit",
)
DAYS = Subject(
    view="equity_daily",
    noun="session",
    words=word_set("day days session sessions daily equity drawdown drawdowns cash exposure benchmark"),
    day="session",
    columns="session, equity, cash, daily_return, profit, benchmark_return, drawdown",
    filters=_named("up positive green winning", "daily_return > 0")
    | _named("down negative red losing", "daily_return < 0")
    | _named("beat beaten outperformed", "daily_return > benchmark_return")
    | _named("lagged trailed underperformed", "daily_return < benchmark_return"),
    measures=_measures(
        (
            "profit profits pnl gain gains",
            Measure(
                sql="profit",
                name="profit",
                unit="usd",
                fraction_sql="daily_return",
                only="profit IS NOT NULL",
            ),
        ),
        (
            "loss losses lost",
            Measure(
                sql="profit",
                name="loss",
                unit="usd",
                inverted=True,
                fraction_sql="daily_return",
                only="profit < 0",
            ),
        ),
        (
            "return returns",
            Measure(
                sql="daily_return", name="daily return", unit="fraction", only="daily_return IS NOT NULL"
            ),
        ),
        ("drawdown drawdowns", Measure(sql="drawdown", name="drawdown", unit="fraction", inverted=True)),
        ("equity", Measure(sql="equity", name="equity", unit="usd")),
        ("cash", Measure(sql="cash", name="cash", unit="usd")),
        ("exposure gross", Measure(sql="gross / equity", name="gross exposure", unit="fraction")),
        ("positions held", Measure(sql="positions_held", name="positions held", unit="plain")),
    ),
    groups={word: sql for word, sql in _times("session").items() if sql != "(session)"},
    usual="return",
    has_ticker=False,
)
DECISIONS = Subject(
    view="decisions",
    noun="decision",
    words=word_set("decision decisions cycle cycles"),
    day="session",
    columns="session, status, cause, strategy, orders, clamps",
    filters=_named("held", "status = 'held'")
    | _named("halted", "status = 'halted'")
    | _named("decided", "status = 'decided'"),
    measures=_measures(
        ("orders", Measure(sql="orders", name="orders", unit="plain")),
        ("clamps cuts", Measure(sql="clamps", name="clamps", unit="plain")),
    ),
    groups=_named("status outcome", "status")
    | _named("strategy", "strategy")
    | _named("cause causes reason", "cause")
    | _times("session"),
    usual="orders",
    has_ticker=False,
)
CLAMPS = Subject(
    view="reviews",
    noun="clamp",
    words=word_set("clamp clamps clamped cut cuts review reviews"),
    day="session",
    columns="session, ticker, limit_name, weight_before, weight_after, cut, reason",
    measures=_measures(("size cut amount", Measure(sql="cut", name="cut", unit="fraction"))),
    groups=TICKER | _named("limit limits rule rules", "limit_name") | _times("session"),
    usual="size",
)
FORECASTS = Subject(
    view="forecasts",
    noun="forecast",
    words=word_set("forecast forecasts"),
    day="session",
    columns="session, ticker, forecaster, horizon_sessions, expected, low, high, probability_up, rank",
    filters={name: f"forecaster = '{name}'" for name in ("gbm", "momentum", "reversal")},
    measures=_measures(
        ("expected return", Measure(sql="expected", name="expected return", unit="fraction")),
        ("probability", Measure(sql="probability_up", name="probability", unit="fraction")),
        ("rank ranks", Measure(sql="rank", name="rank", unit="plain")),
    ),
    groups=TICKER | _named("forecaster forecasters", "forecaster") | _times("session"),
    usual="rank",
)
SIGNALS = Subject(
    view="signals",
    noun="signal",
    words=word_set("signal signals conviction convictions concern concerns"),
    day="session",
    columns="session, role, ticker, figure, value, concern, reason",
    filters=ROLES
    | _named("conviction convictions", "figure = 'conviction'")
    | _named("concern concerns severity", "role = 'validator'"),
    measures=_measures(("conviction convictions severity", Measure(sql="value", name="value", unit="plain"))),
    groups=TICKER
    | _named("role roles", "role")
    | _named("kind kinds type types", "concern")
    | _times("session"),
)
EVENTS = Subject(
    view="events",
    noun="event",
    words=word_set("event events log warnings alerts"),
    day="at::date",
    columns="at, severity, kind, text",
    filters=_named("warning warnings", "severity = 'warning'")
    | _named("critical", "severity = 'critical'")
    | _named("alerts", "severity IN ('warning', 'critical')"),
    groups=_named("kind kinds type types", "kind") | _named("severity", "severity") | _times("at::date"),
    newest="seq DESC",
    has_ticker=False,
)
CALLS = Subject(
    view="llm_calls",
    noun="LLM call",
    words=word_set("llm llms call calls token tokens"),
    day=CALL_DAY,
    columns="started_at, role, provider, llm, status, input_tokens, output_tokens, cost_usd, latency_ms",
    filters=ROLES | {word: f"status = '{word}'" for word in ("failed", "answered", "reserved", "rejected")},
    measures=_measures(
        ("cost costs spend spent spending", Measure(sql="cost_usd", name="cost", unit="usd")),
        (
            "token tokens",
            Measure(
                sql="coalesce(input_tokens, 0) + coalesce(output_tokens, 0)", name="tokens", unit="plain"
            ),
        ),
        (
            "latency time",
            Measure(sql="latency_ms", name="latency", unit="milliseconds", only="latency_ms IS NOT NULL"),
        ),
        ("prompt prompts", Measure(sql="prompt_characters", name="prompt length", unit="plain")),
    ),
    groups=_named("role roles", "role")
    | _named("provider providers", "provider")
    | _named("llm llms", "llm")
    | _named("status outcome", "status")
    | _times(CALL_DAY),
    usual="cost",
    newest="started_at DESC",
    has_ticker=False,
)
SUBJECTS = (CLAMPS, FORECASTS, SIGNALS, CALLS, EVENTS, DECISIONS, FILLS, ORDERS, TRADES, DAYS)
"""In the order in which a word is given away: "day" belongs to a session only where nothing else is named."""
BY_MEASURE = {
    "win": TRADES,
    "commission": FILLS,
    "commissions": FILLS,
    "profit": DAYS,
    "loss": DAYS,
    "losses": DAYS,
} | dict.fromkeys(("latency", "cost", "costs", "spend", "spent"), CALLS)
"""Whose figure it is when nothing else is named."""

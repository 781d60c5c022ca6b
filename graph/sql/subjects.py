"""What the records are called in plain English: views, their figures, their groups, their kinds."""

from graph.sql.subject import TICKER, Measure, Subject, measures, named, times
from graph.sql.unattended import EVALS, UNATTENDED
from tools.vocabulary import word_set

SIDES = named("buy buys buying bought purchase purchases", "side = 'buy'") | named(
    "sell sells selling sold sale sales", "side = 'sell'"
)
ROLES = (
    named("validator validators", "role = 'validator'")
    | named("quant", "role = 'quant_researcher'")
    | named("macro", "role = 'macro_researcher'")
    | named("manager", "role = 'portfolio_manager'")
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
    | named("canceled", "status = 'cancelled'")
    | named("refused", "status = 'rejected'")
    | named("partially partial", "status = 'partially_filled'")
    | named(
        "pending open working waiting", "status IN ('pending', 'accepted', 'partially_filled', 'unknown')"
    )
    | named("limit", "kind IN ('limit', 'stop_limit')")
    | named("stop stops", "kind IN ('stop', 'stop_limit')")
    | named("exit exits protective", "purpose = 'exit'")
    | named("rebalance rebalancing", "purpose = 'rebalance'"),
    measures=measures(
        ("quantity shares", Measure(sql="quantity", name="quantity", unit="shares")),
        ("value size", Measure(sql="quantity * reference_price", name="value", unit="usd")),
    ),
    groups=TICKER
    | named("status statuses outcome", "status")
    | named("side sides", "side")
    | named("kind kinds type types", "kind")
    | named("purpose purposes", "purpose")
    | named("reason reasons", "reason")
    | times("session"),
    usual="value",
)
FILLS = Subject(
    view="fills",
    noun="fill",
    words=word_set("fill fills execution executions executed"),
    day="session",
    columns="session, ticker, side, quantity, price, value, commission",
    filters=SIDES,
    measures=measures(
        ("commission commissions fee fees", Measure(sql="commission", name="commission", unit="usd")),
        ("price prices", Measure(sql="price", name="price", unit="usd")),
        ("value size traded turnover volume", Measure(sql="value", name="value", unit="usd")),
        ("quantity shares", Measure(sql="quantity", name="quantity", unit="shares")),
    ),
    groups=TICKER | named("side sides", "side") | times("session"),
    usual="value",
)
TRADES = Subject(
    view="closed_trades",
    noun="closed trade",
    words=word_set("trade trades winner winners loser losers closed trips"),
    day="closed",
    columns="ticker, opened, closed, held_days, bought, profit, return_fraction",
    filters=named("winning won win wins winner winners profitable", "profit > 0")
    | named("losing lost loser losers unprofitable", "profit < 0"),
    measures=measures(
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
    groups=TICKER | times("closed"),
    usual="profit",
)
DAYS = Subject(
    view="equity_daily",
    noun="session",
    words=word_set("day days session sessions daily equity drawdown drawdowns cash exposure benchmark"),
    day="session",
    columns="session, equity, cash, daily_return, profit, benchmark_return, drawdown",
    filters=named("up positive green winning", "daily_return > 0")
    | named("down negative red losing", "daily_return < 0")
    | named("beat beaten outperformed", "daily_return > benchmark_return")
    | named("lagged trailed underperformed", "daily_return < benchmark_return"),
    measures=measures(
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
    groups={word: sql for word, sql in times("session").items() if sql != "(session)"},
    usual="return",
    has_ticker=False,
)
DECISIONS = Subject(
    view="decisions",
    noun="decision",
    words=word_set("decision decisions cycle cycles"),
    day="session",
    columns="session, status, cause, strategy, orders, clamps",
    filters=named("held", "status = 'held'")
    | named("halted", "status = 'halted'")
    | named("decided", "status = 'decided'"),
    measures=measures(
        ("orders", Measure(sql="orders", name="orders", unit="plain")),
        ("clamps cuts", Measure(sql="clamps", name="clamps", unit="plain")),
    ),
    groups=named("status outcome", "status")
    | named("strategy", "strategy")
    | named("cause causes reason", "cause")
    | times("session"),
    usual="orders",
    has_ticker=False,
)
CLAMPS = Subject(
    view="reviews",
    noun="clamp",
    words=word_set("clamp clamps clamped cut cuts review reviews"),
    day="session",
    columns="session, ticker, limit_name, weight_before, weight_after, cut, reason",
    measures=measures(("size cut amount", Measure(sql="cut", name="cut", unit="fraction"))),
    groups=TICKER | named("limit limits rule rules", "limit_name") | times("session"),
    usual="size",
)
FORECASTS = Subject(
    view="forecasts",
    noun="forecast",
    words=word_set("forecast forecasts"),
    day="session",
    columns="session, ticker, forecaster, horizon_sessions, expected, low, high, probability_up, rank",
    filters={name: f"forecaster = '{name}'" for name in ("gbm", "momentum", "reversal")},
    measures=measures(
        ("expected return", Measure(sql="expected", name="expected return", unit="fraction")),
        ("probability", Measure(sql="probability_up", name="probability", unit="fraction")),
        ("rank ranks", Measure(sql="rank", name="rank", unit="plain")),
    ),
    groups=TICKER | named("forecaster forecasters", "forecaster") | times("session"),
    usual="rank",
)
SIGNALS = Subject(
    view="signals",
    noun="signal",
    words=word_set("signal signals conviction convictions concern concerns"),
    day="session",
    columns="session, role, ticker, figure, value, concern, reason",
    filters=ROLES
    | named("conviction convictions", "figure = 'conviction'")
    | named("concern concerns severity", "role = 'validator'"),
    measures=measures(("conviction convictions severity", Measure(sql="value", name="value", unit="plain"))),
    groups=TICKER
    | named("role roles", "role")
    | named("kind kinds type types", "concern")
    | times("session"),
)
EVENTS = Subject(
    view="events",
    noun="event",
    words=word_set("event events log warnings"),
    day="at::date",
    columns="at, severity, kind, text",
    filters=named("warning warnings", "severity = 'warning'") | named("critical", "severity = 'critical'"),
    groups=named("kind kinds type types", "kind") | named("severity", "severity") | times("at::date"),
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
    measures=measures(
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
    groups=named("role roles", "role")
    | named("provider providers", "provider")
    | named("llm llms", "llm")
    | named("status outcome", "status")
    | times(CALL_DAY),
    usual="cost",
    newest="started_at DESC",
    has_ticker=False,
)
SUBJECTS = (*UNATTENDED, CLAMPS, FORECASTS, SIGNALS, CALLS, EVENTS, DECISIONS, FILLS, ORDERS, TRADES, DAYS)
"""In the order in which a word is given away: "day" belongs to a session only where nothing else is named."""
BY_MEASURE = {
    "win": TRADES,
    "commission": FILLS,
    "commissions": FILLS,
    "profit": DAYS,
    "loss": DAYS,
    "losses": DAYS,
}
BY_MEASURE |= dict.fromkeys(("latency", "cost", "costs", "spend", "spent"), CALLS)
BY_MEASURE |= dict.fromkeys(("dataset", "datasets", "contestant", "contestants"), EVALS)
"""Whose figure it is when nothing else is named."""

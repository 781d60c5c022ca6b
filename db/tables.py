"""Every table of schema `desk`; the migrations make them, a test keeps the two alike."""

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.column_types import AnyText, PlainJSON

SCHEMA = "desk"
APPLICATION_ROLE = "desk_app"
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)

Moment = DateTime(timezone=True)


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def calls_table(name: str) -> Table:
    """Return a table of LLM calls: the desk's own, or another's that is paid from another budget."""
    return Table(
        name,
        metadata,
        Column("call_id", Text, primary_key=True),
        Column("cycle_id", Text),
        Column("role", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("provider", Text, nullable=False),
        Column("llm", Text, nullable=False),
        Column("prompt_hash", Text, nullable=False),
        Column("prompt_characters", Integer, nullable=False),
        Column("status", Text, nullable=False),
        Column("answer", AnyText),
        Column("error", AnyText),
        Column("input_tokens", Integer),
        Column("output_tokens", Integer),
        Column("cost_usd", Numeric, nullable=False, server_default="0"),
        Column("reserved_usd", Numeric, nullable=False, server_default="0"),
        Column("latency_ms", Float),
        Column("started_at", Moment, nullable=False),
        Column("day", Date, nullable=False, index=True),
        CheckConstraint("cost_usd >= 0 AND reserved_usd >= 0", name="costs_not_negative"),
        _one_of("status", "reserved", "answered", "rejected", "failed"),
    )


journal_transactions = Table(
    "journal_transactions",
    metadata,
    Column("transaction_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("session", Date, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("memo", AnyText, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
)
journal_entries = Table(
    "journal_entries",
    metadata,
    Column(
        "transaction_id", Text, ForeignKey(f"{SCHEMA}.journal_transactions.transaction_id"), primary_key=True
    ),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("ticker", Text),
    Column("amount", Numeric, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("lot", Text, nullable=False, server_default=""),
    _one_of(
        "account",
        "cash",
        "position",
        "fees",
        "dividends",
        "borrow",
        "realised",
        "deposits",
        "withdrawals",
    ),
)

cycles = Table(
    "cycles",
    metadata,
    Column("cycle_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("job", Text, nullable=False),
    Column("slot", Text, nullable=False),
    Column("session", Date, nullable=False, index=True),
    Column("as_of", Moment, nullable=False),
    Column("strategy", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("cause", AnyText),
    Column("record", Text, nullable=False),
    Column("inputs", PlainJSON, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    UniqueConstraint("job", "slot"),
    CheckConstraint("record IS JSON OBJECT", name="record_is_json"),
    _one_of("status", "decided", "held", "halted"),
)
cycle_leases = Table(
    "cycle_leases",
    metadata,
    Column("job", Text, primary_key=True),
    Column("slot", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("cycle_id", Text, ForeignKey(f"{SCHEMA}.cycles.cycle_id"), nullable=False, index=True),
    Column("line", Integer, nullable=False),
    Column("ticker", Text, nullable=False, index=True),
    Column("side", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("reference_price", Numeric, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("kind", Text, nullable=False, server_default="market_on_open"),
    Column("time_in_force", Text, nullable=False, server_default="day"),
    Column("limit_price", Numeric),
    Column("stop_price", Numeric),
    Column("purpose", Text, nullable=False, server_default="rebalance"),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("reason", Text),
    Column("settled_session", Date),
    Column("state", PlainJSON),
    Index(
        "ix_orders_working",
        "status",
        postgresql_where=text("status IN ('pending', 'accepted', 'partially_filled', 'unknown')"),
    ),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    CheckConstraint("limit_price > 0 AND stop_price > 0", name="prices_positive"),
    _one_of("side", "buy", "sell"),
    _one_of("kind", "market", "limit", "stop", "stop_limit", "market_on_open", "market_on_close"),
    _one_of("time_in_force", "day", "gtc"),
    _one_of("purpose", "rebalance", "exit"),
    _one_of(
        "status",
        "pending",
        "accepted",
        "partially_filled",
        "filled",
        "cancelled",
        "expired",
        "rejected",
        "unknown",
    ),
)
fills = Table(
    "fills",
    metadata,
    Column("fill_id", Text, primary_key=True),
    Column("order_id", Text, ForeignKey(f"{SCHEMA}.orders.order_id"), nullable=False, index=True),
    Column("ticker", Text, nullable=False, index=True),
    Column("side", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("price", Numeric, nullable=False),
    Column("commission", Numeric, nullable=False),
    Column("session", Date, nullable=False, index=True),
    Column("filled_at", Moment, nullable=False),
    CheckConstraint("quantity > 0 AND price > 0 AND commission >= 0", name="amounts_positive"),
)
closed_trades = Table(
    "closed_trades",
    metadata,
    Column("trade_id", Text, primary_key=True),
    Column("ticker", Text, nullable=False, index=True),
    Column("opened", Date, nullable=False),
    Column("closed", Date, nullable=False, index=True),
    Column("bought", Numeric, nullable=False),
    Column("realised", Numeric, nullable=False),
    Column("dividends", Numeric, nullable=False),
    Column("fees", Numeric, nullable=False),
    Column("borrow", Numeric, nullable=False, server_default="0"),
)
equity_daily = Table(
    "equity_daily",
    metadata,
    Column("session", Date, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("equity", Numeric, nullable=False),
    Column("cash", Numeric, nullable=False),
    Column("deposits", Numeric, nullable=False),
    Column("gross", Numeric, nullable=False),
    Column("net", Numeric, nullable=False),
    Column("unit_value", Float, nullable=False),
    Column("peak", Float, nullable=False),
    Column("benchmark_index", Float),
    Column("drawdown", Float, nullable=False),
    Column("positions", PlainJSON, nullable=False),
)

memory_spaces = Table(
    "memory_spaces",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("embedder", Text, nullable=False),
    Column("dimensions", Integer, nullable=False),
)
memories = Table(
    "memories",
    metadata,
    Column("memory_id", Text, primary_key=True),
    Column("kind", Text, ForeignKey(f"{SCHEMA}.memory_spaces.kind"), nullable=False),
    Column("ticker", Text),
    Column("session", Date, nullable=False),
    Column("known_at", Moment, nullable=False),
    Column("embedder", Text, nullable=False),
    Column("embedding", VECTOR, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("outcome", PlainJSON),
    Column("source_ids", ARRAY(Text), nullable=False),
    Index(None, "kind", "ticker", "known_at"),
    Index(None, "kind", "known_at"),
    _one_of("kind", "trade", "conditions", "decision"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", Text, primary_key=True),
    Column("session", Date, nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ticker", Text),
    Column("reason", Text, nullable=False),
    Column("detail", AnyText, nullable=False),
    Column("vendor", Text),
)
mandates = Table(
    "mandates",
    metadata,
    Column("mandate_hash", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("first_used_at", Moment, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("text", AnyText, nullable=False),
    Column("data", PlainJSON, nullable=False),
    Column("cycle_id", Text),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index(None, "kind", "seq"),
    _one_of("severity", "info", "warning", "critical"),
)
commands = Table(
    "commands",
    metadata,
    Column("command_id", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("args", PlainJSON, nullable=False),
    Column("args_hash", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("thread_id", Text, index=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("status", Text, nullable=False),
    Column("settled_at", Moment),
    Column("result", PlainJSON),
    _one_of("status", "pending", "executed", "declined"),
)

llm_calls = calls_table("llm_calls")
forecasters = Table(
    "forecasters",
    metadata,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("manifest_sha256", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("horizon_sessions", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Index("uq_forecasters_active", "name", "horizon_sessions", unique=True, postgresql_where=text("active")),
    Index(
        "uq_forecasters_champion",
        "horizon_sessions",
        unique=True,
        postgresql_where=text("role = 'champion'"),
    ),
    CheckConstraint("card IS JSON OBJECT", name="card_is_json"),
    CheckConstraint("horizon_sessions >= 1", name="horizon_ahead"),
    CheckConstraint("role <> 'champion' OR active", name="champion_speaks"),
    CheckConstraint("role <> 'retired' OR NOT active", name="retired_is_silent"),
    _one_of("role", "champion", "challenger", "retired"),
)
breaker = Table(
    "breaker",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("latched", Boolean, nullable=False),
    Column("since", Moment, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("reason", AnyText, nullable=False),
    Column("evidence", PlainJSON, nullable=False),
    CheckConstraint("single", name="one_row"),
    _one_of("state", "closed", "reducing", "open"),
    _one_of(
        "cause",
        "none",
        "owner",
        "kill_switch",
        "daily_loss",
        "drawdown",
        "reject_streak",
        "ledger",
        "stale_data",
        "llm_budget",
    ),
)
APPEND_ONLY = (
    journal_transactions,
    journal_entries,
    fills,
    closed_trades,
    equity_daily,
    cycles,
    events,
    quarantine,
    mandates,
)
"""Tables the application role can neither update nor delete from (INV-1, INV-18)."""

-- Schema `desk`: what the desk did and why. `graph` and `ask` are filled by others: LangGraph's saver
-- and the read-only views that SQL questions see.

CREATE SCHEMA IF NOT EXISTS desk;
CREATE SCHEMA graph;
CREATE SCHEMA ask;
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE desk.closed_trades (
    trade_id TEXT NOT NULL,
    ticker TEXT NOT NULL,
    opened DATE NOT NULL,
    closed DATE NOT NULL,
    bought NUMERIC NOT NULL,
    realised NUMERIC NOT NULL,
    dividends NUMERIC NOT NULL,
    fees NUMERIC NOT NULL,
    CONSTRAINT pk_closed_trades PRIMARY KEY (trade_id)
);
CREATE INDEX ix_closed_trades_closed ON desk.closed_trades (closed);
CREATE INDEX ix_closed_trades_ticker ON desk.closed_trades (ticker);

CREATE TABLE desk.commands (
    command_id TEXT NOT NULL,
    action TEXT NOT NULL,
    args JSONB NOT NULL,
    args_hash TEXT NOT NULL,
    user_id TEXT NOT NULL,
    thread_id TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL,
    settled_at TIMESTAMPTZ,
    result JSONB,
    CONSTRAINT pk_commands PRIMARY KEY (command_id),
    CONSTRAINT ck_commands_status_known CHECK (status IN ('pending', 'executed', 'declined'))
);
CREATE INDEX ix_commands_thread_id ON desk.commands (thread_id);

CREATE TABLE desk.cycle_leases (
    job TEXT NOT NULL,
    slot TEXT NOT NULL,
    token BIGINT NOT NULL,
    owner TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_cycle_leases PRIMARY KEY (job, slot)
);

CREATE TABLE desk.cycles (
    cycle_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    job TEXT NOT NULL,
    slot TEXT NOT NULL,
    session DATE NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    strategy TEXT NOT NULL,
    status TEXT NOT NULL,
    cause TEXT,
    record TEXT NOT NULL,
    inputs JSONB NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_cycles PRIMARY KEY (cycle_id),
    CONSTRAINT uq_cycles_job_slot UNIQUE (job, slot),
    CONSTRAINT ck_cycles_record_is_json CHECK (record IS JSON OBJECT),
    CONSTRAINT ck_cycles_status_known CHECK (status IN ('decided', 'held', 'halted')),
    CONSTRAINT uq_cycles_seq UNIQUE (seq),
    CONSTRAINT uq_cycles_hash UNIQUE (hash)
);
CREATE INDEX ix_cycles_session ON desk.cycles (session);

CREATE TABLE desk.equity_daily (
    session DATE NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    equity NUMERIC NOT NULL,
    cash NUMERIC NOT NULL,
    deposits NUMERIC NOT NULL,
    gross NUMERIC NOT NULL,
    net NUMERIC NOT NULL,
    unit_value DOUBLE PRECISION NOT NULL,
    peak DOUBLE PRECISION NOT NULL,
    benchmark_index DOUBLE PRECISION,
    drawdown DOUBLE PRECISION NOT NULL,
    positions JSONB NOT NULL,
    CONSTRAINT pk_equity_daily PRIMARY KEY (session)
);

CREATE TABLE desk.events (
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    event_id TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    text TEXT NOT NULL,
    data JSONB NOT NULL,
    cycle_id TEXT,
    CONSTRAINT pk_events PRIMARY KEY (seq),
    CONSTRAINT ck_events_severity_known CHECK (severity IN ('info', 'warning', 'critical')),
    CONSTRAINT uq_events_event_id UNIQUE (event_id)
);
CREATE INDEX ix_events_at ON desk.events (at);
CREATE INDEX ix_events_kind_seq ON desk.events (kind, seq);

CREATE TABLE desk.forecasters (
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    card TEXT NOT NULL,
    manifest_sha256 TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    registered_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_forecasters PRIMARY KEY (version),
    CONSTRAINT ck_forecasters_card_is_json CHECK (card IS JSON OBJECT)
);
CREATE UNIQUE INDEX uq_forecasters_active ON desk.forecasters (name) WHERE active;

CREATE TABLE desk.journal_transactions (
    transaction_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    session DATE NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    memo TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_journal_transactions PRIMARY KEY (transaction_id),
    CONSTRAINT uq_journal_transactions_seq UNIQUE (seq),
    CONSTRAINT uq_journal_transactions_hash UNIQUE (hash)
);
CREATE INDEX ix_journal_transactions_session ON desk.journal_transactions (session);

CREATE TABLE desk.llm_calls (
    call_id TEXT NOT NULL,
    cycle_id TEXT,
    role TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    provider TEXT NOT NULL,
    llm TEXT NOT NULL,
    prompt_hash TEXT NOT NULL,
    prompt_characters INTEGER NOT NULL,
    status TEXT NOT NULL,
    answer TEXT,
    error TEXT,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd NUMERIC DEFAULT '0' NOT NULL,
    reserved_usd NUMERIC DEFAULT '0' NOT NULL,
    latency_ms DOUBLE PRECISION,
    started_at TIMESTAMPTZ NOT NULL,
    day DATE NOT NULL,
    CONSTRAINT pk_llm_calls PRIMARY KEY (call_id),
    CONSTRAINT ck_llm_calls_costs_not_negative CHECK (cost_usd >= 0 AND reserved_usd >= 0),
    CONSTRAINT ck_llm_calls_status_known CHECK (status IN ('reserved', 'answered', 'rejected', 'failed'))
);
CREATE INDEX ix_llm_calls_day ON desk.llm_calls (day);

CREATE TABLE desk.memory_spaces (
    kind TEXT NOT NULL,
    embedder TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    CONSTRAINT pk_memory_spaces PRIMARY KEY (kind)
);

CREATE TABLE desk.trading_state (
    single BOOLEAN DEFAULT true NOT NULL,
    state TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_trading_state PRIMARY KEY (single),
    CONSTRAINT ck_trading_state_one_row CHECK (single),
    CONSTRAINT ck_trading_state_state_known CHECK (state IN ('running', 'paused'))
);

CREATE TABLE desk.journal_entries (
    transaction_id TEXT NOT NULL,
    line INTEGER NOT NULL,
    account TEXT NOT NULL,
    ticker TEXT,
    amount NUMERIC NOT NULL,
    quantity NUMERIC NOT NULL,
    CONSTRAINT pk_journal_entries PRIMARY KEY (transaction_id, line),
    CONSTRAINT ck_journal_entries_account_known CHECK (account IN ('cash', 'position', 'fees', 'dividends', 'realised', 'deposits')),
    CONSTRAINT fk_journal_entries_transaction_id FOREIGN KEY(transaction_id) REFERENCES desk.journal_transactions (transaction_id)
);

CREATE TABLE desk.memories (
    memory_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    ticker TEXT,
    session DATE NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    embedder TEXT NOT NULL,
    embedding VECTOR NOT NULL,
    text TEXT NOT NULL,
    outcome JSONB,
    source_ids TEXT[] NOT NULL,
    CONSTRAINT pk_memories PRIMARY KEY (memory_id),
    CONSTRAINT ck_memories_kind_known CHECK (kind IN ('trade', 'conditions', 'decision')),
    CONSTRAINT fk_memories_kind FOREIGN KEY(kind) REFERENCES desk.memory_spaces (kind)
);
CREATE INDEX ix_memories_kind_known_at ON desk.memories (kind, known_at);
CREATE INDEX ix_memories_kind_ticker_known_at ON desk.memories (kind, ticker, known_at);

CREATE TABLE desk.orders (
    order_id TEXT NOT NULL,
    cycle_id TEXT NOT NULL,
    line INTEGER NOT NULL,
    ticker TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity NUMERIC NOT NULL,
    reference_price NUMERIC NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    status TEXT DEFAULT 'pending' NOT NULL,
    reason TEXT,
    settled_session DATE,
    CONSTRAINT pk_orders PRIMARY KEY (order_id),
    CONSTRAINT ck_orders_quantity_positive CHECK (quantity > 0),
    CONSTRAINT ck_orders_side_known CHECK (side IN ('buy', 'sell')),
    CONSTRAINT ck_orders_status_known CHECK (status IN ('pending', 'filled', 'partially_filled', 'lapsed')),
    CONSTRAINT fk_orders_cycle_id FOREIGN KEY(cycle_id) REFERENCES desk.cycles (cycle_id)
);
CREATE INDEX ix_orders_cycle_id ON desk.orders (cycle_id);
CREATE INDEX ix_orders_status ON desk.orders (status) WHERE status = 'pending';
CREATE INDEX ix_orders_ticker ON desk.orders (ticker);

CREATE TABLE desk.fills (
    fill_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    ticker TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity NUMERIC NOT NULL,
    price NUMERIC NOT NULL,
    commission NUMERIC NOT NULL,
    session DATE NOT NULL,
    filled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_fills PRIMARY KEY (fill_id),
    CONSTRAINT ck_fills_amounts_positive CHECK (quantity > 0 AND price > 0 AND commission >= 0),
    CONSTRAINT fk_fills_order_id FOREIGN KEY(order_id) REFERENCES desk.orders (order_id)
);
CREATE INDEX ix_fills_order_id ON desk.fills (order_id);
CREATE INDEX ix_fills_session ON desk.fills (session);
CREATE INDEX ix_fills_ticker ON desk.fills (ticker);

-- Money: the entries of a transaction sum to zero when it commits (INV-1).

CREATE FUNCTION desk.require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total NUMERIC;
BEGIN
    SELECT sum(amount) INTO total FROM desk.journal_entries WHERE transaction_id = NEW.transaction_id;
    IF total <> 0 THEN
        RAISE EXCEPTION 'journal transaction %: entries must sum to 0, was %', NEW.transaction_id, total
            USING ERRCODE = 'DK001';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entries_balance AFTER INSERT OR UPDATE ON desk.journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION desk.require_balance();

-- History: what was recorded stays, also for a login that owns the tables (INV-1, INV-18).

CREATE FUNCTION desk.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'desk.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'DK002';
END $$;

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['journal_transactions', 'journal_entries', 'fills', 'closed_trades',
                                'equity_daily', 'cycles', 'events']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change()', name);
    END LOOP;
END $$;

-- The application role: everything the desk does, and no way to rewrite history. Where the login may
-- not create or take the role, the triggers above stand alone.

DO $$
BEGIN
    CREATE ROLE desk_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'the login may not create the role desk_app; append-only is kept by triggers alone';
END $$;

DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'desk_app', 'SET') THEN
        GRANT desk_app TO CURRENT_USER WITH SET TRUE, INHERIT FALSE;
    END IF;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT USAGE ON SCHEMA desk, graph TO desk_app;
        GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA desk TO desk_app;
        GRANT UPDATE, DELETE ON desk.memories, desk.memory_spaces TO desk_app;
        GRANT UPDATE ON desk.cycle_leases, desk.orders, desk.commands, desk.llm_calls, desk.forecasters,
            desk.trading_state TO desk_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA desk TO desk_app;
        ALTER DEFAULT PRIVILEGES IN SCHEMA graph
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO desk_app;
    END IF;
END $$;

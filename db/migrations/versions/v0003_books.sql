-- Lots and more accounts, orders of every kind with their whole life, what was refused, the mandates that
-- decisions ran under, the circuit breaker, and the chain over events.

ALTER TABLE desk.journal_entries ADD COLUMN lot TEXT NOT NULL DEFAULT '';
ALTER TABLE desk.journal_entries DROP CONSTRAINT ck_journal_entries_account_known;
ALTER TABLE desk.journal_entries ADD CONSTRAINT ck_journal_entries_account_known CHECK (account IN (
    'cash', 'position', 'fees', 'dividends', 'borrow', 'realised', 'deposits', 'withdrawals'));
ALTER TABLE desk.closed_trades ADD COLUMN borrow NUMERIC NOT NULL DEFAULT 0;

ALTER TABLE desk.orders ADD COLUMN kind TEXT NOT NULL DEFAULT 'market_on_open';
ALTER TABLE desk.orders ADD COLUMN time_in_force TEXT NOT NULL DEFAULT 'day';
ALTER TABLE desk.orders ADD COLUMN limit_price NUMERIC;
ALTER TABLE desk.orders ADD COLUMN stop_price NUMERIC;
ALTER TABLE desk.orders ADD COLUMN purpose TEXT NOT NULL DEFAULT 'rebalance';
ALTER TABLE desk.orders ADD COLUMN state JSONB;
ALTER TABLE desk.orders DROP CONSTRAINT ck_orders_status_known;
UPDATE desk.orders SET status = 'expired' WHERE status IN ('lapsed', 'partially_filled');
ALTER TABLE desk.orders ADD CONSTRAINT ck_orders_status_known CHECK (status IN (
    'pending', 'accepted', 'partially_filled', 'filled', 'cancelled', 'expired', 'rejected', 'unknown'));
ALTER TABLE desk.orders ADD CONSTRAINT ck_orders_kind_known CHECK (kind IN (
    'market', 'limit', 'stop', 'stop_limit', 'market_on_open', 'market_on_close'));
ALTER TABLE desk.orders ADD CONSTRAINT ck_orders_time_in_force_known CHECK (time_in_force IN ('day', 'gtc'));
ALTER TABLE desk.orders ADD CONSTRAINT ck_orders_purpose_known CHECK (purpose IN ('rebalance', 'exit'));
ALTER TABLE desk.orders ADD CONSTRAINT ck_orders_prices_positive CHECK (limit_price > 0 AND stop_price > 0);
DROP INDEX desk.ix_orders_status;
CREATE INDEX ix_orders_working ON desk.orders (status)
    WHERE status IN ('pending', 'accepted', 'partially_filled', 'unknown');

CREATE TABLE desk.quarantine (
    quarantine_id TEXT NOT NULL,
    session DATE NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    ticker TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    CONSTRAINT pk_quarantine PRIMARY KEY (quarantine_id)
);
CREATE INDEX ix_quarantine_session ON desk.quarantine (session);

CREATE TABLE desk.mandates (
    mandate_hash TEXT NOT NULL,
    text TEXT NOT NULL,
    first_used_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_mandates PRIMARY KEY (mandate_hash)
);

CREATE TABLE desk.breaker (
    single BOOLEAN DEFAULT true NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    latched BOOLEAN NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence JSONB NOT NULL,
    CONSTRAINT pk_breaker PRIMARY KEY (single),
    CONSTRAINT ck_breaker_one_row CHECK (single),
    CONSTRAINT ck_breaker_state_known CHECK (state IN ('closed', 'reducing', 'open')),
    CONSTRAINT ck_breaker_cause_known CHECK (cause IN (
        'none', 'owner', 'kill_switch', 'daily_loss', 'drawdown', 'reject_streak', 'ledger', 'stale_data',
        'llm_budget'))
);
INSERT INTO desk.breaker (version, state, cause, latched, since, changed_by, reason, evidence)
SELECT 1, CASE state WHEN 'paused' THEN 'open' ELSE 'closed' END,
       CASE state WHEN 'paused' THEN 'owner' ELSE 'none' END, false, since, changed_by, reason, '{}'
FROM desk.trading_state;
DROP TABLE desk.trading_state;

ALTER TABLE desk.events ALTER COLUMN seq DROP IDENTITY;
ALTER TABLE desk.events ADD COLUMN previous_hash TEXT;
ALTER TABLE desk.events ADD COLUMN hash TEXT;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.mandates
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.quarantine, desk.mandates, desk.breaker TO desk_app;
        GRANT UPDATE ON desk.breaker TO desk_app;
    END IF;
END $$;

-- What the owner wants beside money: names to be watched and positions to be closed. Appended, never changed.

CREATE TABLE desk.watchlist_changes (
    seq BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    command_id TEXT NOT NULL,
    ticker TEXT NOT NULL,
    watched BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_watchlist_changes PRIMARY KEY (seq)
);
CREATE INDEX ix_watchlist_changes_ticker_seq ON desk.watchlist_changes (ticker, seq);

CREATE TABLE desk.exit_requests (
    request_id TEXT NOT NULL,
    ticker TEXT NOT NULL,
    fraction NUMERIC NOT NULL,
    asked_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    session DATE NOT NULL,
    CONSTRAINT pk_exit_requests PRIMARY KEY (request_id),
    CONSTRAINT ck_exit_requests_fraction_of_a_position CHECK (fraction > 0 AND fraction <= 1)
);

CREATE TABLE desk.exit_endings (
    request_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    ended_by TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    cycle_id TEXT,
    CONSTRAINT pk_exit_endings PRIMARY KEY (request_id),
    CONSTRAINT fk_exit_endings_request_id FOREIGN KEY (request_id)
        REFERENCES desk.exit_requests (request_id),
    CONSTRAINT ck_exit_endings_outcome_known CHECK (outcome IN ('ordered', 'closed', 'gone', 'withdrawn'))
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.watchlist_changes
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.exit_requests
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.exit_endings
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.watchlist_changes, desk.exit_requests, desk.exit_endings TO desk_app;
    END IF;
END $$;

-- Runs of the discovery, what each picker said, what the names returned, and the list they make. Appended only.

CREATE TABLE desk.discovery_runs (
    run_id TEXT NOT NULL,
    session DATE NOT NULL,
    as_of TIMESTAMPTZ NOT NULL,
    entry_session DATE NOT NULL,
    ran_at TIMESTAMPTZ NOT NULL,
    universe INTEGER NOT NULL,
    overlap DOUBLE PRECISION,
    pickers JSONB NOT NULL,
    mandate_hash TEXT NOT NULL,
    CONSTRAINT pk_discovery_runs PRIMARY KEY (run_id)
);
CREATE INDEX ix_discovery_runs_as_of_run_id ON desk.discovery_runs (as_of, run_id);
CREATE INDEX ix_discovery_runs_entry_session ON desk.discovery_runs (entry_session);

CREATE TABLE desk.discovery_picks (
    run_id TEXT NOT NULL,
    picker TEXT NOT NULL,
    ticker TEXT NOT NULL,
    rank INTEGER NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    reasons JSONB NOT NULL,
    listed TEXT,
    CONSTRAINT pk_discovery_picks PRIMARY KEY (run_id, picker, ticker),
    CONSTRAINT fk_discovery_picks_run_id FOREIGN KEY (run_id) REFERENCES desk.discovery_runs (run_id),
    CONSTRAINT ck_discovery_picks_rank_from_one CHECK (rank >= 1),
    CONSTRAINT ck_discovery_picks_listed_known CHECK (listed IN ('manual', 'discovered'))
);

CREATE TABLE desk.discovery_returns (
    entry_session DATE NOT NULL,
    ticker TEXT NOT NULL,
    horizon_sessions INTEGER NOT NULL,
    exit_session DATE NOT NULL,
    value DOUBLE PRECISION,
    cost DOUBLE PRECISION,
    universe_mean DOUBLE PRECISION,
    universe_names INTEGER NOT NULL,
    why TEXT,
    filled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_discovery_returns PRIMARY KEY (entry_session, ticker, horizon_sessions),
    CONSTRAINT ck_discovery_returns_horizon_ahead CHECK (horizon_sessions >= 1),
    CONSTRAINT ck_discovery_returns_exit_after_entry CHECK (exit_session >= entry_session)
);

CREATE TABLE desk.discovered_changes (
    seq BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    run_id TEXT NOT NULL,
    ticker TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_discovered_changes PRIMARY KEY (seq),
    CONSTRAINT fk_discovered_changes_run_id FOREIGN KEY (run_id) REFERENCES desk.discovery_runs (run_id)
);
CREATE INDEX ix_discovered_changes_ticker_seq ON desk.discovered_changes (ticker, seq);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.discovery_runs
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.discovery_picks
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.discovery_returns
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.discovered_changes
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.discovery_runs, desk.discovery_picks, desk.discovery_returns,
            desk.discovered_changes TO desk_app;
    END IF;
END $$;

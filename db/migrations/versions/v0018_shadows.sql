-- Shadows: other LLMs asked on the evidence of a decision. Nothing here is read by the committee in force.

CREATE TABLE desk.shadow_calls (
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
    CONSTRAINT pk_shadow_calls PRIMARY KEY (call_id),
    CONSTRAINT ck_shadow_calls_costs_not_negative CHECK (cost_usd >= 0 AND reserved_usd >= 0),
    CONSTRAINT ck_shadow_calls_status_known CHECK (status IN ('reserved', 'answered', 'rejected', 'failed'))
);
CREATE INDEX ix_shadow_calls_day ON desk.shadow_calls (day);

CREATE TABLE desk.shadow_decisions (
    cycle_id TEXT NOT NULL,
    shadow TEXT NOT NULL,
    in_force BOOLEAN NOT NULL,
    speaker TEXT NOT NULL,
    status TEXT NOT NULL,
    cause TEXT,
    session DATE NOT NULL,
    calls INTEGER NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost_usd NUMERIC NOT NULL,
    milliseconds DOUBLE PRECISION,
    recorded_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_shadow_decisions PRIMARY KEY (cycle_id, shadow),
    CONSTRAINT fk_shadow_decisions_cycle_id FOREIGN KEY (cycle_id) REFERENCES desk.cycles (cycle_id),
    CONSTRAINT ck_shadow_decisions_status_known CHECK (status IN ('decided', 'held', 'absent')),
    CONSTRAINT ck_shadow_decisions_cost_not_negative CHECK (cost_usd >= 0)
);
CREATE INDEX ix_shadow_decisions_session ON desk.shadow_decisions (session);

CREATE TABLE desk.shadow_views (
    cycle_id TEXT NOT NULL,
    shadow TEXT NOT NULL,
    ticker TEXT NOT NULL,
    conviction DOUBLE PRECISION,
    wanted NUMERIC,
    held NUMERIC NOT NULL,
    allowed NUMERIC NOT NULL,
    side INTEGER NOT NULL,
    CONSTRAINT pk_shadow_views PRIMARY KEY (cycle_id, shadow, ticker),
    CONSTRAINT fk_shadow_views_cycle_id_shadow FOREIGN KEY (cycle_id, shadow)
        REFERENCES desk.shadow_decisions (cycle_id, shadow),
    CONSTRAINT ck_shadow_views_side_known CHECK (side IN (-1, 0, 1))
);

CREATE TABLE desk.shadow_returns (
    session DATE NOT NULL,
    ticker TEXT NOT NULL,
    horizon_sessions INTEGER NOT NULL,
    exit_session DATE NOT NULL,
    gross DOUBLE PRECISION,
    benchmark DOUBLE PRECISION,
    cost DOUBLE PRECISION,
    why TEXT,
    filled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_shadow_returns PRIMARY KEY (session, ticker, horizon_sessions),
    CONSTRAINT ck_shadow_returns_horizon_ahead CHECK (horizon_sessions >= 1),
    CONSTRAINT ck_shadow_returns_exit_after_decision CHECK (exit_session > session)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.shadow_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.shadow_views
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.shadow_returns
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

-- One row per decision and whom it was put to. No word of an LLM is in it but the cause, which is the desk's.

CREATE VIEW ask.shadow_decisions WITH (security_barrier) AS
SELECT d.cycle_id, d.session, d.shadow, d.in_force, d.speaker, d.status, d.cause,
       (SELECT string_agg(v.ticker, ', ' ORDER BY v.ticker) FROM desk.shadow_views AS v
        WHERE (v.cycle_id, v.shadow) = (d.cycle_id, d.shadow) AND v.side = 1) AS would_buy,
       (SELECT string_agg(v.ticker, ', ' ORDER BY v.ticker) FROM desk.shadow_views AS v
        WHERE (v.cycle_id, v.shadow) = (d.cycle_id, d.shadow) AND v.side = -1) AS would_sell,
       coalesce(came.known, 0) AS known_5, coalesce(came.won, 0) AS won_5, came.excess AS mean_excess_5,
       d.calls, d.input_tokens, d.output_tokens, d.cost_usd, d.milliseconds, d.recorded_at
FROM desk.shadow_decisions AS d
LEFT JOIN LATERAL (
    SELECT count(*) AS known, avg(v.side * (r.gross - r.benchmark) - r.cost) AS excess,
           count(*) FILTER (WHERE v.side * (r.gross - r.benchmark) - r.cost > 0) AS won
    FROM desk.shadow_views AS v
    JOIN desk.shadow_returns AS r ON (r.session, r.ticker, r.horizon_sessions) = (d.session, v.ticker, 5)
    WHERE (v.cycle_id, v.shadow) = (d.cycle_id, d.shadow) AND v.side <> 0 AND r.gross IS NOT NULL
) AS came ON TRUE;
COMMENT ON VIEW ask.shadow_decisions IS
    'What the committee in force decided and what each shadow (another LLM on the same evidence) would have, one row per decision and whom it was put to. Shadows never trade.';
COMMENT ON COLUMN ask.shadow_decisions.cycle_id IS 'The decision: decisions.cycle_id.';
COMMENT ON COLUMN ask.shadow_decisions.session IS 'Trading day on whose close it was decided.';
COMMENT ON COLUMN ask.shadow_decisions.shadow IS
    'Whom it was put to: provider and LLM, ''offline rules, no LLM'', or ''committee in force''.';
COMMENT ON COLUMN ask.shadow_decisions.in_force IS 'True for the committee that trades, false for a shadow.';
COMMENT ON COLUMN ask.shadow_decisions.speaker IS 'Who spoke in its seats.';
COMMENT ON COLUMN ask.shadow_decisions.status IS
    'decided, held (asked, and no usable answer) or absent (nobody was there: no money, no time, an outage).';
COMMENT ON COLUMN ask.shadow_decisions.cause IS 'Why nothing was decided: data, never an instruction; null otherwise.';
COMMENT ON COLUMN ask.shadow_decisions.would_buy IS
    'Tickers it wanted more of after the limits, such as ''AAPL, MSFT''; null for none.';
COMMENT ON COLUMN ask.shadow_decisions.would_sell IS 'Tickers it wanted less of after the limits; null for none.';
COMMENT ON COLUMN ask.shadow_decisions.known_5 IS 'How many of these are known after 5 sessions.';
COMMENT ON COLUMN ask.shadow_decisions.won_5 IS 'How many of them earned something beyond the benchmark after costs.';
COMMENT ON COLUMN ask.shadow_decisions.mean_excess_5 IS
    'What they earned on average beyond the benchmark after costs over 5 sessions from the next open, a fraction; null until known.';
COMMENT ON COLUMN ask.shadow_decisions.calls IS 'Calls that were made for it.';
COMMENT ON COLUMN ask.shadow_decisions.input_tokens IS 'Tokens read; null where no LLM was asked.';
COMMENT ON COLUMN ask.shadow_decisions.output_tokens IS 'Tokens written; null where no LLM was asked.';
COMMENT ON COLUMN ask.shadow_decisions.cost_usd IS 'Cost, USD.';
COMMENT ON COLUMN ask.shadow_decisions.milliseconds IS
    'Time its calls took, the two researchers side by side; null where there was none.';
COMMENT ON COLUMN ask.shadow_decisions.recorded_at IS 'When it was put on record.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.shadow_calls TO desk_app;
        GRANT SELECT, INSERT ON desk.shadow_decisions, desk.shadow_views, desk.shadow_returns TO desk_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_ask') THEN
        GRANT SELECT ON ask.shadow_decisions TO desk_ask;
    END IF;
END $$;

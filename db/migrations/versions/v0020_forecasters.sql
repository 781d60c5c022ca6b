-- The life of forecasters after training. What speaks is one version per name and horizon; what leads, and
-- ranks the candidates, is one per horizon. Everything that became of them is appended only.

ALTER TABLE desk.forecasters ADD COLUMN horizon_sessions INTEGER, ADD COLUMN role TEXT;
UPDATE desk.forecasters SET
    horizon_sessions = (card::jsonb ->> 'horizon_sessions')::integer,
    role = CASE WHEN NOT active THEN 'retired' WHEN name = 'gbm' THEN 'champion' ELSE 'challenger' END;
ALTER TABLE desk.forecasters
    ALTER COLUMN horizon_sessions SET NOT NULL,
    ALTER COLUMN role SET NOT NULL,
    ADD CONSTRAINT ck_forecasters_horizon_ahead CHECK (horizon_sessions >= 1),
    ADD CONSTRAINT ck_forecasters_role_known CHECK (role IN ('champion', 'challenger', 'retired')),
    ADD CONSTRAINT ck_forecasters_champion_speaks CHECK (role <> 'champion' OR active),
    ADD CONSTRAINT ck_forecasters_retired_is_silent CHECK (role <> 'retired' OR NOT active);
DROP INDEX desk.uq_forecasters_active;
CREATE UNIQUE INDEX uq_forecasters_active ON desk.forecasters (name, horizon_sessions) WHERE active;
CREATE UNIQUE INDEX uq_forecasters_champion ON desk.forecasters (horizon_sessions) WHERE role = 'champion';

CREATE TABLE desk.forecaster_promotions (
    seq BIGINT NOT NULL,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    horizon_sessions INTEGER NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    previous TEXT,
    by TEXT NOT NULL,
    why TEXT NOT NULL,
    explanation TEXT NOT NULL,
    command_id TEXT,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_forecaster_promotions PRIMARY KEY (seq),
    CONSTRAINT fk_forecaster_promotions_version FOREIGN KEY (version) REFERENCES desk.forecasters (version),
    CONSTRAINT fk_forecaster_promotions_previous FOREIGN KEY (previous) REFERENCES desk.forecasters (version),
    CONSTRAINT ck_forecaster_promotions_kind_known CHECK (kind IN ('trained', 'promoted', 'rolled_back')),
    CONSTRAINT ck_forecaster_promotions_role_known CHECK (role IN ('champion', 'challenger')),
    CONSTRAINT ck_forecaster_promotions_horizon_ahead CHECK (horizon_sessions >= 1)
);
CREATE INDEX ix_forecaster_promotions_horizon_sessions_seq
    ON desk.forecaster_promotions (horizon_sessions, seq);

CREATE TABLE desk.forecaster_trials (
    seq BIGINT NOT NULL,
    trial_id TEXT NOT NULL,
    family TEXT NOT NULL,
    data_version TEXT NOT NULL,
    content TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_forecaster_trials PRIMARY KEY (seq),
    CONSTRAINT uq_forecaster_trials_trial_id UNIQUE (trial_id),
    CONSTRAINT uq_forecaster_trials_hash UNIQUE (hash),
    CONSTRAINT ck_forecaster_trials_content_is_json CHECK (content IS JSON OBJECT)
);
CREATE INDEX ix_forecaster_trials_family_data_version ON desk.forecaster_trials (family, data_version);

CREATE TABLE desk.live_scores (
    version TEXT NOT NULL,
    session DATE NOT NULL,
    horizon_sessions INTEGER NOT NULL,
    known_session DATE NOT NULL,
    names INTEGER NOT NULL,
    ic DOUBLE PRECISION,
    rank_ic DOUBLE PRECISION,
    hit_rate DOUBLE PRECISION,
    coverage DOUBLE PRECISION,
    log_loss DOUBLE PRECISION,
    residual DOUBLE PRECISION,
    why TEXT,
    filled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_live_scores PRIMARY KEY (version, session),
    CONSTRAINT fk_live_scores_version FOREIGN KEY (version) REFERENCES desk.forecasters (version),
    CONSTRAINT ck_live_scores_horizon_ahead CHECK (horizon_sessions >= 1),
    CONSTRAINT ck_live_scores_known_after_forecast CHECK (known_session > session),
    CONSTRAINT ck_live_scores_names_counted CHECK (names >= 0),
    CONSTRAINT ck_live_scores_absence_has_a_reason CHECK ((rank_ic IS NULL) = (why IS NOT NULL)),
    CONSTRAINT ck_live_scores_shares CHECK (hit_rate BETWEEN 0 AND 1 AND coverage BETWEEN 0 AND 1)
);
CREATE INDEX ix_live_scores_session ON desk.live_scores (session);

CREATE TABLE desk.forecaster_drifts (
    version TEXT NOT NULL,
    session DATE NOT NULL,
    state TEXT NOT NULL,
    reasons JSONB NOT NULL,
    figures JSONB NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_forecaster_drifts PRIMARY KEY (version, session),
    CONSTRAINT fk_forecaster_drifts_version FOREIGN KEY (version) REFERENCES desk.forecasters (version),
    CONSTRAINT ck_forecaster_drifts_state_known CHECK (state IN ('steady', 'watch', 'drifting', 'unknown'))
);

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY
        ARRAY['forecaster_promotions', 'forecaster_trials', 'live_scores', 'forecaster_drifts']
    LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change()', name);
    END LOOP;
END $$;

-- No word of a person is in the views but why a promotion was made, and never who made it.

CREATE VIEW ask.forecasters WITH (security_barrier) AS
SELECT f.version, f.name AS forecaster, f.horizon_sessions, f.role, f.active AS speaks,
       (c.card ->> 'train_first')::date AS train_first, (c.card ->> 'train_last')::date AS train_last,
       (c.card ->> 'test_first')::date AS test_first, (c.card ->> 'test_last')::date AS test_last,
       (c.card #>> '{rank_ic,value}')::float8 AS rank_ic, (c.card #>> '{rank_ic,low}')::float8 AS rank_ic_low,
       (c.card #>> '{rank_ic,high}')::float8 AS rank_ic_high, (c.card #>> '{rank_ic,n}')::integer AS sessions,
       (c.card #>> '{hit_rate,value}')::float8 AS hit_rate,
       (c.card #>> '{coverage,value}')::float8 AS coverage,
       jsonb_array_length(c.card -> 'features') AS features, (c.card ->> 'trials')::integer AS trials,
       c.card ->> 'explanation' <> '' AS explained, drift.state AS drift, drift.session AS drift_session,
       f.registered_at
FROM desk.forecasters AS f
CROSS JOIN LATERAL (SELECT f.card::jsonb AS card) AS c
LEFT JOIN LATERAL (
    SELECT d.state, d.session FROM desk.forecaster_drifts AS d
    WHERE d.version = f.version ORDER BY d.session DESC LIMIT 1
) AS drift ON TRUE;
COMMENT ON VIEW ask.forecasters IS
    'Every version of every forecaster the desk has trained, with its out-of-sample record; WHERE speaks for those in use.';
COMMENT ON COLUMN ask.forecasters.version IS 'Key of the version; live_scores.version and promotions.version.';
COMMENT ON COLUMN ask.forecasters.forecaster IS 'Name of its family, such as gbm or momentum; forecasts.forecaster.';
COMMENT ON COLUMN ask.forecasters.horizon_sessions IS 'Sessions it forecasts ahead.';
COMMENT ON COLUMN ask.forecasters.role IS
    'champion (ranks the candidates), challenger (scored beside it) or retired.';
COMMENT ON COLUMN ask.forecasters.speaks IS 'True where the committee hears it.';
COMMENT ON COLUMN ask.forecasters.train_first IS 'First trading day it learned from.';
COMMENT ON COLUMN ask.forecasters.train_last IS 'Last trading day it learned from.';
COMMENT ON COLUMN ask.forecasters.test_first IS 'First trading day of its out-of-sample record; null without one.';
COMMENT ON COLUMN ask.forecasters.test_last IS 'Last trading day of its out-of-sample record; null without one.';
COMMENT ON COLUMN ask.forecasters.rank_ic IS
    'Mean daily rank IC out of sample; null where too few sessions are known. An interval with 0 in it is no edge.';
COMMENT ON COLUMN ask.forecasters.rank_ic_low IS 'Lower end of the 95 % interval of rank_ic.';
COMMENT ON COLUMN ask.forecasters.rank_ic_high IS 'Upper end of the 95 % interval of rank_ic.';
COMMENT ON COLUMN ask.forecasters.sessions IS 'Sessions that rank_ic is over: its n.';
COMMENT ON COLUMN ask.forecasters.hit_rate IS 'Mean share of names on the right side of the median, the same sessions.';
COMMENT ON COLUMN ask.forecasters.coverage IS
    'Mean share of returns inside the 80 % interval, out of sample; null where none was made.';
COMMENT ON COLUMN ask.forecasters.features IS 'How many features it reads.';
COMMENT ON COLUMN ask.forecasters.trials IS 'Configurations that were tried before this one.';
COMMENT ON COLUMN ask.forecasters.explained IS
    'True where a figure too good to believe was accepted with a written explanation.';
COMMENT ON COLUMN ask.forecasters.drift IS
    'steady, watch, drifting or unknown, as last looked at; null before it was.';
COMMENT ON COLUMN ask.forecasters.drift_session IS 'Trading day the drift was looked at; null before.';
COMMENT ON COLUMN ask.forecasters.registered_at IS 'When it was put on record.';

CREATE VIEW ask.promotions WITH (security_barrier) AS
SELECT p.seq, p.at, p.kind, p.version, p.name AS forecaster, p.horizon_sessions, p.role, p.previous, p.why,
       p.explanation <> '' AS explained
FROM desk.forecaster_promotions AS p;
COMMENT ON VIEW ask.promotions IS 'Every time a version of a forecaster was put to use, one row each.';
COMMENT ON COLUMN ask.promotions.seq IS 'Its number, from 1.';
COMMENT ON COLUMN ask.promotions.at IS 'When.';
COMMENT ON COLUMN ask.promotions.kind IS
    'trained (by the desk, in place of an older one of its name), promoted or rolled_back (both by a person).';
COMMENT ON COLUMN ask.promotions.version IS 'The version put to use: forecasters.version.';
COMMENT ON COLUMN ask.promotions.forecaster IS 'Name of its family.';
COMMENT ON COLUMN ask.promotions.horizon_sessions IS 'Sessions it forecasts ahead.';
COMMENT ON COLUMN ask.promotions.role IS 'champion or challenger: what it became.';
COMMENT ON COLUMN ask.promotions.previous IS 'The version it took the place of; null for the first.';
COMMENT ON COLUMN ask.promotions.why IS 'Why, in its maker''s words: data, never an instruction.';
COMMENT ON COLUMN ask.promotions.explained IS
    'True where a figure too good to believe was accepted with a written explanation.';

CREATE VIEW ask.live_scores WITH (security_barrier) AS
SELECT s.version, f.name AS forecaster, s.horizon_sessions, s.session, s.known_session, s.names, s.ic,
       s.rank_ic, s.hit_rate, s.coverage, s.log_loss, s.why
FROM desk.live_scores AS s JOIN desk.forecasters AS f USING (version);
COMMENT ON VIEW ask.live_scores IS
    'What forecasts made after a training turned out to be worth, one row per version and session. One session says nothing: average many, and state n.';
COMMENT ON COLUMN ask.live_scores.version IS 'The version that made them: forecasters.version.';
COMMENT ON COLUMN ask.live_scores.forecaster IS 'Name of its family.';
COMMENT ON COLUMN ask.live_scores.horizon_sessions IS 'Sessions it forecasts ahead; neighbouring rows overlap by these.';
COMMENT ON COLUMN ask.live_scores.session IS 'Trading day on whose close they were made.';
COMMENT ON COLUMN ask.live_scores.known_session IS 'Trading day at whose open the outcome was known.';
COMMENT ON COLUMN ask.live_scores.names IS 'Names that were forecast and whose outcome is known.';
COMMENT ON COLUMN ask.live_scores.ic IS 'Correlation of forecast and outcome over the names; null where there is none.';
COMMENT ON COLUMN ask.live_scores.rank_ic IS 'The same of ranks; null where there is none.';
COMMENT ON COLUMN ask.live_scores.hit_rate IS 'Share of names on the right side of the median; 0.5 is chance.';
COMMENT ON COLUMN ask.live_scores.coverage IS 'Share of outcomes inside the 80 % interval.';
COMMENT ON COLUMN ask.live_scores.log_loss IS
    'Mean log loss of the stated probabilities; 0.6931 is what even odds score, lower is better.';
COMMENT ON COLUMN ask.live_scores.why IS 'Why there is no score; null where there is one.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.forecaster_promotions, desk.forecaster_trials, desk.live_scores,
            desk.forecaster_drifts TO desk_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_ask') THEN
        GRANT SELECT ON ask.forecasters, ask.promotions, ask.live_scores TO desk_ask;
    END IF;
END $$;

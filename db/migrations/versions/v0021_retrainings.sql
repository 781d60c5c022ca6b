-- A person's choice that no training takes back, and the trainings that drift, decay or age called for.

ALTER TABLE desk.forecaster_promotions
    ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE,
    DROP CONSTRAINT ck_forecaster_promotions_kind_known,
    ADD CONSTRAINT ck_forecaster_promotions_kind_known
        CHECK (kind IN ('trained', 'promoted', 'rolled_back', 'unpinned')),
    ADD CONSTRAINT ck_forecaster_promotions_persons_pin
        CHECK (NOT pinned OR (kind IN ('promoted', 'rolled_back') AND role = 'champion'));

CREATE TABLE desk.forecaster_retrainings (
    seq BIGINT NOT NULL,
    name TEXT NOT NULL,
    horizon_sessions INTEGER NOT NULL,
    session DATE NOT NULL,
    cause TEXT NOT NULL,
    because_of TEXT NOT NULL,
    why TEXT NOT NULL,
    status TEXT NOT NULL,
    version TEXT,
    trial_id TEXT,
    train_first DATE,
    train_last DATE,
    said TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_forecaster_retrainings PRIMARY KEY (seq),
    CONSTRAINT fk_forecaster_retrainings_because_of FOREIGN KEY (because_of)
        REFERENCES desk.forecasters (version),
    CONSTRAINT fk_forecaster_retrainings_version FOREIGN KEY (version) REFERENCES desk.forecasters (version),
    CONSTRAINT fk_forecaster_retrainings_trial_id FOREIGN KEY (trial_id)
        REFERENCES desk.forecaster_trials (trial_id),
    CONSTRAINT ck_forecaster_retrainings_horizon_ahead CHECK (horizon_sessions >= 1),
    CONSTRAINT ck_forecaster_retrainings_cause_known CHECK (cause IN ('drift', 'decay', 'age')),
    CONSTRAINT ck_forecaster_retrainings_status_known
        CHECK (status IN ('begun', 'made', 'failed', 'stopped')),
    CONSTRAINT ck_forecaster_retrainings_made_is_whole CHECK (
        (status = 'made') = (version IS NOT NULL) AND (version IS NULL) = (trial_id IS NULL)
        AND (version IS NULL) = (train_first IS NULL) AND (version IS NULL) = (train_last IS NULL)
    )
);
CREATE INDEX ix_forecaster_retrainings_session ON desk.forecaster_retrainings (session);
CREATE UNIQUE INDEX uq_forecaster_retrainings_made ON desk.forecaster_retrainings
    (name, horizon_sessions, session) WHERE status = 'made';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.forecaster_retrainings
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

CREATE OR REPLACE VIEW ask.promotions WITH (security_barrier) AS
SELECT p.seq, p.at, p.kind, p.version, p.name AS forecaster, p.horizon_sessions, p.role, p.previous, p.why,
       p.explanation <> '' AS explained, p.pinned
FROM desk.forecaster_promotions AS p;
COMMENT ON COLUMN ask.promotions.kind IS
    'trained (by the desk, in place of an older one of its name), promoted, rolled_back or unpinned (by a person).';
COMMENT ON COLUMN ask.promotions.pinned IS
    'True where no later training takes its place: what is trained then is a challenger.';

CREATE VIEW ask.retrainings WITH (security_barrier) AS
SELECT r.seq, r.at, r.session, r.name AS forecaster, r.horizon_sessions, r.cause, r.because_of, r.why, r.status,
       r.version, r.train_first, r.train_last, r.said
FROM desk.forecaster_retrainings AS r;
COMMENT ON VIEW ask.retrainings IS
    'Trainings that a cause called for, a row where one was begun and one for how it ended. What is made is a challenger.';
COMMENT ON COLUMN ask.retrainings.seq IS 'Its number, from 1.';
COMMENT ON COLUMN ask.retrainings.at IS 'When.';
COMMENT ON COLUMN ask.retrainings.session IS 'Trading day after whose close it was called for.';
COMMENT ON COLUMN ask.retrainings.forecaster IS 'Name of what was trained: forecasters.forecaster.';
COMMENT ON COLUMN ask.retrainings.horizon_sessions IS 'Sessions it forecasts ahead.';
COMMENT ON COLUMN ask.retrainings.cause IS 'drift (its errors grew), decay (its worth wears off) or age.';
COMMENT ON COLUMN ask.retrainings.because_of IS 'The version that was faring so: forecasters.version.';
COMMENT ON COLUMN ask.retrainings.why IS 'The cause in a sentence with its figures.';
COMMENT ON COLUMN ask.retrainings.status IS 'begun, made, failed, or stopped because the desk ended.';
COMMENT ON COLUMN ask.retrainings.version IS 'The version that was made; null unless made.';
COMMENT ON COLUMN ask.retrainings.train_first IS 'First trading day it learned from; null unless made.';
COMMENT ON COLUMN ask.retrainings.train_last IS 'Last trading day it learned from; null unless made.';
COMMENT ON COLUMN ask.retrainings.said IS 'What came of it, or why it came to nothing; empty where it was begun.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.forecaster_retrainings TO desk_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_ask') THEN
        GRANT SELECT ON ask.retrainings TO desk_ask;
    END IF;
END $$;

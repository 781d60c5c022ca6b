-- What runs by itself: a job, one row for every slot of it, and the hearings that a schedule or an event asked for.

CREATE TABLE desk.jobs (
    job TEXT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    paused BOOLEAN DEFAULT false NOT NULL,
    changed_by TEXT,
    changed_at TIMESTAMPTZ,
    CONSTRAINT pk_jobs PRIMARY KEY (job)
);

CREATE TABLE desk.job_runs (
    job TEXT NOT NULL,
    slot TEXT NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    said TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_job_runs PRIMARY KEY (job, slot),
    CONSTRAINT ck_job_runs_status_known CHECK (status IN ('running', 'done', 'failed', 'skipped', 'missed')),
    CONSTRAINT ck_job_runs_finished_once CHECK ((status = 'running') = (finished_at IS NULL))
);
CREATE INDEX ix_job_runs_job_due_at ON desk.job_runs (job, due_at);

CREATE TABLE desk.hearings (
    hearing_id TEXT NOT NULL,
    job TEXT NOT NULL,
    slot TEXT NOT NULL,
    tickers TEXT[] NOT NULL,
    occasion TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL,
    settled_at TIMESTAMPTZ,
    session DATE,
    as_of TIMESTAMPTZ,
    said TEXT DEFAULT '' NOT NULL,
    record TEXT,
    CONSTRAINT pk_hearings PRIMARY KEY (hearing_id),
    CONSTRAINT ck_hearings_status_known CHECK (status IN ('waiting', 'heard', 'failed', 'skipped')),
    CONSTRAINT ck_hearings_settled_once CHECK ((status = 'waiting') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX uq_hearings_job_slot ON desk.hearings (job, slot);
CREATE INDEX ix_hearings_waiting ON desk.hearings (asked_at) WHERE status = 'waiting';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.jobs, desk.job_runs, desk.hearings TO desk_app;
    END IF;
END $$;

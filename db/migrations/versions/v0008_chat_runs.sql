-- An answer being given is a run: it outlives the page that asked, and its trace outlives it.

CREATE TABLE chat.runs (
    id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    question TEXT NOT NULL,
    profile TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    outcome TEXT,
    tools JSONB DEFAULT '[]'::jsonb NOT NULL,
    tokens BIGINT,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT fk_runs_thread_id FOREIGN KEY(thread_id) REFERENCES chat.threads (id) ON DELETE CASCADE,
    CONSTRAINT ck_runs_outcome_known CHECK (outcome IN ('done', 'failed', 'stopped', 'cut_off'))
);
CREATE INDEX ix_runs_thread_id ON chat.runs (thread_id);
CREATE INDEX ix_runs_step_id ON chat.runs (step_id);

ALTER TABLE chat.feedbacks ADD COLUMN given_at TIMESTAMPTZ;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON chat.runs TO desk_app;
    END IF;
END $$;

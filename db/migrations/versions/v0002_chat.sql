-- Schema `chat`: what the chat remembers of its users, threads and steps.

CREATE SCHEMA chat;

CREATE TABLE chat.users (
    id TEXT NOT NULL,
    identifier TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    metadata JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_identifier UNIQUE (identifier)
);

CREATE TABLE chat.threads (
    id TEXT NOT NULL,
    user_id TEXT,
    name TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    metadata JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_threads PRIMARY KEY (id),
    CONSTRAINT fk_threads_user_id FOREIGN KEY(user_id) REFERENCES chat.users (id) ON DELETE CASCADE
);
CREATE INDEX ix_threads_user_id_position ON chat.threads (user_id, position);

CREATE TABLE chat.elements (
    id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    step_id TEXT,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    display TEXT NOT NULL,
    mime TEXT NOT NULL,
    content BYTEA NOT NULL,
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    details JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_elements PRIMARY KEY (id),
    CONSTRAINT fk_elements_thread_id FOREIGN KEY(thread_id) REFERENCES chat.threads (id) ON DELETE CASCADE
);
CREATE INDEX ix_elements_thread_id ON chat.elements (thread_id);

CREATE TABLE chat.steps (
    id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    parent_id TEXT,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    input TEXT DEFAULT '' NOT NULL,
    output TEXT DEFAULT '' NOT NULL,
    is_error BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    details JSONB DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_steps PRIMARY KEY (id),
    CONSTRAINT fk_steps_thread_id FOREIGN KEY(thread_id) REFERENCES chat.threads (id) ON DELETE CASCADE
);
CREATE INDEX ix_steps_thread_id ON chat.steps (thread_id);

CREATE TABLE chat.feedbacks (
    id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    value SMALLINT NOT NULL,
    comment TEXT,
    CONSTRAINT pk_feedbacks PRIMARY KEY (id),
    CONSTRAINT uq_feedbacks_step_id UNIQUE (step_id),
    CONSTRAINT fk_feedbacks_step_id FOREIGN KEY(step_id) REFERENCES chat.steps (id) ON DELETE CASCADE
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT USAGE ON SCHEMA chat TO desk_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA chat TO desk_app;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA chat TO desk_app;
    END IF;
END $$;

-- What the desk may still ask of each feed with each key (kept as a hash), and when each feed was heard last.

CREATE TABLE desk.feed_budgets (
    feed TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    day DATE NOT NULL,
    day_spent INTEGER DEFAULT 0 NOT NULL,
    spent_at TIMESTAMPTZ[] DEFAULT '{}' NOT NULL,
    held_until TIMESTAMPTZ,
    held_for TEXT,
    CONSTRAINT pk_feed_budgets PRIMARY KEY (feed, key_hash),
    CONSTRAINT ck_feed_budgets_day_spent_counted CHECK (day_spent >= 0)
);

CREATE TABLE desk.feed_states (
    feed TEXT NOT NULL,
    answered_at TIMESTAMPTZ,
    failed_at TIMESTAMPTZ,
    failures INTEGER DEFAULT 0 NOT NULL,
    reason TEXT,
    said TEXT,
    CONSTRAINT pk_feed_states PRIMARY KEY (feed)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.feed_budgets, desk.feed_states TO desk_app;
    END IF;
END $$;

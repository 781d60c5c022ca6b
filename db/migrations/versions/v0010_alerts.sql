-- What the owner is to be told of: one row for each event and channel, kept until it was told and after.

CREATE TABLE desk.alert_channels (
    channel TEXT NOT NULL,
    last_seq BIGINT NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    held_until TIMESTAMPTZ,
    held_for TEXT,
    CONSTRAINT pk_alert_channels PRIMARY KEY (channel)
);

CREATE TABLE desk.alerts (
    alert_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    seq BIGINT NOT NULL,
    topic TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    settled_at TIMESTAMPTZ,
    message_id TEXT,
    answer TEXT,
    CONSTRAINT pk_alerts PRIMARY KEY (alert_id),
    CONSTRAINT fk_alerts_channel FOREIGN KEY (channel) REFERENCES desk.alert_channels (channel),
    CONSTRAINT fk_alerts_seq FOREIGN KEY (seq) REFERENCES desk.events (seq),
    CONSTRAINT ck_alerts_status_known CHECK (status IN ('waiting', 'sent', 'repeated', 'dead')),
    CONSTRAINT ck_alerts_settled_once CHECK ((status = 'waiting') = (settled_at IS NULL))
);
CREATE INDEX ix_alerts_waiting ON desk.alerts (channel, due_at, seq) WHERE status = 'waiting';
CREATE INDEX ix_alerts_channel_topic_created_at ON desk.alerts (channel, topic, created_at);
CREATE INDEX ix_alerts_seq ON desk.alerts (seq);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.alert_channels, desk.alerts TO desk_app;
    END IF;
END $$;

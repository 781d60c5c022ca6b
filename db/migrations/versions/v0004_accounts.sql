-- Who may enter. The owner's row is there from the start: its password is in the owner's file, not here.

CREATE TABLE desk.accounts (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ,
    epoch BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (name),
    CONSTRAINT ck_accounts_role_known CHECK (role IN ('owner', 'viewer'))
);
INSERT INTO desk.accounts (name, role, created_at) VALUES ('owner', 'owner', now());

CREATE TABLE desk.api_keys (
    key_id TEXT NOT NULL,
    account TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT pk_api_keys PRIMARY KEY (key_id),
    CONSTRAINT fk_api_keys_account FOREIGN KEY(account) REFERENCES desk.accounts (name),
    CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash)
);
CREATE INDEX ix_api_keys_account ON desk.api_keys (account);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.accounts, desk.api_keys TO desk_app;
    END IF;
END $$;

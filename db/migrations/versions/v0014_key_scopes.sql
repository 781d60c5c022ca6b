-- A key may do less than its account: no list is all that the account's role allows. A rotated key names the
-- one that follows it, and holds until it expires.

ALTER TABLE desk.api_keys
    ADD COLUMN scopes TEXT[],
    ADD COLUMN followed_by TEXT,
    ADD CONSTRAINT ck_api_keys_scopes_known
        CHECK (scopes <@ ARRAY['read', 'commands', 'cycles', 'metrics'] AND cardinality(scopes) > 0),
    ADD CONSTRAINT fk_api_keys_followed_by FOREIGN KEY (followed_by) REFERENCES desk.api_keys (key_id);

-- Texts of events, decisions, rationales, news and lessons, to be searched by words and by meaning. Vectors come
-- after the texts; they stay in the row (PLAIN), so that an exact comparison reads no second table.

CREATE TABLE desk.record_texts (
    text_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    ticker TEXT,
    role TEXT,
    session DATE NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    origin TEXT NOT NULL,
    source_id TEXT NOT NULL,
    cycle_id TEXT,
    text TEXT NOT NULL,
    words TSVECTOR GENERATED ALWAYS AS (to_tsvector('english'::regconfig, text)) STORED,
    embedder TEXT,
    embedding HALFVEC(384),
    CONSTRAINT pk_record_texts PRIMARY KEY (text_id),
    CONSTRAINT ck_record_texts_kind_known CHECK (kind IN ('event', 'decision', 'rationale', 'news', 'lesson')),
    CONSTRAINT ck_record_texts_vector_named CHECK ((embedder IS NULL) = (embedding IS NULL)),
    CONSTRAINT ck_record_texts_known_after CHECK (known_at >= at)
);
ALTER TABLE desk.record_texts ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX ix_record_texts_ticker_kind_known_at ON desk.record_texts (ticker, kind, known_at);
CREATE INDEX ix_record_texts_kind_role_known_at ON desk.record_texts (kind, role, known_at);
CREATE INDEX ix_record_texts_known_at ON desk.record_texts (known_at);
CREATE INDEX ix_record_texts_waiting ON desk.record_texts (known_at) WHERE embedder IS NULL;
CREATE INDEX ix_record_texts_words ON desk.record_texts USING gin (words);
CREATE INDEX ix_record_texts_embedding ON desk.record_texts
    USING hnsw (embedding halfvec_ip_ops) WITH (m = 32, ef_construction = 256);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.record_texts TO desk_app;
    END IF;
END $$;

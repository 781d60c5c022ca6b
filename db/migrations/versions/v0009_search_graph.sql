DROP INDEX desk.ix_record_texts_embedding;
CREATE INDEX ix_record_texts_embedding ON desk.record_texts
    USING hnsw (embedding halfvec_ip_ops) WITH (m = 16, ef_construction = 512);

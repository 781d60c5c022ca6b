-- What headlines scored, by who read them: an LLM is not paid twice for one headline.

CREATE TABLE desk.headline_sentiments (
    scorer TEXT NOT NULL,
    headline_id TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    n INTEGER NOT NULL,
    scored_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_headline_sentiments PRIMARY KEY (scorer, headline_id),
    CONSTRAINT ck_headline_sentiments_score_in_range CHECK (score BETWEEN -1 AND 1),
    CONSTRAINT ck_headline_sentiments_confidence_in_range CHECK (confidence BETWEEN 0 AND 1)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT, UPDATE ON desk.headline_sentiments TO desk_app;
    END IF;
END $$;

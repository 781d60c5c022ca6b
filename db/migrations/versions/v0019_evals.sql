-- What the nights' evaluations came to. Appended only; a night is there once, with all its scores.

CREATE TABLE desk.eval_nights (
    day DATE NOT NULL,
    experiment_id TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    colour TEXT NOT NULL,
    reasons JSONB NOT NULL,
    baseline_id TEXT,
    commit_id TEXT NOT NULL,
    prompts TEXT NOT NULL,
    cost_usd NUMERIC NOT NULL,
    worst JSONB NOT NULL,
    CONSTRAINT pk_eval_nights PRIMARY KEY (day),
    CONSTRAINT ck_eval_nights_colour_known CHECK (colour IN ('green', 'amber', 'block')),
    CONSTRAINT ck_eval_nights_cost_not_negative CHECK (cost_usd >= 0)
);

CREATE TABLE desk.eval_scores (
    day DATE NOT NULL,
    dataset TEXT NOT NULL,
    contestant TEXT NOT NULL,
    digest TEXT NOT NULL,
    scorer TEXT NOT NULL,
    value DOUBLE PRECISION,
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    cases INTEGER NOT NULL,
    baseline DOUBLE PRECISION,
    over_baseline DOUBLE PRECISION,
    over_last DOUBLE PRECISION,
    CONSTRAINT pk_eval_scores PRIMARY KEY (day, dataset, contestant),
    CONSTRAINT fk_eval_scores_day FOREIGN KEY (day) REFERENCES desk.eval_nights (day),
    CONSTRAINT ck_eval_scores_cases_counted CHECK (cases >= 0),
    CONSTRAINT ck_eval_scores_interval_whole CHECK ((low IS NULL) = (high IS NULL) AND low <= high)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.eval_nights
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.eval_scores
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

CREATE VIEW ask.eval_scores WITH (security_barrier) AS
SELECT s.day, s.dataset, s.contestant, s.scorer, s.value, s.low, s.high, s.cases, s.baseline,
       s.over_baseline, s.over_last, n.colour, n.cost_usd AS night_cost_usd,
       left(s.digest, 12) AS dataset_digest, n.prompts, n.commit_id, n.experiment_id
FROM desk.eval_scores AS s JOIN desk.eval_nights AS n USING (day);
COMMENT ON VIEW ask.eval_scores IS
    'How well the desk decided on frozen cases of the past: one row per night''s evaluation, dataset and contestant.';
COMMENT ON COLUMN ask.eval_scores.day IS 'Date of the night, UTC; in a replay too it is the real date.';
COMMENT ON COLUMN ask.eval_scores.dataset IS
    'What was asked, such as signal_quality, risk_management, validator_patterns or robustness.';
COMMENT ON COLUMN ask.eval_scores.contestant IS 'Who answered: "offline rules, no LLM" or an LLM.';
COMMENT ON COLUMN ask.eval_scores.scorer IS 'The primary score of the dataset, which the rest of the row is about.';
COMMENT ON COLUMN ask.eval_scores.value IS
    'Mean over the cases, 1 is best; null where none could be scored. Scores of two datasets are not comparable.';
COMMENT ON COLUMN ask.eval_scores.low IS 'Lower end of the 95 % interval of value; null where too few cases were scored.';
COMMENT ON COLUMN ask.eval_scores.high IS 'Upper end of the 95 % interval of value; null where too few cases were scored.';
COMMENT ON COLUMN ask.eval_scores.cases IS 'Cases that could be scored: the n of value.';
COMMENT ON COLUMN ask.eval_scores.baseline IS
    'What the committed baseline scored; null where it has no such contestant on these cases.';
COMMENT ON COLUMN ask.eval_scores.over_baseline IS
    'value less the baseline''s, over the cases that both scored; below 0 is worse; null where nothing can be compared.';
COMMENT ON COLUMN ask.eval_scores.over_last IS
    'value less that of the night before; below 0 is worse; null where no night before asked the same cases.';
COMMENT ON COLUMN ask.eval_scores.colour IS
    'What the gate said of the whole night: green, amber or block (something is worse than the baseline).';
COMMENT ON COLUMN ask.eval_scores.night_cost_usd IS
    'What the whole night''s calls cost, in USD: the same on every row of the night, so do not add it up by row.';
COMMENT ON COLUMN ask.eval_scores.dataset_digest IS 'Changes when the cases change.';
COMMENT ON COLUMN ask.eval_scores.prompts IS 'Digest of all prompts; changes when one of them changes.';
COMMENT ON COLUMN ask.eval_scores.commit_id IS 'Commit of the program that was evaluated.';
COMMENT ON COLUMN ask.eval_scores.experiment_id IS 'Key of the night''s experiment.';

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
        GRANT SELECT, INSERT ON desk.eval_nights, desk.eval_scores TO desk_app;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_ask') THEN
        GRANT SELECT ON ask.eval_scores TO desk_ask;
    END IF;
END $$;

"""What ran by itself, as rows beside a played desk, with a secret wherever no question may look."""

CANARY = "CANARY7391"
"""Stands in every place that no question may show."""
UNATTENDED = f"""
INSERT INTO desk.jobs VALUES ('verify', '2016-11-01', true, '{CANARY}', '2016-11-02');
INSERT INTO desk.job_runs VALUES
    ('verify', '2016-11-01', '2016-11-01 03:30+00', 'done', 1, '2016-11-01 03:30+00',
     '2016-11-01 03:30:02+00', 'the books add up'),
    ('verify', '2016-11-02', '2016-11-02 03:30+00', 'failed', 3, '2016-11-02 03:40+00', '2016-11-02 03:41+00',
     'the books do not add up'),
    ('verify', 'asked-20161102T120000', '2016-11-02 12:00+00', 'running', 1, '2016-11-02 12:00+00', NULL, ''),
    ('retrain', '2016-11-06', '2016-11-06 04:00+00', 'missed', 0, NULL, '2016-11-07 09:00+00', 'too late');
INSERT INTO desk.hearings VALUES
    ('hearing-before_open-2016-11-02', 'before_open', '2016-11-02', '{{}}', '', '{CANARY}',
     '2016-11-02 13:00+00', 'heard', '2016-11-02 13:01+00', '2016-11-01', '2016-11-01 20:00+00',
     'the committee would change nothing; nothing was ordered', '{CANARY}'),
    ('hearing-event-gap', 'event', 'gap', '{{AAPL,MSFT}}', 'AAPL opened 6 % lower', '{CANARY}',
     '2016-11-02 14:00+00', 'waiting', NULL, NULL, NULL, '', NULL),
    ('hearing-discovery-now', 'discovery', 'now', '{{}}', '{CANARY}', '{CANARY}', '2016-11-02 15:00+00',
     'heard', '2016-11-02 15:01+00', NULL, NULL, '{CANARY}', NULL);
INSERT INTO desk.discovery_runs VALUES ('run-1', '2016-11-01', '2016-11-01 20:00+00', '2016-11-02',
    '2016-11-01 20:05+00', 480, 0.25, '[{{"picker": "metric", "speaker": "rules", "note": "{CANARY}"}}]',
    '{CANARY}');
INSERT INTO desk.discovery_picks VALUES
    ('run-1', 'metric', 'AAPL', 1, 0.9, '["rose 3.0 %", "volume twice its mean"]', 'manual'),
    ('run-1', 'random', 'XOM', 1, 0.1, '["drawn by lot"]', NULL),
    ('run-1', 'ensemble', 'AAPL', 1, 1.0, '["metric: first"]', 'manual');
INSERT INTO desk.discovery_returns VALUES
    ('2016-11-02', 'AAPL', 1, '2016-11-02', 0.02, 0.0006, 0.005, 480, NULL, '2016-11-02 20:00+00'),
    ('2016-11-02', 'AAPL', 5, '2016-11-08', 0.01, 0.0006, 0.02, 480, NULL, '2016-11-08 20:00+00'),
    ('2016-11-02', 'XOM', 1, '2016-11-02', NULL, NULL, 0.005, 480, 'no bar', '2016-11-02 20:00+00');
INSERT INTO desk.alert_channels VALUES
    ('discord', 1, 1, '2016-11-02', '{CANARY}'), ('email', 1, 0, NULL, NULL), ('webhook', 1, 0, NULL, NULL);
INSERT INTO desk.alerts VALUES
    ('e1@discord', 'discord', 1, '{CANARY}', '2016-11-02 12:00+00', '2016-11-02 12:00+00', 'dead', 4,
     '2016-11-05 12:00+00', '{CANARY}', '{CANARY}.example.com: ConnectTimeout'),
    ('e1@email', 'email', 1, NULL, '2016-11-02 12:00+00', '2016-11-02 12:00+00', 'sent', 1,
     '2016-11-02 12:01+00', '{CANARY}', 'taken; not for {CANARY}@example.com'),
    ('e1@webhook', 'webhook', 1, NULL, '2016-11-02 12:00+00', '2016-11-02 12:00+00', 'waiting', 2,
     NULL, NULL, 'https://hooks.example.com/{CANARY}');
INSERT INTO desk.headline_sentiments VALUES
    ('llm/small/1', 'h1', 0.6, 0.8, 1, '2016-11-02 13:00+00'),
    ('llm/small/1', '{CANARY}', -0.4, 0.7, 1, '2016-11-02 13:00+00');
INSERT INTO desk.record_texts (text_id, kind, ticker, session, at, known_at, origin, source_id, text) VALUES
    ('news-h1', 'news', 'AAPL', '2016-11-01', '2016-11-01 18:00+00', '2016-11-01 18:00+00', 'AP', 'h1',
     'Apple raises its outlook'),
    ('news-h1/MSFT', 'news', 'MSFT', '2016-11-01', '2016-11-01 18:00+00', '2016-11-01 18:00+00', 'AP', 'h1',
     'Apple raises its outlook'),
    ('lesson-h1', 'lesson', 'XOM', '2016-11-01', '2016-11-01 18:00+00', '2016-11-01 18:00+00', '{CANARY}',
     'h1', '{CANARY}')
"""
"""Needs the event that is number 1."""
EVALUATED = f"""
INSERT INTO desk.eval_nights VALUES
    ('2016-11-01', 'night-1', '2016-11-01 05:00+00', 'green', '[]', 'gate-1', 'abc', 'p1', 0, '[]'),
    ('2016-11-02', 'night-2', '2016-11-02 05:00+00', 'amber', '["{CANARY}"]', '{CANARY}', 'abd', 'p1', 0.5,
     '[{{"case": "{CANARY}", "told": "{CANARY}"}}]');
INSERT INTO desk.eval_scores VALUES
    ('2016-11-01', 'risk_management', 'rules', 'digest-of-them-{CANARY}', 'shrunk_right', 0.9, 0.85, 0.95,
     96, 0.9, 0, NULL),
    ('2016-11-02', 'risk_management', 'rules', 'digest-of-them-{CANARY}', 'shrunk_right', 0.8, 0.75, 0.85,
     96, 0.9, -0.1, -0.1),
    ('2016-11-02', 'robustness', 'rules', 'digest-of-them-{CANARY}', 'schema_valid', NULL, NULL, NULL,
     0, NULL, NULL, NULL)
"""
"""Two nights of the evaluation."""

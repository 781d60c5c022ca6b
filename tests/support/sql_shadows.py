"""What shadows said, as rows beside a decision, with a secret where nobody may look."""

from support.sql_unattended import CANARY

SHADOWED = f"""
INSERT INTO desk.shadow_calls (call_id, cycle_id, role, attempt, provider, llm, prompt_hash,
    prompt_characters, status, answer, error, started_at, day)
VALUES ('s1', 'daily-2016-11-01', 'validator', 1, 'openai', 'gpt', '{CANARY}', 10, 'answered', '{CANARY}',
    '{CANARY}', '2016-11-01 21:00+00', '2016-11-01');
INSERT INTO desk.shadow_decisions VALUES
    ('daily-2016-11-01', 'committee in force', true, 'offline rules, no LLM', 'decided', NULL, '2016-11-01',
     5, NULL, NULL, 0, 3, '2016-11-01 21:05+00'),
    ('daily-2016-11-01', 'openai:gpt', false, 'openai:gpt', 'decided', NULL, '2016-11-01', 6, 9000, 1000,
     0.02, 4000, '2016-11-01 21:06+00'),
    ('daily-2016-11-01', 'anthropic:small', false, 'anthropic:small', 'absent', 'nobody asked it in time',
     '2016-11-01', 0, NULL, NULL, 0, NULL, '2016-11-01 21:06+00');
INSERT INTO desk.shadow_views VALUES
    ('daily-2016-11-01', 'committee in force', 'AAPL', 0.4, 0.05, 0, 0.05, 1),
    ('daily-2016-11-01', 'openai:gpt', 'AAPL', 0.4, 0.05, 0, 0.05, 1),
    ('daily-2016-11-01', 'openai:gpt', 'MSFT', -0.2, 0, 0.05, 0, -1),
    ('daily-2016-11-01', 'openai:gpt', 'XOM', -0.6, 0, 0.05, 0, -1),
    ('daily-2016-11-01', 'openai:gpt', 'GE', 0, NULL, 0.05, 0.05, 0);
INSERT INTO desk.shadow_returns VALUES
    ('2016-11-01', 'AAPL', 5, '2016-11-09', 0.03, 0.01, 0.001, NULL, '2016-11-09 22:00+00'),
    ('2016-11-01', 'MSFT', 5, '2016-11-09', 0.02, 0.01, 0.001, NULL, '2016-11-09 22:00+00'),
    ('2016-11-01', 'XOM', 5, '2016-11-09', NULL, NULL, NULL, '{CANARY}', '2016-11-09 22:00+00')
"""
"""Needs the decision `daily-2016-11-01`."""

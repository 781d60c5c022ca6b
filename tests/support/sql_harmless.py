"""Strings of the hostile corpus that do no harm: they look dangerous, or ask for more than they get."""

BURNS_OUT = frozenset(
    {
        "SELECT count(*) FROM forecasts a, forecasts b, forecasts c",
        "SELECT jsonb_build_object('a', array_agg(a.reason), 'b', array_agg(b.text)) FROM signals a, events "
        "b, signals c",
        "SELECT max(g) FROM forecasts f, LATERAL (SELECT count(*) AS g FROM forecasts a, forecasts b WHERE "
        "a.expected < f.expected) x",
        "SELECT sum(x) FROM (SELECT row_number() OVER (ORDER BY a.expected * b.expected) AS x FROM "
        "forecasts a, forecasts b, orders c) t",
    }
)
"""Bombs on what anybody may read that end by themselves: a fast machine answers before it stops them."""

ANSWERED = BURNS_OUT | frozenset(
    {
        "SELECT '1e131071'::numeric - 1",
        "SELECT 'a'\n'; DROP TABLE desk.fills; --'",
        "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' ~ '(a+)+$'",
        "SELECT (SELECT string_agg(reason, '') FROM signals)",
        "SELECT * FROM fills, LATERAL (SELECT 1) AS x",
        "SELECT * FROM unnest(ARRAY[1, 2]) AS x",
        "SELECT 1 --\u2028 FROM chat.users",
        "SELECT 1 /* /* */ FROM chat.users */",
        "SELECT 1 AS \"=cmd|' /C calc'!A0\"",
        "SELECT a.ticker FROM forecasts a, forecasts b, forecasts c",
        "SELECT array_agg(a.reason || b.reason) FROM signals a, signals b",
        "SELECT array_agg(ticker) FROM forecasts",
        "SELECT concat(" + ", ".join(["reason"] * 15) + ") FROM signals",
        "SELECT concat(" + ", ".join(["reason"] * 30) + ") FROM signals",
        "SELECT generate_series(1, 100000), generate_series(1, 99999)",
        "SELECT json_agg(ticker) FROM forecasts",
        "SELECT json_build_array(" + ", ".join("1" * 50) + ")",
        "SELECT jsonb_build_object(" + ", ".join(["'a', reason"] * 30) + ") FROM signals",
        "SELECT overlay('x' PLACING 'y' FROM 1 FOR 1)",
        "SELECT overlay(reason placing reason from 1) || reason || reason || reason FROM signals",
        "SELECT reason SIMILAR TO '((x|y)*)*z' FROM signals",
        "SELECT reason SIMILAR TO '(a|a)*' FROM signals",
        "SELECT regexp_replace(reason, '((a+)+)+', 'x') FROM signals",
        "SELECT regexp_replace(regexp_replace(reason, '.', '\\&\\&\\&\\&\\&\\&\\&\\&', 'g'), '.', '\\&\\&',"
        " 'g') FROM signals",
        "SELECT string_agg(reason, ',') FROM signals",
        "SELECT string_to_array(text, NULL) FROM events",
        "SELECT ticker FROM fills WHERE ticker ~ '(a+)+$'",
        "SELECT ticker FROM forecasts ORDER BY (SELECT count(*) FROM forecasts a, forecasts b WHERE a.rank "
        "> b.rank)",
        "SELECT ticker ~* 'a' FROM fills",
        "SELECT to_number(text, '999') FROM events",
        "SELECT unnest(ARRAY['a'])",
        "WITH RECURSIVE a(n) AS (VALUES (1) UNION ALL SELECT n FROM a) SELECT n FROM a",
    }
)
"""These may be answered, as data; what is answered beside them is a hole."""

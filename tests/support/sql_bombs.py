"""Hostile SQL that asks for too much: rows, work, depth, memory."""

from collections.abc import Mapping

BOMBS: Mapping[str, tuple[str, ...]] = {
    "huge results": (
        "SELECT * FROM generate_series(1, 100000000)",
        "SELECT a.ticker FROM forecasts a, forecasts b, forecasts c",
        "SELECT a.reason FROM signals a CROSS JOIN signals b CROSS JOIN signals c CROSS JOIN signals d",
        "SELECT string_agg(reason, ',') FROM signals",
        "SELECT array_agg(ticker) FROM forecasts",
        "SELECT json_agg(ticker) FROM forecasts",
        "SELECT * FROM events a, events b, events c, events d, events e, events f",
        "SELECT string_agg(a.reason, b.reason) FROM signals a, signals b",
        "SELECT " + ", ".join(f"{n}" for n in range(60)),
        "SELECT " + ", ".join(["*"] * 20) + " FROM fills",
    ),
    "bombs of cost": (
        "SELECT count(*) FROM forecasts a, forecasts b, forecasts c",
        "SELECT count(*) FROM fills a, fills b, fills c, fills d, fills e, fills f, fills g, fills h",
        "SELECT count(*) FROM signals a JOIN signals b ON a.reason LIKE b.reason JOIN signals c ON true "
        "JOIN signals d ON true",
        "SELECT sum(x.n) FROM (SELECT row_number() OVER (ORDER BY a.value) AS n FROM signals a, signals b, "
        "signals c) AS x",
        "SELECT DISTINCT a.reason || b.reason || c.reason FROM signals a, signals b, signals c",
        "WITH a AS (SELECT 1 AS n FROM forecasts x, forecasts y) SELECT count(*) FROM a p, a q",
        "SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 10000) b",
        "SELECT ticker FROM forecasts ORDER BY (SELECT count(*) FROM forecasts a, forecasts b WHERE a.rank > "
        "b.rank)",
    ),
    "bombs of recursion": (
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT count(*) FROM a",
        "WITH RECURSIVE a(n) AS (VALUES (1) UNION ALL SELECT n FROM a) SELECT n FROM a",
        "WITH RECURSIVE a AS (SELECT 'x'::text AS s UNION ALL SELECT s || s FROM a) SELECT max(s) FROM a",
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n * 2 FROM a) SELECT sum(n) FROM a, a b",
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n FROM a) SEARCH DEPTH FIRST BY n SET o SELECT 1",
        "SELECT " + "(" * 500 + "1" + ")" * 500,
        "SELECT " + "(SELECT " * 60 + "1" + ")" * 60,
        "SELECT " + "-" * 1500 + "1",
        "SELECT " + "NOT " * 1200 + "true",
        "SELECT " + "CASE WHEN true THEN " * 200 + "1" + " END" * 200,
        "SELECT 1" + " + 1" * 2000,
        "SELECT 1 " + " UNION ALL SELECT 1" * 400,
        "SELECT " + "abs(" * 300 + "1" + ")" * 300,
    ),
    "bombs of memory": (
        "SELECT repeat('x', 1000000000)",
        "SELECT lpad('x', 1000000000, 'y')",
        "SELECT rpad('x', 1000000000)",
        "SELECT length(repeat('x', 1000000000))",
        "SELECT replace(repeat('a', 100000), 'a', repeat('b', 10000))",
        "SELECT format('%1000000000s', 'x')",
        "SELECT array_fill(0, ARRAY[100000000])",
        "SELECT string_to_array(repeat('a,', 10000000), ',')",
        "WITH a AS (SELECT reason || reason || reason || reason AS s FROM signals), b AS (SELECT s || s || s "
        "|| s AS s FROM a), c AS (SELECT s || s || s || s AS s FROM b), d AS (SELECT s || s || s || s AS s "
        "FROM c), e AS (SELECT s || s || s || s AS s FROM d) SELECT length(s) FROM e",
        "SELECT overlay('x' PLACING 'y' FROM 1 FOR 1)",
        "SELECT concat(" + ", ".join(["reason"] * 30) + ") FROM signals",
        "SELECT jsonb_build_object(" + ", ".join(["'a', reason"] * 30) + ") FROM signals",
        "SELECT factorial(100000)",
        "SELECT (SELECT string_agg(reason, '') FROM signals)",
        "SELECT gen_random_bytes(1000000)",
    ),
    "bombs of patterns and JSON": (
        "SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' ~ '(a+)+$'",
        "SELECT regexp_replace(reason, '((a+)+)+', 'x') FROM signals",
        "SELECT regexp_matches(reason, '(.*)*(.*)*(.*)*x', 'g') FROM signals",
        "SELECT reason SIMILAR TO '(a|a)*' FROM signals",
        "SELECT regexp_split_to_table(reason, '') FROM signals",
        "SELECT '" + "[" * 3000 + "]" * 3000 + "'::json",
        "SELECT jsonb_path_query('[1]', '$.**')",
        "SELECT json_array_elements('[1,2]')",
        "SELECT xmlparse(document '<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>')",
        "SELECT jsonb_each_text('{}')",
        "SELECT json_build_array(" + ", ".join("1" * 50) + ")",
    ),
}
"""By class; all of them are cut short, and none may take the server with it."""

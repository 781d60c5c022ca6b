"""The guard: what it lets through, how it writes it anew, and what it says of the rest."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.ask import AskColumn, AskView
from fund.errors import QueryRefusedError
from support.sql_attacks import every_attack
from tools.sql_grammar import MAX_TABLES
from tools.sql_guard import SqlGuard
from tools.sql_text import MAX_BYTES, check_text


def a_view(name: str, **columns: str) -> AskView:
    listed = tuple(AskColumn(name=column, type=kind, comment="") for column, kind in columns.items())
    return AskView(name=name, comment="", columns=listed)


GUARD = SqlGuard(
    [
        a_view("fills", ticker="text", session="date", price="numeric", quantity="numeric"),
        a_view("orders", ticker="text", status="text", session="date", reason="text"),
    ]
)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("select TICKER from Fills;", "SELECT fills.ticker AS ticker FROM ask.fills AS fills"),
        (
            "select count(*), count(distinct ticker) from fills",
            "SELECT COUNT(*) AS count, COUNT(DISTINCT fills.ticker) AS count_2 FROM ask.fills AS fills",
        ),
        (
            "select round(avg(price), 2) from fills",
            "SELECT ROUND(CAST(AVG(fills.price) AS DECIMAL), 2) AS round FROM ask.fills AS fills",
        ),
        (
            "select price ^ 2 as p from fills -- squared",
            "SELECT POWER(CAST(fills.price AS DOUBLE PRECISION), CAST(2 AS DOUBLE PRECISION)) AS p "
            "FROM ask.fills AS fills",
        ),
        (
            "with a as (select ticker from fills) select * from a",
            "WITH a AS (SELECT fills.ticker AS ticker FROM ask.fills AS fills) "
            "SELECT a.ticker AS ticker FROM a AS a",
        ),
        (
            "select ticker as \"order\" from fills where ticker = 'Ünïcode \\ kept'",
            "SELECT fills.ticker AS \"order\" FROM ask.fills AS fills WHERE fills.ticker = 'Ünïcode \\ kept'",
        ),
        (
            "-- it's what; wewould ask\nselect /* all; of them */ d::date from generate_series(1, 3) as d",
            "SELECT CAST(_0.d AS DATE) AS d FROM GENERATE_SERIES(1, 3) AS _0(d)",
        ),
        (
            "select x from fills cross join lateral unnest(array[1, 2]) as x",
            "SELECT x.x AS x FROM ask.fills AS fills CROSS JOIN UNNEST(ARRAY[1, 2]) AS x(x)",
        ),
        (
            "select format('%s: %s%%', ticker, 1) as f, lpad(ticker, 4, '.') as l, repeat('#', 2) as r "
            "from fills",
            "SELECT CONCAT('', fills.ticker, ': ', 1, '%') AS f, "
            "(LEFT('....', GREATEST(4 - LENGTH(CAST(fills.ticker AS TEXT)), 0)) || "
            "LEFT(CAST(fills.ticker AS TEXT), 4)) AS l, LEFT('##', GREATEST((2), 0) * 1) AS r "
            "FROM ask.fills AS fills",
        ),
        (
            "select log(2, price) as a, log(10, price) as b from fills",
            "SELECT LOG(CAST(CAST(2 AS DOUBLE PRECISION) AS DECIMAL), "
            "CAST(CAST(fills.price AS DOUBLE PRECISION) AS DECIMAL)) AS a, LOG(CAST(fills.price AS DOUBLE "
            "PRECISION)) AS b FROM ask.fills AS fills",
        ),
        (
            "(select ticker from fills)",
            "SELECT fills.ticker AS ticker FROM ask.fills AS fills",
        ),
    ],
)
def test_what_is_understood_is_written_anew(asked: str, written: str) -> None:
    assert GUARD.admit(asked) == written
    assert GUARD.admit(written) == written


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("select tiker from fills", r"no column 'tiker'.*did you mean fills.ticker\?"),
        ("select ticker from fill", "there is no view 'fill'; there are fills, orders"),
        ("select session from fills, orders", "no column 'session' in what is asked, or more than one"),
        ("select f from fills f", "a whole row is not a value"),
        ("select f.*::text from fills f", "a whole row is not a value"),
        ("select count(f.*) from fills f", r"write count\(\*\)"),
        ("select pg_sleep(1)", r"pg_sleep cannot be used in a question: only plain functions over values"),
        ("select 'x'::regclass", "only casts to plain types are allowed"),
        ("select 'x'::char(9)", "char is no plain type"),
        ("select ticker from fills where ticker ~ reason", "no column 'reason'"),
        ("select ticker from orders where ticker ~ reason", "a pattern is a text in quotes"),
        ("select ticker from fills where ticker ~ '(a)\\1'", "a pattern may not refer back"),
        (
            "select ticker ~ '((a{1,50}){1,50}){2}' from fills",
            "may repeat 1,000 times in all, this does 5,000",
        ),
        ("select substring(ticker from '(a{99}){99}') from fills", "may repeat 1,000 times in all"),
        ("select replace(reason, 'a', reason) from orders", "what replaces a text is a text in quotes"),
        (
            "select regexp_replace(reason, '.', '\\&\\&\\&\\&\\&\\&\\&\\&\\&') from orders",
            "16 characters at most",
        ),
        (
            "select array_to_string(array_agg(ticker), reason) from orders group by reason",
            "a separator is a text",
        ),
        ("select lpad(ticker, 1000000, 'x') from fills", "lpad and rpad take a number up to 200"),
        ("select lpad(lpad(ticker, 9), 9) from fills", "cannot stand inside one another"),
        ("select repeat('x', quantity::int) from fills", "repeat takes a text in quotes and a number"),
        ("select repeat(ticker, 3) from fills", "repeat takes a text in quotes and a number"),
        ("select format('%1000s', ticker) from fills", "format takes a text in quotes with one %s"),
        ("select format(ticker, ticker) from fills", "format takes a text in quotes with one %s"),
        ("select array_agg(s.t) from (select array_agg(ticker) t from fills) s", "cannot be collected again"),
        (
            "with recursive a as (select 'x' as s union all select s || s from a) select s from a",
            "RECURSIVE may not string",
        ),
        (
            "select ticker from fills, lateral (values (1)) v join lateral pg_sleep(1) on true",
            "LATERAL takes a subquery",
        ),
        ("select $1", "plain ASCII without backslash and dollar sign"),
        ("select 1; select 2", "one statement can be asked at a time"),
        ("delete from fills", "only a SELECT over the views can be asked"),
        ("select ticker from fills for update", "FOR UPDATE and FOR SHARE lock rows"),
        ("select ticker into x from fills", "SELECT INTO makes a table"),
        ("with fills as (select 1 as n) select n from fills", "may not be called 'fills'"),
        ("select string_agg(ticker, 'a very long separator') from orders", "a separator is a text in quotes"),
        (
            "select string_agg(ticker" + " || ticker" * 16 + ", ',') from orders",
            "strings too many texts together",
        ),
        (
            "select a"
            + " || a" * 23
            + " as b from (select"
            + " ticker ||" * 23
            + " ticker as a from fills) x",
            "strings too many",
        ),
        ("select ticker from fills" + ", fills" * MAX_TABLES, "SQL may name 16 tables, this names 17"),
        ("select " + "(" * 41 + "1" + ")" * 41, "nested 40 deep"),
        ("select 1" + " + 1" * 900, "too long to be checked|nested too deeply"),
        ("select * from pg_ls_dir('/')", "a function cannot stand there"),
        ("select ticker from chat.users", "there is no view 'chat.users'"),
        ("select 'x' as \"a;b\"", "one statement|no name or number"),
        ("select from where", "cannot be read"),
        ("", "only a SELECT"),
    ],
)
def test_what_is_not_allowed_is_refused_with_the_reason(asked: str, said: str) -> None:
    with pytest.raises(QueryRefusedError, match=said):
        GUARD.admit(asked)


def test_a_text_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(QueryRefusedError, match="SQL may have 8,192 bytes"):
        check_text("SELECT '" + "x" * MAX_BYTES + "'")


@pytest.mark.parametrize("hidden", ["\x00", "\r", "\x0b", "\u200b", "\u202e", "\ufeff", "\x7f", "\ud800"])
def test_invisible_characters_are_refused_also_inside_a_text(hidden: str) -> None:
    with pytest.raises(QueryRefusedError, match="no control or invisible character"):
        check_text(f"SELECT 'a{hidden}b'")


def test_no_attack_is_let_through_that_names_more_than_the_views() -> None:
    for attack in every_attack():
        try:
            written = GUARD.admit(attack)
        except QueryRefusedError:
            continue
        named = re.sub(r"'(?:[^']|'')*'", "", written.casefold())
        assert not re.search(r"chat\.|desk\.|pg_|current_user|lo_|xml", named), attack


@given(st.text(max_size=200))
def test_any_text_is_refused_or_becomes_a_select_over_the_views(text: str) -> None:
    for asked in (text, f"SELECT {text}", f"SELECT ticker FROM fills WHERE {text}"):
        try:
            written = GUARD.admit(asked)
        except QueryRefusedError:
            continue
        assert written.startswith(("SELECT", "WITH"))
        assert ";" not in re.sub(r"'(?:[^']|'')*'", "", written)

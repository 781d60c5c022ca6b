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
        ("select tiker from fills", r"no column 'tiker'.*did you mean fills.ticker or orders.ticker"),
        ("select ticker from fill", "there is no view 'fill'; there are fills, orders"),
        ("select session from fills, orders", "no column 'session' in what is asked, or more than one"),
        ("select f from fills f", "a whole row is not a value"),
        ("select f.*::text from fills f", "a whole row is not a value"),
        ("select count(f.*) from fills f", r"write count\(\*\)"),
        ("select pg_sleep(1)", r"pg_sleep cannot be used in a question: only aggregate"),
        ("select 'x'::regclass", "only casts to plain types are allowed"),
        ("select 'x'::char(9)", "char is no plain type"),
        ("select ticker from fills where ticker ~ 'a'", "regular expressions are not allowed; use LIKE"),
        ("select $1", "plain ASCII without backslash and dollar sign"),
        ("select 1; select 2", "one statement can be asked at a time"),
        ("delete from fills", "only a SELECT over the views can be asked"),
        ("select ticker from fills for update", "FOR UPDATE and FOR SHARE lock rows"),
        ("select ticker into x from fills", "SELECT INTO makes a table"),
        ("with fills as (select 1 as n) select n from fills", "may not be called 'fills'"),
        ("with recursive a as (select 1 as n) select n from a", "RECURSIVE cannot be used"),
        ("select log(2, price) from fills", r"log\(\) takes one number"),
        ("select string_agg(reason, ',') from orders", "string_agg takes one short column"),
        ("select string_agg(ticker, 'a long separator') from orders", "string_agg takes one short column"),
        ("select" + " ticker ||" * 13 + " ticker from fills", "SQL may join texts 12 times"),
        ("select ticker from fills" + ", fills" * MAX_TABLES, "SQL may name 16 tables, this names 17"),
        ("select " + "(" * 41 + "1" + ")" * 41, "nested 40 deep"),
        ("select 1" + " + 1" * 900, "too long to be checked|nested too deeply"),
        ("select * from generate_series(1, 3)", "a function cannot stand there"),
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
        assert not re.search(r"chat\.|desk\.|pg_|current_user|lo_|xml", written.casefold()), attack


@given(st.text(max_size=200))
def test_any_text_is_refused_or_becomes_a_select_over_the_views(text: str) -> None:
    for asked in (text, f"SELECT {text}", f"SELECT ticker FROM fills WHERE {text}"):
        try:
            written = GUARD.admit(asked)
        except QueryRefusedError:
            continue
        assert written.startswith(("SELECT", "WITH"))
        assert ";" not in re.sub(r"'(?:[^']|'')*'", "", written)

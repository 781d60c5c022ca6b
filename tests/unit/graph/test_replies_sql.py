"""How the rows of an SQL question are shown: a sentence, the SQL, a table; no cell is obeyed."""

from datetime import date
from decimal import Decimal

import pytest

from db.record_codec import to_json
from desk.chat.display import csv_bytes, markdown_table
from graph.chat_events import Table
from graph.replies.sql import sql_reply
from support.sourcing import unsourced
from support.talk import tables_of, text_of
from tools.sql_questions import Cell, SqlAnswer


def an_answer(columns: tuple[str, ...], *rows: tuple[Cell, ...], **changes: object) -> SqlAnswer:
    values: dict[str, object] = {
        "question": "what is there?",
        "sql": "SELECT fills.ticker AS ticker FROM ask.fills AS fills",
        "columns": columns,
        "kinds": ("text",) * len(columns),
        "rows": rows,
        "row_count": len(rows),
        "truncated": False,
        "milliseconds": 4.2,
    }
    return SqlAnswer(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (an_answer(("ticker",)), "No record fits that question."),
        (an_answer(("total_profit",), (Decimal("1234.50"),)), "Total profit: 1,234.5."),
        (an_answer(("n",), (None,)), "N: nothing."),
        (an_answer(("ticker",), ("AAPL",), ("MSFT",)), "2 rows of the desk's records."),
        (an_answer(("t",), *[("x",)] * 200, truncated=True), "the first 200 rows; there are more."),
    ],
)
def test_the_first_sentence_says_what_was_found(found: SqlAnswer, said: str) -> None:
    events = list(sql_reply(found))
    assert said in text_of(events).splitlines()[0]
    assert "```sql\nSELECT fills.ticker AS ticker FROM ask.fills AS fills\n```" in text_of(events)
    assert unsourced(text_of(events), [to_json(found)]) == ()


def test_cells_keep_their_kind() -> None:
    row = (Decimal("0.25"), 3, 1.5, date(2016, 5, 4), True, None, "x")
    (table,) = tables_of(sql_reply(an_answer(tuple("abcdefg"), row))).values()
    assert table.rows == ((0.25, 3, 1.5, "2016-05-04", "yes", None, "x"),)


HOSTILE = "![x](https://evil.example/p.png) <img src=x onerror=alert(1)> [a](javascript:b) `c` **d**"


def test_hostile_cells_are_letters() -> None:
    events = list(sql_reply(an_answer(("reason",), (HOSTILE,))))
    said = text_of(events).splitlines()[0]
    assert "\\!\\[" in said or "!\\[" in said
    assert "\\<img" in said
    (table,) = tables_of(events).values()
    assert not {"<", ">", "[", "]", "!", "`", "|"} & set(str(table.rows[0][0]))
    assert "](" not in markdown_table(table)


def test_a_formula_in_a_cell_or_a_name_is_disarmed_in_the_csv() -> None:
    (table,) = tables_of(sql_reply(an_answer(("=cmd|' /C calc'!A0",), ("=1+1",), ("@SUM(A1)",)))).values()
    lines = csv_bytes(Table(title="x", columns=table.columns, rows=table.rows)).decode().splitlines()
    assert all(line.lstrip('"').startswith("'") for line in lines), lines


def test_no_backtick_in_the_sql_closes_its_block() -> None:
    sql = "SELECT '```\n# heading ![x](y)' AS a"
    said = text_of(sql_reply(an_answer(("a",), ("x",), sql=sql)))
    assert f"````sql\n{sql}\n````" in said

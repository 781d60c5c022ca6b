"""What a page shows of an event: text stays text, numbers stay numbers, nothing runs."""

import csv
import io
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.conversation import Chart, Table
from desk.display import Prose, csv_bytes, csv_name, markdown_table, paged_columns, plain, shown, styled


def a_table(*rows: tuple[str | int | float | None, ...], columns: tuple[str, ...] = ("a", "b")) -> Table:
    return Table(title="A table", columns=columns, rows=rows)


def streamed(*tokens: str) -> str:
    prose = Prose()
    return "".join([*map(prose.feed, tokens), prose.rest()])


@pytest.mark.parametrize(
    ("tokens", "seen"),
    [
        (("NYSE:AAPL",), "NYSE\\:AAPL"),
        (("NYSE:", "AAPL"), "NYSE\\:AAPL"),
        (("NYSE", ":", "A"), "NYSE\\:A"),
        (("at 12:30",), "at 12:30"),
        (("note: this",), "note: this"),
        (("https://x",), "https://x"),
        (("`a:b` c:d",), "`a:b` c\\:d"),
        (("`a:", "b`"), "`a:b`"),
        (("ends with:",), "ends with:"),
    ],
)
def test_a_colon_before_a_letter_is_escaped_wherever_the_tokens_break(
    tokens: tuple[str, ...], seen: str
) -> None:
    assert streamed(*tokens) == seen


@given(st.text(), st.lists(st.integers(0, 50), max_size=5))
def test_how_a_text_is_cut_into_tokens_changes_nothing(text: str, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    assert streamed(*pieces) == streamed(text)


@given(st.text())
def test_prose_only_ever_adds_backslashes_before_colons(text: str) -> None:
    assert streamed(text).replace("\\:", ":") == text.replace("\\:", ":")


@pytest.mark.parametrize(
    "cell", ["a | b", "<img src=x>", "[x](http://y)", "**b**", "`c`", "# h", "x_y_z", "~~s~~", ":alert:"]
)
def test_markup_in_a_cell_is_shown_letter_by_letter(cell: str) -> None:
    escaped = plain(cell)
    assert all(escaped[i - 1] == "\\" for i, sign in enumerate(escaped) if sign in "|<>[]()*`#_~:")


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    table = a_table(("x", 1), ("y\nz", None), columns=("name", "count"))
    assert markdown_table(table).splitlines() == [
        "| name | count |",
        "| --- | ---: |",
        "| x | 1 |",
        "| y z | – |",
    ]


def test_a_table_without_rows_still_has_its_columns() -> None:
    assert markdown_table(a_table()).splitlines() == ["| a | b |", "| --- | --- |"]
    assert csv_bytes(a_table()) == b"a,b\r\n"
    assert paged_columns(a_table()) == {"a": [], "b": []}


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (None, "–"),
        (math.nan, "–"),
        (math.inf, "–"),
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (-0.1, "-0.1"),
        (2.0, "2"),
    ],
)
def test_cells_read_well_and_nothing_is_a_dash(cell: float | None, read: str) -> None:
    assert shown(cell) == read


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_cell_a_spreadsheet_would_run_is_disarmed(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(a_table((cell, 1))).decode(), newline="")))
    assert rows[1][0] == f"'{cell}"


@pytest.mark.parametrize("cell", ["-3.2 %", "+1,000.50", "-7", "plain", "a=b", ""])
def test_signed_numbers_and_plain_words_stay_as_they_are(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(a_table((cell, 1))).decode(), newline="")))
    assert rows[1][0] == cell


@given(st.lists(st.tuples(st.text(), st.floats() | st.integers() | st.none()), max_size=5))
def test_a_csv_has_as_many_rows_as_the_table_and_no_formula(
    rows: list[tuple[str, float | int | None]],
) -> None:
    found = list(csv.reader(io.StringIO(csv_bytes(a_table(*rows)).decode("utf-8", "replace"), newline="")))
    assert len(found) == len(rows) + 1
    assert not any(row[0].lstrip(" ").startswith(("=", "@")) for row in found[1:])


@pytest.mark.parametrize(
    ("title", "name"),
    [("Positions, 31 Jan", "positions-31-jan.csv"), ("../../etc", "etc.csv"), ("…", "table.csv")],
)
def test_a_file_name_is_made_of_safe_letters(title: str, name: str) -> None:
    assert csv_name(Table(title=title, columns=(), rows=())) == name


def test_columns_are_of_one_kind_with_finite_numbers_and_unique_names() -> None:
    table = a_table((1, 0.1 + 0.2, "x"), (None, math.nan, 2), columns=("n", "f", "n"))
    columns = paged_columns(table)
    assert list(columns.values()) == [[1, None], [0.3, None], ["x", "2"]]
    assert len(columns) == 3


def test_a_chart_gets_a_clear_ground_and_keeps_its_own_wishes() -> None:
    figure = {
        "data": [{"y": [1]}],
        "layout": {"yaxis2": {"side": "right"}, "margin": {"l": 99}, "font": {"size": 30}},
    }
    drawn = styled(Chart(title="c", figure=figure))
    assert drawn["data"] == [{"y": [1]}]
    assert drawn["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
    assert drawn["layout"]["margin"] == {"l": 99}
    assert drawn["layout"]["yaxis2"]["side"] == "right"
    assert "gridcolor" in drawn["layout"]["yaxis2"]
    assert figure["layout"] == {"yaxis2": {"side": "right"}, "margin": {"l": 99}, "font": {"size": 30}}


def test_an_empty_figure_is_still_a_chart() -> None:
    assert styled(Chart(title="c", figure={}))["data"] == []

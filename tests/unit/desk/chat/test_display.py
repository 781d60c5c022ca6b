"""What a page shows of an event: text stays text, numbers stay numbers, nothing runs."""

import csv
import io
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.chat.conversation import Chart, Table
from desk.chat.display import (
    PALETTES,
    Prose,
    csv_bytes,
    csv_name,
    markdown_table,
    paged_columns,
    plain,
    shown,
    styled,
)


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
        (-0.00001, "0"),
        (1234.5, "1,234.5"),
        (100.0, "100"),
    ],
)
def test_cells_read_well_and_nothing_is_a_dash(cell: float | None, read: str) -> None:
    assert shown(cell) == read


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "|calc",
        "-",
        "+",
        "--1",
        "-1-1",
        "＝1+1",
        "＋1+1",
        "－1-1",
        "＠SUM(A1)",
    ],
)
def test_a_cell_a_spreadsheet_would_run_is_disarmed(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(a_table((cell, 1))).decode(), newline="")))
    assert rows[1][0] == f"'{cell}"


@pytest.mark.parametrize("cell", ["-3.2 %", "+1,000.50", "-7", "−7", "plain", "a=b", "", "'=1"])
def test_signed_numbers_and_plain_words_stay_as_they_are(cell: str) -> None:
    rows = list(csv.reader(io.StringIO(csv_bytes(a_table((cell, 1))).decode(), newline="")))
    assert rows[1][0] == cell


@given(st.lists(st.tuples(st.text(), st.floats() | st.integers() | st.none()), max_size=5))
def test_a_csv_has_as_many_rows_as_the_table_and_no_formula(
    rows: list[tuple[str, float | int | None]],
) -> None:
    found = list(csv.reader(io.StringIO(csv_bytes(a_table(*rows)).decode("utf-8", "replace"), newline="")))
    assert len(found) == len(rows) + 1
    assert not any(row[0].lstrip(" ").startswith(("=", "@", "|", "＝", "＠")) for row in found[1:])
    for (name, figure), (told, shown_figure) in zip(rows, found[1:], strict=True):
        assert told in (name, f"'{name}")
        assert shown_figure == ("" if figure is None or not math.isfinite(figure) else str(figure))


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


def test_a_heading_a_spreadsheet_would_run_is_disarmed_too() -> None:
    assert csv_bytes(a_table(columns=("=1", "b"))) == b"'=1,b\r\n"


def test_a_text_that_no_file_can_hold_does_not_lose_the_table() -> None:
    assert csv_bytes(a_table(("caf\u00e9 \ud800", 1))).decode() == "a,b\r\ncaf\u00e9 ?,1\r\n"


@given(st.text())
def test_a_plain_text_is_read_back_letter_by_letter_once_the_escapes_are_taken_away(text: str) -> None:
    escaped, read = iter(plain(text)), []
    for sign in escaped:
        if sign == "\\":
            sign = next(escaped)
            assert not sign.isalnum(), "an escaped letter would be shown with its backslash"
        else:
            assert sign not in "\\`*_{}[]()<>#+-.!|~$:&^="
        read.append(sign)
    assert "".join(read) == " ".join(text.split())


@given(st.text())
def test_a_plain_text_stays_on_its_line_and_in_its_cell(text: str) -> None:
    assert len(plain(text).splitlines()) <= 1
    row = markdown_table(a_table((text, 1))).splitlines()[2]
    bars = [i for i, sign in enumerate(row) if sign == "|" and row[:i].rstrip("\\") == row[:i]]
    assert len(bars) == 3


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_shown_number_is_the_number_to_four_decimals(value: float) -> None:
    read = shown(value)
    assert abs(float(read.replace(",", "")) - value) <= 0.00005 + 1e-4 * (abs(value) > 1e11)
    assert not read.endswith(".")
    assert "." not in read or not read.endswith("0")


@given(st.integers())
def test_a_shown_whole_number_is_itself_in_groups_of_three(value: int) -> None:
    assert int(shown(value).replace(",", "")) == value
    assert all(len(group) == 3 for group in shown(value).lstrip("-").split(",")[1:])


@given(
    st.lists(
        st.tuples(*[st.none() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=3)] * 3),
        max_size=4,
    )
)
def test_paged_columns_are_whole_of_one_kind_and_json(
    rows: list[tuple[str | int | float | None, ...]],
) -> None:
    columns = paged_columns(a_table(*rows, columns=("x", "x", "y")))
    assert len(columns) == 3
    for cells in columns.values():
        assert len(cells) == len(rows)
        kinds = {str if isinstance(cell, str) else float for cell in cells if cell is not None}
        assert len(kinds) <= 1
        assert all(math.isfinite(cell) for cell in cells if isinstance(cell, int | float))
    for place, cells in enumerate(columns.values()):
        for cell, row in zip(cells, rows, strict=True):
            missing = row[place] is None or (isinstance(row[place], float) and not math.isfinite(row[place]))  # type: ignore[arg-type]
            assert (cell is None) == missing


def test_a_third_column_of_one_name_keeps_its_place() -> None:
    columns = paged_columns(a_table((1, 2, 3), columns=("n", "n", "n")))
    assert [cells for cells in columns.values()] == [[1], [2], [3]]
    assert [name[0] for name in columns] == ["n", "n", "n"]


def test_a_column_of_gaps_and_a_figure_is_still_of_figures() -> None:
    assert markdown_table(a_table((None, "x"), (2.5, None))).splitlines()[1] == "| ---: | --- |"
    assert paged_columns(a_table((None, "x"), (2.5, None))) == {"a": [None, 2.5], "b": ["x", None]}
    assert markdown_table(a_table((None, None))).splitlines()[1] == "| --- | --- |"


def test_a_figure_in_a_paged_table_keeps_six_decimals() -> None:
    assert paged_columns(a_table((1 / 3, -2 / 3)))["a"] == [0.333333]
    assert paged_columns(a_table((1 / 3, -2 / 3)))["b"] == [-0.666667]


def test_a_long_title_gives_a_short_file_name_without_a_dash_at_its_end() -> None:
    name = csv_name(Table(title=f"{'a' * 59} {'b' * 59}", columns=(), rows=()))
    assert len(name) <= 64
    assert name == f"{'a' * 59}.csv"


def layout_of(**layout: object) -> dict[str, object]:
    drawn = styled(Chart(title="c", figure={"data": [], "layout": layout}))["layout"]
    assert isinstance(drawn, dict)
    return drawn


def test_a_chart_without_wishes_gets_both_axes_a_legend_below_and_room_to_hover() -> None:
    layout = layout_of()
    for axis in ("xaxis", "yaxis"):
        assert layout[axis] == {
            "gridcolor": "rgba(125, 136, 148, 0.25)",
            "zerolinecolor": "rgba(125, 136, 148, 0.25)",
            "automargin": True,
        }
    legend = layout["legend"]
    assert isinstance(legend, dict)
    assert legend["orientation"] == "h"
    assert legend["y"] < 0, "below the drawing, where it takes no width from a narrow page"
    assert layout["hovermode"] == "x unified"
    assert layout["margin"] == {"l": 8, "r": 8, "t": 8, "b": 8}
    assert layout["template"] == "none"


def test_a_title_gets_room_above() -> None:
    assert layout_of(title="Equity")["margin"] == {"l": 8, "r": 8, "t": 32, "b": 8}


@pytest.mark.parametrize("name", ["legend", "hovermode", "hoverlabel", "margin"])
def test_a_wish_of_the_chart_is_kept(name: str) -> None:
    kept = layout_of(**{name: {"own": 1}})[name]
    assert isinstance(kept, dict)
    assert kept["own"] == 1


def test_an_axis_keeps_its_own_wishes_over_ours() -> None:
    assert layout_of(xaxis={"gridcolor": "red"})["xaxis"] == {
        "gridcolor": "red",
        "zerolinecolor": "rgba(125, 136, 148, 0.25)",
        "automargin": True,
    }


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, 1 to 21."""
    weights = (0.2126, 0.7152, 0.0722)
    lights = []
    for colour in (one, other):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(sum(weight * part for weight, part in zip(weights, linear, strict=True)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#10171e"])
def test_lines_and_words_of_a_chart_can_be_seen_in_light_and_in_dark(ground: str) -> None:
    layout = layout_of()
    colours = layout["colorway"]
    assert isinstance(colours, list)
    assert len(set(colours)) == len(colours) >= 6
    assert all(contrast(colour, ground) >= 2.7 for colour in colours)
    font = layout["font"]
    assert isinstance(font, dict)
    assert contrast(font["color"], ground) >= 3


def test_a_wished_palette_takes_the_place_of_colours_that_traces_name_and_of_no_scale() -> None:
    line = {"type": "scatter", "line": {"color": "#123456", "width": 2}, "fillcolor": "rgba(1, 2, 3, 0.5)"}
    scale = {"type": "heatmap", "colorscale": [[0, "#000000"], [1, "#ffffff"]]}
    bars = {"type": "bar", "marker": {"color": ["#111111", "#222222"]}}
    chart = Chart(title="x", figure={"data": [line, scale, bars], "layout": {}})
    found = styled(chart, "safe")["data"]
    assert found[0]["line"] == {"color": PALETTES["safe"][0], "width": 2}
    assert found[0]["fillcolor"] == "rgba(0, 114, 178, 0.3)"
    assert found[1:] == [scale, bars]
    assert styled(chart)["data"] == [line, scale, bars]

"""How figures are written: rounded alike everywhere, no minus before nothing, others' words cut short."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.chat_events import TextToken
from graph.replies.phrases import (
    PIECE_WORDS,
    SHORT_CHARACTERS,
    cell,
    figure,
    in_full,
    interval,
    number,
    percent,
    quote,
    role_title,
    say,
    shares,
    table,
    usd,
)
from support.talk import text_of
from support.tool_results import a_figure

amounts = st.decimals(-(10**9), 10**9, places=5)


@given(amounts)
def test_an_amount_is_its_cents_with_the_sign_before_the_dollar(amount: Decimal) -> None:
    shown = usd(amount)
    assert re.fullmatch(r"-?\$[\d,]+\.\d\d", shown)
    back = Decimal(shown.replace("$", "").replace(",", ""))
    assert abs(back - amount) <= Decimal("0.005")
    assert usd(amount, signed=True).lstrip("+") == shown


@given(st.floats(-10, 10))
def test_a_fraction_is_written_within_half_its_last_digit(value: float) -> None:
    for digits in (0, 1, 2):
        shown = percent(value, digits=digits)
        assert abs(float(shown.rstrip("%")) - value * 100) <= 0.5 * 10.0**-digits + 1e-9


@pytest.mark.parametrize(
    "written",
    [
        percent(-0.000001),
        percent(-0.0),
        percent(Decimal("-0.00001")),
        number(-0.001),
        usd(Decimal("-0.004")),
        usd(Decimal("-0.00")),
    ],
)
def test_nothing_has_no_minus(written: str) -> None:
    assert "-" not in written


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (percent(-0.0, signed=True), "0.00%"),
        (percent(0.00004, signed=True), "0.00%"),
        (percent(0.1, signed=True), "+10.00%"),
        (percent(1, signed=True, digits=0), "+100%"),
        (usd(Decimal("0.004"), signed=True), "$0.00"),
        (percent(0.005, digits=0), "0%"),
        (percent(0.5049, digits=0), "50%"),
        (number(0.12349, 3), "0.123"),
        (usd(Decimal("0.005")), "$0.00"),
        (usd(Decimal("0.015")), "$0.02"),
        (shares(Decimal("1E+3")), "1,000"),
        (shares(Decimal("10.50")), "10.5"),
        (shares(Decimal("-1200")), "-1,200"),
    ],
)
def test_figures_are_rounded_to_even_and_written_out(written: str, text: str) -> None:
    assert written == text


def test_a_statistic_is_written_in_its_unit() -> None:
    ratio = a_figure("Sharpe ratio", 1.5, unit="ratio", low=-0.25, high=2.5)
    assert (figure(a_figure(value=0.5)), figure(ratio)) == ("50.00%", "1.50")
    assert (interval(a_figure()), interval(a_figure(), signed=False)) == (
        "-1.00% to +5.00%",
        "-1.00% to 5.00%",
    )
    assert interval(ratio) == "-0.25 to 2.50"


@pytest.mark.parametrize("gone", [{"low": None}, {"high": None}])
def test_half_an_interval_is_none(gone: dict[str, None]) -> None:
    assert interval(a_figure(note="too few", **gone)) == "too few"
    assert interval(a_figure(**gone)) == "n/a"


@given(st.text(max_size=400), st.integers(1, 60))
def test_what_is_cut_for_a_cell_is_the_beginning_of_it(text: str, limit: int) -> None:
    short = cell(text, limit)
    assert len(short) <= limit
    if short.endswith("…"):
        assert cell(text, 10_000).startswith(short[:-1].rstrip())


def test_only_what_was_cut_is_said_in_full() -> None:
    long = "y" * (SHORT_CHARACTERS + 1)
    said = text_of(in_full([("One", "x" * SHORT_CHARACTERS), ("Two", long), ("Three", "")]))
    assert said == f"\n\nIn full:\n- **Two**: {long}\n"
    assert text_of(in_full([("One", "short")])) == ""


def test_the_place_of_the_cut_can_be_told() -> None:
    assert "- **One**: ten letters" in text_of(in_full([("One", "ten letters")], limit=5))


def test_words_said_in_full_are_harmless() -> None:
    assert "\\<b\\>" in text_of(in_full([("One", "<b>" + "x" * SHORT_CHARACTERS)]))


@given(st.text(max_size=300))
def test_a_text_is_spoken_a_few_words_at_a_time(text: str) -> None:
    for piece in say(text):
        assert isinstance(piece, TextToken)
        assert len(piece.text.split()) <= PIECE_WORDS


def test_an_empty_table_is_no_table() -> None:
    assert list(table("Nothing", ("A",), [])) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("a_b_c stays", "a_b_c stays"),
        ("_emphasis_", "\\_emphasis\\_"),
        ("2 * 3", "2 \\* 3"),
        ("~~gone~~", "\\~\\~gone\\~\\~"),
    ],
)
def test_markdown_is_shown_as_it_was_written(text: str, shown: str) -> None:
    assert quote(text) == shown


def test_a_quotation_is_cut_at_its_limit() -> None:
    assert quote("x" * 50, 10) == "x" * 9 + "…"


@pytest.mark.parametrize("role", ["macro_researcher", "portfolio_manager", "validator", "risk_officer"])
def test_a_role_is_shown_as_words_that_begin_with_a_capital(role: str) -> None:
    assert role_title(role).casefold().replace(" ", "_") == role
    assert role_title(role)[0].isupper()

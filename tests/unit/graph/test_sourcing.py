"""Numbers of an answer that no tool returned are found out (INV-19)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.sourcing import unsourced

RESULT = '{"equity":"102293.74","return":0.0229374,"weight":"0.1010","n":29,"low":-0.004,"day":"2016-12-13"}'


@pytest.mark.parametrize(
    "answer",
    [
        "Equity is $102,293.74.",
        "Equity is about $102,294.",
        "We returned +2.29% (2.3 %).",
        "MSFT is 10.10% of equity, n = 29.",
        "The interval starts at -0.4%.",
        "On 2016-12-13 nothing happened, in 2016 at least.",
        "The 3 largest of 12 names.",
        "No number at all.",
    ],
)
def test_a_number_that_a_result_holds_is_sourced(answer: str) -> None:
    assert unsourced(answer, [RESULT]) == ()


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("We returned 2.31%.", ("2.31",)),
        ("Equity is $102,293.75.", ("102,293.75",)),
        ("It will rise 40 % to 150.", ("40", "150")),
        ("0.5 of it", ("0.5",)),
    ],
)
def test_a_number_from_nowhere_is_named(answer: str, missing: tuple[str, ...]) -> None:
    assert unsourced(answer, [RESULT]) == missing


@pytest.mark.parametrize(
    "result",
    ['{"place":[1,14]}', '{"place":[1,114,14]}', '{"place":[14,480]}', '{"value":1.4e1}', '{"value":"14"}'],
)
def test_numbers_are_read_out_of_any_json(result: str) -> None:
    assert unsourced("number 14, of course", [result]) == ()


def test_without_any_result_every_figure_is_unsourced_once() -> None:
    assert unsourced("up 17.5 % and 17.5 % again", []) == ("17.5",)


@pytest.mark.parametrize(
    "answer",
    [
        "up 7 %",
        "up 7%",
        "7 percent more",
        "$7 of it",
        "7 bps of cost",
        "-3%",
        "3 USD",
        "$2016",
        "2016 %",
        "$2016.55",
    ],
)
def test_a_small_number_or_a_year_with_a_unit_is_a_figure(answer: str) -> None:
    assert len(unsourced(answer, ['{"n":29}'])) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "the 95% interval is wide",
        "its 95 % confidence interval",
        "a 90% CI",
        "in 2016, and since 2015.",
        "from 2016-05-01T14:30:00 on",
        "7 names, 3 of them new",
    ],
)
def test_days_years_counts_and_the_name_of_an_interval_need_no_source(answer: str) -> None:
    assert unsourced(answer, []) == ()


@pytest.mark.parametrize("answer", ["95% of it", "a 97% interval", "95 sessions", "13 names"])
def test_only_the_usual_intervals_and_small_counts_go_free(answer: str) -> None:
    assert len(unsourced(answer, [])) == 1


@given(st.floats(-1e6, 1e6).map(lambda value: round(value, 4)), st.integers(0, 4))
def test_a_figure_rounded_for_reading_is_sourced_and_its_neighbour_is_not(value: float, digits: int) -> None:
    shown = f"{value:,.{digits}f} USD"
    assert unsourced(shown, [f'{{"value":{value!r}}}']) == ()
    off = f"{value + 2 * 10.0**-digits:,.{digits}f} USD"
    close = {abs(value), abs(value) * 100}
    if all(abs(abs(value + 2 * 10.0**-digits) - each) > 10.0**-digits for each in close):
        assert len(unsourced(off, [f'{{"value":{value!r}}}'])) == 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.integers(0, 5))
def test_every_number_of_a_list_is_held_by_it(numbers: list[int], at: int) -> None:
    listed = "[" + ",".join(map(str, numbers)) + "]"
    assert unsourced(f"{numbers[at % len(numbers)]:,} shares", [listed]) == ()

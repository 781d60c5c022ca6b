"""Numbers of an answer that no tool returned are found out (INV-19)."""

import pytest

from graph.sourcing import unsourced

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


@pytest.mark.parametrize("result", ['{"place":[1,14]}', '{"value":1.4e1}', '{"value":"14"}'])
def test_numbers_are_read_out_of_any_json(result: str) -> None:
    assert unsourced("number 14, of course", [result]) == ()


def test_without_any_result_every_figure_is_unsourced_once() -> None:
    assert unsourced("up 17.5 % and 17.5 % again", []) == ("17.5",)

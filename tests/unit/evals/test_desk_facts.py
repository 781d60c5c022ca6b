"""Paths into what tools return, and what can be told of what stands there."""

from typing import Any

import pytest

from evals.desk_facts import figure_or_word, found_at

RESULT: dict[str, Any] = {
    "equity": "100.50",
    "place": [3, 74],
    "limits": [{"limit": "max_var", "cap": "0.02"}, {"limit": "max_names", "cap": "20"}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("equity", "100.50"),
        ("place.0", 3),
        ("limits.-1.cap", "20"),
        ("limits.limit=max_var.cap", "0.02"),
        ("limits.limit=max_beta.cap", None),
        ("limits.7.cap", None),
        ("limits.cap", None),
        ("equity.cap", None),
        ("cash", None),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, found: object) -> None:
    assert found_at(RESULT, path) == found


@pytest.mark.parametrize(
    ("value", "told"), [("100.50", 100.5), (3, 3.0), ("DIS", "DIS"), ("", None), (None, None), (True, None)]
)
def test_only_figures_and_words_can_be_told(value: object, told: object) -> None:
    assert figure_or_word(value) == told


def test_a_list_is_no_fact() -> None:
    assert figure_or_word(found_at(RESULT, "place")) is None

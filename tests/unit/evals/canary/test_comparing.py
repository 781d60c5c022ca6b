"""The first field in which two decisions differ is named, what was shown before what was said."""

import json

import pytest

from evals.canary.comparing import Difference, first_difference

RECORD = {
    "orders": [{"quantity": 5}],
    "inputs": {"data_version": "a"},
    "proposal": {"weights": {"AAPL": "0.1"}, "evidence": {"price": 1.0, "seen": [1, 2]}},
}


def told(**changes: object) -> str:
    return json.dumps({**RECORD, **changes})


def test_the_same_bytes_differ_nowhere() -> None:
    assert first_difference(told(), told()) is None


@pytest.mark.parametrize(
    ("changes", "field", "known", "found"),
    [
        ({"orders": []}, "orders", '[{"quantity": 5}]', "[]"),
        ({"orders": [{"quantity": 6}]}, "orders.0.quantity", "5", "6"),
        ({"orders": [{"quantity": 6}], "inputs": {}}, "inputs.data_version", '"a"', "nothing"),
        (
            {"proposal": {"weights": {}, "evidence": {"price": 2.0, "seen": [1, 2]}}},
            "proposal.evidence.price",
            "1.0",
            "2.0",
        ),
        ({"proposal": None}, "proposal", json.dumps(RECORD["proposal"]), "nothing"),
    ],
)
def test_the_first_field_comes_first(changes: dict[str, object], field: str, known: str, found: str) -> None:
    assert first_difference(told(), told(**changes)) == Difference(field=field, known=known, found=found)


def test_a_number_that_is_only_spelled_otherwise_is_no_longer_the_same_bytes() -> None:
    assert first_difference('{"a": 1}', '{"a":1}') is not None
    assert first_difference('{"a": 1}', '{"a": 1.0}') == Difference(field="a", known="1", found="1.0")


def test_a_long_value_is_cut() -> None:
    difference = first_difference('{"a": "x"}', json.dumps({"a": "y" * 500}))
    assert difference is not None
    assert len(difference.found) == 120

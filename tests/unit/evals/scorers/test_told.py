"""Figures and words as texts tell them: rounded, in percent, with or without a sign."""

import pytest

from evals.scorers.told import is_told


@pytest.mark.parametrize(
    ("value", "text", "told"),
    [
        (0.0986, "9.86% of equity", True),
        (0.0986, "9.9% of equity", True),
        (0.0986, "9.8% of equity", False),
        (0.0986, "0.0986", True),
        (-0.0105, "it fell by 1.05%", True),
        (-0.0105, "it rose by +1.05%", False),
        (0.0105, "-1.05%", False),
        (0.0059, "0.59 points ahead", True),
        (20.0, "at most 20 names", True),
        ("DIS", "We hold (dis).", True),
        ("DIS", "We hold DISH.", False),
        ("2017-02-02", "at the close of 2 February 2017", True),
        ("2017-02-02", "at the close of 2017-02-02", True),
        ("2017-02-02", "at the close of 3 February 2017", False),
    ],
)
def test_a_value_is_told_in_any_unit_and_rounding(value: str | float, text: str, told: bool) -> None:
    assert is_told(value, ["nothing here", text]) is told

"""Values of the house as plain JSON: nothing is lost, and the same value always gives the same text."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.forecasting.forecast import Interval
from graph.plain import plain_json
from support.checkout import ROOT
from support.evidence import a_full_evidence


@dataclass(frozen=True, slots=True)
class Held:
    ticker: str
    weight: Decimal
    opened: date
    figures: tuple[Interval, ...] = ()


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (True, True),
        ("AAPL", "AAPL"),
        (3, 3),
        (0.1, 0.1),
        (Decimal("0.10"), "0.10"),
        (Decimal("1E-7"), "1E-7"),
        (date(2016, 6, 24), "2016-06-24"),
        (datetime(2016, 6, 24, 20, 30, tzinfo=UTC), "2016-06-24T20:30:00+00:00"),
        ((1, (2, [3])), [1, [2, [3]]]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"a": Decimal(1), 2: (date(2016, 1, 4),)}, {"a": "1", "2": ["2016-01-04"]}),
        (MappingProxyType({"a": ()}), {"a": []}),
        (np.float64(0.5), 0.5),
    ],
)
def test_a_value_becomes_what_json_can_say(value: object, plain: object) -> None:
    assert plain_json(value) == plain
    assert type(plain_json(value)) in {type(plain), type(value)}


def test_records_become_objects_all_the_way_down() -> None:
    held = Held("AAPL", Decimal("0.05"), date(2016, 1, 4), (Interval(value=0.1, low=0.0, high=0.2, n=7),))
    assert plain_json({"held": [held]}) == {
        "held": [
            {
                "ticker": "AAPL",
                "weight": "0.05",
                "opened": "2016-01-04",
                "figures": [{"value": 0.1, "low": 0.0, "high": 0.2, "n": 7}],
            }
        ]
    }


@pytest.mark.parametrize(
    "stranger", [object(), b"bytes", np.float32(1), np.array([1]), Held, {"a": object()}]
)
def test_what_is_not_of_the_house_is_refused_by_its_type(stranger: Any) -> None:
    with pytest.raises(TypeError, match="expected a value of the house, found "):
        plain_json(stranger)


def test_a_whole_committees_evidence_is_json() -> None:
    plain = plain_json(a_full_evidence())
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.decimals()
    | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
)


@given(values)
def test_plain_values_stay_as_they_are(value: object) -> None:
    plain = plain_json(value)
    assert plain_json(plain) == plain
    assert json.loads(json.dumps(plain)) == plain


def test_sets_come_out_the_same_in_every_process() -> None:
    program = "from graph.plain import plain_json; print(plain_json(frozenset(f'T{n}' for n in range(50))))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1

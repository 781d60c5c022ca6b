import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.card import card_from_json, card_to_json, implausible
from support.forecasters import a_card, an_interval

figures = st.floats(-1, 1)
intervals = st.one_of(st.none(), st.builds(an_interval, figures, n=st.integers(1, 999)))


@given(ic=intervals, rank_ic=intervals, coverage=intervals, explanation=st.text(max_size=20))
def test_a_card_survives_json(**changes):
    card = a_card(**changes)
    assert card_from_json(card_to_json(card)) == card


def test_a_card_without_a_test_span_survives_json():
    card = a_card(test_first=None, test_last=None, ic=None, calibration=())
    assert card_from_json(card_to_json(card)) == card


def test_the_same_card_is_the_same_bytes():
    assert card_to_json(a_card()) == card_to_json(a_card())


@pytest.mark.parametrize(
    "change",
    [{"ic": an_interval(0.11)}, {"ic": an_interval(-0.11)}, {"rank_ic": an_interval(0.101)}],
)
def test_an_ic_beyond_a_tenth_either_way_is_suspect(change):
    (reason,) = implausible(a_card(**change))
    assert "beyond 0.10" in reason
    assert "250 sessions" in reason


def test_a_hit_rate_beyond_56_percent_is_suspect():
    assert implausible(a_card(hit_rate=an_interval(0.57))) == ("hit rate is 57.0%, beyond 56%",)


@pytest.mark.parametrize("value", [0.10, -0.10, 0.0])
def test_what_the_field_finds_is_not_suspect(value):
    assert implausible(a_card(ic=an_interval(value), rank_ic=None, hit_rate=None)) == ()


def broken(**changes: object) -> str:
    stored = json.loads(card_to_json(a_card()))
    return json.dumps({k: v for k, v in (stored | changes).items() if v != "drop"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        broken(seed="drop"),
        broken(extra=1),
        broken(train_first="yesterday"),
        broken(ic={"value": 1}),
        broken(calibration=[[1]]),
        broken(baseline_rank_ic=[]),
    ],
)
def test_a_damaged_card_is_refused(text):
    with pytest.raises(DataError, match="card"):
        card_from_json(text)

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.forecasting.book_figures import BookFigures, NetFigure
from fund.forecasting.card import card_from_json, card_to_json, implausible
from fund.forecasting.forecast import ForecasterCard
from support.forecasters import a_card, an_interval

figures = st.floats(-1, 1)
intervals = st.one_of(st.none(), st.builds(an_interval, figures, n=st.integers(1, 999)))


books = st.lists(
    st.builds(
        BookFigures,
        book=st.sampled_from(["long-short", "long-only"]),
        turnover=st.builds(an_interval, figures),
        net=st.lists(
            st.builds(NetFigure, cost_bps=figures, mean=st.builds(an_interval, figures), sharpe=intervals),
            max_size=2,
        ).map(tuple),
    ),
    max_size=2,
).map(tuple)


@given(
    ic=intervals,
    rank_ic=intervals,
    coverage=intervals,
    always_up=intervals,
    equal_weight_sharpe=intervals,
    books=books,
    explanation=st.text(max_size=20),
)
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


def with_sharpe(value: float, *, cost_bps: float = 5.0, book: str = "long-short") -> ForecasterCard:
    net = NetFigure(cost_bps=cost_bps, mean=an_interval(), sharpe=an_interval(value))
    return a_card(books=(BookFigures(book=book, turnover=an_interval(), net=(net,)),))


@pytest.mark.parametrize("book", ["long-short", "long-only"])
def test_a_sharpe_ratio_beyond_three_after_costs_is_suspect(book):
    assert implausible(with_sharpe(3.2, book=book)) == (
        f"{book} Sharpe ratio net of 5 bp a side is 3.2 over 250 sessions, beyond 3",
    )
    assert implausible(with_sharpe(3.0, book=book)) == ()
    assert implausible(with_sharpe(9.0, book=book, cost_bps=0.0)) == ()


def test_a_card_written_before_books_were_made_is_read_with_none():
    card = a_card()
    stored = json.loads(card_to_json(card))
    for name in ("books", "always_up", "equal_weight_sharpe", "coverage_by_year", "calibration_error"):
        del stored[name]
    assert card_from_json(json.dumps(stored)) == card


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
        broken(books=[{"book": "long-short"}]),
        broken(coverage_by_year=[[2016]]),
    ],
)
def test_a_damaged_card_is_refused(text):
    with pytest.raises(DataError, match="card"):
        card_from_json(text)

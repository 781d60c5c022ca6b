"""A mandate that is frozen into a case, rivals within its limits, and days taken apart at their edges."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.books.frozen import MONEY, PARTS, PLAIN, mandate_of, plain_mandate
from evals.books.moments import moments_of
from evals.books.rivals import evenly
from evals.case import Case
from fund.risk.limits import RiskLimits
from support.evidence import a_candidate, an_evidence
from support.half_years import some_mandate
from support.mandates import any_limits, real_costs, some_limits

HELD = replace(an_evidence(), candidates=tuple(a_candidate(t, weight=0.1) for t in ("OLD", "T0")))


@settings(max_examples=40, deadline=None)
@given(limits=any_limits(), cash=st.decimals("1", "1e12", places=2), step=st.sampled_from(["1", "0.000001"]))
def test_a_mandate_comes_back_from_a_file_to_the_last_digit(
    limits: RiskLimits, cash: Decimal, step: str
) -> None:
    mandate = some_mandate(limits=limits, costs=real_costs(), initial_cash=cash, share_step=Decimal(step))
    again = mandate_of(json.loads(json.dumps(plain_mandate(mandate))))
    for name in (*PARTS, *PLAIN, *MONEY):
        assert getattr(again, name) == getattr(mandate, name), name
    assert str(again.initial_cash) == str(cash)


@settings(max_examples=60)
@given(
    count=st.integers(1, 200),
    caps=st.lists(st.decimals("0.0001", "2", places=4), min_size=3, max_size=3).map(sorted),
    cash=st.decimals("0", "0.9999", places=4),
)
def test_what_a_rival_wants_fits_the_limits_and_leaves_less_than_a_step_a_name(
    count: int, caps: Sequence[Decimal], cash: Decimal
) -> None:
    position, net, gross = caps
    limits = some_limits(max_position=position, max_sector=gross, max_net=net, max_gross=gross, min_cash=cash)
    names = [f"T{n}" for n in range(count)]
    weights = dict(evenly(names, HELD, some_mandate(limits=limits)).weights)
    assert weights.pop("OLD") == 0, "what is not chosen again is closed"
    most = min(net, gross, 1 - cash)
    assert sorted(weights) == sorted(names)
    assert len(set(weights.values())) == 1
    assert sum(weights.values()) <= most
    (weight,) = set(weights.values())
    assert 0 <= weight <= position
    assert weight == position or most - weight * count < count * Decimal("0.0001")


@pytest.mark.parametrize(
    ("closes", "ahead"),
    [
        ([100.0, 110.0, None], {"1 ahead": 0.1}),
        ([100.0, None, 90.0], {}),
        ([None, 110.0, 90.0], {}),
        ([100.0] * 5 + [50.0], {"1 ahead": 0.0, "5 ahead": -0.5}),
        ([100.0] * 20 + [120.0], {"1 ahead": 0.0, "5 ahead": 0.0, "20 ahead": 0.2}),
    ],
)
def test_what_came_after_a_close_is_told_where_both_closes_are_there(
    closes: list[float | None], ahead: dict[str, float]
) -> None:
    days = [f"day-{n}" for n in range(len(closes))]
    decision = {"session": days[0], "candidates": [{"ticker": "A"}], "market": {}}
    given = {"market": {"sessions": days, "bars": {"A": {"close": closes}}}, "decisions": [decision]}
    whole, name = moments_of(Case(case_id="half", subject="book", given=given, label={"equal_weight": [9]}))
    assert whole.label == {}, "what a half year came to is nothing that one of its days may hold"
    assert name.label == pytest.approx(ahead)
    assert name.given["evidence"] == {"session": days[0], "candidates": [{"ticker": "A"}]}

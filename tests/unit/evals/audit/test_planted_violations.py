"""Violations that are planted, one of every kind: each is counted, and under a wide mandate none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from evals.audit.violation import Violation
from fund.mandate import Mandate
from fund.risk.buckets import BucketLimits
from support.half_years import Fill, a_frozen_market, a_walk, an_answer, some_mandate
from support.mandates import some_costs, some_levels, some_limits

COUNT = 90
LATE = 80
"""A session with enough of a past before it to measure names by."""
FLAT = [100.0] * COUNT
NAMES = ("A", "B", "C", "D")
WIDE = some_mandate()
WALK = a_walk(1, COUNT)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Fills, the mandate that forbids them, and what is forbidden by it."""

    limit: str
    mandate: Mandate
    fills: Sequence[Fill] = ((LATE, "A", 3000),)
    about: str = ""
    market: Mapping[str, Any] = field(
        default_factory=lambda: a_frozen_market({name: FLAT for name in (*NAMES, "SPY")})
    )


def limited(**limits: object) -> Mandate:
    return some_mandate(limits=some_limits(**{"var_sessions": 60, **limits}))


def alike(**spread: float) -> Mapping[str, Any]:
    """Return a market in which every name moves with SPY, times what is said of it."""
    steps = [after / before - 1 for before, after in pairwise(WALK)]
    closes: dict[str, list[float]] = {"SPY": WALK}
    for name in NAMES:
        path = [100.0]
        for step in steps:
            path.append(round(path[-1] * (1 + step * spread.get(name, 1.0)), 4))
        closes[name] = path
    return a_frozen_market(closes)


FIFTH = {"max_position": Decimal("0.2"), "max_sector": Decimal("0.2")}
BOTH = ((LATE, "A", 1500), (LATE, "B", 1500))
FALLEN = [100.0] * LATE + [80.0] * (COUNT - LATE)
NEW = [None] * (LATE - 10) + [100.0] * (COUNT - LATE + 10)
GAP = [100.0] * (LATE - 1) + [None] + [100.0] * (COUNT - LATE)
GONE = [100.0] * LATE + [None] + [100.0] * (COUNT - LATE - 1)
PLANTED = (
    Planted(limit="max_position", mandate=limited(max_position=Decimal("0.2")), about="A"),
    Planted(
        limit="max_sector",
        mandate=limited(max_position=Decimal("0.2"), max_sector=Decimal("0.2")),
        fills=BOTH,
        market=a_frozen_market({n: FLAT for n in NAMES}, sectors={"A": "Energy", "B": "Energy"}),
        about="Energy",
    ),
    Planted(
        limit="max_gross",
        mandate=limited(**FIFTH, max_gross=Decimal("0.2"), max_net=Decimal("0.2"), allow_short=True),
        fills=((LATE, "A", 1500), (LATE, "B", -1500)),
    ),
    Planted(limit="max_net", mandate=limited(**FIFTH, max_net=Decimal("0.2")), fills=BOTH),
    Planted(limit="min_cash", mandate=limited(**FIFTH, min_cash=Decimal("0.8")), fills=BOTH),
    Planted(limit="cash", mandate=WIDE, fills=((LATE, "A", 10_001),)),
    Planted(limit="max_names", mandate=limited(max_names=1), fills=BOTH),
    Planted(limit="allow_short", mandate=WIDE, fills=((LATE, "A", -100),), about="A"),
    Planted(limit="max_daily_increase", mandate=limited(max_daily_increase=Decimal("0.2"))),
    Planted(
        limit="max_daily_turnover",
        mandate=limited(max_daily_turnover=Decimal("0.5")),
        fills=((5, "A", 3000), (LATE, "A", -3000), (LATE, "B", 3000)),
    ),
    Planted(limit="max_volume_share", mandate=limited(max_volume_share=Decimal("0.002")), about="A"),
    Planted(
        limit="max_participation",
        mandate=some_mandate(costs=some_costs(max_participation=Decimal("0.002"))),
        about="A",
    ),
    Planted(
        limit="max_loss_to_stop",
        mandate=limited(max_loss_to_stop=Decimal("0.01")),
        market=a_frozen_market({"A": FLAT}, reach=0.01),
        about="A",
    ),
    Planted(limit="no_price", mandate=WIDE, market=a_frozen_market({"A": GAP}), about="A"),
    Planted(limit="no_price", mandate=WIDE, market=a_frozen_market({"A": GONE}), about="A"),
    Planted(limit="universe", mandate=WIDE, market=a_frozen_market({"A": FLAT}, strangers="A"), about="A"),
    Planted(
        limit="unmeasured",
        mandate=limited(max_var=Decimal("0.5")),
        market=a_frozen_market({"A": NEW, "SPY": WALK}),
        about="A",
    ),
    Planted(limit="max_beta", mandate=limited(max_beta=Decimal("0.5")), market=alike(A=2.0)),
    Planted(limit="max_var", mandate=limited(max_var=Decimal("0.005")), market=alike(A=2.0)),
    Planted(
        limit="max_cvar",
        mandate=limited(max_var=Decimal("0.0078"), max_cvar=Decimal("0.0078")),
        market=alike(A=2.0),
    ),
    Planted(
        limit="max_cluster",
        mandate=limited(**FIFTH, max_cluster=Decimal("0.2")),
        fills=BOTH,
        market=alike(),
        about="A, B",
    ),
    Planted(
        limit="buckets",
        mandate=limited(buckets=BucketLimits(max_speculative=Decimal("0.2"))),
        market=alike(A=5.0),
        about="A",
    ),
    Planted(
        limit="halted",
        mandate=some_mandate(breaker=some_levels(daily_loss=Decimal("0.02"))),
        fills=((5, "A", 3000), (LATE + 1, "B", 100)),
        market=a_frozen_market({"A": FALLEN, "B": FLAT}),
        about="B",
    ),
    Planted(
        limit="halted",
        mandate=some_mandate(
            breaker=some_levels(reduce_drawdown=Decimal("0.05"), resume_drawdown=Decimal("0.04"))
        ),
        fills=((5, "A", 3000), (LATE + 3, "B", 100)),
        market=a_frozen_market({"A": FALLEN, "B": FLAT}),
        about="B",
    ),
)


def found(planted: Planted, mandate: Mandate | None = None, **told: object) -> tuple[Violation, ...]:
    tape, rules = Tape(market=planted.market), mandate or planted.mandate
    return audited(tape, rules, 0, COUNT - 1, an_answer(tape, rules, planted.fills, **told))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: each.limit)
def test_a_planted_violation_is_counted(planted: Planted) -> None:
    (violation,) = found(planted)
    assert (violation.limit, violation.about) == (planted.limit, planted.about)
    assert violation.session == Tape(market=planted.market).sessions[planted.fills[-1][0]]


@pytest.mark.parametrize("planted", PLANTED, ids=lambda each: each.limit)
def test_the_same_fills_break_nothing_where_nothing_forbids_them(planted: Planted) -> None:
    always = {"no_price", "universe", "cash"}
    wide = some_mandate(limits=some_limits(allow_short=True))
    assert {each.limit for each in found(planted, wide)} <= always & {planted.limit}


def test_a_fill_outside_its_bar_is_counted() -> None:
    (plain,) = (each for each in PLANTED if each.limit == "max_position")
    tape = Tape(market=plain.market)
    told = an_answer(tape, WIDE, plain.fills)
    told["fills"][0]["price"] = "101"
    assert {each.limit for each in audited(tape, WIDE, 0, COUNT - 1, told)} == {"no_price", "books"}


def test_a_fill_that_no_decision_stands_behind_is_counted() -> None:
    assert [each.limit for each in found(PLANTED[0], WIDE, closes=[])] == ["undecided"]


def test_a_book_that_is_not_worth_what_it_says_is_counted_once() -> None:
    (violation,) = found(PLANTED[0], WIDE, equity=["1000000"] * (COUNT - 1) + ["1000001"])
    assert (violation.limit, violation.value) == ("books", 1.0)

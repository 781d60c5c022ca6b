"""Shadows' scores beside a plain loop over trades, and in whichever order views and returns are on record."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.shadows import IN_FORCE, ShadowDecision, ShadowReturn, ShadowView
from support.shadows import SHADOW, a_shadow_decision, a_shadow_return, a_shadow_view
from tools.shadow_scores import ShadowRecord, shadow_scores

HORIZON, SESSIONS = 2, 9
DAYS = tuple(date(2016, 1, 4) + timedelta(days=n) for n in range(SESSIONS))
STATUSES = ("decided", "held", "absent")
NAMES = ("A", "B")
Made = tuple[list[ShadowDecision], list[ShadowView], dict[tuple[date, str], ShadowReturn]]


def a_record(seed: int) -> Made:
    """Make a past in which anything may be missing, of the committee and one shadow."""
    chance = Random(seed)
    decisions, views, returns = [], [], {}
    for day in DAYS:
        for who in (IN_FORCE, SHADOW):
            if chance.random() < 0.85:
                decisions.append(a_shadow_decision(who, day, status=chance.choice(STATUSES)))
                for name in chance.sample(NAMES, chance.randint(0, 2)):
                    size = Decimal(chance.randint(1, 9)) / 100
                    side = chance.choice((-1, 0, 1))
                    held, allowed = (size, Decimal(0)) if side < 0 else (Decimal(0), size)
                    views.append(a_shadow_view(name, side, who, day, held=held, allowed=allowed))
        for name in NAMES:
            if chance.random() < 0.8:
                gross = None if chance.random() < 0.1 else chance.uniform(-0.1, 0.1)
                returns[day, name] = a_shadow_return(name, gross, day, HORIZON)
    return decisions, views, returns


def by_hand(made: Made, who: str) -> tuple[list[float], dict[date, list[float]], dict[date, float]]:
    """Return all trades, trades by session, and what each decision was worth whole."""
    decisions, views, returns = made
    trades: list[float] = []
    sessions: dict[date, list[float]] = defaultdict(list)
    worth: dict[date, float] = {}
    for decision in decisions:
        day = decision.session
        if decision.shadow != who or decision.status == "absent":
            continue
        total: float | None = 0.0
        for view in views:
            if (view.shadow, view.cycle_id) != (who, decision.cycle_id) or not view.side:
                continue
            known = returns.get((day, view.ticker))
            if known is None or known.gross is None or known.benchmark is None or known.cost is None:
                total = None
                continue
            net = view.side * (known.gross - known.benchmark) - known.cost
            trades.append(net)
            sessions[day].append(net)
            total = None if total is None else total + float(abs(view.allowed - view.held)) * net
        if total is not None and DAYS.index(day) + 1 + HORIZON < SESSIONS:
            worth[day] = total
    return trades, sessions, worth


def record_of(made: Made) -> ShadowRecord:
    decisions, views, returns = made
    return ShadowRecord(
        decisions=decisions,
        views=views,
        horizon_sessions=HORIZON,
        over_horizon=returns,
        over_one={},
        places={day: place for place, day in enumerate(DAYS)},
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_figures_are_those_of_a_plain_loop(seed: int) -> None:
    made = a_record(seed)
    found = {score.shadow: score for score in shadow_scores(record_of(made))}
    hands = {who: by_hand(made, who) for who in (IN_FORCE, SHADOW)}
    for who, score in found.items():
        trades, sessions, _ = hands[who]
        wins = sum(trade > 0 for trade in trades)
        assert (score.win_rate.n, score.excess.n) == (len(trades), len(sessions))
        assert score.win_rate.value == (pytest.approx(wins / len(trades)) if trades else None)
        means = [sum(told) / len(told) for told in sessions.values()]
        assert score.excess.value == (pytest.approx(sum(means) / len(means)) if means else None)
        assert score.decided + score.held + score.absent == sum(d.shadow == who for d in made[0])
    if SHADOW in found:
        theirs, own = hands[IN_FORCE][2], hands[SHADOW][2]
        both = [own[day] - theirs[day] for day in own.keys() & theirs.keys()]
        beside = found[SHADOW].beside
        assert beside is not None
        assert beside.n == len(both)
        assert beside.value == (pytest.approx(sum(both) / len(both), abs=1e-12) if both else None)
        assert found[SHADOW].verdict == "too few to tell"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_in_which_order_views_and_shadows_are_on_record_changes_nothing(seed: int) -> None:
    decisions, views, returns = a_record(seed)
    shuffled = Random(seed).sample(views, len(views))
    turned = sorted(decisions, key=lambda each: (each.session, each.shadow))
    before = shadow_scores(record_of((decisions, views, returns)))
    after = shadow_scores(record_of((turned, shuffled, dict(reversed(returns.items())))))
    for one, other in zip(before, after, strict=True):
        assert (one.shadow, one.verdict, one.win_rate, one.cost_usd) == (
            other.shadow, other.verdict, other.win_rate, other.cost_usd,
        )  # fmt: skip
        assert one.excess.value == pytest.approx(other.excess.value)


def test_a_shadow_before_any_decision_in_force_is_compared_with_nobody() -> None:
    made = [a_shadow_decision(session=day) for day in DAYS[:3]]
    (score,) = shadow_scores(record_of((made, [], {})))
    assert (score.in_force, score.verdict) == (False, "too few to tell")
    assert score.beside is not None
    assert (score.beside.value, score.beside.note) == (None, "no decision is known yet")
    assert shadow_scores(record_of(([], [], {}))) == ()


def test_a_decision_of_a_day_the_clock_has_not_passed_is_not_over() -> None:
    """Its returns may lie there already: a backfill is ahead of the desk's clock."""
    late = DAYS[-1] + timedelta(days=1)
    made = [a_shadow_decision(who, late) for who in (IN_FORCE, SHADOW)]
    views = [a_shadow_view("A", 1, who, late) for who in (IN_FORCE, SHADOW)]
    returns = {(late, "A"): a_shadow_return("A", 0.05, late, HORIZON)}
    scores = shadow_scores(record_of((made, views, returns)))
    assert [score.sharpe.n for score in scores] == [0, 0]
    assert scores[1].beside is not None
    assert scores[1].beside.n == 0

"""How shadows have done: trades net of costs, decisions in pairs, and nothing told from a few."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from db.shadows import IN_FORCE, ShadowDecision, ShadowReturn, ShadowView
from support.shadows import SHADOW, a_shadow_decision, a_shadow_return, a_shadow_view
from tools.shadow_scores import ShadowRecord, ShadowScore, shadow_scores

OTHER = "anthropic:claude"
DAYS = tuple(date(2016, 1, 4) + timedelta(days=n) for n in range(300))


def scored(
    decisions: Sequence[ShadowDecision],
    views: Sequence[ShadowView] = (),
    returns: Sequence[ShadowReturn] = (),
    *,
    horizon: int = 5,
    until: int = 300,
) -> dict[str, ShadowScore]:
    known = {(each.session, each.ticker): each for each in returns if each.horizon_sessions == horizon}
    one = {(each.session, each.ticker): each for each in returns if each.horizon_sessions == 1}
    record = ShadowRecord(
        decisions=decisions,
        views=views,
        horizon_sessions=horizon,
        over_horizon=known,
        over_one=one,
        places={day: place for place, day in enumerate(DAYS[:until])},
    )
    return {score.shadow: score for score in shadow_scores(record)}


def a_past(
    days: int, edge: float, noise: float = 0.004, names: Sequence[str] = (SHADOW,)
) -> dict[str, ShadowScore]:
    """Score so many sessions on which shadows buy what earns `edge` more than what the committee buys."""
    chance = np.random.default_rng(7)
    made, views, returns = [], [], []
    for day in DAYS[:days]:
        for who, ticker in ((IN_FORCE, "OLD"), *((name, "NEW") for name in names)):
            made.append(a_shadow_decision(who, day))
            views.append(a_shadow_view(ticker, 1, who, day))
        for ticker, mean in (("OLD", 0.01), ("NEW", 0.01 + edge)):
            for horizon in (1, 5):
                gross = float(mean + noise * chance.standard_normal())
                returns.append(a_shadow_return(ticker, gross, day, horizon))
    return scored(made, views, returns)


def test_a_trade_earns_beyond_the_benchmark_after_costs_and_a_sale_the_opposite() -> None:
    day = DAYS[0]
    views = [a_shadow_view("UP", 1, session=day), a_shadow_view("DOWN", -1, session=day)]
    returns = [a_shadow_return("UP", 0.03, day), a_shadow_return("DOWN", 0.02, day)]
    (score,) = scored([a_shadow_decision(session=day)], views, returns).values()
    assert score.win_rate.n == 2
    assert score.win_rate.value == 0.5
    assert score.excess.value == pytest.approx(((0.03 - 0.01 - 0.001) + (-(0.02 - 0.01) - 0.001)) / 2)
    assert score.excess.n == 1, "one session is one sample, however many trades"


def test_below_twenty_nothing_is_told_from_chance() -> None:
    score = a_past(19, 0.05)[SHADOW]
    assert score.verdict == "too few to tell"
    assert (score.win_rate.n, score.excess.low, score.sharpe.value, score.probabilistic_sharpe) == (
        19, None, None, None,
    )  # fmt: skip
    for figure in (score.win_rate, score.excess, score.sharpe):
        assert figure.note.startswith("too few "), figure
    assert score.win_rate.low is not None, "a Wilson interval is honest at any size"


@pytest.mark.parametrize(("edge", "verdict"), [(0.05, "better"), (-0.05, "worse"), (0.0, "no difference")])
def test_shadows_are_compared_with_the_committee_on_the_same_decisions(edge: float, verdict: str) -> None:
    found = a_past(80, edge)
    force, shadow = found[IN_FORCE], found[SHADOW]
    assert list(found) == [IN_FORCE, SHADOW]
    assert (force.verdict, force.beside, force.p_value) == ("", None, None)
    assert shadow.verdict == verdict
    assert shadow.beside is not None
    assert shadow.beside.n == 80
    assert shadow.beside.value == pytest.approx(0.05 * edge, abs=0.05 * 0.002), "weight times the edge"
    assert shadow.beside.low is not None
    assert (shadow.beside.low > 0) == (edge > 0)
    assert shadow.sharpe.n == 80
    assert shadow.sharpe.low is not None
    assert (shadow.probabilistic_sharpe or 0) > 0.5 or edge < 0


def test_sessions_that_share_their_outcomes_count_together() -> None:
    beside = a_past(30, 0.05)[SHADOW].beside
    assert beside is not None
    assert (beside.n, beside.low, beside.note) == (
        30,
        None,
        "too few stretches of 5 sessions to say (6 of 10)",
    )


def test_looking_at_more_shadows_asks_more_of_each() -> None:
    alone = a_past(80, 0.001)[SHADOW].p_value
    together = a_past(80, 0.001, names=(SHADOW, OTHER))[SHADOW].p_value
    assert alone is not None
    assert together == pytest.approx(min(1.0, 2 * alone))


def test_who_was_not_there_is_counted_apart_and_nowhere_else() -> None:
    made = [
        a_shadow_decision(session=DAYS[0]),
        a_shadow_decision(session=DAYS[1], status="held", cause="no JSON", milliseconds=8000.0),
        a_shadow_decision(
            session=DAYS[2], status="absent", cause="budget", calls=1, milliseconds=None, input_tokens=None
        ),
    ]
    (score,) = scored(made).values()
    assert (score.decided, score.held, score.absent) == (1, 1, 1)
    assert (score.timed, score.latency_p50_ms, score.latency_p95_ms) == (2, 6000, 7800)
    assert score.cost_usd == Decimal("0.06"), "what was spent on nothing was spent"
    assert score.cost_per_decision_usd == Decimal("0.03")
    assert score.tokens_per_decision == 10_000
    nobody = scored([a_shadow_decision(session=DAYS[0], status="absent", input_tokens=None)])[SHADOW]
    assert (nobody.cost_per_decision_usd, nobody.tokens_per_decision) == (None, None)


def test_holding_is_worth_nothing_and_is_compared_once_it_is_over() -> None:
    made = [a_shadow_decision(who, day) for day in DAYS[:30] for who in (IN_FORCE, SHADOW)]
    beside = scored(made, until=20)[SHADOW].beside
    assert beside is not None
    assert (beside.value, beside.n) == (0, 14), "of 20 sessions 14 have an open and 5 sessions after it"


@pytest.mark.parametrize("gross", [None, "unfilled"])
def test_a_decision_of_which_a_return_cannot_be_told_is_left_out_whole(gross: Any) -> None:
    day = DAYS[0]
    views = [a_shadow_view(t, 1, who, day) for who in (IN_FORCE, SHADOW) for t in ("AAPL", "GONE")]
    returns = [a_shadow_return("AAPL", 0.03, day), a_shadow_return("AAPL", 0.03, day, 1)]
    if gross is None:
        returns += [a_shadow_return("GONE", None, day), a_shadow_return("GONE", None, day, 1)]
    score = scored([a_shadow_decision(who, day) for who in (IN_FORCE, SHADOW)], views, returns)[SHADOW]
    assert score.win_rate.n == 1
    assert score.beside is not None
    assert (score.beside.n, score.sharpe.n) == (0, 0)


def test_the_book_it_would_have_held_pays_for_its_changes_alone() -> None:
    day = DAYS[0]
    kept = a_shadow_view("KEPT", 0, session=day, held=Decimal("0.5"), allowed=Decimal("0.5"), wanted=None)
    bought = a_shadow_view("AAPL", 1, session=day)
    days = DAYS[:25]
    made = [a_shadow_decision(session=each) for each in days]
    views = [
        a_shadow_view(v.ticker, v.side, session=each, held=v.held, allowed=v.allowed, wanted=v.wanted)
        for each in days
        for v in (kept, bought)
    ]
    gross = {each: 0.01 if n % 2 else -0.005 for n, each in enumerate(days)}
    returns = [a_shadow_return(t, gross[each], each, 1) for each in days for t in ("KEPT", "AAPL")]
    (score,) = scored(made, views, returns).values()
    wanted = np.array([0.55 * gross[each] - 0.05 * 0.001 / 2 for each in days])
    assert score.sharpe.value == pytest.approx(wanted.mean() / wanted.std(ddof=1) * np.sqrt(252))

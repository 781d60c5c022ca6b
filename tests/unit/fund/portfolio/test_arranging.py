"""Sizing a proposal: what a rule may do to it, what it may never do, and what it says when it cannot."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fund.mandate import Mandate
from fund.market.history_view import HistoryView
from fund.market.true_range import relative_true_range
from fund.portfolio.aligned_returns import aligned_returns
from fund.portfolio.arranging import Arrangement, arrange
from fund.portfolio.book import Book
from fund.portfolio.proposal import Odds, Proposal
from fund.portfolio.sizing import annual_volatility
from fund.portfolio.sizing_rules import PER_NAME_RULES, SIZING_RULES, WHOLE_BOOK_RULES, SizingRules
from fund.portfolio.terms import STEP, to_weight
from fund.risk.limits import WEIGHT_STEP
from support.books import a_book
from support.mandates import a_mandate, real_costs, some_limits
from support.markets import a_quiet_history
from support.views import a_view

D = Decimal
SESSIONS = 90
NAMES = ("AAA", "BBB", "CCC", "DDD")
LATE, STILL, GONE = "LATE", "STILL", "GONE"


@cache
def the_view() -> HistoryView:
    """Return a market of four names that move, one listed late, one that never moves, one that ended."""
    rng = np.random.default_rng(11)
    market = rng.standard_normal(SESSIONS) * 0.006
    closes: dict[str, list[float]] = {}
    for name, volatility in zip(NAMES, (0.004, 0.008, 0.012, 0.02), strict=True):
        steps = market + rng.standard_normal(SESSIONS) * volatility
        closes[name] = np.round(100 * np.exp(np.cumsum(steps)), 2).tolist()
    closes[LATE] = [nan] * (SESSIONS - 10) + closes["AAA"][-10:]
    closes[STILL] = [25.0] * SESSIONS
    closes[GONE] = [*closes["BBB"][:-3], nan, nan, nan]
    volumes = {name: [5_000_000.0] * SESSIONS for name in closes}
    history = a_quiet_history(closes, volumes=volumes)
    return history.view(history.calendar.decision_time(history.panel.sessions[-1]))


def some_odds(**changes: Any) -> Odds:
    plain: dict[str, Any] = {
        "probability": 0.6,
        "payoff": 1.2,
        "expected": 0.004,
        "horizon_sessions": 5,
        "sample_sessions": 250,
        "forecaster": "gbm",
    }
    return Odds(**{**plain, **changes})


def under(rule: str, **changes: Any) -> Mandate:
    limits = some_limits(
        max_position=D("0.4"), min_cash=D("0.05"), allow_short=changes.pop("allow_short", False)
    )
    costs = changes.pop("costs", real_costs())
    return a_mandate(limits=limits, costs=costs, sizing=SizingRules(rule=rule, **changes))


def arranged(
    rule: str | Mandate,
    weights: Mapping[str, str],
    *,
    odds: Mapping[str, Odds] | None = None,
    book: Book | None = None,
) -> Arrangement:
    proposal = Proposal(weights={t: D(w) for t, w in weights.items()}, odds=odds or {})
    return arrange(proposal, the_view(), book or a_book(), under(rule) if isinstance(rule, str) else rule)


def holding(**quantities: int) -> Book:
    view = the_view()
    return a_book({t: (q, view.mark(t).price) for t, q in quantities.items()})


def gross(weights: Mapping[str, Decimal]) -> Decimal:
    return sum((abs(w) for w in weights.values()), D(0))


def test_as_proposed_touches_nothing() -> None:
    proposal = Proposal(weights={"AAA": D("0.1"), "NOPE": D("NaN")})
    assert arrange(proposal, the_view(), a_book(), a_mandate()) == Arrangement(proposal=proposal)


def test_a_step_is_the_step_of_the_review() -> None:
    assert STEP == WEIGHT_STEP
    assert to_weight(0.04999999999) == D("0.05")
    assert to_weight(0.04994) == D("0.0499")
    assert to_weight(-0.2) == 0


PROPOSED = st.dictionaries(
    st.sampled_from([*NAMES, LATE, STILL, GONE, "NOPE"]),
    st.sampled_from(["0", "0.05", "0.12345", "0.3", "-0.1", "-0.25", "1.7", "NaN", "Infinity", "1e9"]),
)
HELD = st.dictionaries(st.sampled_from([*NAMES, LATE]), st.integers(-200, 400).filter(bool), max_size=3)


@pytest.mark.parametrize("rule", SIZING_RULES)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(weights=PROPOSED, held=HELD, known=st.sets(st.sampled_from(NAMES)), short=st.booleans())
def test_whatever_is_proposed_a_rule_keeps_its_promises(
    rule: str, weights: dict[str, str], held: dict[str, int], known: set[str], short: bool
) -> None:
    odds = dict.fromkeys(known, some_odds())
    result = arranged(under(rule, allow_short=short), weights, odds=odds, book=holding(**held))
    before = {t: D(w) for t, w in weights.items()}
    after = result.proposal.weights
    assert list(after) == list(before)
    for ticker, target in before.items():
        if not target.is_finite() or target == 0 or abs(target) > 100:
            assert str(after[ticker]) == str(target)
            continue
        assert after[ticker] * target >= 0, "a side never flips"
        if rule in PER_NAME_RULES:
            assert abs(after[ticker]) <= abs(target)
    sensible = {t for t, w in before.items() if w.is_finite() and abs(w) <= 100}
    assert gross({t: after[t] for t in sensible}) <= gross({t: before[t] for t in sensible})
    assert {r.ticker for r in result.resized} == {t for t in sensible if after[t] != before[t]}
    assert all((r.before, r.after) == (before[r.ticker], after[r.ticker]) for r in result.resized)
    assert all(r.why and r.rule == rule for r in result.resized)
    again = arranged(
        under(rule, allow_short=short), dict(reversed(weights.items())), odds=odds, book=holding(**held)
    )
    assert {t: str(w) for t, w in again.proposal.weights.items()} == {t: str(w) for t, w in after.items()}


@pytest.mark.parametrize("rule", SIZING_RULES)
def test_reasons_evidence_and_odds_stay_on_the_proposal(rule: str) -> None:
    proposal = Proposal(
        weights={"AAA": D("0.3")}, reasons={"AAA": "cheap"}, evidence={"n": 1}, odds={"AAA": some_odds()}
    )
    after = arrange(proposal, the_view(), a_book(), under(rule)).proposal
    assert replace(after, weights=proposal.weights) == proposal


def test_kelly_takes_the_smaller_of_the_target_and_a_quarter_of_the_bet() -> None:
    result = arranged("kelly", {"AAA": "0.3", "BBB": "0.01"}, odds=dict.fromkeys(NAMES, some_odds()))
    bet = 0.25 * 0.5 * (0.6 - 0.4 / 1.2)
    assert result.proposal.weights == {"AAA": to_weight(bet), "BBB": D("0.01")}
    assert result.resized[0].why == (
        "0.25 of Kelly, at most 10.00%; gbm: probability 60.0%, payoff 1.20, 250 sessions of record"
    )


def test_kelly_sizes_a_short_by_the_odds_of_a_fall() -> None:
    odds = some_odds(probability=0.4, payoff=1 / 1.2)
    short = arranged("kelly", {"AAA": "-0.3"}, odds={"AAA": odds}).proposal.weights["AAA"]
    long = arranged("kelly", {"AAA": "0.3"}, odds={"AAA": some_odds()}).proposal.weights["AAA"]
    assert short == -long < 0


UNUSABLE = [{"probability": nan}, {"probability": 1.0}, {"payoff": 0.0}, {"payoff": float("inf")}]


@pytest.mark.parametrize("changes", [*UNUSABLE, {"expected": nan}, {"horizon_sessions": 0}, None])
@pytest.mark.parametrize(("held", "kept"), [(0, "0"), (100, "held"), (10_000, "0.3")])
def test_a_name_without_odds_does_not_grow(changes: dict[str, Any] | None, held: int, kept: str) -> None:
    odds = {} if changes is None else {"AAA": some_odds(**changes)}
    book = holding(AAA=held) if held else a_book()
    result = arranged("kelly", {"AAA": "0.3"}, odds=odds, book=book)
    weight = book.weights({"AAA": the_view().mark("AAA").price}).get("AAA", D(0))
    expected = to_weight(weight) if kept == "held" else min(D(kept), weight)
    assert result.proposal.weights["AAA"] == expected


def test_what_is_held_on_the_other_side_is_no_size_to_keep() -> None:
    assert arranged("kelly", {"AAA": "-0.3"}, book=holding(AAA=100)).proposal.weights["AAA"] == 0


def test_an_atr_stop_costs_what_the_mandate_risks() -> None:
    result = arranged(under("atr_risk", risk_per_trade=D("0.001")), {"AAA": "0.3", "DDD": "0.3"})
    for ticker in ("AAA", "DDD"):
        reach = relative_true_range(the_view(), ticker, 14)
        assert reach is not None
        assert result.proposal.weights[ticker] == to_weight(0.001 / (3 * float(reach)))
    assert result.proposal.weights["DDD"] < result.proposal.weights["AAA"]


def test_a_name_with_a_stale_price_is_given_no_size_by_its_range() -> None:
    path = [100.0 + n % 3 for n in range(60)]
    history = a_quiet_history({"AAA": [*path[:55], *[nan] * 5], "BBB": path})
    view = history.view(history.calendar.decision_time(history.panel.sessions[-1]))
    assert view.mark("AAA").stale
    assert relative_true_range(view, "AAA", 14) is not None
    proposal = Proposal(weights={"AAA": D("0.3"), "BBB": D("0.3")})
    mandate = under("atr_risk", risk_per_trade=D("0.001"))
    weights = arrange(proposal, view, a_book(), mandate).proposal.weights
    assert weights["AAA"] == 0 < weights["BBB"] < D("0.3")


def test_the_volatility_target_is_met_by_the_whole_book() -> None:
    rules = under("volatility_target", target_volatility=D("0.05"))
    book = holding(BBB=100)
    result = arranged(rules, {"AAA": "0.3", "DDD": "0.3"}, book=book)
    weights = {**book.weights({"BBB": the_view().mark("BBB").price}), **result.proposal.weights}
    aligned = aligned_returns(the_view(), weights, 250, 60)
    total = sum(float(w) * aligned.of(t) for t, w in weights.items())
    assert annual_volatility(np.asarray(total)) == pytest.approx(0.05, rel=0.01)
    assert result.proposal.weights["AAA"] == result.proposal.weights["DDD"]


def test_a_quiet_book_is_not_blown_up_to_the_target() -> None:
    result = arranged(under("volatility_target", target_volatility=D("0.9")), {"AAA": "0.12345"})
    assert (result.proposal.weights, result.resized) == ({"AAA": D("0.12345")}, ())


def test_what_is_held_and_too_wild_alone_is_said() -> None:
    rules = under("volatility_target", target_volatility=D("0.01"))
    result = arranged(rules, {"AAA": "0.3"}, book=holding(DDD=500))
    assert any("what is held has a volatility of its own" in note for note in result.notes)


@pytest.mark.parametrize("rule", WHOLE_BOOK_RULES)
def test_a_whole_book_rule_shares_the_same_gross_weight_under_the_limits(rule: str) -> None:
    weights = {"AAA": "0.2", "BBB": "0.3", "CCC": "0.1", "DDD": "0.2"}
    result = arranged(rule, weights)
    assert D("0.7990") <= gross(result.proposal.weights) <= D("0.8")
    assert max(result.proposal.weights.values()) <= D("0.4")
    assert result.resized


@pytest.mark.parametrize("rule", ["equal_risk", "risk_parity", "hrp"])
def test_the_quieter_name_weighs_more(rule: str) -> None:
    after = arranged(rule, dict.fromkeys(NAMES, "0.2")).proposal.weights
    assert after["AAA"] > after["BBB"] > after["CCC"] > after["DDD"]


@pytest.mark.parametrize("rule", WHOLE_BOOK_RULES)
def test_what_stays_held_takes_its_part_of_the_limits(rule: str) -> None:
    book = holding(DDD=600)
    resting = book.weights({"DDD": the_view().mark("DDD").price})["DDD"]
    after = arranged(rule, {"AAA": "0.5", "BBB": "0.5"}, book=book).proposal.weights
    assert resting > D("0.1")
    assert D("0.945") < gross(after) + resting <= D("0.9501")


@pytest.mark.parametrize("rule", [*WHOLE_BOOK_RULES, "volatility_target"])
@pytest.mark.parametrize("ticker", [LATE, STILL, GONE, "NOPE"])
def test_a_name_without_a_usable_history_does_not_grow_and_the_others_are_sized(
    rule: str, ticker: str
) -> None:
    result = arranged(rule, {"AAA": "0.3", "BBB": "0.3", ticker: "0.2"})
    assert result.proposal.weights[ticker] == 0
    (said,) = [r for r in result.resized if r.ticker == ticker]
    assert said.why.endswith("so it may not grow")
    assert result.proposal.weights["AAA"] > 0


@pytest.mark.parametrize("rule", WHOLE_BOOK_RULES)
def test_a_book_the_limits_forbid_leaves_the_proposal_as_it_was_and_says_so(rule: str) -> None:
    result = arranged(under(rule, min_weight=D("0.3")), {"AAA": "0.2", "BBB": "0.2"})
    assert result.proposal.weights == {"AAA": D("0.2"), "BBB": D("0.2")}
    assert result.resized == ()
    assert result.notes == (
        f"sizing.rule {rule} left the proposal as it was: the limits leave no room for a book of these names",
    )


def test_odds_decide_what_mean_variance_favours_as_far_as_their_record_is_believed() -> None:
    def weight(sample: int) -> Decimal:
        odds = {"DDD": some_odds(expected=0.05, sample_sessions=sample)}
        return arranged("mean_variance", dict.fromkeys(NAMES, "0.2"), odds=odds).proposal.weights["DDD"]

    assert weight(0) < weight(25) <= weight(5_000)


def test_dear_trading_keeps_a_book_nearer_to_what_is_held() -> None:
    book = holding(AAA=100, DDD=400)
    marks = {t: the_view().mark(t).price for t in ("AAA", "DDD")}
    held = book.weights(marks)

    def turnover(bps: int) -> Decimal:
        costs = replace(real_costs(), half_spread_bps=D(bps))
        after = arranged(under("equal_risk", costs=costs), {"AAA": "0.3", "DDD": "0.3"}, book=book)
        return gross({t: w - held[t] for t, w in after.proposal.weights.items()})

    assert turnover(200) < turnover(0)


def test_a_view_that_knows_one_session_sizes_nothing_up() -> None:
    view, proposal = a_view(AAPL=100, XOM=50), Proposal(weights={"AAPL": D("0.2"), "XOM": D("0.1")})
    for rule in SIZING_RULES[1:]:
        result = arrange(proposal, view, a_book({"AAPL": (100, 100)}), under(rule))
        assert result.proposal.weights["XOM"] == 0
        assert 0 < result.proposal.weights["AAPL"] <= D("0.2")


@pytest.mark.parametrize("cap", ["max_gross", "max_sector"])
def test_what_stays_held_leaves_less_of_the_gross_and_of_its_sector(cap: str) -> None:
    book = holding(DDD=-200)
    resting = book.weights({"DDD": the_view().mark("DDD").price})["DDD"]
    mandate = under("equal_risk", allow_short=True)
    narrow = {"max_gross": D("0.7"), "max_net": D("0.7")} if cap == "max_gross" else {cap: D("0.7")}
    mandate = replace(mandate, limits=replace(mandate.limits, **narrow))
    after = arranged(mandate, {"AAA": "0.4", "BBB": "0.4"}, book=book).proposal.weights
    assert D("0.699") < gross(after) - resting <= D("0.7001")


@pytest.mark.parametrize("rule", WHOLE_BOOK_RULES)
def test_rounding_to_a_step_never_spends_more_than_was_proposed(rule: str) -> None:
    after = arranged(rule, {"AAA": "0.0999995"}).proposal.weights["AAA"]
    assert D("0.0998") <= after <= D("0.0999995")

"""What a committee saw and said, read back from the plain JSON of its record, whatever that holds."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.cycle import CycleRecord
from fund.portfolio.proposal import Proposal
from support.records import a_cycle_record
from tools.heard import ROLES, Heard, SpokenConcern
from tools.verdict import verdict_on

CANDIDATE = {
    "ticker": "AAPL",
    "price": 110.5,
    "return_5": 0.01,
    "return_20": 0.02,
    "return_60": 0.06,
    "volatility_20": 0.2,
    "forecasts": [
        {
            "forecaster": "gbm",
            "horizon_sessions": 5,
            "expected": 0.004,
            "low": -0.03,
            "high": 0.04,
            "probability_up": 0.54,
            "rank": 0.9,
        }
    ],
    "similar": [
        {
            "ticker": "CVX",
            "opened": "2016-08-01",
            "held_sessions": 12,
            "return_fraction": -0.012,
            "distance": 0.031,
        }
    ],
}
TRACK = {
    "forecaster": "gbm",
    "rank_ic": 0.012,
    "rank_ic_low": -0.004,
    "rank_ic_high": 0.028,
    "sessions": 140,
    "hit_rate": 0.51,
}
words = st.sampled_from(["AAPL", "ticker", "reason", "summary", "", "2016-01-04"])
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers(-(10**400), 10**400) | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)
names = ("evidence", "answers", "speakers", "revisions", "candidates", "forecasters", "missing", "similar")


def heard(recorded: Mapping[str, object]) -> Heard:
    return Heard(a_record(recorded))


def a_record(recorded: Mapping[str, object]) -> CycleRecord:
    return a_cycle_record(proposal=Proposal(weights={}, evidence=recorded), orders=())


def a_candidate(**changes: object) -> Heard:
    return heard({"evidence": {"candidates": [{**CANDIDATE, **changes}], "forecasters": [TRACK]}})


def test_every_figure_of_a_candidate_is_read_into_its_own_place() -> None:
    seen = a_candidate().seen("AAPL")
    assert seen is not None
    assert (seen.price, seen.return_5, seen.return_20, seen.return_60) == (110.5, 0.01, 0.02, 0.06)
    assert seen.volatility_20 == 0.2
    forecast, track, trade = seen.forecasts[0], seen.track_records[0], seen.similar[0]
    assert (forecast.forecaster, forecast.horizon_sessions, forecast.expected) == ("gbm", 5, 0.004)
    assert (forecast.low, forecast.high, forecast.probability_up, forecast.rank) == (-0.03, 0.04, 0.54, 0.9)
    assert track.rank_ic is not None
    assert (track.rank_ic.value, track.rank_ic.low, track.rank_ic.high) == (0.012, -0.004, 0.028)
    assert (track.rank_ic.n, track.sessions, track.hit_rate) == (140, 140, 0.51)
    assert (trade.ticker, trade.opened, trade.held_sessions) == ("CVX", date(2016, 8, 1), 12)
    assert (trade.return_fraction, trade.distance) == (-0.012, 0.031)


@pytest.mark.parametrize("end", ["rank_ic", "rank_ic_low", "rank_ic_high"])
def test_a_track_record_without_its_interval_is_no_track_record(end: str) -> None:
    found = heard({"evidence": {"candidates": [CANDIDATE], "forecasters": [{**TRACK, end: None}]}})
    seen = found.seen("AAPL")
    assert seen is not None
    assert seen.track_records[0].rank_ic is None
    assert seen.track_records[0].sessions == 140


@pytest.mark.parametrize("opened", ["T-12", "soon", "", None, 20160801, "2016-13-01"])
def test_a_day_that_is_not_written_as_a_day_is_unknown(opened: object) -> None:
    seen = a_candidate(similar=[{"ticker": "CVX", "opened": opened}]).seen("AAPL")
    assert seen is not None
    assert seen.similar[0].opened is None


@pytest.mark.parametrize("price", ["110.5", True, None, [110.5], float("nan"), float("inf"), 10**400])
def test_what_is_no_finite_number_is_unknown(price: object) -> None:
    seen = a_candidate(price=price).seen("AAPL")
    assert seen is not None
    assert seen.price is None


def test_zero_is_a_number() -> None:
    seen = a_candidate(return_20=0, volatility_20=0.0).seen("AAPL")
    assert seen is not None
    assert (seen.return_20, seen.volatility_20) == (0.0, 0.0)


def test_a_name_that_was_no_candidate_was_not_seen() -> None:
    assert a_candidate().seen("MSFT") is None


def test_the_candidates_are_named_in_their_order() -> None:
    found = heard({"evidence": {"candidates": [{"ticker": "XOM"}, {"ticker": "AAPL"}, "noise", 3]}})
    assert found.candidates == ("XOM", "AAPL")


def test_what_was_missing_is_told_for_that_name_only() -> None:
    found = heard({"evidence": {"missing": {"WMT": "no forecast"}}})
    assert (found.missing("WMT"), found.missing("AAPL")) == ("no forecast", None)


ANSWERS = {
    "macro_researcher": {"regime": "risk_on", "exposure": 0.8, "summary": "calm"},
    "quant_researcher": {
        "views": [{"ticker": "AAPL", "conviction": 0.7, "reason": "cheap"}],
        "summary": "one view",
    },
    "portfolio_manager": {
        "targets": [{"ticker": "AAPL", "weight": 0.05, "reason": "why not"}],
        "summary": "one target",
    },
    "validator": {
        "concerns": [{"ticker": "AAPL", "severity": 0.3, "reason": "crowded"}],
        "summary": "one doubt",
    },
    "risk_officer": {
        "factors": [{"ticker": "AAPL", "factor": 0.5, "reason": "volatile"}],
        "summary": "one cut",
    },
}
SPEAKERS = dict.fromkeys(ROLES, "offline rules, no LLM") | {"validator": "anthropic claude"}


def test_each_role_is_heard_in_turn_with_its_own_figure_and_speaker() -> None:
    told = heard({"answers": ANSWERS, "speakers": SPEAKERS}).words("AAPL")
    assert [(w.role, w.figure, w.value, w.said) for w in told] == [
        ("macro_researcher", "exposure", 0.8, "risk_on: calm"),
        ("quant_researcher", "conviction", 0.7, "cheap"),
        ("portfolio_manager", "weight", 0.05, "why not"),
        ("validator", "severity", 0.3, "crowded"),
        ("risk_officer", "factor", 0.5, "volatile"),
    ]
    assert [w.speaker for w in told] == [SPEAKERS[role] for role in ROLES]


def test_of_a_name_nobody_spoke_of_only_the_market_was_spoken_of() -> None:
    assert [w.role for w in heard({"answers": ANSWERS}).words("MSFT")] == ["macro_researcher"]


def test_the_summaries_are_of_the_session_and_carry_no_figure() -> None:
    told = heard({"answers": ANSWERS, "speakers": SPEAKERS}).summaries
    assert [(w.role, w.said) for w in told] == [
        (role, ANSWERS[role]["summary"])
        for role in ROLES  # type: ignore[index]
    ]
    assert {w.value for w in told} == {None}


def test_a_silent_role_has_no_word_and_no_summary() -> None:
    found = heard({"answers": {"validator": ANSWERS["validator"]}})
    assert [w.role for w in found.words("AAPL")] == ["validator"]
    assert [w.role for w in found.summaries] == ["validator"]


def test_a_figure_is_the_one_a_role_gave_for_the_name() -> None:
    found = heard({"answers": ANSWERS})
    assert found.figure("risk_officer", "AAPL") == 0.5
    assert found.figure("risk_officer", "MSFT") is None
    assert found.figure("scout", "AAPL") is None


def test_the_validators_concerns_are_read_with_kind_and_severity() -> None:
    concerns = [
        {"ticker": "AAPL", "kind": "crowded", "severity": 0.3},
        {"ticker": "MSFT", "kind": "weak_evidence", "severity": "high"},
        "noise",
    ]
    found = heard({"answers": {"validator": {"concerns": concerns}}})
    assert found.concerns("AAPL") == (SpokenConcern(ticker="AAPL", kind="crowded", severity=0.3),)
    assert [(each.ticker, each.severity) for each in found.concerns()] == [("AAPL", 0.3), ("MSFT", 0.0)]
    assert found.concerns("XOM") == ()


def test_regime_convictions_and_the_managers_own_targets_are_read() -> None:
    found = heard({"answers": ANSWERS})
    assert found.regime == "risk_on"
    assert found.convictions() == {"AAPL": 0.7}
    assert found.targets() == {"AAPL": Decimal("0.05")}
    silent = heard({})
    assert (silent.regime, silent.convictions(), silent.targets(), silent.concerns()) == ("", {}, {}, ())


def test_an_older_record_names_its_speakers_as_providers() -> None:
    found = heard({"answers": ANSWERS, "provider": {"validator": "rules"}})
    assert [w.speaker for w in found.words("AAPL") if w.role == "validator"] == ["rules"]


@pytest.mark.parametrize(
    ("revisions", "count"), [(2, 2), (0, 0), (None, 0), ("2", 0), (float("nan"), 0), (True, 0)]
)
def test_revisions_are_counted_where_they_are_a_number(revisions: object, count: int) -> None:
    assert heard({"revisions": revisions}).revisions == count


def test_a_cycle_without_a_proposal_heard_nothing() -> None:
    silent = Heard(a_cycle_record(proposal=None, review=None, orders=()))
    assert (silent.candidates, silent.summaries, silent.words("AAPL")) == ((), (), ())
    assert silent.seen("AAPL") is None


@given(st.dictionaries(st.sampled_from([*names, *ROLES]), json_values, max_size=5))
def test_no_record_whatever_it_holds_breaks_the_reading(recorded: dict[str, object]) -> None:
    nested = {"evidence": recorded, "answers": recorded, **recorded}
    found = heard(nested)
    assert found.revisions >= 0 or "revisions" in recorded
    assert all(0 <= abs(each.severity) < float("inf") for each in found.concerns())
    assert all(weight.is_finite() for weight in found.targets().values())
    assert isinstance(found.regime, str)
    assert all(word.role in ROLES for word in (*found.words("AAPL"), *found.summaries))
    assert all(isinstance(name, str) for name in found.candidates)
    seen = found.seen("AAPL")
    assert seen is None or seen.price is None or abs(seen.price) < float("inf")
    assert verdict_on(a_record(nested), "AAPL").sentence


@given(st.lists(st.fixed_dictionaries({"ticker": words, "price": json_values}), max_size=4))
def test_a_candidate_that_is_listed_is_seen(candidates: list[dict[str, object]]) -> None:
    found = heard({"evidence": {"candidates": candidates}})
    for name in found.candidates:
        assert found.seen(name) is not None
    assert json.dumps(found.candidates)


def test_the_probabilities_of_all_candidates_are_those_seen_of_each() -> None:
    said = {"forecaster": "gbm", "horizon_sessions": 5, "probability_up": 0.5}
    found = heard({"evidence": {"candidates": [{"ticker": "AAPL", "forecasts": [said]}, {"ticker": "KO"}]}})
    told = dict(found.probabilities())
    assert told == {"AAPL": (("gbm", 5, 0.5),), "KO": ()}
    for name, promises in told.items():
        seen = found.seen(name)
        assert seen is not None
        assert tuple((f.forecaster, f.horizon_sessions, f.probability_up) for f in seen.forecasts) == promises

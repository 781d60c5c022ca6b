"""A decision as rows: every number the roles gave, and nothing made of what is not as expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.projection import clamp_rows, forecast_rows, signal_rows
from support.scripted_committee import some_answers

SPEAKER = "offline rules, no LLM"


def heard(**changes: object) -> dict[str, object]:
    candidate = {"ticker": "AAPL", "forecasts": [{"forecaster": "gbm", "horizon_sessions": 5, "rank": 0.9}]}
    return {
        "answers": some_answers({"AAPL": "0.08"}),
        "speakers": {"validator": SPEAKER},
        "evidence": {"candidates": [candidate, {"ticker": "KO"}]},
        **changes,
    }


def test_every_number_a_role_gave_is_a_row() -> None:
    rows = signal_rows("c1", heard())
    assert [row["line"] for row in rows] == list(range(len(rows)))
    assert {row["cycle_id"] for row in rows} == {"c1"}
    found = {(row["role"], row["ticker"]): (row["figure"], row["value"]) for row in rows}
    assert found["macro_researcher", None] == ("exposure", 0.8)
    assert found["quant_researcher", "AAPL"] == ("conviction", 0.7)
    assert found["portfolio_manager", "AAPL"] == ("weight", 0.08)
    assert found["validator", "KO"] == ("severity", 0.8)
    assert found["risk_officer", "NVDA"] == ("factor", 0.0)
    concern = next(row for row in rows if row["role"] == "validator")
    assert (concern["concern"], concern["speaker"]) == ("similar_trades_lost", SPEAKER)


def test_every_forecast_shown_is_a_row_and_what_it_lacks_is_missing() -> None:
    (row,) = forecast_rows("c1", heard())
    assert (row["ticker"], row["forecaster"], row["horizon_sessions"], row["rank"]) == ("AAPL", "gbm", 5, 0.9)
    assert row["expected"] is None


def test_every_cut_is_a_row_from_a_record_or_from_its_json() -> None:
    cut = {"ticker": "XOM", "limit": "max_position", "before": "0.15", "after": "0.1", "reason": "too much"}
    (row,) = clamp_rows("c1", [cut])
    assert (row["limit_name"], str(row["before"]), str(row["after"])) == ("max_position", "0.15", "0.1")


@pytest.mark.parametrize(
    "nothing", [None, {}, [], "text", 7, {"answers": 3}, {"evidence": [], "answers": None}]
)
def test_a_record_without_evidence_has_no_rows(nothing: object) -> None:
    assert signal_rows("c1", nothing) == []
    assert forecast_rows("c1", nothing) == []
    assert clamp_rows("c1", nothing) == []


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(plain)
def test_whatever_an_answer_holds_its_rows_can_be_stored(item: object) -> None:
    views = [{"ticker": item, "conviction": item, "reason": item, "kind": item}]
    rows = signal_rows("c1", {"answers": {"quant_researcher": {"views": views}}, "speakers": item})
    for row in rows:
        texts = (row["ticker"], row["concern"], row["reason"], row["speaker"])
        assert all(text is None or "\x00" not in text for text in texts)
        assert row["value"] is None or abs(row["value"]) < float("inf")

"""What replies on forecasters and risk say at their edges, and names that only look like forecasters."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.brief import ForecasterEvidence
from agents.quant_researcher import FORECASTERS
from db.promotions import Promotion
from fund.forecasting.catalogue import FAMILIES, TUNED
from fund.forecasting.edge import edge_of
from fund.forecasting.ensemble.forecaster import ENSEMBLE
from fund.forecasting.life.comparison import compare
from fund.forecasting.regime import RegimeForecast, RegimeState
from fund.metrics.inference import Interval
from graph.chat_events import Table, TextToken
from graph.replies.decision_card import _record
from graph.replies.forecasters import compared_reply, forecasters_reply
from graph.replies.phrases import MISSING
from graph.replies.volatility import regime_reply, volatility_reply
from graph.topics.forecasters import forecaster_asked
from support.standings import a_standing
from tools.forecasters import ForecastersCompared, ForecastersReport, Standing
from tools.heard import SeenRecord
from tools.volatility import NoVolatility, VolatilityOutlook

DAY = date(2016, 11, 30)


def a_report(*standings: Standing, promotions: tuple[Promotion, ...] = ()) -> ForecastersReport:
    return ForecastersReport(session=DAY, forecasters=standings, retired=0, promotions=promotions)


def told(events: object) -> tuple[str, list[Table]]:
    seen = list(events)  # type: ignore[call-overload]
    text = "".join(each.text for each in seen if isinstance(each, TextToken))
    return text, [each for each in seen if isinstance(each, Table)]


def test_each_horizon_has_its_own_leader_and_without_one_none_is_claimed() -> None:
    text, _ = told(
        forecasters_reply(
            a_report(
                a_standing("xgb-1", horizon_sessions=1, role="champion"),
                a_standing("gbm-1", role="champion"),
                a_standing("ridge-1"),
            )
        )
    )
    assert text.index("Over 1 session xgb-1 leads.") < text.index("Over 5 sessions gbm-1 leads.")
    assert "ridge-1 leads" not in text
    bare, (table, _) = told(forecasters_reply(a_report(a_standing("ridge-1"))))
    assert "leads" not in bare
    assert table.rows[0][5] == "0 sessions"


def test_a_figure_that_is_not_known_is_never_a_nought() -> None:
    lame = a_standing(
        "gbm-1", rank_ic=None, coverage=None, worth="unknown", edge=edge_of(None, horizon_sessions=5).told
    )
    _, (table, luck) = told(forecasters_reply(a_report(lame)))
    assert table.rows[0][4] == "too few sessions"
    assert table.rows[0][6] == MISSING
    assert luck.rows[0][2:] == (MISSING, MISSING, MISSING, "no sizes chosen", MISSING)
    compared = ForecastersCompared(
        first=lame,
        second=a_standing("ridge-1"),
        walk_forward=compare({}, {}, names=("gbm-1", "ridge-1"), horizon_sessions=5),
        live=compare({}, {}, names=("gbm-1", "ridge-1"), horizon_sessions=5),
    )
    _, tables = told(compared_reply(compared))
    assert all(row[1:] == (MISSING, MISSING, MISSING) for each in tables[:-1] for row in each.rows)
    assert [row[2] == MISSING for row in tables[-1].rows] == [True, False]


def test_what_a_person_or_a_file_wrote_cannot_break_out_of_its_cell() -> None:
    evil = "x | y\n# heading\n<script>alert(1)</script> ![a](http://b)"
    made = Promotion(
        seq=1,
        version="gbm-1",
        name="gbm",
        horizon_sessions=5,
        kind="promoted",
        role="champion",
        previous=None,
        by="me",
        why=evil,
        explanation="",
        command_id=None,
        at=datetime(2016, 11, 1, tzinfo=UTC),
    )
    lame = a_standing("gbm-1", unavailable=evil, drift="watch", drift_reasons=(evil,))
    text, (_, _, promotions) = told(forecasters_reply(a_report(lame, promotions=(made,))))
    assert "\n" not in text.strip("\n")
    assert "<script>" not in text
    assert "\n" not in str(promotions.rows[0][4])
    assert "<script>" not in str(promotions.rows[0][4])
    assert "![a]" not in text
    assert "http://" not in text, "no address that a page would make a link of"


def test_states_that_come_three_at_a_time_are_all_told_and_the_likeliest_is_named() -> None:
    states = tuple(
        RegimeState(
            name=name, volatility=0.1 * n, probability=p, probability_ahead=1 / 3, expected_sessions=10.4 * n
        )
        for n, (name, p) in enumerate((("calm", 0.2), ("middling", 0.5), ("turbulent", 0.3)), start=1)
    )
    found = RegimeForecast(
        session=DAY, horizon_sessions=1, states=states, returns=600, supported=True, log_score_gain=None
    )
    text, (table,) = told(regime_reply(found))
    assert "most probably middling (50%)" in text
    assert "The data ask for 3 states (n = 600)" in text
    assert [row[0] for row in table.rows] == ["calm", "middling", "turbulent"]
    assert table.columns[3] == "In 1 session"


def test_no_forecast_of_volatility_at_all_is_said_name_by_name() -> None:
    missing = tuple(
        NoVolatility(ticker=t, reason="expected 250 returns | <b>found</b> 3") for t in ("A", "B")
    )
    outlook = VolatilityOutlook(session=DAY, horizon_sessions=1, forecasts=(), unavailable=missing)
    text, tables = told(volatility_reply(outlook))
    assert "over 1 session after" in text
    assert text.index("There is none for A:") < text.index("There is none for B:")
    assert "<b>" not in text
    assert not any(each.rows for each in tables)


@pytest.mark.parametrize(
    ("low", "high", "proven"),
    [(0.001, 0.03, True), (-0.001, 0.03, False), (0.0, 0.03, False), (-0.03, -0.001, True)],
    ids=["above", "holds 0", "touches 0", "below"],
)
def test_a_card_says_of_a_record_whether_it_is_told_from_no_skill(
    low: float, high: float, proven: bool
) -> None:
    figure = Interval(value=(low + high) / 2, low=low, high=high, n=77)
    said = _record(SeenRecord(forecaster="gbm", rank_ic=figure, sessions=77, hit_rate=0.51))
    assert ("not to be told from no skill" not in said) is proven
    assert "n = 77 sessions" in said
    assert (
        _record(SeenRecord(forecaster="gbm", rank_ic=None, sessions=0, hit_rate=None))
        == _record(None)
        == "no record yet"
    )


def test_the_committee_reads_what_a_forecaster_is_worth_and_whether_it_drifts() -> None:
    evidence = ForecasterEvidence(
        forecaster="gbm\u202e</data>",
        version="gbm-1",
        rank_ic=None,
        rank_ic_low=None,
        rank_ic_high=None,
        sessions=3,
        hit_rate=None,
        drift="drifting",
    )
    row = {name: read(evidence) for name, read in FORECASTERS.columns.items()}
    assert (row["worth"], row["drift"], row["rank_ic"], row["sessions"]) == ("unknown", "drifting", None, 3)
    assert "\u202e" not in str(row["forecaster"])


@pytest.mark.parametrize("family", [*FAMILIES, ENSEMBLE])
def test_every_family_and_its_tuned_one_can_be_named_in_a_comparison(family: str) -> None:
    other = "ridge" if family != "ridge" else "gbm"
    for name in (family, f"{family}{TUNED}", f"{family}-0123456789ab", f"{family}{TUNED}-0123456789ab"):
        found = forecaster_asked(f"compare {name} and {other}")
        assert found is not None, name
        assert found.about == (name, other)
        turned = forecaster_asked(f"Is {other} better than {name}?")
        assert turned is not None, name
        assert turned.about == (other, name)


@pytest.mark.parametrize(
    "text",
    [
        "compare gbmx and ridge",
        "compare gbm",
        "compare gbm and",
        "gbm ridge",
        "is the drift of the market a worry",
        "who is the champion of the world cup",
        "",
    ],
    ids=["no family", "one", "half", "no verb", "drift", "champion", "empty"],
)
def test_what_only_looks_like_a_question_on_forecasters_is_none(text: str) -> None:
    assert forecaster_asked(text) is None


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_is_one_of_two_questions_or_none_and_two_are_never_the_same(text: str) -> None:
    found = forecaster_asked(text)
    assert found is None or found.name in ("forecasters", "forecasters_compared")
    if found is not None and found.name == "forecasters_compared":
        assert len(set(found.about)) == 2

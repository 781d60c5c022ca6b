"""How the forecasters themselves are told in the chat: no figure without its interval and its sample."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from db.promotions import Promotion
from fund.forecasting.edge import BreakEven
from fund.forecasting.explaining.reasons import Reason
from fund.forecasting.life.comparison import compare
from fund.metrics.inference import chance_of
from fund.signals.blend import Consensus, Part
from graph.chat_events import ChatEvent, Table, TextToken
from graph.desk_outlook import AlikeTrades, NameOutlook, Outlook, alike_trades
from graph.replies.forecasters import compared_reply, forecasters_reply, outlook_reply
from graph.replies.phrases import MISSING
from support import standings
from support.forecasters import an_interval
from support.scripted_committee import a_forecast
from tools.forecasters import ForecastersCompared, ForecastersReport, Standing
from tools.forecasts import ForecasterRecord

SESSION = date(2016, 11, 30)


def a_standing(version: str = "gbm-1", **changes: object) -> Standing:
    usual = {
        "role": "champion",
        "hit_rate": an_interval(0.51),
        "coverage": an_interval(0.8),
        "live_sessions": 7,
    }
    return standings.a_standing(version, **{**usual, **changes})


def a_report(*standings: Standing) -> ForecastersReport:
    made = Promotion(
        seq=1,
        version="gbm-1",
        name="gbm",
        horizon_sessions=5,
        kind="rolled_back",
        role="champion",
        previous=None,
        by="somebody at the terminal",
        why="it was |better| before",
        explanation="",
        command_id="c",
        at=datetime(2016, 11, 1, 12, tzinfo=UTC),
    )
    return ForecastersReport(session=SESSION, forecasters=standings, retired=2, promotions=(made,))


def told(events: object) -> tuple[str, list[Table]]:
    found: list[ChatEvent] = list(events)  # type: ignore[call-overload]
    text = "".join(each.text for each in found if isinstance(each, TextToken))
    return text, [each for each in found if isinstance(each, Table)]


def test_the_champion_comes_first_with_its_edge_and_the_rest_in_a_table() -> None:
    challenger = a_standing(
        "ridge-1", role="challenger", speaks=False, live_rank_ic=an_interval(0.02, n=40), coverage=None
    )
    text, (versions, luck, promotions) = told(forecasters_reply(a_report(a_standing(), challenger)))
    assert "Over 5 sessions gbm-1 leads. Out of sample it has no edge: rank IC +0.010" in text
    assert "None of them is drifting." in text
    assert versions.rows[0] == (
        "gbm",
        "gbm-1",
        5,
        "champion",
        "+0.010 (-0.010 to +0.030, n = 250)",
        "7 sessions",
        "80%",
        "steady",
    )
    assert versions.rows[1][3:7] == (
        "challenger, silent",
        "+0.010 (-0.010 to +0.030, n = 250)",
        "+0.020 (+0.000 to +0.040, n = 40)",
        MISSING,
    )
    assert "9 configurations were judged so far, of them 4 claims out of sample." in text
    chance = chance_of(an_interval(0.01), 5)
    assert [row[:4] for row in luck.rows] == [
        (name, 3, f"{chance:.3f}", f"{min(1, 4 * chance):.3f}") for name in ("gbm-1", "ridge-1")
    ]
    assert luck.rows[0][4:] == (MISSING, "no sizes chosen", MISSING)
    assert promotions.rows[0][:3] == ("2016-11-01 12:00", "rolled back", "gbm-1")
    assert "somebody" not in str(promotions.rows)


def test_what_drifts_or_cannot_speak_is_said_with_its_reasons() -> None:
    drifting = a_standing(drift="drifting", drift_reasons=("its rank IC fell below its record",))
    lame = a_standing("ridge-1", role="challenger", unavailable="expected hash 'a'", drift="unknown")
    watched = a_standing("xgb-1", role="challenger", drift="watch", drift_reasons=("it is old",))
    text, _ = told(forecasters_reply(a_report(drifting, lame, watched)))
    assert "gbm-1 is drifting (2016-11-30)" in text
    assert "its rank IC fell below its record" in text
    assert "ridge-1 is unavailable" in text
    assert "xgb-1 is to be watched" in text
    assert "Whether 1 version drift is not known yet." in text


def test_without_a_forecaster_it_says_how_to_make_one() -> None:
    text, tables = told(forecasters_reply(replace(a_report(), promotions=())))
    assert text.startswith("No forecaster is on the register yet")
    assert tables == []


def a_comparison(mean: float, n: int = 300) -> ForecastersCompared:
    rng = np.random.default_rng(0)
    days = [date(2015, 1, 1) + timedelta(days=k) for k in range(n)]
    shared = rng.normal(0, 0.1, n)
    one = dict(zip(days, (shared + mean + rng.normal(0, 0.02, n)).tolist(), strict=True))
    two = dict(zip(days, shared.tolist(), strict=True))
    names = ("gbm-1", "ridge-1")
    return ForecastersCompared(
        first=a_standing(),
        second=a_standing("ridge-1"),
        walk_forward=compare(one, two, names=names, horizon_sessions=5),
        live=compare({}, {}, names=names, horizon_sessions=5),
    )


def test_two_are_told_apart_only_where_they_can_be() -> None:
    text, (walk, live, luck) = told(compared_reply(a_comparison(0.05)))
    assert [row[0] for row in luck.rows] == ["gbm-1", "ridge-1"]
    assert "In training, out of sample: gbm-1 is better than ridge-1 over 300 sessions." in text
    assert "Live, since both were trained: gbm-1 and ridge-1 have no session in common." in text
    assert [row[0] for row in walk.rows] == [
        "gbm-1",
        "ridge-1",
        "difference, one look",
        "difference, any number of looks",
    ]
    assert walk.rows[2][3] == 300
    assert len(live.rows) == 3
    same, _ = told(compared_reply(a_comparison(0.0)))
    assert "gbm-1 and ridge-1 cannot be told apart over 300 sessions" in same


def an_outlook(*names: NameOutlook, **changes: object) -> Outlook:
    record = ForecasterRecord(
        forecaster="gbm",
        version="gbm-1",
        rank_ic=0.01,
        rank_ic_low=-0.01,
        rank_ic_high=0.03,
        sessions=250,
        hit_rate=0.51,
        worth="no edge",
    )
    plain = Outlook(session=SESSION, names=names, worth="no edge", track_records=(record,), unavailable=())
    return replace(plain, **changes)


def a_name(**changes: object) -> NameOutlook:
    plain = NameOutlook(
        ticker="AAPL",
        name="Apple Inc.",
        forecasts=(a_forecast("AAPL", SESSION),),
        disagreement=0.4,
        members_apart={},
        pays=BreakEven(cost=0.002, deviation=0.04, rank_ic=0.035, hit_rate=0.53),
        alike=AlikeTrades(n=8, won=5, mean_return=0.01),
        consensus=Consensus(
            ticker="AAPL",
            conviction=-0.1,
            disagreement=0.5,
            parts=(
                Part(source="rule momentum_12_1", conviction=-0.8, share=0.25),
                Part(source="committee", conviction=0.3, share=0.3),
            ),
        ),
        reasons=(Reason(feature="ROC5", rank=0.9, added=0.01, words="5-day return is high: +0.010"),),
    )
    return replace(plain, **changes)


def test_an_outlook_says_what_it_is_worth_and_what_would_pay() -> None:
    text, (names, worth, reasons, together) = told(outlook_reply(an_outlook(a_name())))
    assert "The gbm forecaster's worth: no edge." in text
    assert names.rows[0][0] == "AAPL"
    assert names.rows[0][5:] == ("0.035", "5 of 8 won")
    assert list(worth.rows[0]) == ["gbm", "+0.010 (-0.010 to +0.030, n = 250)", "n/a", "n/a", "unknown"]
    assert reasons.rows == [("AAPL", "5-day return is high: +0.010")] or reasons.rows == (
        ("AAPL", "5-day return is high: +0.010"),
    )
    assert "-1 short, 0 no edge and 1 long" in text
    parts = "rule momentum_12_1 -0.80 (25%); committee +0.30 (30%)"
    assert [tuple(row) for row in together.rows] == [("AAPL", "-0.10", "0.50", parts)]
    text, tables = told(outlook_reply(an_outlook(a_name(consensus=None))))
    assert "Together" not in text
    assert len(tables) == 3


def test_an_outlook_tells_what_each_forecaster_was_worth_as_far_as_it_is_known() -> None:
    (gbm,) = an_outlook().track_records
    faring = replace(gbm, coverage=0.79, calibration_error=0.012, drift="steady")
    young = replace(gbm, forecaster="ridge", rank_ic=None, rank_ic_low=None, rank_ic_high=None, sessions=7)
    _, tables = told(outlook_reply(an_outlook(a_name(), track_records=(faring, young))))
    rows = [list(row) for row in tables[1].rows]
    assert rows[0][2:] == ["79%", "1.2%", "steady"]
    assert rows[1][:2] == ["ridge", "too few sessions"]


def test_how_far_the_members_of_an_ensemble_are_apart_is_told_beside() -> None:
    _, (names, *_) = told(outlook_reply(an_outlook(a_name(), a_name(members_apart={"ensemble": 0.312}))))
    assert [row[4] for row in names.rows] == ["0.40", "0.40; ensemble 0.31"]


def test_a_name_without_a_forecast_and_a_silent_forecaster_are_said() -> None:
    bare = a_name(forecasts=(), pays=None, alike=None, reasons=(), disagreement=None, consensus=None)
    never = a_name(pays=BreakEven(cost=0.002, deviation=0.04, rank_ic=None, hit_rate=0.53))
    text, tables = told(
        outlook_reply(an_outlook(bare, never, unavailable=("gbm: no answer within 30 seconds",)))
    )
    assert "Unavailable: " in text
    assert "no answer within 30 seconds" in text
    assert tables[0].rows[0][1] == "no forecast"
    assert tables[0].rows[1][5] == "never"


@pytest.mark.parametrize(
    ("returns", "found"), [((), None), ((0.02, -0.01), AlikeTrades(n=2, won=1, mean_return=0.005))]
)
def test_trades_alike_are_summed_up_by_number_wins_and_mean(
    returns: tuple[float, ...], found: AlikeTrades | None
) -> None:
    assert alike_trades(returns) == (found and replace(found, mean_return=pytest.approx(0.005)))

"""What the committee is told of forecasters: what would pay, what they are worth, and who cannot speak."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime

import pytest

from agents.brief import Evidence, ForecasterEvidence
from agents.briefs import Earlier
from agents.roles import ROLES
from fund.errors import DataError
from fund.execution.round_trip import round_trip_cost
from fund.forecasting.edge import break_even
from fund.forecasting.forecast import Forecast
from fund.market.view import FloatArray
from graph.research import Researcher, TrackRecord
from support.books import a_book
from support.committee import SpokenForecasts, a_forecast
from support.players import MANDATE, a_quiet_market
from tools.forecasts import ForecasterRecord, ForecastTools
from tools.memory import SimilarConditions, SimilarTrade

HISTORY = a_quiet_market()
DAY = HISTORY.panel.sessions[80]
VIEW = HISTORY.view(HISTORY.calendar.decision_time(DAY))
RANKS = {"AAA": 0.9, "BBB": 0.3, "CCC": 0.6}


class NoMemory:
    """A memory in which nothing is alike."""

    def similar_trades(
        self, setups: Sequence[Mapping[str, float]], as_of: datetime, count: int
    ) -> tuple[tuple[SimilarTrade, ...], ...]:
        return tuple(() for _ in setups)

    def similar_conditions(
        self, conditions: Mapping[str, float] | FloatArray, as_of: datetime, count: int
    ) -> tuple[SimilarConditions, ...]:
        return ()


class Told(SpokenForecasts):
    """A forecaster with a record of its own, which may hang."""

    def __init__(self, name: str = "gbm", *, hangs: bool = False, **record: object) -> None:
        said = [a_forecast(ticker, DAY, rank=rank, forecaster=name) for ticker, rank in RANKS.items()]
        super().__init__({DAY: said}, name=name)
        self._told, self._hangs, self._record = name, hangs, record

    def at(self, session: date) -> Sequence[Forecast]:
        if self._hangs:
            raise DataError("no answer within 30 seconds")
        return super().at(session)

    def record(self, session: date) -> ForecasterRecord:
        plain: dict[str, object] = {
            "forecaster": self._told,
            "version": f"{self._told}-1",
            "rank_ic": 0.01,
            "rank_ic_low": -0.01,
            "rank_ic_high": 0.03,
            "sessions": 250,
            "hit_rate": 0.51,
        }
        return ForecasterRecord(**{**plain, **self._record})  # type: ignore[arg-type]


def researched(*sources: Told, **held: tuple[int, int]) -> Evidence:
    researcher = Researcher(ForecastTools(sources), NoMemory(), TrackRecord)  # type: ignore[arg-type]
    return researcher(VIEW, a_book(held), MANDATE)


def brief(role: str, evidence: Evidence) -> str:
    return ROLES[role].brief(evidence, Earlier())


def test_what_would_have_to_be_true_for_a_purchase_to_pay_is_told() -> None:
    best, worst, _ = researched(Told()).candidates
    pays = break_even(a_forecast("AAA", DAY, rank=0.9), round_trip_cost(MANDATE.costs, best.price))
    assert pays is not None
    assert (best.break_even_rank_ic, best.break_even_hit_rate) == (pays.rank_ic, pays.hit_rate)
    assert worst.break_even_rank_ic is None, "no positive IC pays for a name of the lower half"
    assert worst.break_even_hit_rate is not None


def test_a_name_nobody_forecasts_has_no_figure_that_would_pay() -> None:
    (bare,) = researched(BBB=(5, 80)).candidates
    assert (bare.break_even_rank_ic, bare.break_even_hit_rate) == (None, None)


def test_a_champion_that_cannot_speak_is_missing_and_nothing_new_is_a_candidate() -> None:
    evidence = researched(Told(hangs=True), Told("momentum"), BBB=(5, 80))
    assert [each.ticker for each in evidence.candidates] == ["BBB"]
    assert evidence.missing["forecaster gbm"] == "unavailable: no answer within 30 seconds"
    assert evidence.missing["BBB"] == "no forecast: a forecaster is unavailable"
    assert "no answer within 30 seconds" in brief("quant_researcher", evidence)


def test_a_baseline_that_cannot_speak_is_missing_and_the_others_go_on() -> None:
    evidence = researched(Told(), Told("momentum", hangs=True))
    assert [each.ticker for each in evidence.candidates] == ["AAA", "BBB", "CCC"]
    assert set(evidence.missing) == {"forecaster momentum"}
    assert all([f.forecaster for f in each.forecasts] == ["gbm"] for each in evidence.candidates)


def test_the_evidence_has_every_figure_of_a_record() -> None:
    names = {each.name for each in fields(ForecasterRecord)}
    assert names == {each.name for each in fields(ForecasterEvidence)}
    told = Told(worth="no edge", coverage=0.79, calibration_error=0.02, drift="watch")
    (found,) = researched(told).forecasters
    assert (found.worth, found.coverage, found.calibration_error, found.drift) == (
        "no edge",
        0.79,
        0.02,
        "watch",
    )


@pytest.mark.parametrize("role", ["quant_researcher", "validator"])
def test_a_role_is_told_what_a_forecaster_is_worth_and_how_it_fares(role: str) -> None:
    told = Told(worth="no edge", coverage=0.79, calibration_error=0.02, drift="drifting")
    said = brief(role, researched(told))
    assert '"worth","coverage","calibration_error","drift"' in said
    assert '["gbm",0.01,-0.01,0.03,250,0.51,"no edge",0.79,0.02,"drifting"]' in said


def test_the_validator_is_told_what_would_pay_and_the_researcher_is_not() -> None:
    evidence = researched(Told())
    assert "break_even_rank_ic" in brief("validator", evidence)
    assert "break_even_rank_ic" not in brief("quant_researcher", evidence)

"""The quant researcher weighs forecasts, price behaviour and past trades into one conviction a name."""

from collections.abc import Callable, Mapping, Sequence

from agents.answers import QuantAnswer
from agents.brief import CandidateEvidence, Evidence, ForecasterEvidence, ForecastEvidence, PastTrade
from agents.briefs import NAME_LIMIT, Earlier, Parts, Table, age, header, missing_part
from agents.reports import report_figures
from agents.role import Role
from agents.untrusted import clean

MOST_SIMILAR = 6
MOST_FORECASTS = 4

FORECASTERS: Table[ForecasterEvidence] = Table(
    columns={
        "forecaster": lambda f: clean(f.forecaster, NAME_LIMIT),
        "rank_ic": lambda f: f.rank_ic,
        "rank_ic_low": lambda f: f.rank_ic_low,
        "rank_ic_high": lambda f: f.rank_ic_high,
        "sessions": lambda f: f.sessions,
        "hit_rate": lambda f: f.hit_rate,
        "worth": lambda f: f.worth,
        "coverage": lambda f: f.coverage,
        "calibration_error": lambda f: f.calibration_error,
        "drift": lambda f: f.drift,
    }
)
CANDIDATES: Table[CandidateEvidence] = Table(
    columns={
        "ticker": lambda c: c.ticker,
        "name": lambda c: clean(c.name, NAME_LIMIT),
        "sector": lambda c: clean(c.sector, NAME_LIMIT),
        "weight": lambda c: c.weight,
        "return_5": lambda c: c.return_5,
        "return_20": lambda c: c.return_20,
        "return_60": lambda c: c.return_60,
        "return_120": lambda c: c.return_120,
        "volatility_20": lambda c: c.volatility_20,
        "drawdown_60": lambda c: c.drawdown_60,
        "average_dollar_volume": lambda c: c.average_dollar_volume,
    }
)
FORECASTS: Table[tuple[str, ForecastEvidence]] = Table(
    columns={
        "ticker": lambda row: row[0],
        "forecaster": lambda row: clean(row[1].forecaster, NAME_LIMIT),
        "expected": lambda row: row[1].expected,
        "low": lambda row: row[1].low,
        "high": lambda row: row[1].high,
        "probability_up": lambda row: row[1].probability_up,
        "rank": lambda row: row[1].rank,
    }
)


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    candidates = evidence.candidates
    return {
        **header("quant_researcher", evidence),
        "forecasters": FORECASTERS.of(evidence.forecasters),
        "candidates": CANDIDATES.of(candidates),
        "forecasts": FORECASTS.of((c.ticker, f) for c in candidates for f in c.forecasts[:MOST_FORECASTS]),
        "similar_trades": similar_trades(evidence, MOST_SIMILAR),
        "last_reports": _reports(candidates),
        "missing": missing_part(evidence),
    }


def similar_trades(evidence: Evidence, most: int) -> dict[str, object]:
    """Return up to `most` closed trades a candidate, the most similar first."""
    table: Table[tuple[str, PastTrade]] = Table(
        columns={
            "ticker": lambda row: row[0],
            "traded": lambda row: row[1].ticker,
            "opened": lambda row: age(row[1].opened, evidence.session),
            "held_sessions": lambda row: row[1].held_sessions,
            "return": lambda row: row[1].return_fraction,
            "distance": lambda row: row[1].distance,
        }
    )
    return table.of((c.ticker, trade) for c in evidence.candidates for trade in c.similar[:most])


def _reports(candidates: Sequence[CandidateEvidence]) -> dict[str, object]:
    known = {c.ticker: report_figures(c.report) for c in candidates if c.report is not None}
    names = sorted({name for report in known.values() for name in report})
    table: Table[tuple[str, Mapping[str, float]]] = Table(
        columns={"ticker": lambda row: row[0], **{name: _column(name) for name in names}}
    )
    return table.of(known.items())


def _column(name: str) -> Callable[[tuple[str, Mapping[str, float]]], float | None]:
    return lambda row: row[1].get(name)


QUANT_RESEARCHER: Role[QuantAnswer] = Role(name="quant_researcher", answer_type=QuantAnswer, sees=_sees)

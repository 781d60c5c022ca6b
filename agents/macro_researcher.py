"""The macro researcher reads the market as a whole: regime, and how much of the book to invest."""

from collections.abc import Mapping, Sequence

from agents.answers import MacroAnswer
from agents.brief import CandidateEvidence, Evidence, MacroReading
from agents.briefs import (
    NAME_LIMIT,
    Earlier,
    Parts,
    Table,
    age,
    book_part,
    figures,
    header,
    missing_part,
    number,
)
from agents.role import Role
from agents.untrusted import clean

MOST_READINGS = 40
MOST_HEADLINES = 12
MOST_CONDITIONS = 8
TITLE_LIMIT = 160


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    market = evidence.market
    return {
        **header("macro_researcher", evidence),
        "market": {
            "benchmark": clean(market.benchmark, NAME_LIMIT),
            **figures(
                {
                    "return_5": market.return_5,
                    "return_20": market.return_20,
                    "return_60": market.return_60,
                    "volatility_20": market.volatility_20,
                    "drawdown_120": market.drawdown_120,
                    "breadth": market.breadth,
                }
            ),
        },
        "macro_series": _readings(evidence),
        "sectors_of_candidates": _sectors(evidence.candidates),
        "similar_conditions": _conditions(market.similar_conditions),
        "book": book_part(evidence),
        "untrusted_headlines": [_headline(h) for h in market.headlines[:MOST_HEADLINES]],
        "missing": missing_part(evidence),
    }


def _readings(evidence: Evidence) -> dict[str, object]:
    table: Table[MacroReading] = Table(
        columns={
            "series": lambda r: clean(r.series_id, NAME_LIMIT),
            "name": lambda r: clean(r.name, NAME_LIMIT),
            "known": lambda r: age(r.day, evidence.session),
            "value": lambda r: r.value,
            "change_20": lambda r: r.change_20,
            "z_score": lambda r: r.z_score,
        }
    )
    return table.of(evidence.market.readings[:MOST_READINGS])


def _sectors(candidates: Sequence[CandidateEvidence]) -> dict[str, object]:
    names = sorted({c.sector for c in candidates if c.sector})
    table: Table[list[CandidateEvidence]] = Table(
        columns={
            "sector": lambda group: clean(group[0].sector, NAME_LIMIT),
            "n": len,
            "mean_return_20": lambda group: _mean([c.return_20 for c in group]),
            "mean_return_60": lambda group: _mean([c.return_60 for c in group]),
        }
    )
    return table.of([c for c in candidates if c.sector == name] for name in names)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def _conditions(conditions: Sequence[Mapping[str, float | str]]) -> dict[str, object]:
    table: Table[Mapping[str, float | str]] = Table(
        columns={
            "session": lambda c: clean(str(c.get("session", "")), 10),
            "distance": lambda c: _figure(c.get("distance")),
            "next_20": lambda c: _figure(c.get("next_20")),
        }
    )
    return table.of(conditions[:MOST_CONDITIONS])


def _figure(value: float | str | None) -> float | int | None:
    return None if isinstance(value, str) else number(value)


def _headline(headline: Mapping[str, str]) -> dict[str, str]:
    return {
        "known_at": clean(headline.get("known_at", ""), 20),
        "source": clean(headline.get("source", ""), NAME_LIMIT),
        "title": clean(headline.get("title", ""), TITLE_LIMIT),
    }


MACRO_RESEARCHER: Role[MacroAnswer] = Role(name="macro_researcher", answer_type=MacroAnswer, sees=_sees)

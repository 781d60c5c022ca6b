"""The risk officer shrinks targets that carry more risk than their evidence; it can enlarge none."""

from agents.answers import RiskAnswer
from agents.brief import CandidateEvidence, Evidence
from agents.briefs import (
    NAME_LIMIT,
    Earlier,
    Parts,
    Table,
    book_part,
    figures,
    header,
    limits_part,
    macro_part,
)
from agents.portfolio_manager import CONCERNS, TARGETS
from agents.role import Role
from agents.untrusted import clean

CANDIDATES: Table[CandidateEvidence] = Table(
    columns={
        "ticker": lambda c: c.ticker,
        "sector": lambda c: clean(c.sector, NAME_LIMIT),
        "weight": lambda c: c.weight,
        "volatility_20": lambda c: c.volatility_20,
        "drawdown_60": lambda c: c.drawdown_60,
        "average_dollar_volume": lambda c: c.average_dollar_volume,
    }
)


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    market = evidence.market
    return {
        **header("risk_officer", evidence),
        "targets": TARGETS.of(earlier.manager.targets if earlier.manager else ()),
        "concerns": CONCERNS.of(earlier.validator.concerns if earlier.validator else ()),
        "candidates": CANDIDATES.of(evidence.candidates),
        "market": figures({"volatility_20": market.volatility_20, "drawdown_120": market.drawdown_120}),
        "macro": macro_part(earlier),
        "book": book_part(evidence),
        "equity_usd": figures({"equity": evidence.book.equity})["equity"],
        "limits": limits_part(evidence),
    }


RISK_OFFICER: Role[RiskAnswer] = Role(name="risk_officer", answer_type=RiskAnswer, sees=_sees)

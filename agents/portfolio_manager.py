"""The portfolio manager turns views into target weights, and revises them once if sent back."""

from collections.abc import Mapping

from agents.answers import CandidateView, Concern, ManagerAnswer, TargetWeight
from agents.brief import CandidateEvidence, Evidence
from agents.briefs import (
    NAME_LIMIT,
    Earlier,
    Parts,
    Table,
    book_part,
    header,
    limits_part,
    macro_part,
    similar_count_and_mean,
    told,
)
from agents.role import Role
from agents.untrusted import clean

TARGETS: Table[TargetWeight] = Table(
    columns={"ticker": lambda t: t.ticker, "weight": lambda t: t.weight, "reason": lambda t: told(t.reason)}
)
CONCERNS: Table[Concern] = Table(
    columns={
        "ticker": lambda c: c.ticker,
        "kind": lambda c: c.kind,
        "severity": lambda c: c.severity,
        "reason": lambda c: told(c.reason),
    }
)


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    return {
        **header("portfolio_manager", evidence),
        "book": book_part(evidence),
        "limits": limits_part(evidence),
        "macro": macro_part(earlier),
        "candidates": _candidates(evidence, earlier),
        "quant_summary": told(earlier.quant.summary) if earlier.quant else None,
        "sent_back": _sent_back(earlier),
    }


def _candidates(evidence: Evidence, earlier: Earlier) -> dict[str, object]:
    views = {view.ticker: view for view in earlier.quant.views} if earlier.quant else {}
    table: Table[CandidateEvidence] = Table(
        columns={
            "ticker": lambda c: c.ticker,
            "sector": lambda c: clean(c.sector, NAME_LIMIT),
            "weight": lambda c: c.weight,
            "held_sessions": lambda c: c.held_sessions,
            "unrealised": lambda c: c.unrealised_fraction,
            "return_20": lambda c: c.return_20,
            "volatility_20": lambda c: c.volatility_20,
            "average_dollar_volume": lambda c: c.average_dollar_volume,
            "similar_trades": lambda c: similar_count_and_mean(c)[0],
            "similar_mean_return": lambda c: similar_count_and_mean(c)[1],
            "conviction": lambda c: _conviction(views, c.ticker),
            "view": lambda c: told(views[c.ticker].reason) if c.ticker in views else None,
        }
    )
    return table.of(evidence.candidates)


def _conviction(views: Mapping[str, CandidateView], ticker: str) -> float | None:
    return views[ticker].conviction if ticker in views else None


def _sent_back(earlier: Earlier) -> object:
    """Return the proposal that was sent back and why; None on the first round."""
    if earlier.validator is None or earlier.manager is None:
        return None
    targets, concerns = TARGETS.of(earlier.manager.targets), CONCERNS.of(earlier.validator.concerns)
    return {"targets": targets, "concerns": concerns, "summary": told(earlier.validator.summary)}


PORTFOLIO_MANAGER: Role[ManagerAnswer] = Role(name="portfolio_manager", answer_type=ManagerAnswer, sees=_sees)

"""The validator argues against the proposal: what failed before, what disagrees, what is overdone."""

from agents.answers import ValidatorAnswer
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
)
from agents.portfolio_manager import TARGETS
from agents.quant_researcher import FORECASTERS
from agents.role import Role
from agents.untrusted import clean


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    return {
        **header("validator", evidence),
        "targets": TARGETS.of(earlier.manager.targets if earlier.manager else ()),
        "candidates": _candidates(evidence, earlier),
        "forecasters": FORECASTERS.of(evidence.forecasters),
        "macro": macro_part(earlier),
        "book": book_part(evidence),
        "limits": limits_part(evidence),
    }


def _candidates(evidence: Evidence, earlier: Earlier) -> dict[str, object]:
    views = {view.ticker: view.conviction for view in earlier.quant.views} if earlier.quant else {}
    table: Table[CandidateEvidence] = Table(
        columns={
            "ticker": lambda c: c.ticker,
            "sector": lambda c: clean(c.sector, NAME_LIMIT),
            "weight": lambda c: c.weight,
            "held_sessions": lambda c: c.held_sessions,
            "unrealised": lambda c: c.unrealised_fraction,
            "volatility_20": lambda c: c.volatility_20,
            "drawdown_60": lambda c: c.drawdown_60,
            "conviction": lambda c: views.get(c.ticker),
            "lowest_rank": lambda c: min((f.rank for f in c.forecasts), default=None),
            "highest_rank": lambda c: max((f.rank for f in c.forecasts), default=None),
            "break_even_rank_ic": lambda c: c.break_even_rank_ic,
            "break_even_hit_rate": lambda c: c.break_even_hit_rate,
            "similar_trades": lambda c: similar_count_and_mean(c)[0],
            "similar_lost": lambda c: sum(trade.return_fraction < 0 for trade in c.similar),
            "similar_mean_return": lambda c: similar_count_and_mean(c)[1],
            "similar_worst_return": lambda c: min((t.return_fraction for t in c.similar), default=None),
        }
    )
    return table.of(evidence.candidates)


VALIDATOR: Role[ValidatorAnswer] = Role(name="validator", answer_type=ValidatorAnswer, sees=_sees)

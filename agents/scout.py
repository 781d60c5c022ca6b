"""The scout looks beyond the book: which names deserve the committee's eyes, given the market and memory."""

from agents.answers import ScoutAnswer
from agents.brief import Evidence
from agents.briefs import Earlier, Parts, book_part, header, limits_part, missing_part
from agents.macro_researcher import MACRO_RESEARCHER
from agents.quant_researcher import CANDIDATES, FORECASTERS, FORECASTS, MOST_FORECASTS, similar_trades
from agents.role import Role

MOST_SIMILAR = 4
OF_THE_MARKET = (
    "market",
    "macro_series",
    "sectors_of_candidates",
    "similar_conditions",
    "untrusted_headlines",
)
"""Parts that the macro researcher sees as well, in the same words."""


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    candidates, market = evidence.candidates, MACRO_RESEARCHER.sees(evidence, earlier)
    return {
        **header("scout", evidence),
        **{part: market[part] for part in OF_THE_MARKET},
        "forecasters": FORECASTERS.of(evidence.forecasters),
        "candidates": CANDIDATES.of(candidates),
        "forecasts": FORECASTS.of((c.ticker, f) for c in candidates for f in c.forecasts[:MOST_FORECASTS]),
        "similar_trades": similar_trades(evidence, MOST_SIMILAR),
        "book": book_part(evidence),
        "limits": limits_part(evidence),
        "missing": missing_part(evidence),
    }


SCOUT: Role[ScoutAnswer] = Role(name="scout", answer_type=ScoutAnswer, sees=_sees)

"""Which shock a question puts to the book, from its words."""

import re
from dataclasses import dataclass

STRESS_WORDS = frozenset({"stress", "scenario", "scenarios", "brexit", "correlations"})
DEFAULT_PERCENT = -10.0
_ASKED = re.compile(
    r"\bwhat(?:'s| is)? (?:if|would|happens|happen)\b|\bhow much (?:would|could|will|do|might) we lose\b"
    r"|\bwhat would (?:a|an|another)\b.*\b(?:cost|do to) (?:us|the book|the portfolio)\b"
    r"|\bhow (?:would|badly would) (?:we|the book|the portfolio)\b|\bsurvive\b"
)
_STRESS = re.compile(r"\bstress(?:ed|es)?\b(?![- ]?free)|\bscenarios?\b")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|percent\b|per cent\b)")
_FALL = (
    r"\b(?:fall|falls|fell|drop|drops|dropped|crash|crashes|crashed|lose|loses|down|sink|sinks|tank|tanks)\b"
)
_RISE = r"\b(?:rise|rises|rose|gain|gains|rally|rallies|up|jump|jumps|climb|climbs|increase|increases)\b"
_MOVE = r"\bmoves? (?:by )?[-+]?\d"
_MARKET = r"\b(?:market|markets|stocks|everything|s&p|s&p 500|spy|index)\b"
_NAMED = (
    ("brexit-2016", r"\bbrexit\b|\bjune 2016\b"),
    ("aug-2015", r"\baug(?:ust)? (?:of )?2015\b"),
    ("mar-2020", r"\bmar(?:ch)? (?:of )?2020\b|\bcovid\b|\bpandemic\b"),
    ("rates-2022", r"(?<!-)\b2022\b"),
    ("correlations-one", r"\bcorrelations?\b.*\b(?:1|one)\b"),
    ("volatility-doubles", r"\bvol(?:atility)?\b.*\bdoubl\w+|\bdoubl\w+\b.*\bvol(?:atility)?\b"),
    ("rates-up", rf"\b(?:rates?|yields?)\b.*{_RISE}|\b100 ?(?:bp|bps|basis points)\b"),
    ("sector-down", rf"\bsector\b.*{_FALL}"),
    ("market-down", rf"{_MARKET}.*(?:{_FALL}|{_RISE}|{_MOVE})|\b(?:crash|sell-?off|correction)\b"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shocked:
    """The scenario that is asked about, "all" for each of them, and how far the market moves in it."""

    scenario: str
    percent: float = DEFAULT_PERCENT


def shock_of(text: str) -> Shocked | None:
    """Return the shock a question speaks of, None where it asks for something else."""
    lower = " ".join(text.lower().split())
    stressed = _STRESS.search(lower) is not None
    if not stressed and _ASKED.search(lower) is None:
        return None
    scenario = next((name for name, said in _NAMED if re.search(said, lower)), None)
    if scenario is None:
        return Shocked(scenario="all") if stressed else None
    if scenario != "market-down":
        return Shocked(scenario=scenario)
    found = _PERCENT.search(lower)
    size = float(found[1]) if found is not None else -DEFAULT_PERCENT
    falls = re.search(_FALL, lower) or re.search(r"-\d", lower)
    return Shocked(scenario=scenario, percent=-size if falls else size)

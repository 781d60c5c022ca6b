"""The portfolio manager's rules: enter on conviction, hold through noise, leave with a reason."""

from collections import Counter
from dataclasses import dataclass
from statistics import median

from agents.answers import ManagerAnswer, TargetWeight
from agents.offline_brief import Brief, Row, clip, rows_of, share

ENTER, LEAVE, BAIL_OUT = 0.20, -0.10, -0.35
"""Conviction to open, to close after the horizon, and to close at any time; the gap is the hysteresis."""
STALE_HORIZONS, STALE_CONVICTION = 6, 0.10
MOST_NAMES, MOST_PER_SECTOR, MOST_ENTRIES = 12, 3, 3
SMALLEST, LARGEST = 0.03, 0.10
EXPOSURE_SLACK = 0.10
"""How far gross may stand above the wanted exposure before anything is sold for it."""
TOO_LARGE = 1.5
USUAL_VOLATILITY = 0.25
SILENT_EXPOSURE = 0.5
STRONG, MILD = 0.5, 0.3
"""Severities of a concern: one stops a change, the other halves it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One name as the rules see it."""

    ticker: str
    sector: str
    weight: float
    held_sessions: int
    conviction: float | None
    volatility: float
    view: str

    @classmethod
    def of(cls, row: Row) -> "Candidate":
        """Read a row of the brief; unknown volatility counts as the usual one."""
        return cls(
            ticker=row["ticker"],
            sector=row["sector"] or "",
            weight=row["weight"] or 0.0,
            held_sessions=row["held_sessions"] or 0,
            conviction=row["conviction"],
            volatility=row["volatility_20"] or USUAL_VOLATILITY,
            view=row["view"] or "no view",
        )


def manager_answer(brief: Brief) -> ManagerAnswer:
    """Return the changes worth their costs; on the second round, the first answer with concerns met."""
    sent_back = brief.part("sent_back")
    if sent_back:
        return revised(sent_back, brief)
    candidates = [Candidate.of(row) for row in brief.rows("candidates")]
    held = [c for c in candidates if c.weight > 0]
    macro = brief.part("macro")
    exposure = wanted_exposure(brief)
    targets = {c.ticker: target for c in held if (target := closing(c, brief.horizon)) is not None}
    targets |= too_large(held, targets)
    targets |= cut_to_exposure(held, targets, exposure, brief.horizon)
    if macro:
        targets |= entries(candidates, targets, exposure, set(macro.get("sectors_to_avoid") or ()))
    return ManagerAnswer(
        targets=list(targets.values())[:60], summary=_summary(targets, held, exposure, bool(macro))
    )


def wanted_exposure(brief: Brief) -> float:
    """Return the exposure the macro researcher asks for, within the mandate's cash and gross limits."""
    limits = brief.part("limits")
    asked = brief.part("macro").get("exposure", SILENT_EXPOSURE)
    ceiling = min(limits.get("max_gross") or 1.0, 1.0 - (limits.get("min_cash") or 0.0))
    return float(min(asked, ceiling))


def closing(candidate: Candidate, horizon: int) -> TargetWeight | None:
    """Return the order to leave, None to stay: a name without a view is kept."""
    conviction, held = candidate.conviction, candidate.held_sessions
    if conviction is None:
        return None
    if conviction <= BAIL_OUT:
        why = f"conviction fell to {conviction:+.2f}"
    elif conviction <= LEAVE and held >= horizon:
        why = f"conviction {conviction:+.2f} after {held} sessions"
    elif conviction < STALE_CONVICTION and held >= STALE_HORIZONS * horizon:
        why = f"held {held} sessions and conviction is down to {conviction:+.2f}"
    else:
        return None
    return _target(candidate, 0.0, f"Close: {why}. {candidate.view}")


def too_large(held: list[Candidate], targets: dict[str, TargetWeight]) -> dict[str, TargetWeight]:
    """Trim what has outgrown the largest weight by half."""
    grown = (c for c in held if c.ticker not in targets and c.weight > TOO_LARGE * LARGEST)
    return {c.ticker: _target(c, LARGEST, f"Trim: grew to {share(c.weight)} of the book.") for c in grown}


def cut_to_exposure(
    held: list[Candidate], targets: dict[str, TargetWeight], exposure: float, horizon: int
) -> dict[str, TargetWeight]:
    """Sell the weakest names when gross stands well above the exposure asked for."""
    kept = [c for c in held if c.ticker not in targets]
    gross = sum(c.weight for c in kept)
    cuts: dict[str, TargetWeight] = {}
    if gross <= exposure + EXPOSURE_SLACK:
        return cuts
    for candidate in sorted(kept, key=lambda c: (c.conviction or 0.0, c.ticker)):
        if gross <= exposure or candidate.held_sessions < horizon:
            continue
        gross -= candidate.weight
        why = f"the book is to be {share(exposure)} invested and this is its weakest name"
        cuts[candidate.ticker] = _target(candidate, 0.0, f"Close: {why}. {candidate.view}")
    return cuts


def entries(
    candidates: list[Candidate], targets: dict[str, TargetWeight], exposure: float, avoid: set[str]
) -> dict[str, TargetWeight]:
    """Open the strongest names that fit names, sectors and exposure, a few a session."""
    kept = [
        c for c in candidates if c.weight > 0 and not (c.ticker in targets and targets[c.ticker].weight == 0)
    ]
    sectors = Counter(c.sector for c in kept)
    room = exposure - sum(min(c.weight, LARGEST) if c.ticker in targets else c.weight for c in kept)
    usual = median(c.volatility for c in candidates) if candidates else USUAL_VOLATILITY
    wanted = [
        c for c in candidates if c.weight <= 0 and (c.conviction or 0.0) >= ENTER and c.sector not in avoid
    ]
    opened: dict[str, TargetWeight] = {}
    for candidate in sorted(wanted, key=lambda c: (-(c.conviction or 0.0), c.ticker)):
        weight = size(candidate, usual, exposure)
        full = len(kept) + len(opened) >= MOST_NAMES or len(opened) >= MOST_ENTRIES
        if full or weight > room or (candidate.sector and sectors[candidate.sector] >= MOST_PER_SECTOR):
            continue
        room -= weight
        sectors[candidate.sector] += 1
        reason = f"Buy: conviction {candidate.conviction:+.2f}. {candidate.view}"
        opened[candidate.ticker] = _target(candidate, weight, reason)
    return opened


def size(candidate: Candidate, usual_volatility: float, exposure: float) -> float:
    """Return an inverse-volatility weight, a little larger with conviction, in whole 0.5 % steps."""
    even = exposure / MOST_NAMES
    weight = even * usual_volatility / candidate.volatility * (0.75 + (candidate.conviction or 0.0))
    return round(clip(weight, SMALLEST, LARGEST) * 200) / 200


def revised(sent_back: Row, brief: Brief) -> ManagerAnswer:
    """Return the first proposal with each strong concern met: the change is dropped, or halved."""
    current = {row["ticker"]: row["weight"] or 0.0 for row in brief.rows("candidates")}
    worst: dict[str, Row] = {}
    for concern in rows_of(sent_back.get("concerns")):
        if concern["severity"] > worst.get(concern["ticker"], {"severity": 0.0})["severity"]:
            worst[concern["ticker"]] = concern
    targets, dropped = [], []
    for row in rows_of(sent_back.get("targets")):
        concern = worst.get(row["ticker"], {"severity": 0.0, "kind": ""})
        if concern["severity"] >= STRONG:
            dropped.append(row["ticker"])
            continue
        weight, reason = row["weight"], row["reason"]
        if concern["severity"] >= MILD:
            weight = round((weight + current.get(row["ticker"], 0.0)) / 2, 4)
            reason = f"Halved for {concern['kind'].replace('_', ' ')}. {reason}"
        targets.append(TargetWeight(ticker=row["ticker"], weight=weight, reason=reason[:600]))
    left_out = f"dropped {', '.join(dropped)}" if dropped else "dropped nothing"
    return ManagerAnswer(
        targets=targets, summary=f"Revised once: {left_out}, kept {len(targets)} changes."[:600]
    )


def _target(candidate: Candidate, weight: float, reason: str) -> TargetWeight:
    return TargetWeight(ticker=candidate.ticker, weight=weight, reason=reason[:600])


def _summary(
    targets: dict[str, TargetWeight], held: list[Candidate], exposure: float, macro_known: bool
) -> str:
    bought = sum(t.reason.startswith("Buy") for t in targets.values())
    closed = sum(t.weight == 0 for t in targets.values())
    gross = share(sum(c.weight for c in held))
    ask = f"asked for {share(exposure)}" if macro_known else "no macro view, so nothing is opened"
    return (
        f"{len(held)} names at {gross} gross, {ask}: {bought} to open, {closed} to close, the rest is kept."
    )

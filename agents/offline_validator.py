"""The validator's rules: seven ways in which a proposal is usually wrong, each with its numbers."""

from collections.abc import Iterator, Mapping

from agents.answers import Concern, ValidatorAnswer
from agents.offline_brief import Brief, Row, clip, percent, share, shrunk
from agents.offline_manager import LEAVE

WORTH_A_ROUND = 0.5
ENOUGH_TRADES = 3
WIDE_RANKS = 0.6
LOWEST_THIRD = 1 / 3
CROWDED_SECTOR = 0.30
BUSY_CHANGES, BUSY_TURNOVER = 8, 0.40
JUST_OPENED_CONVICTION = -0.35
MOST_CONCERNS = 60


def validator_answer(brief: Brief) -> ValidatorAnswer:
    """Return the concerns and whether one of them is worth the only second round."""
    rows = {row["ticker"]: row for row in brief.rows("candidates")}
    targets = {row["ticker"]: row for row in brief.rows("targets") if row["ticker"] in rows}
    concerns = [
        concern
        for ticker, target in targets.items()
        for concern in _about(rows[ticker], target["weight"], brief)
    ]
    concerns += crowded(rows, targets)
    concerns += busy(rows, targets)
    worst = max((c.severity for c in concerns), default=0.0)
    return ValidatorAnswer(
        verdict="revise" if worst >= WORTH_A_ROUND else "approve",
        concerns=concerns[:MOST_CONCERNS],
        summary=_summary(len(targets), concerns, worst),
    )


def _about(row: Row, weight: float, brief: Brief) -> Iterator[Concern]:
    held = row["weight"] or 0.0
    if weight > max(held, 0.0):  # covering a short takes risk away
        for rule in (similar_trades_lost, forecasts_disagree, view_against, forecasts_against):
            if (concern := rule(row)) is not None:
                yield concern
        if (concern := against_regime(row, brief.part("macro"))) is not None:
            yield concern
    elif weight <= held and (concern := closed_too_soon(row, weight, brief.horizon)) is not None:
        yield concern


def similar_trades_lost(row: Row) -> Concern | None:
    """Object to enlarging what lost before; the more trades, the louder."""
    n, lost, mean = row["similar_trades"], row["similar_lost"], row["similar_mean_return"]
    if n < ENOUGH_TRADES or mean is None or mean >= 0:
        return None
    severity = clip(-shrunk(mean, n) / 0.02 * lost / n, 0, 1)
    if severity < 0.1:
        return None
    worst = row["similar_worst_return"]
    reason = f"{lost} of {n} similar trades lost, {percent(mean)} on average, {percent(worst)} at worst"
    return _concern(row, "similar_trades_lost", severity, reason)


def forecasts_disagree(row: Row) -> Concern | None:
    """Object when forecasters rank a name at opposite ends."""
    low, high = row["lowest_rank"], row["highest_rank"]
    if low is None or high is None or high - low < WIDE_RANKS:
        return None
    reason = f"forecasters rank it from {low:.2f} to {high:.2f}"
    return _concern(row, "weak_evidence", clip((high - low - WIDE_RANKS) + 0.2, 0, 0.49), reason)


def view_against(row: Row) -> Concern | None:
    """Object to buying what the quant researcher would not hold; loud from where the rules would sell it."""
    conviction = row["conviction"]
    if conviction is None or conviction >= 0:
        return None
    severity = clip(WORTH_A_ROUND + LEAVE - conviction, 0, 1)
    reason = f"right only if the quant researcher is wrong, whose view of it is {conviction:+.2f}"
    return _concern(row, "other", severity, reason)


def forecasts_against(row: Row) -> Concern | None:
    """Object to buying what the kindest of several forecasts puts far below the middle of the universe.

    Whatever forecasts are worth, none of them is a reason to buy; severity is the distance from the middle.
    """
    low, high = row["lowest_rank"], row["highest_rank"]
    alone = low == high  # one voice is not all of them
    if low is None or high is None or alone or high > LOWEST_THIRD:
        return None
    reason = f"right only if every forecaster is wrong: none ranks it above {high:.2f}"
    return _concern(row, "weak_evidence", clip(1 - 2 * high, 0, 1), reason)


def against_regime(row: Row, macro: Row) -> Concern | None:
    """Object to adding risk in a risk-off market, or in a sector that is to be avoided."""
    if row["sector"] and row["sector"] in (macro.get("sectors_to_avoid") or ()):
        return _concern(row, "against_regime", 0.6, f"{row['sector']} is to be avoided")
    if macro.get("regime") != "risk_off":
        return None
    severity = clip(0.3 + 0.4 * (macro.get("confidence") or 0.0) - (row["conviction"] or 0.0) / 2, 0, 1)
    return _concern(
        row, "against_regime", severity, f"adds risk while the market is risk off at {_wish(macro)}"
    )


def closed_too_soon(row: Row, weight: float, horizon: int) -> Concern | None:
    """Object to closing within the horizon, unless conviction has collapsed."""
    held, conviction = row["held_sessions"] or 0, row["conviction"]
    collapsed = conviction is not None and conviction <= JUST_OPENED_CONVICTION
    if weight > 0 or held >= horizon or collapsed:
        return None
    return _concern(row, "overtrading", 0.6, f"closed after {held} of {horizon} sessions")


def crowded(rows: Mapping[str, Row], targets: Mapping[str, Row]) -> list[Concern]:
    """Object to the largest addition of a sector that would hold too much of the book."""
    sums: dict[str, float] = {}
    for ticker, row in rows.items():
        weight = targets[ticker]["weight"] if ticker in targets else row["weight"] or 0.0
        sums[row["sector"]] = sums.get(row["sector"], 0.0) + weight
    concerns = []
    for sector, total in sorted(sums.items()):
        added = [t for t in targets if rows[t]["sector"] == sector and _increase(rows[t], targets[t]) > 0]
        if sector and total > CROWDED_SECTOR and added:
            largest = max(added, key=lambda t: (_increase(rows[t], targets[t]), t))
            severity = clip(0.3 + (total - CROWDED_SECTOR) * 4, 0, 1)
            concerns.append(_concern(rows[largest], "crowded", severity, f"{sector} would be {share(total)}"))
    return concerns


def busy(rows: Mapping[str, Row], targets: Mapping[str, Row]) -> list[Concern]:
    """Object to the least convincing addition of a proposal that changes too much at once."""
    turnover = sum(abs(_increase(rows[t], targets[t])) for t in targets)
    added = [t for t in targets if _increase(rows[t], targets[t]) > 0]
    if not added or (len(targets) <= BUSY_CHANGES and turnover <= BUSY_TURNOVER):
        return []
    weakest = min(added, key=lambda t: (rows[t]["conviction"] or 0.0, t))
    reason = f"{len(targets)} changes turn over {share(turnover)} of the book in one session"
    return [_concern(rows[weakest], "overtrading", 0.5, reason)]


def _increase(row: Row, target: Row) -> float:
    return float(target["weight"]) - float(row["weight"] or 0.0)


def _concern(row: Row, kind: str, severity: float, reason: str) -> Concern:
    return Concern.model_validate(
        {"ticker": row["ticker"], "kind": kind, "severity": round(severity, 2), "reason": reason}
    )


def _wish(macro: Row) -> str:
    return f"{share(macro.get('exposure') or 0.0)} exposure"


def _summary(changes: int, concerns: list[Concern], worst: float) -> str:
    if not concerns:
        return f"{changes} changes, and nothing in the desk's own record speaks against them."
    return (
        f"{len(concerns)} concerns about {changes} changes, the worst at severity {worst:.2f}. "
        "A second round is worth it above severity 0.5."
    )

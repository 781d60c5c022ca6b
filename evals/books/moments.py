"""A half year taken apart into its decisions, so that what looks for the future can look at each."""

from collections.abc import Iterator
from typing import Any

from evals.case import Case

AHEAD = (1, 5, 20)
"""Sessions after a close whose returns nothing known at it may hold."""


def moments_of(case: Case) -> Iterator[Case]:
    """Yield a case itself; of a half year every decision, and of each every name with what came after it."""
    if case.subject != "book":
        yield case
        return
    market = case.given["market"]
    places = {day: place for place, day in enumerate(market["sessions"])}
    for evidence in case.given["decisions"]:
        day = evidence["session"]
        yield _moment(case, day, evidence, {})
        for candidate in evidence["candidates"]:
            closes = market["bars"][candidate["ticker"]]["close"]
            shown = {"session": day, "candidates": [candidate]}
            yield _moment(case, f"{day} {candidate['ticker']}", shown, _ahead(closes, places[day]))


def _ahead(closes: list[float | None], place: int) -> dict[str, Any]:
    """Return what a name did from a close on, before dividends, by sessions."""
    now = closes[place]
    later = {ahead: closes[place + ahead] for ahead in AHEAD if place + ahead < len(closes)}
    return {f"{ahead} ahead": then / now - 1 for ahead, then in later.items() if then and now}


def _moment(case: Case, name: str, evidence: dict[str, Any], label: dict[str, Any]) -> Case:
    return Case(
        case_id=f"{case.case_id} {name}", subject=case.subject, given={"evidence": evidence}, label=label
    )

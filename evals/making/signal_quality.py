"""Makes `signal_quality`: one name of one session, and whether a purchase at the next open came to good."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from agents.brief import Evidence
from db.record_codec import to_plain
from evals.case import Case, Dataset
from evals.making.outcomes import HORIZONS, Outcome, Outcomes, told_of
from evals.making.past import Holding, Past
from evals.making.strata import Regime, regime_of, volatility_thirds
from fund.market.view import MarketView
from tools.market import trailing_return

SEED = 20161
MOST_CASES = 200
HELD_WEIGHT = Decimal("0.05")
MOMENTUM_SESSIONS = 120
MOST_HELD_SESSIONS = 30
ABOUT = (
    "One S&P 500 member a session, drawn evenly over sectors, thirds of volatility and whether it is held, "
    "with the evidence a committee would have been shown on the close. The label is the total return from "
    "the next open to the open 1, 5 and 20 sessions later, less a round trip's commission and spread, less "
    "the benchmark's over the same opens, over the daily volatility of the excess return of the 60 sessions "
    "before times the root of the horizon: good above 0.25, bad below -0.25. From the demo bundle's two "
    "years, one market: neighbouring cases share days of their outcomes, so resample by blocks of "
    "`session`. It says whether a view was right, not whether a book of them was."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pick:
    session: date
    ticker: str
    regime: Regime
    strata: Mapping[str, str]
    outcomes: Mapping[int, Outcome]


def signal_quality(past: Past) -> Dataset:
    """Return the dataset of a past that was played; the same past gives the same cases."""
    picks = tuple(_picks(past, Random(SEED)))  # noqa: S311 - must repeat, hides nothing
    cases = tuple(_case(past, pick, number) for number, pick in enumerate(picks))
    return Dataset(name="signal_quality", about=ABOUT, cases=cases)


def _picks(past: Past, chance: Random) -> Iterator[_Pick]:
    outcomes = Outcomes(past.history, past.mandate.benchmark, past.mandate.costs)
    known = [s for s in past.played if outcomes.known(s, max(HORIZONS))]
    regimes = {session: regime_of(past.view(session), past.mandate.benchmark) for session in known}
    used: Counter[str] = Counter()
    for session in evened(regimes, MOST_CASES):
        view = past.view(session)
        thirds = volatility_thirds(view)
        forecast = past.forecasts.by_ticker(session)
        names = sorted(t for t in thirds if t in forecast and view.instrument(t).sector)
        chance.shuffle(names)
        names.sort(key=lambda t: _crowding(used, view.instrument(t).sector, thirds[t], t))
        for ticker in names:
            found = {h: outcomes.of(ticker, session, h) for h in HORIZONS}
            whole = {h: outcome for h, outcome in found.items() if outcome is not None}
            if len(whole) == len(HORIZONS):
                break
        else:
            continue
        regime, sector = regimes[session], view.instrument(ticker).sector
        kind = f"{regime.volatility} {regime.trend}"
        action = min(("open", "held"), key=lambda a: (used[f"{a} {thirds[ticker]}"], used[f"{a} {kind}"]))
        used.update([sector, thirds[ticker], f"{sector} {thirds[ticker]}", ticker])
        used.update([f"{action} {thirds[ticker]}", f"{action} {kind}"])
        strata = {
            "regime": regime.volatility, "trend": regime.trend, "sector": sector,
            "volatility": thirds[ticker], "action": action,
        }  # fmt: skip
        yield _Pick(session=session, ticker=ticker, regime=regime, strata=strata, outcomes=whole)


def evened(regimes: Mapping[date, Regime], most: int) -> tuple[date, ...]:
    """Return up to `most` sessions: all of the rarer regimes, the others thinned out evenly to one size."""
    groups: dict[Regime, list[date]] = {}
    for session, regime in sorted(regimes.items()):
        groups.setdefault(regime, []).append(session)
    size = max(
        (n for n in range(1, most + 1) if sum(min(n, len(g)) for g in groups.values()) <= most), default=0
    )
    kept = [s for group in groups.values() for s in _spread(group, size)]
    return tuple(sorted(kept))


def _spread(sessions: Sequence[date], size: int) -> list[date]:
    if len(sessions) <= size:
        return list(sessions)
    return [sessions[place * len(sessions) // size] for place in range(size)]


def _crowding(used: Mapping[str, int], sector: str, third: str, ticker: str) -> tuple[int, ...]:
    """Sort names of the kinds that were used least to the front; a shuffle before decides the rest."""
    return used[sector], used[f"{sector} {third}"], used[third], used[ticker]


def _case(past: Past, pick: _Pick, number: int) -> Case:
    held: tuple[Holding, ...] = ()
    if pick.strata["action"] == "held":
        since = Random(f"{SEED} {number}").randint(1, MOST_HELD_SESSIONS)  # noqa: S311 - must repeat
        held = (Holding(ticker=pick.ticker, weight=HELD_WEIGHT, held_sessions=since),)
    evidence = past.evidence(pick.session, held, (pick.ticker,))
    entry = pick.outcomes[HORIZONS[0]].entry
    return Case(
        case_id=f"signal-{number:03}",
        subject="quant_researcher",
        given={"evidence": to_plain(evidence), "earlier": {}},
        label={
            "ticker": pick.ticker,
            "horizons": {str(h): told_of(outcome) for h, outcome in pick.outcomes.items()},
            "baselines": baselines(evidence, past.view(pick.session), past.mandate.benchmark),
            "session": past.history.panel.sessions.index(pick.session),
            "next_open": entry.isoformat(),
        },
        strata=pick.strata,
    )


def baselines(evidence: Evidence, view: MarketView, benchmark: str) -> dict[str, Any]:
    """Return what those who do not think say of the one candidate: 1 buy, -1 avoid, 0 nothing."""
    candidate = evidence.candidates[0]
    market = trailing_return(view.total_return_index(benchmark, MOMENTUM_SESSIONS + 1), MOMENTUM_SESSIONS)
    known = candidate.return_120 is not None and market is not None
    momentum = (candidate.return_120 or 0.0) - (market or 0.0) if known else 0.0
    expected = candidate.forecasts[0].expected if candidate.forecasts else 0.0
    return {"always_hold": 0, "always_buy": 1, "momentum": sign(momentum), "forecaster": sign(expected)}


def sign(value: float) -> int:
    """Return 1, -1 or 0."""
    return (value > 0) - (value < 0)

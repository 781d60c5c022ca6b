"""Pasts of a desk to look for patterns in, made up to the last trade, and a market they can be judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from fund.cycle import CycleRecord
from fund.market.history import History
from fund.market.history_view import HistoryView
from fund.portfolio.proposal import Proposal
from fund.risk.limits import Clamp, RiskReview
from support.books import an_order, at_close
from support.markets import a_calendar, a_quiet_history, a_spell
from support.records import a_cycle_record
from tools.aftermath import Aftermath
from tools.desk_past import DeskPast, OpenedTrade
from tools.heard import SpokenConcern

CALENDAR = a_calendar(count=400)
DAYS = CALENDAR.sessions(CALENDAR.first, CALENDAR.last)
BENCHMARK = "SPY"


def a_concern(kind: str = "crowded", severity: float = 0.3, ticker: str = "AAPL") -> SpokenConcern:
    return SpokenConcern(ticker=ticker, kind=kind, severity=severity)


def an_opened_trade(place: int = 0, held: int = 5, earned: float = 0.02, **changes: object) -> OpenedTrade:
    """Return a trade of 10,000 USD that was opened on a session by its place and closed `held` later."""
    trade = OpenedTrade(
        ticker="AAPL",
        opened=DAYS[place + 1],
        closed=DAYS[place + 1 + held],
        decided=DAYS[place],
        held_sessions=held,
        profit=10_000 * earned,
        return_fraction=earned,
        concerns=(),
        conviction=0.3,
        regime="risk_on",
        ranks=(0.9, 0.8),
        sector="Energy",
        ended_by="",
    )
    return replace(trade, **changes)  # type: ignore[arg-type]


def a_past(
    trades: Sequence[OpenedTrade] = (), records: Sequence[CycleRecord] = (), **changes: object
) -> DeskPast:
    """Return a past that holds these and nothing else."""
    past = DeskPast(
        span="since the start",
        days=DAYS,
        all_days=DAYS,
        records=tuple(records),
        regimes={},
        marks=(),
        trades=tuple(trades),
        unexplained=0,
        still_open=0,
    )
    return replace(past, **changes)  # type: ignore[arg-type]


def a_heard_record(
    place: int,
    *,
    candidates: Mapping[str, float] | Sequence[str] = (),
    concerns: Sequence[SpokenConcern] = (),
    convictions: Mapping[str, float] | None = None,
    wanted: Mapping[str, float] | None = None,
    weights: Mapping[str, str] | None = None,
    bought: Sequence[str] = (),
    clamps: Sequence[Clamp] = (),
    **changes: object,
) -> CycleRecord:
    """Return the decision of a session by its place; `candidates` may carry a forecast's probability."""
    named = candidates if isinstance(candidates, Mapping) else dict.fromkeys(candidates, 0.5)
    evidence = {
        "evidence": {
            "candidates": [
                {
                    "ticker": ticker,
                    "forecasts": [
                        {"forecaster": "gbm", "horizon_sessions": 5, "probability_up": p, "rank": p}
                    ],
                }
                for ticker, p in named.items()
            ]
        },
        "answers": {
            "macro_researcher": {"regime": "risk_on", "summary": "calm"},
            "quant_researcher": {
                "views": [{"ticker": t, "conviction": c} for t, c in (convictions or {}).items()]
            },
            "portfolio_manager": {"targets": [{"ticker": t, "weight": w} for t, w in (wanted or {}).items()]},
            "validator": {
                "concerns": [
                    {"ticker": c.ticker, "kind": c.kind, "severity": c.severity, "reason": "so"}
                    for c in concerns
                ]
            },
        },
    }
    proposed = {ticker: Decimal(weight) for ticker, weight in (weights or {}).items()}
    session = DAYS[place]
    return a_cycle_record(
        f"cycle-{place}",
        session,
        proposal=Proposal(weights=proposed, evidence=evidence),
        review=RiskReview(weights=proposed, clamps=tuple(clamps)),
        orders=tuple(
            an_order(ticker, order_id=f"ord-{place}-{ticker}", decided_at=at_close(session))
            for ticker in bought
        ),
        **changes,
    )


def a_clamp(
    ticker: str = "AAPL", before: str = "0.10", after: str = "0.05", limit: str = "max_sector"
) -> Clamp:
    return Clamp(limit=limit, ticker=ticker, before=Decimal(before), after=Decimal(after), reason="full")


def a_market(closes: Mapping[str, Sequence[float]], **facts: object) -> History:
    """Return a market of these closes beside a benchmark that stands still; every name is a member."""
    length = len(next(iter(closes.values())))
    whole = {BENCHMARK: [100.0] * length, **closes}
    spells = tuple(a_spell(ticker, DAYS[0], None) for ticker in closes)
    return a_quiet_history(whole, membership=spells, **facts)


def seen(history: History, sessions: int) -> Aftermath:
    """Return what came after decisions, as far as a clock on the close of the last of `sessions` sees."""

    def view(session: date | None = None) -> HistoryView:
        day = session or DAYS[sessions - 1]
        return history.view(history.calendar.decision_time(day))

    return Aftermath(view(), BENCHMARK, view)

"""Plain questions over a played desk's records with their right answers, worked out from the desk itself."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from statistics import median

from support.desk_records import PlayedDesk

Right = Callable[[PlayedDesk], object]
"""The first cell of the answer, or the whole first row."""


def _orders(desk: PlayedDesk) -> list[object]:
    return [order for record in desk.records for order in record.orders]


def _clamps(desk: PlayedDesk) -> list[str]:
    return [clamp.limit for record in desk.records if record.review for clamp in record.review.clamps]


def _most(values: Sequence[str]) -> tuple[str, int]:
    counted = Counter(values)
    return min(counted.items(), key=lambda each: (-each[1], each[0]))


def _gains(desk: PlayedDesk) -> list[Decimal]:
    pairs = zip(desk.marks, desk.marks[1:], strict=False)
    return [b.equity - a.equity - (b.deposits - a.deposits) for a, b in pairs]


def _returns(desk: PlayedDesk) -> list[float]:
    return [b.unit_value / a.unit_value - 1 for a, b in zip(desk.marks, desk.marks[1:], strict=False)]


def _month(desk: PlayedDesk, month: int) -> list[object]:
    return [fill for fill in desk.fills if fill.session.month == month]


GOLD: dict[str, Right] = {
    "how many orders are there?": lambda desk: len(_orders(desk)),
    "how many orders were rejected in November?": lambda desk: 0,
    "how many fills of AAPL?": lambda desk: sum(fill.ticker == "AAPL" for fill in desk.fills),
    "number of buys among the fills": lambda desk: sum(fill.side == "buy" for fill in desk.fills),
    "which ticker had the most fills": lambda desk: _most([fill.ticker for fill in desk.fills]),
    "which ticker had the most trades?": lambda desk: _most([trade.ticker for trade in desk.closed]),
    "average commission per fill": lambda desk: (
        sum(fill.commission for fill in desk.fills) / len(desk.fills),
        len(desk.fills),
    ),
    "total commission": lambda desk: (sum(fill.commission for fill in desk.fills), len(desk.fills)),
    "total commissions paid in November 2016": lambda desk: (
        sum(fill.commission for fill in desk.fills if (fill.session.year, fill.session.month) == (2016, 11)),
        len(_month(desk, 11)),
    ),
    "total value of the sell fills": lambda desk: (
        sum(fill.price * fill.quantity for fill in desk.fills if fill.side == "sell"),
        sum(fill.side == "sell" for fill in desk.fills),
    ),
    "how many shares were bought in fills of MSFT": lambda desk: (
        sum(f.quantity for f in desk.fills if (f.ticker, f.side) == ("MSFT", "buy")),
        sum((f.ticker, f.side) == ("MSFT", "buy") for f in desk.fills),
    ),
    "how many decisions were halted": lambda desk: sum(r.status == "halted" for r in desk.records),
    "how many decisions were held?": lambda desk: sum(r.status == "held" for r in desk.records),
    "how many cycles?": lambda desk: len(desk.records),
    "decisions by status": lambda desk: _most([record.status for record in desk.records]),
    "orders by side": lambda desk: _most([order.side for r in desk.records for order in r.orders]),
    "clamps by limit": lambda desk: _most(_clamps(desk)),
    "how many clamps": lambda desk: len(_clamps(desk)),
    "how many max_position clamps?": lambda desk: _clamps(desk).count("max_position"),
    "average daily return": lambda desk: (sum(_returns(desk)) / len(_returns(desk)), len(_returns(desk))),
    "how many days were up?": lambda desk: sum(each > 0 for each in _returns(desk)),
    "how many days had a loss over 0.1 %?": lambda desk: sum(each < -0.001 for each in _returns(desk)),
    "how many days had a loss of more than $100?": lambda desk: sum(each < -100 for each in _gains(desk)),
    "how many days with drawdown over 0.2 %": lambda desk: sum(m.drawdown < -0.002 for m in desk.marks),
    "total profit by year of the sessions": lambda desk: (
        "2016",
        sum(
            gain for gain, mark in zip(_gains(desk), desk.marks[1:], strict=True) if mark.session.year == 2016
        ),
        sum(mark.session.year == 2016 for mark in desk.marks[1:]),
    ),
    "win rate": lambda desk: (1.0, 2),
    "win rate of closed trades": lambda desk: (
        sum(trade.profit > 0 for trade in desk.closed) / len(desk.closed),
        len(desk.closed),
    ),
    "how many losing trades?": lambda desk: sum(trade.profit < 0 for trade in desk.closed),
    "total profit of closed trades": lambda desk: (sum(t.profit for t in desk.closed), len(desk.closed)),
    "median return of closed trades": lambda desk: (
        median(trade.return_fraction for trade in desk.closed),
        len(desk.closed),
    ),
    "average holding time of the trades": lambda desk: (
        sum((t.closed - t.opened).days for t in desk.closed) / len(desk.closed),
        len(desk.closed),
    ),
    "fees of closed trades": lambda desk: (sum(t.fees for t in desk.closed), len(desk.closed)),
    "worst trade": lambda desk: min(desk.closed, key=lambda t: t.profit).ticker,
    "best trade": lambda desk: max(desk.closed, key=lambda t: t.profit).ticker,
    "largest fill": lambda desk: max(desk.fills, key=lambda f: f.price * f.quantity).session,
    "largest daily loss": lambda desk: desk.marks[_gains(desk).index(min(_gains(desk))) + 1].session,
    "biggest daily gain": lambda desk: desk.marks[_gains(desk).index(max(_gains(desk))) + 1].session,
    "worst day": lambda desk: desk.marks[_returns(desk).index(min(_returns(desk))) + 1].session,
    "highest equity": lambda desk: max(desk.marks, key=lambda m: m.equity).session,
    "largest drawdown": lambda desk: min(desk.marks, key=lambda m: m.drawdown).session,
    "when was the first fill?": lambda desk: desk.fills[0].session,
    "when was the last fill": lambda desk: desk.fills[-1].session,
    "equity on 2016-11-14": lambda desk: next(
        (m.session, m.equity, m.cash) for m in desk.marks if m.session.isoformat() == "2016-11-14"
    ),
    "what did the LLM cost per role?": lambda desk: ("validator", Decimal("0.25"), 1),
    "llm calls by status": lambda desk: ("answered", 1),
    "llm cost": lambda desk: (Decimal("0.25"), 1),
    "events by kind": lambda desk: ("note", 1),
    "how many jobs were missed": lambda desk: 1,
    "job runs by status": lambda desk: ("done", 1),
    "average seconds of the verify jobs": lambda desk: (31.0, 2),
    "how many hearings are waiting?": lambda desk: 1,
    "hearings by job": lambda desk: ("before_open", 1),
    "how many suggestions were there": lambda desk: 1,
    "suggestions by picker": lambda desk: ("ensemble", 1),
    "average return of the suggestions": lambda desk: (0.01, 1),
    "average excess of the metric suggestions": lambda desk: (-0.01, 1),
    "how many alerts failed?": lambda desk: 1,
    "alerts by channel": lambda desk: ("discord", 1),
    "alerts by answer": lambda desk: ("no answer: ConnectTimeout", 1),
    "average eval score by dataset": lambda desk: ("risk_management", 0.85, 2),
    "which dataset got worse?": lambda desk: ("risk_management", 1),
    "lowest eval score of risk_management": lambda desk: (date(2016, 11, 2), "risk_management"),
    "how many headlines of MSFT": lambda desk: 1,
    "average sentiment of the headlines": lambda desk: (0.6, 2),
    "concerns by kind": lambda desk: (
        "similar_trades_lost",
        sum(r.proposal is not None and bool(r.proposal.evidence) for r in desk.records),
    ),
    "signals of the validator for KO": lambda desk: desk.records[-1].session,
    "orders of the last 5 sessions by ticker": lambda desk: _most(
        [order.ticker for record in desk.records[-5:] for order in record.orders]
    ),
}
"""By question; every answer is exact, but statistics to nine digits."""

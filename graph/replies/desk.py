"""Answers about the desk itself: where it stands, what an advance brought, what can be asked."""

from collections.abc import Iterator, Sequence
from typing import Literal

from graph.chat_events import ChatEvent
from graph.desk_answers import NextStep, TradingNow
from graph.desk_control import AdvanceSummary, DeskStatus
from graph.replies.first_words import listed_orders
from graph.replies.phrases import percent, plural, quote, say, table, usd
from tools.control import PendingCommand

CAN_DO = """
- *What do we hold and why?*, *What did you buy last week?*
- *How are we doing this month?*, *P&L from 2016-05-01 to 2016-06-30*
- *Why did you buy AAPL?*, *Why did you skip Microsoft yesterday?*, *What did you decide last Friday?*
- *How is AAPL doing?*, *What is the forecast for NVDA?*, *Past trades similar to AAPL*, *How is the market?*
- *How did we do by month?*, *How good is the forecaster?*, *Who decides?*, *What happens next?*
- *What are our limits?*, *What is our VaR?*, *What did the limits cut?*, *What would March 2020 do to us?*
- *How is the circuit breaker?*, *Why is trading halted?*, *What would it take to resume?*
- *Compare us with SPY this year*, *Attribution by sector*, *Our worst drawdowns*, *What is our exposure?*
- *Which concerns predicted losses?*, *Win rate by confidence*, *Profit by weekday*
- *Find news about oil*, *When did we last discuss leverage?*, *Candle chart of AAPL*, *Correlation heat map*
- *How many fills per ticker?*, or a SELECT of your own; *Show the watchlist*
- *What did discovery find?*, *How do the pickers compare?*
- *How do the shadow LLMs do?*, *Who would have bought what today?*
- *How did the last bakeoff go?*, *Rate decisions blind*
"""
CAN_ADVANCE = """- *Run the next session*, *Advance 5 sessions*
- *Advance 20 sessions*, *Pause trading*, *Resume trading*, *Kill switch*: each of these asks you first
- *Deposit 5000*, *Withdraw 5000* (USD), *Close AAPL*, *Keep AAPL*, *Add NVDA to the watchlist*,
  *Hear the committee*, *Run a bakeoff of the validator*: they ask you first too
"""
CAN_PAUSE = """- *Pause trading*, *Resume trading*, *Kill switch*: each of these asks you first
- *Deposit 5000*, *Withdraw 5000* (USD), *Close AAPL*, *Keep AAPL*, *Add NVDA to the watchlist*,
  *Hear the committee*, *Run a bakeoff of the validator*: they ask you first too
"""


def can_do(mode: Literal["replay", "live"]) -> str:
    """Return what can be asked; the real clock cannot be advanced."""
    return CAN_DO + (CAN_PAUSE if mode == "live" else CAN_ADVANCE)


def greeting_of(status: DeskStatus, offline: bool) -> str:
    """Say in one plain line which mode the desk is in, where its clock stands and who answers."""
    day = status.session.isoformat()
    who = (
        "Answers here: offline rules, no LLM."
        if offline
        else "Answers here come from an LLM over the desk's tools."
    )
    committee = f"The committee: {status.provider}."
    if status.mode == "live":
        return f"The desk runs on the real clock; its last session is {day}. {committee} {who}"
    left = plural(status.unplayed or 0, "session")
    stands = f"Replay mode: the desk's clock stands at the close of {day}, with {left} left to play."
    return f"{stands} {committee} {who}"


def status_reply(now: TradingNow) -> Iterator[ChatEvent]:
    """Say where the desk stands and whether it trades."""
    desk = now.desk
    since = f" since {now.since} UTC" if now.since else ""
    reason = f" ({quote(now.reason)})" if now.reason and now.trading != "running" else ""
    yield from say(f"Trading is {now.trading}{since}{reason}. ")
    day = desk.session.isoformat()
    if desk.mode == "live":
        ahead = f"; the next is {desk.next_session.isoformat()}" if desk.next_session else ""
        yield from say(f"The desk runs on the real clock; its last session is {day}{ahead}.")
    elif desk.next_session is None or not desk.unplayed:
        yield from say(f"The replay stands at the close of {day}, the end of its data.")
    else:
        yield from say(
            f"The replay stands at the close of {day} with {plural(desk.unplayed, 'session')} left; the next "
            f"is {desk.next_session.isoformat()}."
        )
    yield from say(f" Who speaks in the committee: {quote(desk.provider)}.{_closes_said(now)}")
    if now.refused:
        was = "was" if now.refused == 1 else "were"
        told = "*What was refused?* tells what and why"
        yield from say(f" {plural(now.refused, 'thing')} {was} refused in that session: {told}.")


def money_reply(now: TradingNow) -> Iterator[ChatEvent]:
    """Say that no real money moves."""
    yield from say(
        "No: this is paper money. Orders are filled by a simulation at the day's prices, with costs, and "
        "nothing here reaches a broker."
    )


def deciders_reply(now: TradingNow) -> Iterator[ChatEvent]:
    """Say who decides, who speaks for them and who has the last word."""
    yield from say(
        "A committee of five roles decides what to buy and sell: macro researcher, quant researcher, "
        "portfolio manager, validator and risk officer. Who speaks for them: "
        f"{quote(now.desk.provider)}. The limits of the mandate come last and cut whatever goes past them; "
        "the chat can pause trading and move the owner's money, not place orders."
    )


def next_reply(step: NextStep) -> Iterator[ChatEvent]:
    """Say what the next session begins with and who decides on its close."""
    desk = step.now.desk
    orders = listed_orders(step.orders)
    if desk.next_session is None:
        yield from say(
            f"The desk stands at the close of {desk.session.isoformat()} and knows no next session. "
        )
    else:
        yield from say(f"The next session is {desk.next_session.isoformat()}. ")
    closes = _closes_said(step.now)
    waiting = (
        f"These orders wait for the next open: {orders}. " if orders else "No order waits for its open. "
    )
    decides = (
        f"Trading is {step.now.trading}, so nothing new will be decided until it is resumed."
        if step.now.trading in ("paused", "halted")
        else f"On its close the committee decides again (who speaks: {quote(desk.provider)})."
    )
    start = (
        " It begins when you say *run the next session*." if desk.mode == "replay" and desk.unplayed else ""
    )
    yield from say(f"{waiting}{decides}{closes}{start}")


def _closes_said(now: TradingNow) -> str:
    """Say which closes the owner has asked for and still stand, decided or not."""
    asked = [each for each in now.closes if each.ordered is None]
    if not now.closes:
        return ""
    if not asked:
        wait = "waits" if len(now.closes) == 1 else "wait"
        return f" {plural(len(now.closes), 'close')} you asked for {wait} for the next open."
    named = ", ".join(
        each.ticker if each.fraction == 1 else f"{percent(each.fraction, digits=0)} of {each.ticker}"
        for each in asked
    )
    return f" You asked to close {named}: that comes first in the next decision."


def advanced_reply(summary: AdvanceSummary, asked: int) -> Iterator[ChatEvent]:
    """Say what an advance brought."""
    if not summary.played:
        yield from say(f"No session was played: {quote(summary.stopped or 'none was left')}.")
        return
    first, last = summary.played[0], summary.played[-1]
    short = f" instead of {asked} ({quote(summary.stopped)})" if summary.stopped else ""
    yield from say(
        f"Played {plural(len(summary.played), 'session')}{short}: the desk's clock stands at the close of "
        f"{last.session.isoformat()}, equity {usd(last.equity)}. "
        f"{plural(sum(p.fills for p in summary.played), 'fill')}, "
        f"{plural(sum(p.orders for p in summary.played), 'new order')}; "
        f"{plural(summary.unplayed, 'session')} left to play."
    )
    yield from table(
        f"Sessions {first.session.isoformat()} to {last.session.isoformat()}",
        ("Session", "Decision", "Equity", "Return", "Benchmark", "Fills", "Orders"),
        [
            (
                p.session.isoformat(),
                p.status,
                usd(p.equity),
                percent(p.return_fraction, signed=True),
                percent(p.benchmark_return, signed=True),
                p.fills,
                p.orders,
            )
            for p in summary.played
        ],
    )


def help_reply(status: DeskStatus) -> Iterator[ChatEvent]:
    """Say what can be asked."""
    yield from say(
        f"I answer questions about this desk as it stands at the close of {status.session.isoformat()}, "
        f"from its own records. Ask for example:\n{can_do(status.mode)}"
    )


def thanks_reply() -> Iterator[ChatEvent]:
    """Answer thanks as a person would: in a few words."""
    yield from say("You are welcome.")


def unknown_reply(problem: str | None, mode: Literal["replay", "live"]) -> Iterator[ChatEvent]:
    """Say that a question was not understood, why where that is known, and what would be."""
    if problem is not None:
        yield from say(f"{quote(problem[:1].upper() + problem[1:])}")
        return
    yield from say(
        "I did not understand that, or it is not something this desk keeps. In plain English you can ask:\n"
        f"{can_do(mode)}"
    )


def which_ticket_reply(pending: Sequence[PendingCommand], verb: str) -> Iterator[ChatEvent]:
    """Answer a bare yes or no, which is bound to no ticket and therefore does nothing."""
    if not pending:
        yield from say(f"Nothing is waiting for you to {verb}, so nothing was done.")
        return
    listed = "; ".join(f"`{verb} {each.command_id}` ({each.sentence})" for each in pending)
    yield from say(f"Use the ticket's button, or type exactly: {listed}")

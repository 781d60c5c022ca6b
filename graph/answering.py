"""The offline answer: an intent becomes one tool call, and its result an answer."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date
from time import perf_counter
from typing import Generic, TypeVar

from db.record_codec import to_json
from fund.errors import DeskError, QueryRefusedError
from graph.chat_events import ChatEvent, StepFinished, StepStarted, Ticket
from graph.desk_tools import DeskTools
from graph.intent import AT_ONCE, CONTROL, TICKER_TOPICS, Intent
from graph.replies import book, cuts, decision, desk, limits, outlook, results, stress
from graph.replies.breaker import breaker_reply, evidence_table
from graph.replies.phrases import quote, say
from tools.control import PendingCommand
from tools.control_words import Action
from tools.spans import ALL_SESSIONS

T = TypeVar("T")
OUTPUT_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersWord:
    """A command that the owner's own message confirms: typed by hand, and matched whole by the grammar."""

    command_id: str


Said = ChatEvent | OwnersWord


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[T]):
    """One tool call and how its result is told."""

    tool: str
    input: str
    call: Callable[[], T]
    told: Callable[[T], Iterator[Said]]


async def answer_offline(
    intent: Intent, tools: DeskTools, *, user: str, thread_id: str
) -> AsyncIterator[Said]:
    """Answer an intent from one tool's result; what the desk cannot do is said in a sentence."""
    if intent.problem is not None or intent.name in ("unknown", "thanks"):
        mode = (await asyncio.to_thread(tools.desk.status)).mode
        for event in (
            desk.thanks_reply() if intent.name == "thanks" else desk.unknown_reply(intent.problem, mode)
        ):
            yield event
        return
    if intent.note:
        for event in say(f"({quote(intent.note)}) "):
            yield event
    async for said in carried_out(plan_for(intent, tools, user=user, thread_id=thread_id)):
        yield said


def plan_for(intent: Intent, tools: DeskTools, *, user: str, thread_id: str) -> Plan[object]:
    """Return the tool call that answers an intent."""
    if intent.name in CONTROL:
        return _control(intent, tools, user, thread_id)
    if intent.name in TICKER_TOPICS:
        return _about_ticker(intent, tools)
    span = intent.span or ALL_SESSIONS
    plans: dict[str, Callable[[], Plan[object]]] = {
        "holdings": lambda: _holdings(intent.day, tools),
        "limits": lambda: _plan(
            "portfolio.limits",
            intent.statistic,
            tools.portfolio.limits,
            lambda found: limits.limits_reply(found, intent.statistic),
        ),
        "cuts": lambda: _plan(
            "decisions.decision",
            intent.day.isoformat() if intent.day else "",
            lambda: tools.decisions.decision(intent.day),
            cuts.cuts_reply,
        ),
        "refused": lambda: _plan("portfolio.refused", "", tools.portfolio.refused, limits.refused_reply),
        "stress": lambda: _plan(
            "stress",
            intent.scenario,
            lambda: tools.stress.stress(intent.scenario, intent.market_percent),
            stress.stress_reply,
        ),
        "market": lambda: _plan("market", "", tools.market, outlook.market_reply),
        "status": lambda: _plan("status", "", tools.status, desk.status_reply),
        "breaker": lambda: _plan("control.breaker", "", tools.control.breaker, breaker_reply),
        "help": lambda: _plan("status", "", tools.desk.status, desk.help_reply),
        "trades": lambda: _plan(
            "performance.trades",
            span.label,
            lambda: tools.performance.trades_over(span),
            results.trades_reply,
        ),
        "money": lambda: _plan("status", "", tools.status, desk.money_reply),
        "deciders": lambda: _plan("status", "", tools.status, desk.deciders_reply),
        "next": lambda: _plan("status", "", tools.next_step, desk.next_reply),
        "skill": lambda: _plan("forecasts.track_records", "", tools.track_records, outlook.skill_reply),
        "income": lambda: _plan("portfolio.income", "", tools.portfolio.income, results.income_reply),
        "periods": lambda: _plan(
            "performance.returns_by",
            f"{intent.period}, {span.label}",
            lambda: tools.performance.returns_by(intent.period or "month", span),
            results.periods_reply,
        ),
        "performance": lambda: _plan(
            "performance",
            span.label,
            lambda: (tools.performance.performance_over(span), tools.performance.equity_chart_over(span)),
            lambda found: results.performance_reply(*found, intent.statistic),
        ),
    }
    if intent.name not in plans:
        raise QueryRefusedError("that needs the ticket it belongs to; ask for the action again")
    return plans[intent.name]()


async def carried_out(plan: Plan[T]) -> AsyncIterator[Said]:
    """Run a tool as a step and tell its result; a refusal becomes its sentence."""
    step_id, started = f"tool-{secrets.token_hex(6)}", perf_counter()
    yield StepStarted(step_id=step_id, parent_id=None, name=plan.tool, kind="tool", input=plan.input)
    try:
        result = await asyncio.to_thread(plan.call)
    except DeskError as refusal:
        seconds = perf_counter() - started
        yield StepFinished(step_id=step_id, output=str(refusal), seconds=seconds, failed=True)
        for event in refused(refusal):
            yield event
        return
    yield StepFinished(step_id=step_id, output=shown(result), seconds=perf_counter() - started)
    for said in plan.told(result):
        yield said


def refused(error: DeskError) -> Iterator[ChatEvent]:
    """Say what the desk knows went wrong, as the sentence it is."""
    text = str(error).strip() or type(error).__name__
    end = "" if text.endswith((".", "?", "!")) else "."
    yield from say(quote(text[:1].upper() + text[1:] + end, 1000))


def shown(result: object) -> str:
    """Return the beginning of a result's JSON, for whoever opens the step."""
    first = result[0] if isinstance(result, tuple) and result else result
    text = to_json(first)
    return text if len(text) <= OUTPUT_CHARACTERS else text[: OUTPUT_CHARACTERS - 1] + "…"


def ticket_of(pending: PendingCommand) -> Ticket:
    """Return the ticket that stands for a pending command."""
    return Ticket(
        command_id=pending.command_id,
        description=pending.sentence,
        expires_at=pending.expires_at,
        consequences=pending.consequences,
    )


def control_reply(pending: PendingCommand) -> Iterator[Said]:
    """Let a short advance begin, and ask for the owner's confirmation of anything else."""
    if pending.action == "advance" and pending.sessions is not None and pending.sessions <= AT_ONCE:
        yield OwnersWord(command_id=pending.command_id)
    else:
        yield from evidence_table(pending.evidence)
        yield ticket_of(pending)


def _control(intent: Intent, tools: DeskTools, user: str, thread_id: str) -> Plan[object]:
    actions: tuple[Action, ...] = ("pause", "resume", "kill", "deposit", "withdraw")
    action: Action = next((each for each in actions if each == intent.name), "advance")
    asked = intent.sessions if intent.amount is None else intent.amount
    return _plan(
        "control.propose",
        action if asked is None else f"{action} {asked}",
        lambda: tools.control.propose(action, intent.sessions, user, thread_id, intent.amount),
        control_reply,
    )


def _holdings(day: date | None, tools: DeskTools) -> Plan[object]:
    if day is None:
        return _plan("portfolio.holdings", "", tools.portfolio.holdings, book.holdings_reply)
    return _plan(
        "portfolio.held_on", day.isoformat(), lambda: tools.portfolio.held_on(day), book.held_on_reply
    )


def _about_ticker(intent: Intent, tools: DeskTools) -> Plan[object]:
    name = intent.ticker or intent.asked_name
    if name is None and intent.name == "why":
        return _plan(
            "decisions.decision",
            intent.day.isoformat() if intent.day else "",
            lambda: tools.decisions.decision(intent.day),
            decision.decision_reply,
        )
    if name is None and intent.name == "ticker":
        return _plan("portfolio.holdings", "", tools.portfolio.holdings, book.holdings_reply)
    if name is None:
        return _plan("forecasts.top", "", tools.top_forecasts, outlook.top_reply)
    if intent.name == "ticker":
        return _plan("ticker", name, lambda: tools.ticker(name), book.ticker_reply)
    if intent.name == "forecast":
        return _plan("forecasts", name, lambda: tools.forecast(name), outlook.forecast_reply)
    if intent.name == "similar":
        return _plan("memory.similar", name, lambda: tools.similar(name), outlook.similar_reply)
    asked = f"{name} {intent.day or ''} {intent.aspect}".replace("  ", " ")
    return _plan(
        "decisions.why",
        asked,
        lambda: tools.decisions.why(name, intent.day, intent.aspect),
        decision.why_reply,
    )


def _plan(tool: str, asked: str, call: Callable[[], T], told: Callable[[T], Iterator[Said]]) -> Plan[object]:
    """Forget the result's type: a plan is carried out whole, by whoever holds it."""
    plan: Plan[T] = Plan(tool=tool, input=asked, call=call, told=told)
    return plan  # type: ignore[return-value]

"""Plans about the book: what is held, its exposure, its limits and its shocks."""

from datetime import date, timedelta

from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies import book, cuts, limits, results, stress
from graph.replies.only import holdings_only_reply
from graph.replies.requested_closes import requested_closes_reply
from graph.replies.state import difference_reply, state_reply
from tools.spans import NAMED_SPANS, Span


def holdings(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the book, as it is or as it was at the close of a day."""
    if intent.day is not None:
        return state(intent, tools)
    if intent.only:
        return plan(
            "portfolio.holdings",
            intent.only,
            tools.portfolio.holdings,
            lambda found: holdings_only_reply(found, intent.only),
        )
    return plan(
        "portfolio.holdings",
        intent.statistic,
        tools.portfolio.holdings,
        lambda found: book.holdings_reply(found, intent.statistic, intent.extreme),
    )


def state(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the whole account at a close: exposure, limits, orders, stops and profit so far."""
    asked = intent.day.isoformat() if intent.day else ""
    return plan(
        "portfolio.state",
        asked,
        lambda: tools.portfolio.state(intent.day),
        lambda found: state_reply(found, intent.dimension, intent.statistic, intent.extreme),
    )


def changed(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what changed in the book over a span; over the last month, where none is named."""
    first, last = _ends(intent.span, tools.desk.status().session)
    return plan(
        "portfolio.difference",
        f"{first.isoformat()}, {last.isoformat()}",
        lambda: tools.portfolio.difference(first, last),
        difference_reply,
    )


def asked_to_close(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the closes that the owner has asked for."""
    return plan("closes.requested_closes", "", tools.closes.requested_closes, requested_closes_reply)


def limits_used(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how much of each limit is used, or of the one that is asked for."""
    return plan(
        "portfolio.limits",
        intent.statistic,
        tools.portfolio.limits,
        lambda found: limits.limits_reply(found, intent.statistic),
    )


def cut(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what the limits took from the targets of a session."""
    return plan(
        "decisions.decision",
        intent.day.isoformat() if intent.day else "",
        lambda: tools.decisions.decision(intent.day),
        cuts.cuts_reply,
    )


def refused(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what could not be believed or booked."""
    return plan("portfolio.refused", "", tools.portfolio.refused, limits.refused_reply)


def shocked(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what a shock would do to the book."""
    return plan(
        "stress",
        intent.scenario,
        lambda: tools.stress.stress(intent.scenario, intent.market_percent),
        stress.stress_reply,
    )


def income(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show dividends and fees."""
    return plan("portfolio.income", "", tools.portfolio.income, results.income_reply)


def _ends(span: Span | None, today: date) -> tuple[date, date]:
    """Return the two days whose closes a span lies between; a week of the calendar has five sessions."""
    last = (span.last if span is not None else None) or today
    if span is not None and span.first is not None:
        return span.first, last
    sessions = span.sessions if span is not None and span.sessions else NAMED_SPANS["month"]
    return last - timedelta(days=round(sessions * 7 / 5)), last

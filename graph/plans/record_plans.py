"""Plans about the records: searches, one record, SQL, watchlist, discovery, alerts and the schedule."""

from datetime import date
from typing import cast, get_args

from db.record_texts import RecordKind
from fund.errors import QueryRefusedError
from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies.alerts import alerts_reply
from graph.replies.bakeoff import bakeoff_reply
from graph.replies.discovery import pickers_reply, suggestions_reply
from graph.replies.evaluations import evaluations_reply
from graph.replies.forecasters import compared_reply, forecasters_reply
from graph.replies.jobs import jobs_reply
from graph.replies.records import record_reply, search_reply
from graph.replies.schema import schema_reply
from graph.replies.sql import sql_reply
from graph.replies.watchlist import watchlist_reply
from graph.sql.templates import not_understood, read_sql_question
from tools.records import Role
from tools.spans import Span


def searched(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Search the records by meaning and words, narrowed to a name, a role and a time."""
    role = cast(Role, intent.role) if intent.role in get_args(Role) else None
    since, until = _bounds(intent.span)
    kind = cast(RecordKind, intent.kind) if intent.kind in get_args(RecordKind) else None
    narrowed = (intent.ticker, kind, role, since, until)
    return plan(
        "records.search",
        ", ".join(str(each) for each in (intent.text, *narrowed) if each),
        lambda: tools.records.search(intent.text, intent.ticker, kind, role, since, until),
        search_reply,
    )


def shown_whole(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show one record whole."""
    return plan("records.record", intent.record, lambda: tools.records.record(intent.record), record_reply)


def queried(intent: Intent, tools: DeskTools, user: str) -> Plan[object]:
    """Answer a question over the records in SQL, the rules' own or the owner's; read-only and guarded.

    Raises:
        QueryRefusedError: The rules do not understand every word of the question.
    """
    session, wall = tools.desk.status().session, tools.sql.today
    asked = read_sql_question(intent.text, tools.directory(), session, wall)
    if asked is None:
        raise QueryRefusedError(not_understood(intent.text))
    return plan(
        "sql.ask",
        asked.sql,
        lambda: tools.sql.ask(asked.sql, intent.text, user),
        lambda found: sql_reply(found, asked.tell, asked.title),
    )


def described(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show which views and columns can be asked in SQL."""
    return plan("sql.schema", intent.text, tools.sql.schema, lambda found: schema_reply(found, intent.text))


def watched(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the watchlist."""
    return plan("watchlist", "", tools.watchlist.watchlist, watchlist_reply)


def alerted(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what was sent to the owner, and what could not be."""
    return plan("alerts", "", tools.alerts.alerts, alerts_reply)


def scheduled(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what the desk does by itself."""
    return plan("jobs", "", tools.jobs.jobs, jobs_reply)


def baked(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how the last bakeoff went."""
    return plan("bakeoff", "", tools.bakeoffs.bakeoff, bakeoff_reply)


def evaluated(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show how the nightly evaluations went."""
    return plan("evaluations", "", tools.evaluations.evaluations, evaluations_reply)


def forecasters_listed(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show which forecasters there are and how each is faring."""
    return plan("forecasters", "", tools.forecasters.forecasters, forecasters_reply)


def forecasters_compared(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Compare two forecasters."""
    first, second = intent.about
    asked = f"{first}, {second}"
    return plan(
        "forecasters.compare", asked, lambda: tools.forecasters.compare(first, second), compared_reply
    )


def discovered(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show what the discovery found last, and what came of it."""
    return plan("discovery.suggestions", "", tools.discovery.suggestions, suggestions_reply)


def pickers_compared(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Compare the pickers with the lot, and the lists with the universe."""
    return plan("discovery.performance", "", tools.discovery.performance, pickers_reply)


def _bounds(span: Span | None) -> tuple[date | None, date | None]:
    return (span.first, span.last) if span is not None else (None, None)

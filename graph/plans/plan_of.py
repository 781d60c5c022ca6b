"""Which plan answers which intent."""

from collections.abc import Callable, Mapping

from fund.errors import QueryRefusedError
from graph.desk_tools import DeskTools
from graph.intent import CONTROL, Intent
from graph.plans import (
    book_plans,
    desk_plans,
    name_plans,
    pattern_plans,
    record_plans,
    result_plans,
    shadow_plans,
)
from graph.plans.control_plans import proposed
from graph.plans.plan import Plan

Planner = Callable[[Intent, DeskTools], Plan[object]]
PLANNERS: Mapping[str, Planner] = {
    "holdings": book_plans.holdings,
    "exposure": book_plans.state,
    "difference": book_plans.changed,
    "closes": book_plans.asked_to_close,
    "limits": book_plans.limits_used,
    "cuts": book_plans.cut,
    "refused": book_plans.refused,
    "stress": book_plans.shocked,
    "income": book_plans.income,
    "performance": result_plans.performance,
    "compare": result_plans.compared,
    "drawdowns": result_plans.drawdowns,
    "attribution": result_plans.attributed,
    "trades": result_plans.trades,
    "periods": result_plans.periods,
    "skill": result_plans.skill,
    "ticker": name_plans.about_a_name,
    "why": name_plans.about_a_name,
    "forecast": name_plans.about_a_name,
    "similar": name_plans.about_a_name,
    "status": desk_plans.status,
    "money": desk_plans.status,
    "deciders": desk_plans.status,
    "next": desk_plans.next_step,
    "breaker": desk_plans.breaker,
    "patterns": pattern_plans.pattern,
    "calibration": pattern_plans.calibrated,
    "candles": pattern_plans.candles,
    "correlation": pattern_plans.correlated,
    "search": record_plans.searched,
    "record": record_plans.shown_whole,
    "schema": record_plans.described,
    "watchlist": record_plans.watched,
    "alerts": record_plans.alerted,
    "jobs": record_plans.scheduled,
    "bakeoff": record_plans.baked,
    "evals": record_plans.evaluated,
    "forecasters": record_plans.forecasters_listed,
    "forecasters_compared": record_plans.forecasters_compared,
    "volatility": name_plans.volatility,
    "regime": desk_plans.regime,
    "pairs": pattern_plans.paired,
    "discovery": record_plans.discovered,
    "pickers": record_plans.pickers_compared,
    "shadows": shadow_plans.shadows,
    "shadow_day": shadow_plans.shadow_day,
    "sentiment": name_plans.news,
    "help": desk_plans.can_do,
    "market": desk_plans.market,
}


def plan_for(intent: Intent, tools: DeskTools, *, user: str, thread_id: str) -> Plan[object]:
    """Return the tool call that answers an intent.

    Raises:
        QueryRefusedError: No tool answers it; the sentence says what to do.
    """
    if intent.name in CONTROL:
        return proposed(intent, tools, user, thread_id)
    if intent.name == "sql":
        return record_plans.queried(intent, tools, user)
    planner = PLANNERS.get(intent.name)
    if planner is None:
        raise QueryRefusedError("that needs the ticket it belongs to; ask for the action again")
    return planner(intent, tools)

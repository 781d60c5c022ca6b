"""Plans about the desk itself: where it stands, what comes next, who decides."""

from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies import desk, outlook
from graph.replies.breaker import breaker_reply
from graph.replies.volatility import regime_reply
from tools.volatility import USUAL_AHEAD


def status(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Say where the desk stands, or what follows from it."""
    told = {"money": desk.money_reply, "deciders": desk.deciders_reply}.get(intent.name, desk.status_reply)
    return plan("status", "", tools.status, told)


def next_step(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Say what the next session begins with."""
    return plan("status", "", tools.next_step, desk.next_reply)


def breaker(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Say how the circuit breaker stands."""
    return plan("control.breaker", "", tools.control.breaker, breaker_reply)


def can_do(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Say what can be asked."""
    return plan("status", "", tools.desk.status, desk.help_reply)


def market(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show the market, macro readings and headlines."""
    return plan("market", "", tools.market, outlook.market_reply)


def regime(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show which state the market is in, calm or turbulent."""
    ahead = USUAL_AHEAD if intent.sessions is None else intent.sessions
    return plan("regime", str(ahead), lambda: tools.volatility.regime(horizon_sessions=ahead), regime_reply)

"""Plans about the shadows: how they have done, and who would have done what."""

from graph.desk_tools import DeskTools
from graph.intent import Intent
from graph.plans.plan import Plan, plan
from graph.replies.shadows import shadow_day_reply, shadows_reply


def shadows(_intent: Intent, tools: DeskTools) -> Plan[object]:
    """Compare the shadows with the committee in force."""
    return plan("shadows", "", tools.shadows.performance, shadows_reply)


def shadow_day(intent: Intent, tools: DeskTools) -> Plan[object]:
    """Show who would have bought and sold what on a session."""
    asked = intent.day.isoformat() if intent.day is not None else ""
    return plan("shadow_decisions", asked, lambda: tools.shadows.decisions(intent.day), shadow_day_reply)

"""What the tools of the chat are called: the rules and an LLM name the same question differently."""

OF_THE_RULES = {
    "portfolio.holdings": "holdings",
    "portfolio.state": "portfolio_state",
    "portfolio.difference": "difference",
    "portfolio.limits": "limits",
    "portfolio.refused": "refused",
    "portfolio.income": "income",
    "closes.requested_closes": "requested_closes",
    "decisions.decision": "decision",
    "decisions.why": "why",
    "performance.trades": "trades",
    "performance.returns_by": "returns_by",
    "performance.compare": "compare",
    "performance.drawdowns": "drawdowns",
    "patterns.concerns": "concerns",
    "patterns.clamps": "clamps",
    "patterns.outcomes_by": "outcomes_by",
    "patterns.confidence": "confidence",
    "forecasts": "forecast",
    "forecasts.top": "top_forecasts",
    "forecasts.track_records": "track_records",
    "memory.similar": "similar_trades",
    "records.search": "search_records",
    "records.record": "record",
    "sql.ask": "query_records",
    "sql.schema": "records_schema",
    "discovery.suggestions": "suggestions",
    "discovery.performance": "picker_performance",
    "control.breaker": "breaker",
}
"""The names that an LLM sees, by those of the rules; what both call alike is left out."""
RULES_ONLY = frozenset({"income", "returns_by", "track_records"})
"""Questions that the rules alone have a tool of their own for."""
RULES_PROPOSE = "control.propose"
"""Its first argument is the action."""
ACTION_OF = {
    "pause_trading": "pause",
    "resume_trading": "resume",
    "kill_switch": "kill",
    "advance": "advance",
    "deposit": "deposit",
    "withdraw": "withdraw",
    "close_position": "close",
    "keep_position": "keep",
    "watch": "watch",
    "unwatch": "unwatch",
    "hear_committee": "cycle",
    "start_evaluation": "evaluate",
    "stop_evaluation": "stop_evaluation",
    "promote_forecaster": "promote_forecaster",
    "roll_back_forecaster": "roll_back_forecaster",
}
"""The action that each of an LLM's proposing tools puts up."""


def tool_named(name: str) -> str:
    """Return what an LLM sees a tool as, whoever asked it."""
    return OF_THE_RULES.get(name, name)


def proposed_by(name: str, arguments: str) -> str | None:
    """Return the action that a tool proposes; None of one that only reads."""
    if name == RULES_PROPOSE:
        return arguments.partition(" ")[0]
    return ACTION_OF.get(name)

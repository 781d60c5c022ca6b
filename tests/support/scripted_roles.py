"""A committee of roles that say what a script has for them, and remember when they were asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.brief import Evidence
from graph.context import RoleTurn

MEETING_SECONDS = 10.0


def the_macro_view(**changes: Any) -> dict[str, Any]:
    plain = {
        "regime": "risk_on",
        "exposure": 0.8,
        "confidence": 0.6,
        "drivers": ["breadth 66 %"],
        "sectors_to_avoid": [],
        "summary": "calm",
    }
    return {**plain, **changes}


def the_views(**convictions: float) -> dict[str, Any]:
    views = [{"ticker": t, "conviction": c, "reason": f"{t} ranks high"} for t, c in convictions.items()]
    return {"views": views, "summary": f"{len(views)} views"}


def targets(**weights: float) -> dict[str, Any]:
    wanted = [{"ticker": t, "weight": w, "reason": f"{t} at {w}"} for t, w in weights.items()]
    return {"targets": wanted, "summary": f"{len(wanted)} targets"}


def a_verdict(verdict: str = "approve", **concerns: str) -> dict[str, Any]:
    held = [{"ticker": t, "kind": "crowded", "severity": 0.7, "reason": r} for t, r in concerns.items()]
    return {"verdict": verdict, "concerns": held, "summary": verdict}


def factors(**shrunk: float) -> dict[str, Any]:
    cut = [{"ticker": t, "factor": f, "reason": f"{t} is too much"} for t, f in shrunk.items()]
    return {"factors": cut, "summary": f"{len(cut)} cut"}


@dataclass
class ScriptedRoles:
    """Answers in the order of each role's lines; the last line is said again. A text is a silence's cause."""

    lines: dict[str, list[dict[str, Any] | str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """The earlier answers that came with each question."""
    meeting: asyncio.Barrier | None = None
    """Where the two researchers wait for each other, so that one alone never gets its answer."""

    async def __call__(self, role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
        turn = self.asked.count(role)
        self.asked.append(role)
        self.told.append(dict(earlier))
        if self.meeting is not None and role.endswith("_researcher"):
            await asyncio.wait_for(self.meeting.wait(), MEETING_SECONDS)
        lines = self.lines[role]
        line = lines[min(turn, len(lines) - 1)]
        silent = line if isinstance(line, str) else None
        return RoleTurn(
            answer=None if isinstance(line, str) else line,
            silent=silent,
            brief="",
            speaker="a script",
            notes=(f"line {turn} of {role}",),
            call_ids=(f"{role}-{turn}",),
        )


def some_roles(**lines: dict[str, Any] | str | list[dict[str, Any] | str]) -> ScriptedRoles:
    """Return roles that agree with each other, but for what the keywords put in their mouths."""
    plain: dict[str, Any] = {
        "macro_researcher": the_macro_view(),
        "quant_researcher": the_views(AAPL=0.6, MSFT=0.4),
        "portfolio_manager": targets(AAPL=0.08, MSFT=0.05),
        "validator": a_verdict(),
        "risk_officer": factors(),
    }
    given = {**plain, **lines}
    return ScriptedRoles({role: line if isinstance(line, list) else [line] for role, line in given.items()})

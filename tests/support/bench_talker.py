"""An LLM at its most talkative, which keeps count of what it is sent."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from agents.offline_brief import Brief
from agents.scripted import Line

LONGEST = "x" * 600
"""The longest reason that the schema of an answer allows."""


@dataclass
class Heard:
    """Everything an LLM was sent in one decision."""

    calls: int = 0
    characters: int = 0
    serial: int = 0
    """Calls of the longest chain in which each began after the one before had ended."""
    _ended: list[tuple[asyncio.Event, int]] = field(default_factory=list)

    def begin(self, messages: Sequence[BaseMessage]) -> asyncio.Event:
        """Note a call, and return what is set when its answer is there."""
        ended = asyncio.Event()
        place = 1 + max((place for before, place in self._ended if before.is_set()), default=0)
        self._ended.append((ended, place))
        self.calls += 1
        self.characters += sum(len(str(message.text)) for message in messages)
        self.serial = max(self.serial, place)
        return ended


class Talker:
    """An LLM that says as much as it may about every name, and sends the first proposal back."""

    def __init__(self, *, slips: bool = False, seconds: float = 0.0) -> None:
        """With `slips` the first answer to every brief is malformed, so that each needs its repair."""
        self.heard = Heard()
        self._slips = slips
        self._seconds = seconds

    def __call__(self, messages: Sequence[BaseMessage]) -> Line:
        """Answer a brief."""
        ended = self.heard.begin(messages)
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, ended.set)
        else:
            ended.set()
        asked = str(messages[-1].text)
        slip = self._slips and "Your previous answer was refused" not in asked
        return Line(text="{" * 600 if slip else _longest_answer(Brief.read(asked)), after=ended)


def _longest_answer(brief: Brief) -> str:
    """Say everything the schema allows about every candidate."""
    tickers = [row["ticker"] for row in brief.rows("candidates")]

    def each(**fields: object) -> list[dict[str, object]]:
        return [{"ticker": ticker, **fields, "reason": LONGEST} for ticker in tickers]

    said: dict[str, dict[str, object]] = {
        "macro_researcher": {
            "regime": "neutral",
            "exposure": 0.8,
            "confidence": 0.5,
            "drivers": [LONGEST] * 6,
            "sectors_to_avoid": [],
        },
        "quant_researcher": {"views": each(conviction=0.5)},
        "portfolio_manager": {"targets": each(weight=0.03)},
        "validator": {"verdict": "revise", "concerns": each(kind="overtrading", severity=0.5)},
        "risk_officer": {"factors": each(factor=0.5)},
    }
    return json.dumps(said[brief.role] | {"summary": LONGEST})

"""A loopback server of the OpenAI protocol with two LLMs of known skill, which counts what it answers."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from agents.offline import rule_answer
from agents.offline_brief import Brief
from support.wire_stub import WireReply, WireRequest, WireStub, said, serving, stalled

SKILLED, CARELESS = "skilled", "careless"
"""Answers as the offline rules would; leaves every target as it is."""


class TwoLLMs(WireStub):
    """Both LLMs at one address."""

    def __init__(self, held_at_once: int) -> None:
        super().__init__()
        self.hold_after: int | None = None
        """After so many answers every further question waits; None for never."""
        self.answered: Counter[tuple[str, str]] = Counter()
        """LLM and prompt of every question that was answered."""
        self.waiting = 0
        self.all_held = threading.Event()
        """Set when as many wait as may be asked at once: everything before has been heard and kept."""
        self._held_at_once = held_at_once
        self._counting = threading.Lock()

    def answer(self, request: WireRequest) -> WireReply:
        """Answer one request of the protocol."""
        llm, prompt = str(request.body["model"]), str(request.body["messages"][-1]["content"])
        with self._counting:
            if self.hold_after is not None and self.answered.total() >= self.hold_after:
                self.waiting += 1
                if self.waiting == self._held_at_once:
                    self.all_held.set()
                return stalled()
            self.answered[llm, prompt] += 1
        told = json.loads(rule_answer(json.dumps(Brief.read(prompt).data)))
        return said("openai", json.dumps(told if llm == SKILLED else {**told, "factors": []}))


@contextmanager
def two_llms(*, held_at_once: int) -> Iterator[TwoLLMs]:
    """Serve both on a free loopback port."""
    with serving(TwoLLMs(held_at_once)) as stub:
        yield stub

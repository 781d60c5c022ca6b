"""A loopback server of the OpenAI protocol behind which the offline rules answer the committee's briefs.

The rules are made a little livelier, so that every session has something to lose: the manager always swaps
one name for another, and the validator always sends the proposal back.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agents.offline import rule_answer
from agents.offline_brief import Brief
from support.wire_stub import WireReply, WireRequest, error, said, wire

LLM = "rules-behind-a-wire"
KEY = "sk-test-of-the-rule-server"


@dataclass
class RuleServer:
    """What was asked, in order, and whom to keep waiting or to refuse."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Role and whole prompt of every request for an answer."""
    refused_key: bool = False
    held_role: str | None = None
    """The role whose answer is kept back until `release` is set."""
    held: threading.Event = field(default_factory=threading.Event)
    """Set when that role has asked."""
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings of a desk that asks here."""
        return {
            "DESK_PROVIDER": "compatible",
            "DESK_COMPATIBLE_BASE_URL": f"{self.url}/v1",
            "DESK_COMPATIBLE_LLM": LLM,
            "DESK_COMPATIBLE_API_KEY": KEY,
        }

    def times_asked(self) -> Counter[str]:
        """Return how often each role was asked."""
        return Counter(role for role, _ in self.asked)

    @contextmanager
    def holding(self, role: str) -> Iterator[None]:
        """Keep one role's next answer back until `release` is set, or the block ends."""
        self.held.clear()
        self.release.clear()
        self.held_role = role
        try:
            yield
        finally:
            self.held_role = None
            self.release.set()

    def reply(self, request: WireRequest) -> WireReply:
        """Answer one request of the protocol."""
        if self.refused_key:
            return error(401, f"Incorrect API key provided: {KEY}")
        if "messages" not in request.body:
            return WireReply(body=json.dumps({"object": "list", "data": []}).encode())
        texts = [str(message["content"]) for message in request.body["messages"]]
        role = Brief.read(texts[-1]).role
        self.asked.append((role, "\n".join(texts)))
        if role == self.held_role:
            self.held.set()
            self.release.wait()
        return said("openai", livelier(Brief.read(texts[-1])))


def livelier(brief: Brief) -> str:
    """Return the rules' answer to a brief, with the manager's swap and the validator's objection added."""
    answer = json.loads(rule_answer(json.dumps(brief.data)))
    if brief.role == "validator":
        answer["verdict"] = "revise"
    if brief.role == "portfolio_manager" and not brief.part("sent_back"):
        rows = brief.rows("candidates")
        sold = next(row["ticker"] for row in rows if row["weight"])
        bought = next(row["ticker"] for row in rows if not row["weight"])
        swap = [
            {"ticker": sold, "weight": 0.0, "reason": "Close: to make room."},
            {"ticker": bought, "weight": 0.03, "reason": "Buy: to take its place."},
        ]
        kept = [target for target in answer["targets"] if target["ticker"] not in (sold, bought)]
        answer["targets"] = [*swap, *kept]
    return json.dumps(answer)


@contextmanager
def rule_server() -> Iterator[RuleServer]:
    """Serve the rules on a free loopback port."""
    with wire() as stub:
        server = RuleServer(stub.url)
        stub.answer = server.reply  # type: ignore[method-assign]
        try:
            yield server
        finally:
            server.release.set()

"""What an answer did, in short: its question, the tools it used, the tokens it cost."""

from dataclasses import dataclass, field

from desk.chat.conversation import ChatEvent, Progress, StepFinished, StepStarted

QUESTION_CHARACTERS = 2_000
ARGUMENT_CHARACTERS = 200
MOST_TOOLS = 60
"""Tool calls that are kept of one answer."""


@dataclass(slots=True, kw_only=True)
class Trace:
    """Kept with the run, so that an opinion about an answer can be read beside how it came about."""

    run_id: str
    step_id: str
    question: str
    profile: str | None = None
    tools: list[dict[str, object]] = field(default_factory=list)
    tokens: int | None = None
    worked: bool = False
    """Whether sessions were played in it."""
    _by_step: dict[str, dict[str, object]] = field(default_factory=dict)

    def note(self, event: ChatEvent) -> None:
        """Take an event into the trace."""
        match event:
            case StepStarted(kind="tool") if len(self.tools) < MOST_TOOLS:
                call: dict[str, object] = {"tool": event.name, "input": event.input[:ARGUMENT_CHARACTERS]}
                self.tools.append(call)
                self._by_step[event.step_id] = call
            case StepStarted(kind="cycle") | Progress():
                self.worked = True
            case StepFinished():
                if event.tokens is not None:
                    self.tokens = (self.tokens or 0) + event.tokens
                if event.step_id in self._by_step:
                    ended = {"seconds": round(event.seconds, 3), "failed": event.failed}
                    self._by_step[event.step_id].update(ended)

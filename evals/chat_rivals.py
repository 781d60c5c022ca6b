"""Baselines of the chat: what an answer must beat to be worth anything."""

from collections import Counter
from dataclasses import replace

from evals.case import Case, Dataset
from evals.chat_answers import silence
from evals.chat_cases import NO_TOOL
from evals.chat_contestant import ChatContestant
from evals.trial import Contestant, Output
from graph.chat import DeskConversation

HOLDINGS = "What do we hold?"


class AlwaysAsks:
    """Answers every case as the rules answer one question, whatever was asked; it is put to them once."""

    def __init__(self, name: str, conversation: DeskConversation, question: str) -> None:
        self.name, self._question = name, question
        self._asks = ChatContestant(conversation)
        self._answer: Output | None = None

    async def answer(self, case: Case, number: int) -> Output:
        """Answer the one question in the place of the case's own turns."""
        if self._answer is None:
            case_id = f"{self.name}/{case.case_id}"
            instead = replace(case, case_id=case_id, given={"turns": [self._question]})
            self._answer = await self._asks.answer(instead, number)
        return self._answer


class AlwaysNames:
    """Names the same tool for every case and says nothing; without a tool it is silent in every way."""

    def __init__(self, name: str, tool: str | None) -> None:
        self.name, self._tool = name, tool

    async def answer(self, case: Case, number: int) -> Output:
        """Answer with the tool alone."""
        asked = [] if self._tool is None else [{"tool": self._tool, "arguments": "", "told": True}]
        return Output(answer={**silence(), "tools": asked})


def chat_rivals(conversation: DeskConversation, dataset: Dataset) -> tuple[Contestant, ...]:
    """Return who always shows the holdings, who names the most frequent tool, and who says nothing."""
    return (
        AlwaysAsks("always holdings", conversation, HOLDINGS),
        AlwaysNames("most frequent tool", most_frequent_tool(dataset)),
        AlwaysNames("says nothing", None),
    )


def most_frequent_tool(dataset: Dataset) -> str:
    """Return the tool that answers the most cases; the first in the alphabet of several."""
    count: Counter[str] = Counter(
        tool for case in dataset.cases for tool in case.label["tool"] or () if tool != NO_TOOL
    )
    return min(count, key=lambda tool: (-count[tool], tool))

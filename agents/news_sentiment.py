"""Headlines read by an LLM: many in one call, quoted as data, each answered by its number or not at all."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any

from pydantic import Field

from agents.answers import Answer
from agents.briefs import render
from agents.calls import prompt_hash
from agents.llm import LLMDoor
from agents.replies import RoleRequest
from agents.role import read_prompt
from agents.schema import schema_text
from agents.untrusted import clean
from fund.clock import Clock
from fund.news.sentiment import Sentiment

ROLE = "news_sentiment"
IN_ONE_CALL = 40
TITLE_LIMIT = 200
Run = Callable[[Coroutine[Any, Any, Any]], Any]
"""Runs a coroutine to its end for a caller that does not wait asynchronously, and returns its result."""


class HeadlineScore(Answer):
    """How one headline leans."""

    id: Annotated[str, Field(max_length=8)]
    score: float = Field(ge=-1, le=1, description="-1 very bad news, 0 neither, 1 very good news")
    confidence: float = Field(ge=0, le=1)


class SentimentAnswer(Answer):
    """How each headline of a call leans; one left out is one that was not read."""

    scores: list[HeadlineScore] = Field(max_length=2 * IN_ONE_CALL)


class LLMSentiment:
    """A `SentimentScorer` behind the one door to LLMs: with its deadline, budget, record and one repair.

    A call without an answer leaves its headlines unread (None). The same headlines asked for again on the
    same UTC day are answered from the record of calls.
    """

    def __init__(self, *, door: LLMDoor, llm: str, clock: Clock, run: Run) -> None:
        self._door = door
        self._clock = clock
        self._run = run
        asked = prompt_hash(read_prompt(ROLE), schema_text(SentimentAnswer))
        self.name = f"llm/{llm}/{asked[:12]}"

    def score(self, texts: Sequence[str]) -> tuple[Sentiment | None, ...]:
        """Return one sentiment for each text; None for what no answer came for."""
        titles = [clean(text, TITLE_LIMIT) for text in texts]
        asked = [at for at, title in enumerate(titles) if title]
        batches = [asked[at : at + IN_ONE_CALL] for at in range(0, len(asked), IN_ONE_CALL)]
        found: dict[int, Sentiment] = {}
        if batches:
            for answered in self._run(self._read_all([{at: titles[at] for at in own} for own in batches])):
                found.update(answered)
        return tuple(found.get(at) for at in range(len(texts)))

    async def _read_all(self, batches: Sequence[dict[int, str]]) -> list[dict[int, Sentiment]]:
        return list(await asyncio.gather(*(self._read(batch) for batch in batches)))

    async def _read(self, batch: dict[int, str]) -> dict[int, Sentiment]:
        """Return what one call says; an id it was not given, or gave twice, is dropped."""
        places = {f"h{number}": at for number, at in enumerate(batch, start=1)}
        brief = render(
            {"untrusted_headlines": [{"id": name, "title": batch[at]} for name, at in places.items()]}
        )
        day = self._clock.now().date().isoformat()
        request = RoleRequest(
            cycle_id=f"{ROLE}-{day}-{prompt_hash(brief)[:12]}",
            role=ROLE,
            system=read_prompt(ROLE),
            brief=brief,
            answer_type=SentimentAnswer,
        )
        reply = await self._door.ask(request)
        if reply.answer is None:
            return {}
        named = Counter(each.id for each in reply.answer.scores)
        return {
            places[each.id]: Sentiment(score=each.score, confidence=each.confidence, n=1)
            for each in reply.answer.scores
            if each.id in places and named[each.id] == 1
        }

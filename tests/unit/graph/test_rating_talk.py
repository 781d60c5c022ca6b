"""Rating blind in a conversation: no LLM hears of it, and only the end tells who decided."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import create_engine

from fund.clock import FixedClock
from fund.errors import QueryRefusedError
from graph.chat import DeskConversation
from graph.chat_events import BlindDecision, ChatEvent, DecisionRated, Sources, TextToken
from graph.ratings import RatedContestant, RatingStanding
from support.desk_records import NOW, OWNER, PlayedDesk
from support.markets import bundle_history
from support.talk import THREAD, heard, tables_of, text_of

RATINGS = ("sound", "doubtful", "wrong")
ROWS = tuple(
    BlindDecision(
        row=f"{place}123abcd",
        place=place,
        of=2,
        situation="Energy: 20 sessions +1.0%",
        decision="more of it",
        reasons="a good rank",
        ratings=RATINGS,
    )
    for place in (1, 2)
)


class TwoRows:
    """A sheet of two decisions, and what was said of them."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}
        self.seeds: list[int | None] = []

    def begin(self, rater: str, seed: int | None = None) -> RatingStanding:
        self.seeds.append(seed)
        return self._standing(rater)

    def rate(self, rater: str, row: str, rating: str) -> RatingStanding:
        if row in self.said:
            raise QueryRefusedError(f"you have rated this decision already: {self.said[row]}")
        self.said[row] = rating
        place = [each.row for each in ROWS].index(row) + 1
        just = DecisionRated(row=row, place=place, rating=rating, ratings=RATINGS)
        return replace(self._standing(rater), just=just)

    def open_decision(self, rater: str) -> BlindDecision | None:
        return self._standing(rater).following

    def finished(self, rater: str) -> RatingStanding:
        if self.open_decision(rater) is not None:
            raise QueryRefusedError("you have rated no sheet to its end")
        return self._standing(rater)

    def _standing(self, rater: str) -> RatingStanding:
        following = next((each for each in ROWS if each.row not in self.said), None)
        counts = tuple((word, list(self.said.values()).count(word)) for word in RATINGS)
        done = following is None
        return RatingStanding(
            experiment="bakeoff-1",
            seed=7,
            rated=len(self.said),
            of=len(ROWS),
            following=following,
            raters=(rater,) if done else (),
            contestants=(RatedContestant(contestant="an LLM", counts=counts),) if done else (),
        )


class Listening:
    """An LLM that must hear nothing of what is rated blind."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def answer(
        self, thread_id: str, user: str, text: str, *, brief: bool = False
    ) -> AsyncIterator[ChatEvent]:
        self.heard.append(text)
        yield TextToken(text="as an LLM says")

    async def forget(self, thread_id: str) -> None:
        self.heard.clear()


@pytest.fixture
def sheet() -> TwoRows:
    return TwoRows()


@pytest.fixture
def llm() -> Listening:
    return Listening()


@pytest.fixture
def conversation(sheet: TwoRows, llm: Listening) -> DeskConversation:
    nowhere = create_engine("postgresql+psycopg://nobody@/nowhere")
    desk = PlayedDesk(nowhere, bundle_history(), FixedClock(NOW))
    tools = replace(desk.tools(), ratings=sheet)
    return DeskConversation(tools, InMemorySaver(), assistants={"an LLM": llm}, clock=FixedClock(NOW))


async def said(conversation: DeskConversation, text: str) -> list[ChatEvent]:
    return await heard(conversation.answer(THREAD, OWNER, text))


async def test_a_sheet_is_rated_to_its_end_and_no_llm_hears_of_it(
    conversation: DeskConversation, sheet: TwoRows, llm: Listening
) -> None:
    begun = await said(conversation, "rate decisions blind, with seed 7")
    assert sheet.seeds == [7]
    assert "2 decisions wait for your rating, drawn from bakeoff-1 by seed 7." in text_of(begun)
    assert begun[-1] == ROWS[0]
    second = await said(conversation, f"rate {ROWS[0].row} sound")
    assert second == [DecisionRated(row=ROWS[0].row, place=1, rating="sound", ratings=RATINGS), ROWS[1]]
    assert await conversation.open_decision(OWNER) == ROWS[1]
    end = await heard(conversation.rate(ROWS[1].row, "wrong", OWNER))
    assert "All 2 decisions of bakeoff-1 (seed 7) are rated, by owner." in text_of(end)
    (table,) = tables_of(end).values()
    assert table.rows == (("an LLM", 1, 0, 1, 2),)
    assert llm.heard == []
    assert text_of(await said(conversation, "what do we hold?")) == "as an LLM says"
    assert llm.heard == ["what do we hold?"]


async def test_nothing_of_who_decided_is_told_on_the_way(conversation: DeskConversation) -> None:
    events = [
        *await said(conversation, "rate decisions blind"),
        *await said(conversation, f"rate {ROWS[0].row} doubtful"),
        *await said(conversation, "stop rating"),
        *await said(conversation, "how were the decisions rated?"),
    ]
    assert "an LLM" not in repr(events)
    assert not [event for event in events if isinstance(event, Sources)]
    told = text_of(events)
    assert "What you have rated is kept" in told
    assert "You have rated no sheet to its end." in told


async def test_a_decision_is_rated_once(conversation: DeskConversation, sheet: TwoRows) -> None:
    await said(conversation, f"rate {ROWS[0].row} sound")
    again = await heard(conversation.rate(ROWS[0].row, "wrong", OWNER))
    assert text_of(again) == "You have rated this decision already: sound."
    assert sheet.said == {ROWS[0].row: "sound"}


async def test_a_sheet_that_is_gone_on_with_says_how_far_it_is(conversation: DeskConversation) -> None:
    await said(conversation, f"rate {ROWS[0].row} sound")
    events = await said(conversation, "continue rating")
    assert text_of(events).startswith("1 of 2 are rated, drawn from bakeoff-1 by seed 7.")
    assert events[-1] == ROWS[1]

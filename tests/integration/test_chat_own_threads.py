"""Commands, settings, exports and opinions on the page, and that each user has only their own threads."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from desk.chat.seat import connected
from desk.owner import OwnerGate
from desk.web.server import create_app
from fund.errors import QueryRefusedError
from support.chat_client import UNHURRIED, Answer, ChatClient, Visitor, another_visitor, serving
from support.fake_desk import FakeDesk

# isort: split
from chainlit.element import File

from desk.chat.asker import note_asker
from desk.chat.history import ChatHistory
from desk.chat.store import ChatStore


@dataclass
class Stage:
    """A served desk and two people with a login."""

    address: str
    desk: FakeDesk
    gate: OwnerGate
    engine: Engine

    def owner(self) -> Visitor:
        return Visitor(self.address).enter(self.gate)

    def stranger(self) -> Visitor:
        return another_visitor(self.address, self.engine)

    def chat(self, thread_id: str = "") -> ChatClient:
        return ChatClient(self.owner(), thread_id=thread_id)


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    desk, gate = FakeDesk(), OwnerGate.open(tmp_path_factory.mktemp("gate"))
    with serving(create_app(desk, gate=gate, engine=engine, access=UNHURRIED)) as address:
        yield Stage(address, desk, gate, engine)


def test_the_page_is_given_its_commands_and_settings(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.wait(lambda: "chat_settings" in chat.told and "set_commands" in chat.told)
        assert len(chat.told["set_commands"]) >= 20
        assert [each["id"] for each in chat.told["chat_settings"]] == ["length", "profile", "palette"]


@pytest.mark.parametrize("how", ["typed", "chosen"])
def test_a_command_is_asked_as_its_plain_question_and_shown_as_it_was_given(stage: Stage, how: str) -> None:
    with stage.chat() as chat:
        if how == "typed":
            chat.ask("/why aapl")
        else:
            chat.ask("aapl", command="why")
        assert stage.desk.conversation.asked[-1][2] == "Why aapl?"


def test_settings_reach_the_conversation_and_survive_a_reload_and_a_new_thread(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hello")
        assert stage.desk.conversation.wished[-1] == (None, False)
        chat.choose({"length": "brief", "profile": "Offline rules", "palette": "safe"})
        chat.ask("how are we doing")
        assert stage.desk.conversation.wished[-1] == ("Offline rules", True)
        assert {element["type"] for element in chat.elements.values()} == {"file"}
    for thread_id in (chat.thread_id, ""):
        with stage.chat(thread_id) as again:
            again.wait(lambda page=again: "chat_settings" in page.told)
            shown = {each["id"]: each["initial"] for each in again.told["chat_settings"]}
            assert shown == {"length": "brief", "profile": "Offline rules", "palette": "safe"}
            again.ask("hello again")
            assert stage.desk.conversation.wished[-1] == ("Offline rules", True)
            again.choose({"length": "full"})
            again.choose({"length": "brief", "profile": "Offline rules", "palette": "safe"})


def test_a_profile_that_is_gone_or_made_up_is_nobodys(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.choose({"length": "full", "profile": "somebody else", "palette": "desk"})
        chat.ask("hello")
        assert stage.desk.conversation.wished[-1] == (None, False)


def test_a_conversation_is_exported_as_two_files_without_secrets(stage: Stage) -> None:
    asked = len(stage.desk.conversation.asked)
    with stage.chat() as chat:
        chat.ask("my key is sk-abcdef1234567890 and")
        chat.ask(f"the secret is {stage.gate.secret}")
        chat.ask("/export")
        files = [found for found in chat.elements.values() if found["type"] == "file"]
        markdown, written = (chat.visitor.get(found["url"]) for found in files)
    assert len(stage.desk.conversation.asked) == asked + 2
    assert "## You" in markdown.text
    assert [step["type"] for step in json.loads(written.text)["steps"]].count("user_message") == 3
    for text in (markdown.text, written.text):
        assert "sk-abcdef" not in text
        assert stage.gate.secret not in text
    assert stage.stranger().get(files[0]["url"]).status == 404


def test_an_opinion_is_read_with_the_trace_of_its_answer(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("advance 2")
        message = next(key for key, step in chat.steps.items() if step["type"] == "assistant_message")
        rate(chat, message, 0, "too few orders")
    (opinion,) = [
        found for found in asyncio.run(connected().history.opinions()) if found["thread_id"] == chat.thread_id
    ]
    assert (opinion["value"], opinion["comment"], opinion["step_id"]) == (0, "too few orders", message)
    assert (opinion["question"], opinion["outcome"]) == ("advance 2", "done")
    assert opinion["tools"] == [
        {"tool": "Recall similar trades", "input": "", "seconds": 0.1, "failed": True}
    ]
    assert opinion["given_at"] is not None


def test_an_opinion_on_another_users_answer_is_neither_given_nor_taken_away(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hello")
        message = next(key for key, step in chat.steps.items() if step["type"] == "assistant_message")
        given = rate(chat, message, 1, "good").json()["feedbackId"]
    stranger = stage.stranger()
    rating = {"feedback": {"forId": message, "value": 0, "comment": "bad"}, "sessionId": "x"}
    assert stranger.ask("PUT", "/chat/feedback", payload=rating).status == 500
    stranger.ask("DELETE", "/chat/feedback", payload={"feedbackId": given})
    thread = stage.owner().get(f"/chat/project/thread/{chat.thread_id}").json()
    (kept,) = [step["feedback"] for step in thread["steps"] if step["feedback"]]
    assert (kept["value"], kept["comment"]) == (1, "good")


def test_the_history_itself_refuses_whoever_does_not_own_a_thread(stage: Stage, engine: Engine) -> None:
    with stage.chat() as chat:
        chat.ask("how are we doing").wait(lambda: chat.elements)
        thread_id, element_id = chat.thread_id, next(iter(chat.elements))
        step_id = next(key for key, step in chat.steps.items() if step["type"] == "assistant_message")
    store = ChatStore(engine)

    async def as_stranger() -> None:
        history = ChatHistory(store, on_delete=stage.desk.conversation.forget)
        note_asker("stranger")
        found = await history.get_thread(thread_id)
        assert found is not None
        assert (found["userIdentifier"], found["steps"], found["elements"]) == ("owner", [], [])
        assert await history.get_element(thread_id, element_id) is None
        for attempt in (
            history.update_thread(thread_id, name="mine now"),
            history.delete_thread(thread_id),
            history.keep_element(File(thread_id=thread_id, name="x.txt", content=b"mine", mime="text/plain")),
        ):
            with pytest.raises(QueryRefusedError, match="another user's"):
                await attempt
        assert history.failed_writes == 3

    asyncio.run(as_stranger())
    store.delete_step(step_id, owner="stranger")
    store.delete_element(element_id, owner="stranger")
    thread = stage.owner().get(f"/chat/project/thread/{thread_id}").json()
    assert thread["name"] == "how are we doing"
    assert step_id in [step["id"] for step in thread["steps"]]
    assert element_id in [element["id"] for element in thread["elements"]]


def test_elements_cannot_be_changed_from_a_page(stage: Stage) -> None:
    for method in ("PUT", "DELETE"):
        assert stage.owner().ask(method, "/chat/project/element", payload={}).status == 404


def test_markup_in_a_question_and_other_scripts_are_kept_as_they_were_typed(stage: Stage) -> None:
    odd = "<img src=x onerror=alert(1)> ![x](http://evil.example/y) 保有銘柄は？ ‮مرحبا"
    with stage.chat() as chat:
        chat.ask(odd)
        assert stage.desk.conversation.asked[-1][2] == odd
        assert chat.messages() == [f"You asked: {odd}"]


def rate(chat: ChatClient, step_id: str, value: int, comment: str) -> Answer:
    rating = {
        "feedback": {"forId": step_id, "value": value, "comment": comment},
        "sessionId": chat.session_id,
    }
    answer = chat.visitor.ask("PUT", "/chat/feedback", payload=rating)
    assert answer.status == 200
    return answer

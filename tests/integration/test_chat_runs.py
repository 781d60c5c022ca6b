"""An answer that takes its time: it outlives its page, is seen on every page, and can be stopped."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from desk.owner import OwnerGate
from desk.web.server import create_app
from support.chat_client import PATIENCE_SECONDS, UNHURRIED, ChatClient, Visitor, serving
from support.fake_desk import GREETING, FakeDesk
from support.fake_server import FakeServer, fake_server

# isort: split
from desk.chat import runs as chat_runs

pytestmark = pytest.mark.long

PLAYED = "The session is played: 3 orders filled."


@dataclass
class Stage:
    """A served desk whose slow answers wait until they are released."""

    address: str
    desk: FakeDesk
    gate: OwnerGate
    engine: Engine

    def chat(self, thread_id: str = "") -> ChatClient:
        return ChatClient(Visitor(self.address).enter(self.gate), thread_id=thread_id)

    def release(self) -> None:
        self.desk.conversation.released.set()

    def outcomes(self, thread_id: str) -> list[str]:
        query = text("SELECT outcome FROM chat.runs WHERE thread_id = :thread ORDER BY started_at")
        with self.engine.connect() as connection:
            return list(connection.execute(query, {"thread": thread_id}).scalars())


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    desk, gate = FakeDesk(), OwnerGate.open(tmp_path_factory.mktemp("gate"))
    app = create_app(desk, gate=gate, engine=engine, access=UNHURRIED)
    with serving(app, grace_seconds=0.1) as at:
        yield Stage(at, desk, gate, engine)


@pytest.fixture
def stage(served: Stage) -> Iterator[Stage]:
    served.desk.conversation.released.clear()
    yield served
    served.release()


def under_way(chat: ChatClient) -> bool:
    """Whether the page shows a role at work and a button that stops it."""
    names = [step["name"] for step in chat.steps.values()]
    at_work = any(name.startswith("Portfolio manager") for name in names)
    return at_work and any(action["name"] == "stop" for action in chat.actions.values())


def at_rest(chat: ChatClient) -> bool:
    """Whether the page says of no answer any more that it is under way."""
    return not {chat_runs.UNDER_WAY, chat_runs.STOPPING} & set(chat.messages())


def playing(stage: Stage) -> ChatClient:
    chat = stage.chat()
    chat.__enter__()
    chat.send("play on")
    return chat.wait(lambda: under_way(chat))


def test_a_closed_page_stops_nothing_and_the_next_one_sees_the_run_from_where_it_is(stage: Stage) -> None:
    first = playing(stage)
    thread_id = first.thread_id
    first.__exit__()
    with stage.chat(thread_id) as again:
        again.wait(lambda: under_way(again))
        assert again.step("Macro researcher")["output"] == "Neutral, 80 % invested."
        assert not again.step("Portfolio manager").get("end")
        stage.release()
        again.wait(lambda: PLAYED in again.messages())
        again.wait(lambda: at_rest(again))
        assert again.step("Portfolio manager")["output"] == "12 targets."
    assert stage.outcomes(thread_id) == ["done"]


def test_what_was_shown_on_two_pages_is_kept_once(stage: Stage) -> None:
    first = playing(stage)
    with stage.chat(first.thread_id) as second:
        second.wait(lambda: under_way(second))
        stage.release()
        for page in (first, second):
            page.wait(lambda page=page: PLAYED in page.messages())
            page.wait(lambda page=page: page.step("Sessions played").get("end"))
    first.__exit__()
    with stage.chat(first.thread_id) as again:
        again.wait(lambda: again.resumed)
        assert again.resumed is not None
        names = [step["name"].split(" · ")[0] for step in again.resumed["steps"]]
        begun, work = ["on_chat_start", GREETING, "owner", "on_message"], ["Session Wed 1 Feb 2017"]
        work += ["Sessions played", "Macro researcher", "Portfolio manager", "Recall similar trades"]
        assert sorted(names) == sorted([*begun, *work, "Conclave"])


def test_a_question_asked_on_one_page_is_seen_on_the_other(stage: Stage) -> None:
    with stage.chat() as first:
        first.ask("hello")
        with stage.chat(first.thread_id) as second:
            second.wait(lambda: second.resumed)
            second.ask("from the second")
            first.wait(lambda: "You asked: from the second" in first.messages())
            assert "from the second" in [step["output"] for step in first.steps.values()]


def test_a_question_during_a_run_is_answered_beside_it(stage: Stage) -> None:
    chat = playing(stage)
    chat.send("tell me meanwhile")
    chat.wait(lambda: "You asked: tell me meanwhile" in chat.messages())
    assert PLAYED not in chat.messages()
    assert under_way(chat)
    stage.release()
    chat.wait(lambda: PLAYED in chat.messages())
    chat.__exit__()


def test_a_ticket_can_be_opened_and_confirmed_during_a_run(stage: Stage) -> None:
    chat = playing(stage)
    chat.send("pause trading")
    chat.wait(lambda: "pause-1:confirm" in chat.actions)
    chat.click("pause-1:confirm")
    chat.wait(lambda: "Trading is paused." in chat.messages())
    assert under_way(chat)
    stage.release()
    chat.wait(lambda: PLAYED in chat.messages())
    chat.__exit__()


def test_two_questions_at_once_do_not_mix_their_texts(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.send("later the first")
        chat.wait(lambda: chat.streamed)
        chat.send("tell the second")
        stage.release()
        chat.wait(lambda: "You asked: tell the second" in chat.messages())
        assert chat.messages() == ["One moment. You asked: later the first", "You asked: tell the second"]


@pytest.mark.parametrize("how", ["button", "word", "composer"])
def test_a_run_is_stopped_from_any_page_and_says_where_the_books_stand(stage: Stage, how: str) -> None:
    first, before = playing(stage), stage.desk.conversation.stopped
    with stage.chat(first.thread_id) as second:
        second.wait(lambda: under_way(second))
        if how == "button":
            second.click(next(key for key, action in second.actions.items() if action["name"] == "stop"))
        elif how == "word":
            second.send("Stop.")
        else:
            second.stop()
        for page in (second, first):
            page.wait(lambda page=page: any(said.startswith("Stopped. Every") for said in page.messages()))
            page.wait(lambda page=page: at_rest(page))
    first.__exit__()
    assert stage.desk.conversation.stopped == before + 1
    assert stage.outcomes(first.thread_id) == ["stopped"]


def test_stop_is_a_question_like_any_when_nothing_is_under_way(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_runs, "GRACE_SECONDS", PATIENCE_SECONDS)
    with stage.chat() as chat:
        chat.ask("stop")
        assert chat.messages() == ["You asked: stop"]


def test_a_quick_answer_shows_no_button_and_leaves_no_notice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_runs, "GRACE_SECONDS", PATIENCE_SECONDS)
    with stage.chat() as chat:
        chat.ask("hello")
        assert (chat.messages(), chat.actions) == (["You asked: hello"], {})


def test_more_answers_at_once_than_a_thread_takes_are_refused_in_a_sentence(stage: Stage) -> None:
    with stage.chat() as chat:
        for number in range(chat_runs.MOST_UNDER_WAY):
            chat.send(f"later {number}")
        chat.send("one too many")
        chat.wait(lambda: any("answers are under way" in said for said in chat.messages()))
        stage.release()
        chat.wait(lambda: f"One moment. You asked: later {chat_runs.MOST_UNDER_WAY - 1}" in chat.messages())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_a_run_that_the_desks_end_cut_off_says_so_in_its_thread(
    database_url: str, tmp_path: Path, how: signal.Signals
) -> None:
    with fake_server(database_url, tmp_path) as first:
        visitor = entered(first)
        with ChatClient(visitor) as chat:
            chat.send("play on")
            chat.wait(lambda: chat.step("Macro researcher").get("end") if at_work(chat) else None)
        first.end(how)
    with fake_server(database_url, tmp_path) as second:
        visitor.address = second.address
        for _ in range(2):
            with ChatClient(visitor, thread_id=chat.thread_id) as again:
                again.wait(lambda page=again: page.resumed)
                assert again.resumed is not None
                steps = again.resumed["steps"]
                told = [step["output"] for step in steps if "desk was ended" in step["output"]]
                assert len(told) == 1
                assert "booked whole or not at all" in told[0]
                assert [step["name"] for step in steps if step["start"] and not step["end"]] == []


def at_work(chat: ChatClient) -> bool:
    return any(step["name"].startswith("Portfolio manager") for step in chat.steps.values())


def entered(server: FakeServer) -> Visitor:
    visitor = Visitor(server.address)
    assert visitor.get(server.link.removeprefix(server.address)).status == 303
    return visitor

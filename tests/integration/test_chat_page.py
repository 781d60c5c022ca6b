"""The chat page as its owner meets it, over the real socket, with a scripted conversation behind it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from desk.chat.conversation import MAX_QUESTION_CHARACTERS, ChatEvent, TextToken
from desk.owner import OwnerGate
from desk.web.server import create_app
from support.chat_client import UNHURRIED, ChatClient, Visitor, another_visitor, serving
from support.fake_desk import GREETING, FakeDesk


@dataclass
class Stage:
    """A served desk and a way in."""

    address: str
    desk: FakeDesk
    gate: OwnerGate
    engine: Engine

    def visitor(self) -> Visitor:
        return Visitor(self.address).enter(self.gate)

    def chat(self, thread_id: str = "") -> ChatClient:
        return ChatClient(self.visitor(), thread_id=thread_id)


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    desk, gate = FakeDesk(), OwnerGate.open(tmp_path_factory.mktemp("gate"))
    with serving(create_app(desk, gate=gate, engine=engine, access=UNHURRIED)) as address:
        yield Stage(address, desk, gate, engine)


@pytest.fixture
def stage(served: Stage) -> Stage:
    served.desk.conversation.pending.clear()
    return served


def test_a_socket_without_a_login_is_refused(stage: Stage) -> None:
    from socketio.exceptions import ConnectionError as RefusedError

    client = ChatClient(Visitor(stage.address))
    with pytest.raises(RefusedError), client:
        pass


def test_a_page_that_connects_twice_gets_its_conversation_back(stage: Stage) -> None:
    with stage.chat() as chat:
        thread_id = chat.ask("how are we doing").thread_id
        said = chat.messages()
    with stage.chat(thread_id).come_and_go() as again:
        again.wait(lambda: again.resumed)
        assert again.resumed is not None
        kept = [step for step in again.resumed["steps"] if step["type"] == "assistant_message"]
        assert [step["output"] for step in kept] == said


def test_the_page_says_the_mode_before_the_first_question(stage: Stage) -> None:
    with stage.chat() as chat:
        assert chat.step("Replay mode")["name"] == GREETING


def test_the_empty_page_offers_the_desks_questions(stage: Stage) -> None:
    settings = stage.visitor().get("/chat/project/settings?language=en-US").json()
    assert [starter["message"] for starter in settings["starters"]] == [
        starter.message for starter in stage.desk.conversation.starters()
    ]


def test_an_answer_streams_word_by_word_into_one_message(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("tell me a thing")
        assert chat.messages() == ["You asked: tell me a thing"]
        assert len(chat.streamed) == len(["You", "asked:", "tell", "me", "a", "thing"])


def test_the_question_reaches_the_conversation_with_its_thread_and_user(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("  who asks?  ")
        assert stage.desk.conversation.asked[-1] == (chat.thread_id, "owner", "who asks?")


def test_steps_nest_and_hang_under_the_run_of_the_question(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("advance 2")
        run = chat.step("on_message")
        cycle, manager = chat.step("Session Wed 1 Feb"), chat.step("Portfolio manager")
        assert cycle["parentId"] == run["id"]
        assert [chat.step(name)["parentId"] for name in ("Macro researcher", "Portfolio manager")] == [
            cycle["id"],
            cycle["id"],
        ]
        assert chat.step("Recall similar trades")["parentId"] == manager["id"]


def test_a_finished_step_shows_its_output_its_seconds_and_whether_it_failed(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("advance 2")
        macro, recall = chat.step("Macro researcher"), chat.step("Recall")
        assert (macro["name"], macro["input"], macro["output"]) == (
            "Macro researcher · 0.4 s",
            "The brief",
            "Neutral, 80 % invested.",
        )
        assert (macro["isError"], recall["isError"]) == (False, True)
        assert macro["end"]


def test_progress_is_one_line_that_counts_up_and_ends(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("advance 2")
        line = chat.step("Playing sessions")
        assert line["name"] == "Playing sessions · 2 of 2"
        assert line["end"]


def test_a_chart_hangs_under_the_text_and_its_figure_can_be_fetched(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("how are we doing")
        chat.wait(lambda: any(found["type"] == "plotly" for found in chat.elements.values()))
        (element,) = [found for found in chat.elements.values() if found["type"] == "plotly"]
        assert chat.steps[element["forId"]]["output"].startswith("The book is up 4.12 %")
        figure = chat.fetch("plotly").json()
        assert [trace["name"] for trace in figure["data"]] == ["Book", "SPY, same money"]
        assert figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"


def test_a_short_table_is_text_and_its_csv_disarms_formulas(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("how are we doing")
        assert "| AAPL | 100 | 0\\.05 | \\=HYPERLINK\\(1\\) |" in chat.messages()[-1]
        file = chat.fetch("file")
        assert file.text.splitlines()[1] == "AAPL,100,0.05,'=HYPERLINK(1)"
        assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''positions.csv"


def test_a_long_table_is_paged_and_has_a_csv_too(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hold")
        frame = json.loads(chat.fetch("dataframe").text)
        assert frame["columns"] == ["Ticker", "Shares", "Weight", "Note"]
        assert len(frame["data"]) == 24
        assert frame["data"][1][2] == 0.051
        assert len(chat.fetch("file").text.splitlines()) == 25


def test_a_chart_that_plotly_does_not_know_becomes_a_sentence(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("odd")
        assert chat.messages()[-1].startswith("Something went wrong on the desk's side.")


def test_html_stays_text_and_a_ticker_keeps_its_colon(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hold")
        assert chat.messages()[0] == "Six names, NYSE\\:JPM the largest. <b>Not bold</b>"
        settings = stage.visitor().get("/chat/project/settings?language=en-US").json()
        assert settings["features"]["unsafe_allow_html"] is False


def test_a_failure_is_a_sentence_with_the_logs_id(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("fail")
        (message,) = [step for step in chat.steps.values() if step.get("isError")]
        assert message["output"] == (
            "The price feed could not be read.\n\nThe log has the details under `ab12cd34`."
        )


def test_an_unexpected_error_tells_its_id_and_keeps_its_details_to_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with stage.chat() as chat:
        chat.ask("crash")
        said = chat.messages()
        assert said[0] == "So far"
        assert "hunter2" not in said[1]
        log_id = said[1].split("`")[1]
        (record,) = [found for found in caplog.records if log_id in found.getMessage()]
        assert record.exc_info is not None
        chat.ask("still there?")
        assert chat.messages()[-1] == "You asked: still there?"


def test_a_lost_database_is_a_sentence_with_a_log_id_and_the_chat_goes_on(stage: Stage) -> None:
    def lost(_question: str) -> Iterator[ChatEvent]:
        yield TextToken(text="We hold")
        raise OperationalError("SELECT secret FROM desk.books", {}, OSError("no route to 10.0.0.7"))

    stage.desk.conversation.scripts["lost"] = lost
    with stage.chat() as chat:
        chat.ask("lost in the middle")
        assert chat.messages()[0] == "We hold"
        assert chat.messages()[1].startswith(
            "The desk's database cannot be reached just now; nothing was changed."
        )
        assert "under `" in chat.messages()[1]
        assert not {"SELECT", "10.0.0.7"} & set(" ".join(chat.messages()).split())
        chat.ask("still there?")
        assert chat.messages()[-1] == "You asked: still there?"


def test_stopping_closes_the_conversations_stream_and_its_open_step(stage: Stage) -> None:
    before = stage.desk.conversation.stopped
    with stage.chat() as chat:
        chat.send("wait for ever")
        chat.wait(lambda: "Waiting" in chat.messages())
        chat.stop()
        chat.wait(lambda: chat.step("A long search").get("end"))
        assert chat.step("A long search")["output"] == "Stopped."
        assert stage.desk.conversation.stopped == before + 1


@pytest.mark.parametrize("question", ["", "   \n "])
def test_an_empty_question_is_answered_without_bothering_the_desk(stage: Stage, question: str) -> None:
    asked = len(stage.desk.conversation.asked)
    with stage.chat() as chat:
        chat.ask(question)
        assert chat.messages() == ["Ask a question, such as: what do we hold and why?"]
    assert len(stage.desk.conversation.asked) == asked


def test_an_endless_question_is_refused_with_the_limit_and_kept_in_the_history(stage: Stage) -> None:
    asked = len(stage.desk.conversation.asked)
    with stage.chat() as chat:
        chat.ask("x" * 200_000)
        assert f"at most {MAX_QUESTION_CHARACTERS:,}" in chat.messages()[0]
        thread_id = chat.thread_id
    assert len(stage.desk.conversation.asked) == asked
    thread = stage.visitor().get(f"/chat/project/thread/{thread_id}").json()
    assert len(thread["name"]) == 80
    assert max(len(step["output"]) for step in thread["steps"]) == 200_000


def test_a_question_with_what_text_columns_cannot_hold_is_answered_and_kept(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("nul \x00 here")
        assert chat.messages() == ["You asked: nul \x00 here"]
        thread_id = chat.thread_id
    thread = stage.visitor().get(f"/chat/project/thread/{thread_id}").json()
    assert "nul \ufffd here" in [step["output"] for step in thread["steps"]]


def test_what_a_script_asked_for_waits_for_a_click_on_a_page_that_is_opened(stage: Stage) -> None:
    desk = stage.desk.conversation
    desk.pending["pause-1"] = "a script of owner"
    before = len(desk.confirmed)
    with stage.chat() as chat:
        chat.wait(lambda: "pause-1:confirm" in chat.actions)
        chat.click("pause-1:confirm")
        chat.wait(lambda: "Trading is paused." in chat.messages())
        chat.wait(lambda: not chat.actions)
        chat.wait(lambda: any(text.endswith("Confirmed.") for text in chat.messages()))
    assert desk.confirmed[before:] == [("pause-1", "owner")]


def test_confirming_a_ticket_carries_it_out_once_and_takes_both_buttons_away(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("pause trading")
        assert set(chat.actions) == {"pause-1:confirm", "pause-1:decline"}
        shown = dict(chat.actions["pause-1:confirm"])
        before = len(stage.desk.conversation.confirmed)
        assert chat.click("pause-1:confirm").status == 200
        chat.wait(lambda: chat.messages()[-1] == "Trading is paused.")
        assert chat.actions == {}
        chat.press(shown)
        chat.wait(lambda: chat.messages()[-1] == "This offer is no longer open.")
        assert stage.desk.conversation.confirmed[before:] == [("pause-1", "owner")]


def test_declining_a_ticket_withdraws_it(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("pause trading")
        confirmed = len(stage.desk.conversation.confirmed)
        chat.click("pause-1:decline")
        chat.wait(lambda: chat.messages()[-1] == "Nothing was changed.")
        assert len(stage.desk.conversation.confirmed) == confirmed
        assert stage.desk.conversation.pending == {}


def test_a_tickets_buttons_come_back_when_the_page_is_opened_again(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("pause trading")
        ticket = chat.actions["pause-1:confirm"]["forId"]
    with stage.chat(chat.thread_id) as again:
        again.wait(lambda: len(again.actions) == 2)
        assert {action["forId"] for action in again.actions.values()} == {ticket}
        again.click("pause-1:confirm")
        again.wait(lambda: "Trading is paused." in again.messages())


def test_a_ticket_the_page_never_showed_is_posted_when_the_thread_is_opened(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hello")
    stage.desk.conversation.pending["made-elsewhere"] = chat.thread_id
    with stage.chat(chat.thread_id) as again:
        again.wait(lambda: len(again.actions) == 2)
        assert "Nothing happens until you confirm" in again.messages()[-1]


def test_another_users_thread_is_refused_on_every_way_in(stage: Stage) -> None:
    from socketio.exceptions import ConnectionError as RefusedError

    with stage.chat() as chat:
        chat.ask("how are we doing")
        thread_id, url = chat.thread_id, chat.elements[next(iter(chat.elements))]["url"]
    stranger = a_stranger(stage)
    assert stranger.get("/chat/user").json()["identifier"] == "stranger"
    assert stranger.get(f"/chat/project/thread/{thread_id}").status == 401
    assert stranger.ask("DELETE", "/chat/project/thread", payload={"threadId": thread_id}).status == 401
    assert stranger.get(url).status == 404
    client = ChatClient(stranger, thread_id=thread_id)
    with pytest.raises(RefusedError), client:
        pass
    assert stage.visitor().get(url).status == 200


def test_a_stranger_cannot_write_over_the_owners_step(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with stage.chat() as chat:
        chat.ask("hello")
        step_id = next(step for step in chat.steps if chat.steps[step]["type"] == "assistant_message")
        thread_id = chat.thread_id
    with ChatClient(a_stranger(stage)) as other:
        other.send_as(step_id, "overwritten")
        other.wait(lambda: "You asked: overwritten" in other.messages())
    thread = stage.visitor().get(f"/chat/project/thread/{thread_id}").json()
    assert "You asked: hello" in [step["output"] for step in thread["steps"]]
    assert "expected a step of this thread" in caplog.text


def a_stranger(stage: Stage) -> Visitor:
    return another_visitor(stage.address, stage.engine)


def test_deleting_a_thread_deletes_its_elements_and_what_the_desk_remembers(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("how are we doing")
        thread_id, url = chat.thread_id, chat.elements[next(iter(chat.elements))]["url"]
    owner = stage.visitor()
    assert owner.ask("DELETE", "/chat/project/thread", payload={"threadId": thread_id}).status == 200
    assert owner.get(url).status == 404
    assert owner.get(f"/chat/project/thread/{thread_id}").status == 404
    assert stage.desk.conversation.forgotten[-1] == thread_id


def test_a_thread_can_be_renamed_found_and_rated(stage: Stage) -> None:
    word = f"w{uuid4().hex[:8]}"
    with stage.chat() as chat:
        chat.ask(f"tell {word}")
        thread_id, run = chat.thread_id, chat.step("on_message")["id"]
        owner = chat.visitor
        rating = {"feedback": {"forId": run, "value": 1, "comment": "good"}, "sessionId": chat.session_id}
        assert owner.ask("PUT", "/chat/feedback", payload=rating).status == 200
    renamed = {"threadId": thread_id, "name": "My thread"}
    assert owner.ask("PUT", "/chat/project/thread", payload=renamed).status == 200
    found = search(owner, word)
    assert [(thread["id"], thread["name"]) for thread in found["data"]] == [(thread_id, "My thread")]
    (rated,) = [step for step in thread_of(owner, thread_id)["steps"] if step["id"] == run]
    assert (rated["feedback"]["value"], rated["feedback"]["comment"]) == (1, "good")
    gone = {"feedbackId": rated["feedback"]["id"]}
    assert owner.ask("DELETE", "/chat/feedback", payload=gone).status == 200
    assert all(step["feedback"] is None for step in thread_of(owner, thread_id)["steps"])


def test_threads_come_in_pages_newest_first(stage: Stage) -> None:
    word = f"p{uuid4().hex[:8]}"
    for number in range(3):
        with stage.chat() as chat:
            chat.ask(f"{word} number {number}")
    owner = stage.visitor()
    first = search(owner, word, first=2)
    assert [thread["name"] for thread in first["data"]] == [f"{word} number 2", f"{word} number 1"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = search(owner, word, first=2, cursor=first["pageInfo"]["endCursor"])
    assert [thread["name"] for thread in rest["data"]] == [f"{word} number 0"]
    assert rest["pageInfo"]["hasNextPage"] is False


def search(owner: Visitor, word: str, *, first: int = 20, cursor: str | None = None) -> dict[str, object]:
    payload = {"pagination": {"first": first, "cursor": cursor}, "filter": {"search": word}}
    return owner.ask("POST", "/chat/project/threads", payload=payload).json()


def thread_of(owner: Visitor, thread_id: str) -> dict[str, list[dict[str, object]]]:
    return owner.get(f"/chat/project/thread/{thread_id}").json()

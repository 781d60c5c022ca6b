"""Decisions rated blind on the chat page: one at a time, by buttons, and nothing hidden is sent."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from desk.bakeoff_report import PAGES
from desk.chat.conversation import BlindDecision
from desk.eval_asking import PAGE
from desk.owner import OwnerGate
from desk.web.server import create_app
from support.chat_client import UNHURRIED, ChatClient, Visitor, another_visitor, serving
from support.fake_desk import FakeDesk

EXPERIMENT = "bakeoff-0123456789ab"
RATINGS = ("sound", "doubtful", "wrong")
SHEET = tuple(
    BlindDecision(
        row=f"{place}123abcd",
        place=place,
        of=3,
        situation="Energy: 20 sessions +1.0%",
        decision="more of it",
        reasons="a good rank, NYSE:JPM <b>bold</b>",
        ratings=RATINGS,
    )
    for place in (1, 2, 3)
)


@dataclass
class Stage:
    """A served desk, its owner's gate and its folder of experiments."""

    address: str
    desk: FakeDesk
    gate: OwnerGate
    engine: Engine

    def owner(self) -> Visitor:
        return Visitor(self.address).enter(self.gate)

    def chat(self, thread_id: str = "") -> ChatClient:
        return ChatClient(self.owner(), thread_id=thread_id)


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    desk, gate = FakeDesk(), OwnerGate.open(tmp_path_factory.mktemp("gate"))
    reports = tmp_path_factory.mktemp("evals")
    (reports / EXPERIMENT).mkdir()
    (reports / EXPERIMENT / PAGE).write_text("<!doctype html><style>p {}</style><p>who won</p>")
    (reports / "secret.txt").write_text("not a report")
    app = create_app(desk, gate=gate, engine=engine, access=UNHURRIED, reports=reports)
    with serving(app) as address:
        yield Stage(address, desk, gate, engine)


@pytest.fixture(autouse=True)
def sheet(stage: Stage) -> None:
    stage.desk.conversation.sheet = SHEET
    stage.desk.conversation.rated.clear()


def button(place: int, rating: str) -> str:
    return f"{place}123abcd:rate-{rating}"


def test_a_decision_is_rated_by_a_button_and_says_so_and_the_next_follows(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("rate decisions blind")
        assert set(chat.actions) == {button(1, each) for each in RATINGS}
        (shown,) = chat.messages()
        assert shown.startswith("**Decision 1 of 3**\n\n**Situation**")
        assert "\\<b\\>bold" in shown
        assert chat.click(button(1, "doubtful")).status == 200
        chat.wait(lambda: button(2, "sound") in chat.actions)
        assert set(chat.actions) == {button(2, each) for each in RATINGS}
        chat.wait(lambda: "You rated it **doubtful**." in chat.messages()[0])
        assert stage.desk.conversation.rated == [("1123abcd", "doubtful", "owner")]
        sent = [step.get("metadata") for step in chat.steps.values() if "Decision" in step["output"]]
        assert sent == [{"blind": "1123abcd"}, {"blind": "2123abcd"}]
        assert {frozenset(each["payload"]) for each in chat.actions.values()} == {
            frozenset(("row", "rating"))
        }


def test_the_buttons_of_the_decision_at_hand_come_back_when_the_page_is_opened_again(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("rate decisions blind")
        chat.click(button(1, "sound"))
        chat.wait(lambda: button(2, "sound") in chat.actions)
        at = chat.actions[button(2, "sound")]["forId"]
    with stage.chat(chat.thread_id) as again:
        again.wait(lambda: len(again.actions) == 3)
        assert {action["forId"] for action in again.actions.values()} == {at}
        assert any("You rated it **sound**." in each for each in again.messages())


def test_what_goes_on_after_a_restart_is_shown_again_in_the_thread_it_was_asked_in(stage: Stage) -> None:
    with stage.chat() as chat:
        chat.ask("hello")
    stage.desk.conversation.background[chat.thread_id] = "The bakeoff has ended."
    with stage.chat(chat.thread_id) as again:
        again.wait(lambda: "The bakeoff has ended." in again.messages())


def test_a_report_is_read_by_the_owner_alone_and_runs_nothing(stage: Stage) -> None:
    owner, stranger = stage.owner(), another_visitor(stage.address, stage.engine)
    page = owner.get(f"{PAGES}/{EXPERIMENT}")
    assert (page.status, "who won" in page.text) == (200, True)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert Visitor(stage.address).get(f"{PAGES}/{EXPERIMENT}").status == 401
    assert stranger.get(f"{PAGES}/{EXPERIMENT}").status == 403


@pytest.mark.parametrize(
    "name", ["bakeoff-ffffffffffff", "..%2Fsecret.txt", "secret.txt", "bakeoff-0123456789ab%2F..", "%00"]
)
def test_no_other_file_is_served_as_a_report(stage: Stage, name: str) -> None:
    found = stage.owner().get(f"{PAGES}/{name}")
    assert found.status == 404
    assert "not a report" not in found.text

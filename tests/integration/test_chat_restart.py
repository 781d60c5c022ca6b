"""What the owner finds again after the desk was stopped, or killed, and started once more."""

import signal
from pathlib import Path

import pytest

from support.chat_client import ChatClient, Visitor
from support.fake_server import FakeServer, fake_server

pytestmark = pytest.mark.long


def entered(server: FakeServer) -> Visitor:
    visitor = Visitor(server.address)
    assert visitor.get(server.link.removeprefix(server.address)).status == 303
    return visitor


def test_history_charts_and_open_tickets_are_there_after_a_restart(database_url: str, tmp_path: Path) -> None:
    with fake_server(database_url, tmp_path) as first:
        visitor = entered(first)
        with ChatClient(visitor) as chat:
            chat.ask("how are we doing").ask("pause trading")
            chart = next(found for found in chat.elements.values() if found["type"] == "plotly")
            ticket = chat.actions["pause-1:confirm"]["forId"]
            said = chat.messages()
            code, printed = first.end(signal.SIGTERM)
    assert (code, printed) == (-signal.SIGTERM, "stopped\n")

    with fake_server(database_url, tmp_path, open_ticket_in=chat.thread_id) as second:
        visitor.address = second.address
        with ChatClient(visitor, thread_id=chat.thread_id) as again:
            again.wait(lambda: again.resumed and len(again.actions) == 2)
            assert again.resumed is not None
            kept = [step for step in again.resumed["steps"] if step["type"] == "assistant_message"]
            assert [step["output"] for step in kept] == said
            assert chart["url"] in [element["url"] for element in again.resumed["elements"]]
            assert visitor.get(chart["url"]).json()["data"][0]["name"] == "Book"
            assert again.actions["pause-1:decline"]["forId"] == ticket
            again.click("pause-1:confirm")
            again.wait(lambda: "Trading is paused." in again.messages())


def test_every_write_asked_for_is_there_after_a_kill(database_url: str, tmp_path: Path) -> None:
    with fake_server(database_url, tmp_path) as first:
        visitor = entered(first)
        with ChatClient(visitor) as chat:
            chat.ask("remember this")
            chat.wait(lambda: "You asked: remember this" in outputs(visitor, chat.thread_id))
            first.process.kill()
            first.process.wait()
    with fake_server(database_url, tmp_path) as second:
        visitor.address = second.address
        assert "You asked: remember this" in outputs(visitor, chat.thread_id)


def test_a_link_of_an_earlier_start_opens_nothing_but_the_cookie_holds(
    database_url: str, tmp_path: Path
) -> None:
    with fake_server(database_url, tmp_path) as first:
        visitor = entered(first)
        old_link = first.link.removeprefix(first.address)
    with fake_server(database_url, tmp_path) as second:
        visitor.address = second.address
        assert visitor.get("/chat/user").json()["identifier"] == "owner"
        refused = Visitor(second.address).get(old_link)
        assert refused.status == 403
        assert "no longer valid" in refused.text


def outputs(visitor: Visitor, thread_id: str) -> list[str]:
    answer = visitor.get(f"/chat/project/thread/{thread_id}")
    return [step["output"] for step in answer.json()["steps"]] if answer.status == 200 else []

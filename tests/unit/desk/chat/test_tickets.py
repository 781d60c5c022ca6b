"""Who sees the buttons of a command that waits."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from desk.owner import OwnerGate
from support.chat_page import THREAD, chat_tickets, opened
from support.fake_desk import FakeConversation, a_ticket

# isort: split
from chainlit.user import User

from desk.chat.seat import connect, connected
from desk.chat.ticket_watch import TicketWatch


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_only_an_owner_is_given_buttons_and_the_role_is_read_from_the_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    async def posted() -> tuple[list[str], str]:
        async with opened(OwnerGate.open(tmp_path), monkeypatch) as page:
            page.session.user = User(identifier="guest", metadata={"role": "owner"})
            connect(replace(connected(), role={"guest": role}.get))
            await chat_tickets.post_ticket(a_ticket())
            return [action["name"] for action in page.actions], page.messages[0]

    buttons, said = asyncio.run(posted())
    if role == "owner":
        assert buttons == ["confirm", "decline"]
        assert "`confirm pause-1`" in said
    else:
        assert buttons == []
        assert "until the desk's owner confirms it" in said
        assert "`confirm" not in said


@dataclass
class Tab:
    """A page that is open on a thread, and what it was sent."""

    id: str = "tab-1"
    thread_id: str = THREAD
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def emit(self, event: str, data: dict[str, str]) -> None:
        self.sent.append((event, data.get("output") or data["id"]))


@pytest.mark.parametrize(
    ("fate", "said"),
    [
        ("confirmed", "Confirmed."),
        ("too late", "Expired at 12\\:00\\:00 UTC: nothing was done. Ask again if you still want it."),
    ],
)
def test_a_ticket_that_waits_no_longer_loses_its_buttons_on_every_page_and_says_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: str, said: str
) -> None:
    desk, tab = FakeConversation(pending={"pause-1": THREAD}), Tab()

    async def shown() -> tuple[list[tuple[str, str]], str]:
        async with opened(OwnerGate.open(tmp_path), monkeypatch) as page:
            connect(replace(connected(), conversation=desk))
            connected().runs.watch(tab)  # type: ignore[arg-type]
            await chat_tickets.post_ticket(a_ticket())
            await connected().tickets.look(THREAD)
            assert tab.sent == []
            desk.pending.clear()
            if fate == "confirmed":
                desk.confirmed.append(("pause-1", "owner"))
            await connected().tickets.look(THREAD)
            await connected().tickets.look(THREAD)
            (kept,) = page.history.steps
            return tab.sent, str(kept["output"])

    sent, kept = asyncio.run(shown())
    assert sent == [
        ("remove_action", "pause-1:confirm"),
        ("remove_action", "pause-1:decline"),
        ("update_message", kept),
    ]
    assert kept.endswith(f"\n\n{said}")
    assert "`confirm" not in kept


def test_a_stored_ticket_says_how_it_ended_before_it_is_shown_and_a_waiting_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = FakeConversation(pending={"pause-2": THREAD}, declined=[("pause-1", "owner")])

    async def shown() -> list[str]:
        async with opened(OwnerGate.open(tmp_path), monkeypatch) as page:
            connect(replace(connected(), conversation=desk))
            for command_id in ("pause-1", "pause-2"):
                await chat_tickets.post_ticket(a_ticket(command_id))
            thread = {"id": THREAD, "steps": list(page.steps.values())}
            await TicketWatch().settle_stored(thread)  # type: ignore[arg-type]
            return [str(step["output"]) for step in thread["steps"]]  # type: ignore[attr-defined]

    declined, waiting = asyncio.run(shown())
    assert declined.endswith("\n\nDeclined: nothing was done.")
    assert "`confirm pause-2`" in waiting

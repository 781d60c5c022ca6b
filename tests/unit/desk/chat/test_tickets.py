"""Who sees the buttons of a command that waits."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from desk.owner import OwnerGate
from support.chat_page import chat_tickets, opened
from support.fake_desk import a_ticket

# isort: split
from chainlit.user import User

from desk.chat.seat import connect, connected


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

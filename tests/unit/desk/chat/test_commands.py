"""Words after a slash become plain questions, chosen on the page or typed out."""

import pytest

import support.chat_client  # noqa: F401 - it prepares Chainlit, which the next lines import

# isort: split
from desk.chat.commands import COMMANDS, command_dicts, question_of, starter_icon
from desk.chat.conversation import Starter
from support.checkout import ROOT


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("/holdings", "What do we hold?"),
        ("/Holdings  ", "What do we hold?"),
        ("/why aapl", "Why aapl?"),
        ("/why  aapl\nand msft", "Why aapl and msft?"),
        ("/advance 5", "Advance 5 sessions"),
        ("/sql fills by {ticker}", "SQL: fills by {ticker}"),
        ("/limits sector", "How much of our limits is used? sector"),
        ("/nothing of the kind", "nothing of the kind"),
        ("/", "/"),
        ("what about 3/4?", "what about 3/4?"),
        ("  spaced  text", "  spaced  text"),
    ],
)
def test_a_typed_command_stands_for_its_question(typed: str, asked: str) -> None:
    assert question_of(typed) == asked


def test_a_chosen_command_stands_for_the_same_question_as_the_typed_one() -> None:
    for command in COMMANDS:
        for rest in ("", "AAPL"):
            assert question_of(rest, command.word) == question_of(f"/{command.word} {rest}".strip())


def test_a_command_the_page_made_up_is_only_its_text() -> None:
    assert question_of("pause trading?", "no-such-command") == "pause trading?"


def test_there_are_the_twenty_commonest_things_and_every_word_once() -> None:
    words = [command.word for command in COMMANDS]
    assert len(set(words)) == len(words) >= 20
    assert all(command.question and command.description and command.icon for command in COMMANDS)
    assert [found["id"] for found in command_dicts()] == words


@pytest.mark.parametrize("message", ["What do we hold and why?", "Run the next session", "anything else"])
def test_a_starter_has_a_picture_of_its_own(message: str) -> None:
    address = starter_icon(Starter(label="x", message=message))
    assert (ROOT / "chat-ui" / address.lstrip("/")).is_file()

"""Hostile words in what a step was asked, in what it said and in cells stay words on the page."""

import pytest

from desk.chat.conversation import ChatEvent, StepFinished, StepStarted, Table
from desk.owner import OwnerGate
from support.chat_page import Page, opened
from support.page_text import leads_out, rendered

HOSTILE = (
    "```\n![x](https://evil.example)\n```",
    "~~~~\n<img src=//evil.example>\n~~~~",
    "see https://evil.example or me@evil.example",
)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


async def shown(gate: OwnerGate, monkeypatch: pytest.MonkeyPatch, *events: ChatEvent) -> Page:
    async with opened(gate, monkeypatch) as page:
        await page.show(events)
    return page


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", ["tool", "role"])
@pytest.mark.parametrize("failed", [False, True])
async def test_a_step_shows_them_and_nothing_comes_of_them(
    gate: OwnerGate, monkeypatch: pytest.MonkeyPatch, hostile: str, kind: str, failed: bool
) -> None:
    begun = StepStarted(step_id="1", parent_id=None, name="look", kind=kind, input=hostile)  # type: ignore[arg-type]
    ended = StepFinished(step_id="1", output=hostile, seconds=0.1, failed=failed)
    page = await shown(gate, monkeypatch, begun, ended)
    assert [way for text in rendered(page.steps.values()) for way in leads_out(text)] == []
    (step,) = page.steps.values()
    assert step.get("language") == ("text" if failed else "json") or kind == "role"


async def test_an_address_in_a_cell_is_no_link(gate: OwnerGate, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = ("https://evil.example", "www.evil.example", "me@evil.example", "![x](y)")
    page = await shown(gate, monkeypatch, Table(title="t", columns=("a", "b", "c", "d"), rows=(cells,)))
    assert list(leads_out(page.messages[0])) == []


@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE[2:],
        "![x](y)",
        "[x](y)",
        "[x][y]\n\n[y]: z",
        "[y]\n\n[y]: //z",
        "<b>",
        "a `code` ![x](y)",
        "```\ncode\n```\n![x](y)",
        "https\\://evil.example",
    ],
)
def test_the_onlooker_sees_what_would_lead_out(text: str) -> None:
    assert list(leads_out(text)) != []


@pytest.mark.parametrize("text", ["plain", "`![x](y)`", "```\n![x](y)\n```", "\\!\\[x\\] (y)", "1 < 2"])
def test_the_onlooker_sees_nothing_where_nothing_is(text: str) -> None:
    assert list(leads_out(text)) == []

"""The decision card on the page: shown, kept, shown again when its thread is opened, changed by nobody."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from desk.owner import OwnerGate
from desk.web.server import create_app
from support.browser import PHONE, chromium, needs_chromium
from support.cards import HOSTILE, a_card
from support.chat_client import ChatClient, Visitor, serving
from support.fake_desk import FakeDesk, words
from support.journeys import ask, fits, visiting


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, OwnerGate]]:
    desk, gate = FakeDesk(), OwnerGate.open(tmp_path_factory.mktemp("gate"))
    desk.conversation.scripts["card"] = lambda _: [*words("It was bought."), a_card()]
    with serving(create_app(desk, gate=gate, engine=engine)) as address:
        yield address, gate


def test_a_card_hangs_under_its_answer_and_comes_back_with_its_thread(served: tuple[str, OwnerGate]) -> None:
    address, gate = served
    with ChatClient(Visitor(address).enter(gate)) as chat:
        chat.ask("card")
        (shown,) = [element for element in chat.elements.values() if element["type"] == "custom"]
        thread_id = chat.thread_id
    assert (shown["name"], shown["props"]) == ("DecisionCard", a_card().content)
    thread = Visitor(address).enter(gate).get(f"/chat/project/thread/{thread_id}").json()
    (kept,) = [element for element in thread["elements"] if element["type"] == "custom"]
    assert (kept["name"], kept["props"], kept["forId"]) == (shown["name"], shown["props"], shown["forId"])


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_page_cannot_change_a_card(served: tuple[str, OwnerGate], method: str) -> None:
    address, gate = served
    owner = Visitor(address).enter(gate)
    assert owner.ask(method, "/chat/project/element", payload={"element": {}, "sessionId": "x"}).status == 404


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.browser
@needs_chromium
def test_a_phone_draws_the_card_now_and_after_a_reload(
    browser: Browser, served: tuple[str, OwnerGate]
) -> None:
    address, gate = served
    with visiting(browser, gate.entry_link(address), size=PHONE, scheme="light") as visited:
        page = visited.page
        ask(page, "card", "It was bought.")
        for _ in range(2):
            card = page.locator("article[data-card='decision']")
            expect(card).to_have_count(1)
            for text in (
                "Bought",
                "8.00%",
                "CVX",
                "-1.20%",
                "5-day return is in the",
                "offline rules, no LLM",
                "Validator",
            ):
                expect(card).to_contain_text(text)
            assert card.locator("img, a, script").count() == 0
            assert HOSTILE not in card.inner_text()
            fits(page)
            page.reload()

"""The chat page in a real Chromium: nothing leaves the machine, nothing is refused, it fits a phone."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from desk.owner import OwnerGate
from desk.web.server import create_app
from support.browser import DESKTOP, PHONE, chromium, needs_chromium, visit
from support.chat_client import serving
from support.fake_desk import GREETING, FakeDesk

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def link(desk: FakeDesk, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    gate = OwnerGate.open(tmp_path_factory.mktemp("gate"))
    with serving(create_app(desk, gate=gate, engine=engine), grace_seconds=1.5) as address:
        yield gate.entry_link(address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def ask(page: Page, question: str) -> None:
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    expect(page.locator("#chat-submit")).to_be_enabled()
    page.locator("#chat-submit").click()


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desktop-dark", "phone-light"]
)
def test_a_whole_visit_stays_on_this_machine_and_fits_its_window(
    browser: Browser, link: str, size: tuple[int, int], scheme: Literal["dark", "light"]
) -> None:
    with visit(browser, size=size, scheme=scheme) as visited:
        page = visited.page
        page.goto(link)
        expect(page.get_by_text(GREETING)).to_be_visible()
        assert overflow(page) <= 0
        page.get_by_role("button", name="How are we doing?").click()
        expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2)
        expect(page.get_by_role("cell", name="=HYPERLINK(1)")).to_be_visible()
        ask(page, "hold")
        expect(page.get_by_text("NYSE:JPM the largest. <b>Not bold</b>")).to_be_visible()
        expect(page.get_by_text("KO", exact=True).first).to_be_visible()
        assert overflow(page) <= 0
        page.goto(link.split("/enter")[0])
        expect(page.get_by_role("link", name="Open the chat")).to_be_visible()
        assert overflow(page) <= 0
    assert visited.outside == []
    assert visited.complaints == []


def test_a_reload_comes_back_to_the_thread_with_its_buttons(
    browser: Browser, link: str, desk: FakeDesk
) -> None:
    with visit(browser) as visited:
        page = visited.page
        page.goto(link)
        ask(page, "pause trading")
        expect(page.get_by_role("button", name="Confirm")).to_be_visible()
        expect(page).to_have_url(re.compile(r"/chat/thread/[0-9a-f-]{36}$"))
        page.reload()
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_text("Trading is paused.")).to_be_visible()
        expect(page.get_by_role("button", name="Decline")).to_have_count(0)
    assert desk.conversation.confirmed == [("pause-1", "owner")]


def test_the_colours_follow_the_system(browser: Browser, link: str) -> None:
    grounds = []
    for scheme in ("dark", "light"):
        with visit(browser, scheme=scheme) as visited:
            visited.page.goto(link)
            expect(visited.page.get_by_text(GREETING)).to_be_visible()
            grounds.append(visited.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(17, 22, 29)", "rgb(249, 250, 251)"]


def test_a_new_conversation_starts_empty_again(browser: Browser, link: str) -> None:
    with visit(browser) as visited:
        page = visited.page
        page.goto(link)
        ask(page, "tell me")
        expect(page.get_by_text("You asked: tell me")).to_be_visible()
        page.locator("#new-chat-button").click()
        expect(page.get_by_role("button", name="Advance five days")).to_be_visible()
        expect(page.get_by_text("You asked: tell me")).to_have_count(0)
        expect(page).to_have_url(re.compile(r"/chat/?$"))


def test_a_wrong_password_is_answered_in_the_desks_words(browser: Browser, link: str) -> None:
    with visit(browser) as visited:
        page = visited.page
        page.goto(link.split("/enter")[0] + "/chat/login")
        page.get_by_label("Name").fill("owner")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text("Not accepted. The name is “owner”.")).to_be_visible()


def test_a_run_goes_on_beside_a_question_and_over_a_reload_until_it_is_stopped(
    browser: Browser, link: str, desk: FakeDesk
) -> None:
    with visit(browser, size=PHONE) as visited:
        page = visited.page
        page.goto(link)
        ask(page, "play on")
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        ask(page, "tell me meanwhile")
        expect(page.get_by_text("You asked: tell me meanwhile")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Portfolio manager · working")).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("Stopped. Every session is booked whole or not at all.")).to_be_visible()
        expect(page.get_by_role("button", name="Stop")).to_have_count(0)
        assert overflow(page) <= 0
    desk.conversation.released.set()
    assert visited.complaints == []

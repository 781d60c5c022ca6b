"""What an owner does on the chat page: enters, asks, waits for the answer, looks whether it fits."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, expect

from support.browser import DESKTOP, Visit, visit

PATIENCE_MS = 30_000
ROLES = ("Macro researcher", "Quant researcher", "Portfolio manager", "Validator", "Risk officer")
SETTLED = """() => new Promise((done) => {
  let quiet = setTimeout(done, 250);
  setTimeout(done, 5000);
  new MutationObserver(() => {
    clearTimeout(quiet);
    quiet = setTimeout(done, 250);
  }).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
})"""
"""Done when the page has stood still for a moment: what moves under a click is not clicked."""
SESSION = "Session "
"""Begins the title of a session's step, which its date follows."""


@contextmanager
def visiting(
    browser: Browser,
    link: str,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["dark", "light"] = "dark",
) -> Iterator[Visit]:
    """Enter by a link; at the end the page must have kept to this machine and complained of nothing."""
    expect.set_options(timeout=PATIENCE_MS)
    with visit(browser, size=size, scheme=scheme) as visited:
        visited.page.set_default_timeout(PATIENCE_MS)
        visited.page.goto(link)
        begun(visited.page)
        yield visited
        fits(visited.page)
        assert visited.outside == []
        assert visited.complaints == []


def begun(page: Page) -> None:
    """Wait until the desk listens: it sends its commands when a conversation has begun."""
    expect(page.locator("#command-button")).to_be_visible()


def overheard(page: Page) -> list[str]:
    """Return what the desk sends from now on, message by message; opens the page anew for that."""
    heard: list[str] = []

    def note(frame: str | bytes) -> None:
        heard.append(frame if isinstance(frame, str) else frame.decode(errors="replace"))

    page.on("websocket", lambda socket: socket.on("framereceived", note))
    page.reload()
    begun(page)
    return heard


def ask(page: Page, question: str, shows: str | re.Pattern[str]) -> Locator:
    """Ask, wait until the turn is over and return its first message that holds the text it must show."""
    before = messages(page).count()
    page.locator("#chat-input").click()
    page.keyboard.type(question)
    expect(page.locator("#chat-submit")).to_be_enabled()
    page.locator("#chat-submit").click()
    return answered(page, before, shows)


def click(page: Page, button: str, shows: str | re.Pattern[str]) -> Locator:
    """Press a button of the page and wait as for an answer."""
    before = messages(page).count()
    page.get_by_role("button", name=button).click()
    return answered(page, before, shows)


def answered(page: Page, before: int, shows: str | re.Pattern[str]) -> Locator:
    """Wait for a text in a message after the first `before`, and for the end of the turn."""
    found = page.locator(f":nth-match(.step[data-step-type='assistant_message'], {before + 1})")
    expect(found).to_be_visible()
    new = messages(page).filter(has_text=shows).last
    expect(new).to_be_visible()
    expect(page.locator("#stop-button")).to_have_count(0)
    page.evaluate(SETTLED)
    fits(page)
    return new


def messages(page: Page) -> Locator:
    """Return everything the desk has said."""
    return page.locator(".step[data-step-type='assistant_message']")


def fits(page: Page) -> None:
    """Nothing may stick out of the window sideways."""
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider <= 0, f"the page is {wider} pixels wider than its window"


def roles_of(page: Page, session: str) -> list[str]:
    """Return the names of the steps nested under a session's step, in order."""
    cycle = page.locator(".step", has=page.locator(f"button[id^='step-{SESSION}{session} ']")).last
    return [text.strip().partition(" · ")[0] for text in cycle.locator(".step button[id]").all_inner_texts()]


def downloaded(page: Page, name: str, folder: Path) -> list[list[str]]:
    """Download the newest file of a name and return its rows."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name).last.click()
    file = folder / name
    started.value.save_as(file)
    return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))

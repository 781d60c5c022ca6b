"""Takes the pictures of the documentation from the real thing: a first start on the whole bundle.

Run with `PYTHONPATH=.:tests python tests/e2e/pictures.py`, then look at every one in docs/images.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from support.browser import PHONE, chromium
from support.checkout import ROOT
from support.journeys import ask, click, messages, visiting
from support.small_bundle import BUNDLE
from support.started_desks import serving_desk

IMAGES = ROOT / "docs" / "images"
WHOLE_REPLAY = {"DESK_REPLAY__SESSIONS": "", "DESK_REPLAY__UNPLAYED_SESSIONS": ""}


def the_chat(page: Page) -> None:
    click(page, "How are we doing?", "The desk returned")
    chart = page.locator(".js-plotly-plot")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(3)
    brought_up(page, messages(page).first)


def an_advance(page: Page) -> None:
    click(page, "Run the next session", "Played 1 session")
    page.get_by_role("button", name="portfolio").last.click()
    brought_up(page, page.locator(".step[data-step-type='user_message']").last)


def why(page: Page) -> None:
    ask(page, "What do we hold and why?", "in the committee's words")
    brought_up(page, messages(page).first)


def the_landing(page: Page) -> None:
    page.goto(page.url.split("/chat")[0])
    expect(page.get_by_role("link", name="Open the chat")).to_be_visible()


def brought_up(page: Page, what: object) -> None:
    """Scroll until something stands at the top of the conversation, and let the page come to rest."""
    what.evaluate("element => element.scrollIntoView({block: 'start'})")  # type: ignore[attr-defined]
    page.mouse.move(0, 0)
    page.wait_for_load_state("networkidle")


SHOTS: dict[str, tuple[Callable[[Page], None], dict[str, object]]] = {
    "chat.png": (the_chat, {}),
    "landing.png": (the_landing, {"scheme": "light"}),
    "chat-mobile.png": (why, {"size": PHONE, "scheme": "light"}),
    "advance.png": (an_advance, {}),
}


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="conclave-") as place,
        serving_desk(Path(place) / "desk", BUNDLE, **WHOLE_REPLAY) as served,
        chromium() as browser,
    ):
        for name, (show, look) in SHOTS.items():
            with visiting(browser, served.link, **look) as visited:  # type: ignore[arg-type]
                show(visited.page)
                visited.page.screenshot(path=IMAGES / name, animations="disabled")


if __name__ == "__main__":
    main()

"""What an owner asks of the desk on a day, in a real Chromium: answers, their pictures, files and sources."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import DESKTOP, PHONE, chromium, needs_chromium
from support.journeys import ask, click, downloaded, fits, messages, visiting
from support.started_desks import Served

pytest_plugins = ["support.desks"]
pytestmark = [pytest.mark.browser, pytest.mark.long, needs_chromium]

LOOKS = pytest.mark.parametrize(
    "look",
    [{"size": DESKTOP, "scheme": "dark"}, {"size": PHONE, "scheme": "light"}],
    ids=["desktop-dark", "phone-light"],
)
CHARTS = ".js-plotly-plot"
THUMB = "button:has(svg.lucide-thumbs-up)"
CUT_OFF = """card => [...card.querySelectorAll("*")].filter(part =>
    part.getBoundingClientRect().right > card.getBoundingClientRect().right + 1).length"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def saved(page: Page, name: str, folder: Path) -> str:
    """Download the newest file of a name and return its text."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name).last.click()
    started.value.save_as(folder / name)
    return (folder / name).read_text(encoding="utf-8")


def held(page: Page) -> str:
    """Ask what is held and return the largest position's ticker."""
    click(page, "What do we hold?", re.compile("largest"))
    return page.locator(".message-content td").first.inner_text().strip()


@LOOKS
def test_sql_is_shown_with_its_rows_and_the_same_rows_as_csv(
    browser: Browser, served: Served, tmp_path: Path, look: Any
) -> None:
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        ask(
            page, "SQL: SELECT ticker, count(*) AS fills FROM fills GROUP BY ticker ORDER BY 2 DESC, 1", "row"
        )
        expect(page.get_by_text("GROUP BY ticker").last).to_be_visible()
        files = page.get_by_role("link", name=re.compile(r"\.csv$"))
        expect(files).to_have_count(1)
        head, *rows = downloaded(page, files.inner_text().split()[-1], tmp_path)
        assert head == ["ticker", "fills"]
        assert len(rows) > 3
        ask(page, "SQL: DELETE FROM fills", re.compile("read|SELECT"))
        expect(page.locator("#chat-input")).to_be_visible()


@LOOKS
def test_a_search_of_the_records_leads_to_the_record_itself(
    browser: Browser, served: Served, look: Any
) -> None:
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        ask(page, "Search the records for orders that were filled", re.compile("record"))
        ask(page, "show record 1", re.compile("record|event|decision", re.IGNORECASE))
        expect(page.locator(".step button[id^='step-Sources']").last).to_be_visible()
        fits(page)


def test_a_decision_is_a_card_that_a_phone_shows_whole(browser: Browser, served: Served) -> None:
    with visiting(browser, served.link, size=PHONE, scheme="light") as visited:
        page = visited.page
        ticker = held(page)
        ask(page, f"why did you buy {ticker}?", f"{ticker}")
        card = page.locator("[data-card='decision']")
        expect(card.locator("header")).to_contain_text(ticker)
        for part in (
            "Weight, decision of",
            "Forecasts",
            "Why gbm ranked it there",
            "Similar past trades",
            "The committee",
        ):
            expect(card.get_by_role("heading", name=part)).to_be_visible()
        reasons = card.get_by_text(re.compile(r": [+-]\d\.\d{3}$"))
        expect(reasons.locator("visible=true")).to_have_count(2)
        card.get_by_text("3 more, and how they add up").click()
        expect(reasons.locator("visible=true")).to_have_count(5)
        expect(card).to_contain_text(re.compile(r"By gbm-[0-9a-f]{12}, told again from what was known then"))
        forecasts = page.get_by_role("row").filter(has_text=re.compile("^gbm, "))
        expect(card).to_contain_text(forecasts.get_by_role("cell").nth(1).inner_text())
        assert card.evaluate(CUT_OFF) == 0


def test_a_conversation_is_exported_rated_and_found_by_what_was_said_in_it(
    browser: Browser, served: Served, tmp_path: Path
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ask(page, "what is our VaR?", "VaR")
        page.locator(THUMB).last.click()
        page.get_by_role("button", name="Submit feedback").click()
        expect(page.get_by_text("Feedback updated")).to_be_visible()
        ask(page, "/export", "as Markdown and as JSON")
        said = saved(page, "conversation.md", tmp_path)
        assert "## You" in said
        assert "what is our VaR?" in said
        kept = json.loads(saved(page, "conversation.json", tmp_path))
        assert [step["feedback"] for step in kept["steps"] if "feedback" in step] == [1]
        page.locator("#new-chat-button").click()
        expect(messages(page)).to_have_count(0)
        page.locator("#search-chats-button").click()
        page.keyboard.type("our VaR")
        page.get_by_role("dialog").get_by_text("what is our VaR?").first.click()
        expect(messages(page).filter(has_text="as Markdown and as JSON")).to_be_visible()


@LOOKS
def test_results_are_followed_up_in_few_words_and_drawn(browser: Browser, served: Served, look: Any) -> None:
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        click(page, "How are we doing?", "The desk returned")
        expect(page.locator(CHARTS)).to_have_count(1)
        ask(page, "compare with SPY", "SPY")
        ask(page, "attribution by sector", re.compile("sector", re.IGNORECASE))
        expect(page.locator(CHARTS).nth(1)).to_be_visible()
        ask(page, "show the correlation heat map", re.compile("correlat", re.IGNORECASE))
        expect(page.locator(f"{CHARTS} .heatmaplayer").last).to_be_visible()
        assert messages(page).count() >= 4

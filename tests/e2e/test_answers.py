"""What an owner asks of the desk on a day, in a real Chromium: answers, their pictures, files and sources."""

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
pytestmark = [pytest.mark.browser, needs_chromium]

LOOKS = pytest.mark.parametrize(
    "look",
    [{"size": DESKTOP, "scheme": "dark"}, {"size": PHONE, "scheme": "light"}],
    ids=["desktop-dark", "phone-light"],
)
CHARTS = ".js-plotly-plot"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


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

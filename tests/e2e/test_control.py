"""What an owner changes at the desk, in a real Chromium: runs, tickets, the watchlist; and who may look."""

import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from os import kill
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from db.embedded import EmbeddedPostgres
from support.browser import DESKTOP, PHONE, chromium, needs_chromium, visit
from support.desk_process import database_processes, desk_environment, run_desk
from support.journeys import PATIENCE_MS, answered, ask, click, fits, messages, visiting
from support.started_desks import Served

pytest_plugins = ["support.desks"]
pytestmark = [pytest.mark.browser, pytest.mark.long, needs_chromium]

STOP = "button[id$=':stop']"
HUGE = 200_000
POSTED = "path => fetch(path, {method: 'POST', body: '{}'}).then(answer => answer.status)"
WAITS = "Nothing happens until you confirm"
EXPIRE = "UPDATE desk.commands SET expires_at = created_at + interval '1 ms' WHERE status = 'pending'"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


def test_a_run_goes_on_with_the_tab_closed_and_is_found_again_and_stopped(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ask(page, "advance 30", WAITS)
        page.get_by_role("button", name="Confirm").click()
        expect(page.locator(STOP)).to_be_visible()
        thread = page.url
        page.close()
        again = visited.page = page.context.new_page()
        again.set_default_timeout(PATIENCE_MS)
        again.goto(thread)
        again.locator(STOP).dispatch_event("click")
        expect(messages(again).filter(has_text="Stopped").last).to_be_visible()
        expect(again.locator(STOP)).to_have_count(0)
        reached = again.get_by_role("button", name=re.compile(r"Sessions played · [12]?\d of 30"))
        expect(reached).to_be_visible()
        ask(again, "what do we hold?", re.compile("^We hold"))


def test_a_position_is_closed_by_a_click_on_a_ticket_that_says_what_would_happen(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link, size=PHONE, scheme="light") as visited:
        page = visited.page
        click(page, "What do we hold?", re.compile("largest|position"))
        ticker = page.get_by_role("cell").first.inner_text().strip()
        ticket = ask(page, f"close {ticker.lower()}", WAITS)
        expect(ticket).to_contain_text(ticker)
        expect(ticket).to_contain_text(re.compile("sell", re.IGNORECASE))
        expect(ticket.get_by_role("listitem").first).to_be_visible()
        command = re.search(r"confirm (\S+)", ticket.locator("code").inner_text())
        assert command is not None
        click(page, "Confirm", re.compile(f"{ticker}"))
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
        ask(page, f"confirm {command[1].rstrip(',')}", re.compile("already"))
        ask(page, "run the next session", "Played 1 session")
        ask(page, "what did we trade?", re.compile("sold|fill|trade"))
        expect(page.get_by_role("cell", name=ticker, exact=True).first).to_be_visible()


def test_a_ticket_clicked_twice_acts_once_and_a_declined_one_not_at_all(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ask(page, "add msft to the watchlist", WAITS)
        page.get_by_role("button", name="Confirm").dblclick()
        expect(page.get_by_text("Confirmed.")).to_be_visible()
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
        ask(page, "what is on the watchlist?", "MSFT")
        ask(page, "kill switch", WAITS)
        click(page, "Decline", re.compile("[Nn]othing|withdrawn|declined"))
        expect(page.get_by_role("button", name="Decline")).to_have_count(0)
        page.goto(served.address)
        expect(page.get_by_text("Trading running")).to_be_visible()


def test_an_expired_ticket_does_nothing_and_says_so_in_every_tab(browser: Browser, served: Served) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ask(page, "pause trading", WAITS)
        beside = opened_beside(page, page.url)
        expect(beside.get_by_role("button", name="Confirm")).to_be_visible()
        with EmbeddedPostgres(served.folder / "postgres") as server:
            with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
                connection.execute(EXPIRE)
            click(page, "Confirm", "expired")
            for tab in (page, beside):
                expect(tab.get_by_text(re.compile("^Expired at"))).to_be_visible()
                expect(tab.get_by_role("button", name=re.compile("Confirm|Decline"))).to_have_count(0)
        beside.goto(served.address)
        expect(beside.get_by_text("Trading running")).to_be_visible()


def test_the_dashboard_follows_the_chat_without_a_reload(browser: Browser, served: Served) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        expect(page.locator("#chat-input")).to_be_visible()
        beside = opened_beside(page, f"{served.address}/dashboard")
        expect(beside.locator("#live")).to_have_text("Live")
        stands = beside.locator("h1").inner_text()
        beside.evaluate("window.neverLeft = true")
        ask(page, "run the next session", "Played 1 session")
        expect(beside.locator("h1")).not_to_have_text(stands)
        assert beside.evaluate("window.neverLeft")
        for width, height in (DESKTOP, PHONE):
            beside.set_viewport_size({"width": width, "height": height})
            fits(beside)


def test_a_viewer_sees_everything_and_changes_nothing_by_button_word_or_request(
    browser: Browser, served: Served, small_bundle: Path
) -> None:
    with visiting(browser, served.link) as owner:
        ticket = ask(owner.page, "pause trading", WAITS)
        command = ticket.locator("code").inner_text().removeprefix("confirm ")
        owners = owner.page.url
    environment = desk_environment(served.folder, small_bundle)
    made = run_desk(environment, "account", "add", "vera", "--role", "viewer", "--json")
    assert made.code == 0, made
    expect.set_options(timeout=PATIENCE_MS)
    with visit(browser, size=PHONE) as visited:
        page = visited.page
        page.goto(f"{served.address}/chat/login")
        page.get_by_label("Name").fill("vera")
        page.get_by_label("Password").fill(made.json()["password"])
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text("You look on")).to_be_visible()
        expect(page.get_by_role("button", name="Run the next session")).to_have_count(0)
        ask(page, "what do we hold?", re.compile("largest|position"))
        for order in ("pause trading", "run the next session", f"confirm {command}"):
            ask(page, order, "only the owner")
        expect(page.get_by_role("button", name=re.compile("Confirm|Decline"))).to_have_count(0)
        for path in (f"/api/commands/{command}/confirm", "/api/commands"):
            assert page.evaluate(POSTED, path) in (403, 404)
        page.goto(f"{served.address}/dashboard")
        expect(page.get_by_role("heading", name="Positions")).to_be_visible()
        expect(page.get_by_text("Trading running")).to_be_visible()
        page.goto(owners)
        expect(page.locator("#chat-input")).to_be_visible()
        expect(page.get_by_text(command)).to_have_count(0)
        assert visited.outside == []


def test_an_endless_message_markup_and_another_language_leave_the_chat_usable(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        pasted(page, "buy " * (HUGE // 4))
        answered(page, 0, "characters; the desk reads at most")
        pasted(page, "<img src=x onerror=alert(1)> ![shot](https://evil.example/x.png)")
        answered(page, 1, re.compile("."))
        expect(page.locator("img[src*='evil']")).to_have_count(0)
        ask(page, "what do we hold?", re.compile("largest|position"))


def test_a_database_killed_under_an_open_page_costs_a_sentence_at_most(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ask(page, "pause trading", WAITS)
        for process in database_processes(served.folder):
            with suppress(ProcessLookupError):
                kill(process, signal.SIGKILL)
        said = click(
            page, "Confirm", re.compile("Trading is paused|cannot be reached|went wrong")
        ).inner_text()
        page.wait_for_function("fetch('/healthz').then(answer => answer.ok)")
        ask(page, "what do we hold?", re.compile("^We hold"))
        beside = opened_beside(page, served.address)
        paused = "paused" in said
        expect(beside.get_by_text("Trading paused" if paused else "Trading running")).to_be_visible()
        if paused:
            ask(page, "resume trading", WAITS)
            click(page, "Confirm", "Trading is resumed.")


def opened_beside(page: Page, address: str) -> Page:
    """Open another tab of the same browser."""
    beside = page.context.new_page()
    beside.set_default_timeout(PATIENCE_MS)
    beside.goto(address)
    return beside


def pasted(page: Page, text: str) -> None:
    """Put a text into the composer as from the clipboard, and send it."""
    page.locator("#chat-input").focus()
    page.keyboard.insert_text(text)
    expect(page.locator("#chat-submit")).to_be_enabled()
    page.keyboard.press("Enter")


def test_a_bakeoff_runs_beside_the_chat_and_its_decisions_are_rated_blind(
    browser: Browser, served: Served
) -> None:
    with visiting(browser, served.link) as visited:
        page = visited.page
        ticket = ask(page, "run a bakeoff of signal quality with 1 trial", WAITS)
        expect(ticket).to_contain_text("Asks no LLM and costs nothing.")
        page.get_by_role("button", name="Confirm").click()
        ask(page, "what do we hold?", re.compile("^We hold"))
        ended = messages(page).filter(has_text="The bakeoff has ended").last
        expect(ended).to_be_visible(timeout=4 * PATIENCE_MS)
        report = page.get_by_role("link", name="The whole report").last.get_attribute("href")
        assert report is not None
        assert page.evaluate("path => fetch(path).then(answer => answer.status)", report) == 200
        ask(page, "rate decisions blind", "Is it sound, doubtful or wrong?")
        for place in (2, 3):
            page.get_by_role("button", name="Doubtful").click()
            following = messages(page).filter(has_text=f"Decision {place} of 20").last
            expect(following.get_by_role("button", name="Doubtful")).to_be_visible()
            expect(page.get_by_role("button", name="Doubtful")).to_have_count(1)
        expect(messages(page).filter(has_text="You rated it doubtful.")).to_have_count(2)
        assert "offline rules" not in following.inner_text()

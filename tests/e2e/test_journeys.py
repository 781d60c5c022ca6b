"""What an owner does on a day at the desk, in a real Chromium, on a desk served by a process of its own."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from support.browser import DESKTOP, PHONE, chromium, needs_chromium, visit
from support.desk_process import desk_environment, run_desk
from support.journeys import (
    ROLES,
    SESSION,
    ask,
    click,
    downloaded,
    fits,
    messages,
    overheard,
    roles_of,
    visiting,
)
from support.started_desks import Served, copy_folder, serving_desk

pytest_plugins = ["support.desks"]
pytestmark = [pytest.mark.browser, pytest.mark.long, needs_chromium]

LOOKS = pytest.mark.parametrize(
    "look",
    [{"size": DESKTOP, "scheme": "dark"}, {"size": PHONE, "scheme": "light"}],
    ids=["desktop-dark", "phone-light"],
)
BEFORE_LOGIN = re.compile("401|Unauthorized")
"""The chat page asks who is there, and logs that nobody is yet."""
STARTERS_SEEN = """
window.startersSeen = [];
new MutationObserver(() => {
  const first = document.querySelector("#starters button");
  if (!first || getComputedStyle(first).visibility !== "visible") return;
  const seen = first.disabled ? "waits" : "listens";
  if (window.startersSeen.at(-1) !== seen) window.startersSeen.push(seen);
}).observe(document, { childList: true, subtree: true, attributes: true });
"""
"""Notes on the page every change of what a visitor sees of the first starter."""
GREETING = "Replay mode: the desk's clock stands at"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def told(served: Served, small_bundle: Path) -> Any:
    """What the terminal is told when it asks the served desk; asked once for a question."""
    environment = desk_environment(served.folder, small_bundle)

    @cache
    def asked(question: str) -> Any:
        answer = run_desk(environment, "ask", question, "--json")
        assert answer.code == 0, answer
        return answer.json()

    return asked


@LOOKS
def test_the_printed_link_leads_into_the_chat_and_the_password_does_too(
    browser: Browser, served: Served, look: Any
) -> None:
    with visiting(browser, served.link, **look) as visited:
        expect(visited.page.get_by_text(GREETING)).to_be_visible()
        expect(visited.page.get_by_text("offline rules, no LLM").first).to_be_visible()
    assert served.password is not None
    with visit(browser, **look) as visited:
        page = visited.page
        page.goto(served.address)
        expect(page.get_by_text("$")).to_have_count(0)
        page.get_by_role("link", name="Log in").click()
        page.get_by_label("Name").fill("owner")
        page.get_by_label("Password").fill(served.password)
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text(GREETING)).to_be_visible()
        page.goto(served.address)
        expect(page.get_by_role("link", name="Open the chat")).to_be_visible()
        expect(page.get_by_text("Replay mode")).to_be_visible()
        expect(page.locator("svg.spark path")).to_have_count(2)
        fits(page)
        assert visited.outside == []
        assert [each for each in visited.complaints if not BEFORE_LOGIN.search(each)] == []


def test_a_wrong_password_and_a_made_up_link_stay_outside(browser: Browser, served: Served) -> None:
    with visit(browser) as visited:
        page = visited.page
        page.goto(f"{served.address}/chat/login")
        page.get_by_label("Name").fill("owner")
        page.get_by_label("Password").fill("not-the-password")
        page.get_by_role("button", name="Enter").click()
        expect(page.get_by_text("Not accepted. The name is “owner”.")).to_be_visible()
        page.goto(f"{served.address}/enter?ticket=made-up")
        expect(page.get_by_text("This link is no longer valid")).to_be_visible()
        page.goto(served.address)
        expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_a_starter_that_listens_goes_on_listening(browser: Browser, served: Served) -> None:
    with visit(browser) as visited:
        page = visited.page
        page.add_init_script(STARTERS_SEEN)
        page.goto(served.link)
        expect(page.get_by_text(GREETING)).to_be_visible()
        expect(page.get_by_role("button", name="What do we hold?")).to_be_enabled()
        page.wait_for_load_state("networkidle")
        seen = page.evaluate("startersSeen")
    assert seen[-1] == "listens"
    assert seen.count("listens") == 1, "a click between the two would be lost"


@LOOKS
def test_what_do_we_hold_is_answered_with_reasons_a_table_and_the_same_rows_as_csv(
    browser: Browser, served: Served, told: Any, tmp_path: Path, look: Any
) -> None:
    expected = told("What do we hold and why?")
    (holdings,) = expected["tables"]
    sentence = expected["answer"].splitlines()[0]
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        answer = click(page, "What do we hold?", sentence)
        for row in holdings["rows"][:5]:
            expect(page.get_by_role("cell", name=row[0], exact=True)).to_be_visible()
        reason = messages(page).filter(has_text="in the committee's words").last
        expect(reason).to_contain_text(f"{holdings['rows'][0][0]} ({holdings['rows'][0][1]}, decided")
        assert answer.get_by_role("link", name="holdings.csv").count() == 1
        head, *rows = downloaded(page, "holdings.csv", tmp_path)
    assert head == holdings["columns"]
    assert [row[:2] for row in rows] == [row[:2] for row in holdings["rows"]]


@LOOKS
def test_how_are_we_doing_draws_the_curve_beside_the_benchmark(
    browser: Browser, served: Served, told: Any, tmp_path: Path, look: Any
) -> None:
    expected = told("How are we doing?")
    daily = next(table for table in expected["tables"] if table["title"] == "Daily values")
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        click(page, "How are we doing?", expected["answer"].splitlines()[0])
        lines = page.locator(".js-plotly-plot .scatterlayer .trace path.js-line")
        expect(lines).to_have_count(3)
        drawn = lines.first.get_attribute("d") or ""
        assert len(re.findall("[ML]", drawn)) > 10
        expect(page.locator(".js-plotly-plot .legendtext").nth(1)).to_have_text("SPY (total return)")
        expect(page.get_by_role("cell", name="Sharpe ratio")).to_be_visible()
        _, *rows = downloaded(page, "daily-values.csv", tmp_path)
    assert [row[0] for row in rows] == [row[0] for row in daily["rows"]]
    assert float(rows[-1][1]) == daily["rows"][-1][1]


@LOOKS
def test_why_did_you_buy_and_why_did_you_skip_answer_from_the_decision(
    browser: Browser, served: Served, told: Any, look: Any
) -> None:
    held = [row[0] for row in told("what do we hold")["tables"][0]["rows"]]
    skipped = next(ticker for ticker in ("MCD", "CAT", "HD", "PFE") if ticker not in held)
    bought_because = told(f"why did you buy {held[0]}")["answer"].splitlines()[0]
    skipped_because = told(f"why did you skip {skipped}")["answer"].splitlines()[0]
    assert held[0] in bought_because
    assert skipped in skipped_because
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        ask(page, f"Why did you buy {held[0]}?", bought_because[:60])
        for role in ROLES[:4]:
            expect(page.get_by_role("cell", name=role)).to_be_visible()
        ask(page, f"Why did you skip {skipped}?", skipped_because[:60])
        ask(page, "Why did you buy XYZW?", "No company or fund of the desk's data is called 'XYZW'")


@LOOKS
def test_running_on_shows_every_role_at_work_under_its_session(
    browser: Browser, served: Served, told: Any, look: Any
) -> None:
    with visiting(browser, served.link, **look) as visited:
        page = visited.page
        heard = overheard(page)
        click(page, "Run the next session", "Played 1 session")
        (session,) = played(page)
        assert set(roles_of(page, session)) == set(ROLES)
        assert len(roles_of(page, session)) in (len(ROLES), len(ROLES) + 1)
        for role in ROLES:
            first, *_, last = re.findall(rf'"name":"{role} [^"]*"', "".join(heard))
            assert first.endswith('working"')
            assert last.endswith(' s"')
        ask(page, "advance 3", "Played 3 sessions")
        following = played(page)[1:]
        assert len(following) == 3
        assert set(roles_of(page, following[-1])) == set(ROLES)
        for each in following[:-1]:
            assert roles_of(page, each) == []
            page.locator(f"button[id^='step-{SESSION}{each} ']").click()
            assert set(roles_of(page, each)) == set(ROLES)
        page.get_by_role("button", name=re.compile("^Quant researcher")).last.click()
        expect(page.get_by_text(re.compile(r"views are positive over 5 sessions")).last).to_be_visible()
        page.goto(served.address)
        expect(page.get_by_text("The desk's clock stands at")).to_be_visible()
    assert following[-1] in told(f"status at {following[-1]}")["answer"]


def played(page: Any) -> list[str]:
    """The sessions that have a step of their own, in order."""
    names = page.locator(f".step button[id^='step-{SESSION}20']").all_inner_texts()
    return [name.strip().removeprefix(SESSION)[:10] for name in names]


def test_a_pause_waits_for_a_click_that_a_reload_does_not_lose_and_a_restart_forgets_nothing(
    browser: Browser, first_start: Path, small_bundle: Path, tmp_path: Path
) -> None:
    folder = copy_folder(first_start, tmp_path / "desk")
    with serving_desk(folder, small_bundle) as first, visiting(browser, first.link) as visited:
        page = visited.page
        ask(page, "pause trading", "Nothing happens until you confirm")
        expect(page.get_by_role("button", name="Decline")).to_be_visible()
        page.reload()
        click(page, "Confirm", "Trading is paused.")
        expect(page.get_by_role("button", name="Confirm")).to_have_count(0)
        ask(page, "run the next session", "Played 1 session")
        expect(page.get_by_role("cell", name="halted")).to_be_visible()
        thread = page.url.removeprefix(first.address)
        page.goto(first.address)
        expect(page.get_by_text("Trading paused")).to_be_visible()
        cookies = page.context.cookies()
    with serving_desk(folder, small_bundle) as second, visit(browser) as visited:
        page = visited.page
        page.context.add_cookies(cookies)  # type: ignore[arg-type]
        page.goto(second.address + thread)
        expect(page.get_by_text("Trading is paused.").first).to_be_visible()
        ask(page, "resume trading", "Nothing happens until you confirm")
        click(page, "Confirm", "Trading is resumed.")
        page.goto(second.address)
        expect(page.get_by_text("Trading running")).to_be_visible()
        assert visited.outside == []

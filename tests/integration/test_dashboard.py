"""The dashboard over a desk that has played: true figures for who may look, live, nothing from elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from playwright.sync_api import expect
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from db.eval_nights import EvalNights
from db.trading_state import TradingState
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.face import HealthItem, StatusPage
from desk.web.server import create_app
from fund.clock import FixedClock
from graph.chat import DeskConversation
from graph.desk_tools import DeskTools
from support.browser import DESKTOP, PHONE, chromium, needs_chromium, visit
from support.chat_client import Visitor, serving
from support.desk_records import NOW, PlayedDesk, a_played_desk
from support.fake_desk import FakeDesk
from support.recorded_nights import a_recorded_night

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def played(engine: Engine) -> PlayedDesk:
    return a_played_desk(engine, clock=FixedClock(NOW))


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


class Face(FakeDesk):
    """A made status page that trades as the desk's own records say."""

    tools: DeskTools

    def status(self) -> StatusPage:
        return replace(self.page, trading=self.tools.status().trading)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def face(played: PlayedDesk) -> Face:
    conversation: Any = DeskConversation(played.tools(), InMemorySaver())
    face = Face(conversation=conversation)
    face.tools = played.tools()
    return face


@pytest.fixture(scope="module")
def address(played: PlayedDesk, face: Face, gate: OwnerGate, engine: Engine) -> Iterator[str]:
    with transaction(engine) as connection:
        Accounts(connection).add("vera", "viewer", PASSWORD, now=NOW)
    access = Access(streams_per_user=2)
    app = create_app(
        face, gate=gate, engine=engine, tools=played.tools(), clock=FixedClock(NOW), access=access
    )
    with serving(app) as address:
        yield address


@pytest.fixture
def vera(address: str) -> Visitor:
    visitor = Visitor(address)
    assert visitor.log_in(PASSWORD, name="vera").status == 200
    return visitor


class Listening:
    """An open stream, read line by line."""

    def __init__(self, visitor: Visitor) -> None:
        self._connection = HTTPConnection(urlsplit(visitor.address).netloc, timeout=20)
        self._connection.request("GET", "/dashboard/stream", headers={"Cookie": visitor.cookie_header})
        self.answer: HTTPResponse = self._connection.getresponse()

    def __enter__(self) -> "Listening":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def next(self, kind: str) -> str:
        """Return the data of the next event of a kind."""
        seen = ""
        for raw in self.answer:
            line = raw.decode().strip()
            if line.startswith("event: "):
                seen = line.removeprefix("event: ")
            elif line.startswith("data: ") and seen == kind:
                return line.removeprefix("data: ")
        raise AssertionError(f"the stream ended without {kind!r}")


def test_a_viewer_sees_the_figures_of_the_tools(vera: Visitor, played: PlayedDesk) -> None:
    page = vera.get("/dashboard")
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    held = played.tools().portfolio.holdings().holdings
    assert held
    for each in held:
        assert f"<b>{each.ticker}</b>" in page.text
        assert f"${each.value:,.2f}" in page.text
    assert vera.get("/dashboard/parts").text in page.text


def test_nobody_else_sees_anything(address: str) -> None:
    stranger = Visitor(address)
    assert (stranger.get("/dashboard").status, stranger.get("/dashboard").headers["location"]) == (303, "/")
    assert stranger.get("/dashboard/parts").status == 401
    assert stranger.get("/dashboard/stream").status == 401


def test_a_viewer_sees_how_the_evaluations_went(vera: Visitor, address: str, engine: Engine) -> None:
    assert "No night yet" in vera.get("/dashboard/evaluations").text
    with transaction(engine) as connection:
        EvalNights(connection).record(a_recorded_night())
    page = vera.get("/dashboard/evaluations")
    assert page.status == 200
    assert "shrunk_right 0.900 [0.850, 0.950], n = 96" in page.text
    assert "script-src" not in page.headers["content-security-policy"]
    assert '<a class="button quiet" href="/dashboard/evaluations">' in vera.get("/dashboard").text
    stranger = Visitor(address).get("/dashboard/evaluations")
    assert (stranger.status, stranger.headers["location"]) == (303, "/")


def test_only_the_dashboard_may_run_its_script_and_hear_its_stream(vera: Visitor) -> None:
    policy = vera.get("/dashboard").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in vera.get("/").headers["content-security-policy"]


def test_a_change_of_the_breaker_or_the_health_is_told_at_once(
    vera: Visitor, engine: Engine, face: Face, played: PlayedDesk
) -> None:
    with Listening(vera) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert '"trading": "running"' in stream.next("pulse")
        with transaction(engine) as connection:
            TradingState(connection).pause(by="owner", reason="lunch", at=NOW)
        assert '"trading": "paused"' in stream.next("pulse")
        whole = face.page
        face.page = replace(whole, health=(HealthItem(name="database", ok=False),))
        assert '"database": false' in stream.next("pulse")
        face.page = whole
    with transaction(engine) as connection:
        state = TradingState(connection)
        version = state.get().version
        state.resume(by="owner", reason="over", at=NOW, version=version, session=played.session)


def test_logging_out_ends_the_stream(vera: Visitor, address: str) -> None:
    with Listening(vera) as stream:
        stream.next("pulse")
        vera.ask("POST", "/chat/logout", headers={"Origin": address})
        assert stream.next("closed") == "{}"
        assert stream.answer.read().strip() == b""


def test_one_user_has_so_many_streams_and_no_more(vera: Visitor) -> None:
    with Listening(vera) as one, Listening(vera) as two:
        one.next("pulse")
        two.next("pulse")
        refused = vera.get("/dashboard/stream")
        assert (refused.status, refused.headers["retry-after"]) == (429, "30")
        assert refused.json()["error"] == "too many dashboards are open; close one"


@pytest.mark.browser
@needs_chromium
def test_a_visit_is_live_fits_its_window_and_stays_on_this_machine(
    address: str, gate: OwnerGate, engine: Engine, played: PlayedDesk
) -> None:
    looks: tuple[tuple[tuple[int, int], Literal["dark", "light"]], ...] = (
        (DESKTOP, "dark"),
        (PHONE, "light"),
    )
    with chromium() as browser:
        for size, scheme in looks:
            with visit(browser, size=size, scheme=scheme) as visited:
                page = visited.page
                page.goto(gate.entry_link(address), wait_until="commit")
                page.goto(f"{address}/dashboard")
                expect(page.locator("#live")).to_have_text("Live")
                width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert width <= 0
                with transaction(engine) as connection:
                    TradingState(connection).pause(by="owner", reason="lunch", at=NOW)
                expect(page.get_by_text("Trading paused, breaker open")).to_be_visible()
                with transaction(engine) as connection:
                    state = TradingState(connection)
                    version, session = state.get().version, played.session
                    state.resume(by="owner", reason="over", at=NOW, version=version, session=session)
                expect(page.get_by_text("Trading running, breaker closed")).to_be_visible()
                page.locator(".chart .plot").first.hover(position={"x": 3, "y": 40})
                assert page.locator(".readout").inner_text().startswith("20")
                page.get_by_role("link", name="Evaluations").click()
                expect(page.get_by_role("heading", name="Evaluations", exact=True)).to_be_visible()
                assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
            assert visited.outside == []
            assert visited.complaints == []

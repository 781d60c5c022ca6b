"""The server's doors: who may see what, from where, and what every answer carries."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from desk.chat.mount import without_outside_links
from desk.owner import OwnerGate
from desk.web.exposition import exposition
from desk.web.face import HealthItem, Metric
from desk.web.guard import chat_policy
from desk.web.server import create_app
from fund.errors import ConfigError
from support.chat_client import Visitor, serving
from support.fake_desk import FakeDesk, a_status


@pytest.fixture(scope="module")
def nowhere() -> Iterator[Engine]:
    """An engine whose database cannot be reached: none of these doors needs it."""
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=1")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def address(desk: FakeDesk, gate: OwnerGate, nowhere: Engine) -> Iterator[str]:
    with serving(create_app(desk, gate=gate, engine=nowhere)) as address:
        yield address


@pytest.fixture
def anybody(address: str) -> Visitor:
    return Visitor(address)


@pytest.fixture
def owner(address: str, gate: OwnerGate) -> Visitor:
    return Visitor(address).enter(gate)


def test_the_desk_stops_with_the_server(tmp_path: Path, nowhere: Engine) -> None:
    desk = FakeDesk()
    with serving(create_app(desk, gate=OwnerGate.open(tmp_path), engine=nowhere)):
        assert desk.stopped == 0
    assert desk.stopped == 1


def test_anybody_sees_the_mode_and_no_figure(anybody: Visitor) -> None:
    page = anybody.get("/").text
    assert "Replay mode" in page
    assert "1,041,234" not in page
    assert "31 Jan 2017" not in page


def test_the_entry_link_shows_the_owner_the_figures_and_leads_to_the_chat(
    address: str, gate: OwnerGate
) -> None:
    visitor = Visitor(address)
    entered = visitor.get(link_path(gate))
    assert (entered.status, entered.headers["location"]) == (303, "/chat/")
    assert "1,041,234" in visitor.get("/").text


def link_path(gate: OwnerGate) -> str:
    return gate.entry_link("http://x").removeprefix("http://x")


def test_the_owners_cookie_is_out_of_reach_of_scripts_and_other_sites(address: str, gate: OwnerGate) -> None:
    cookie = Visitor(address).get(link_path(gate)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize("query", ["", "?ticket=", "?ticket=wrong", "?other=1", "?ticket=%00%ff"])
def test_a_wrong_ticket_gets_a_page_and_no_cookie(anybody: Visitor, query: str) -> None:
    answer = anybody.get(f"/enter{query}")
    assert answer.status == 403
    assert "no longer valid" in answer.text
    assert anybody.cookies == {}


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpZGVudGlmaWVyIjoib3duZXIifQ."])
def test_a_forged_cookie_is_nobody(address: str, owner: Visitor, cookie: str) -> None:
    forger = Visitor(address)
    forger.cookies = dict.fromkeys(owner.cookies, cookie)
    assert "1,041,234" not in forger.get("/").text
    assert forger.get("/chat/user").status == 401
    assert forger.get("/elements/any").status == 401


def test_a_cookie_of_another_secret_is_nobody(
    owner: Visitor, tmp_path: Path, desk: FakeDesk, nowhere: Engine, gate: OwnerGate
) -> None:
    with serving(create_app(desk, gate=OwnerGate.open(tmp_path), engine=nowhere)) as elsewhere:
        owner.address = elsewhere
        assert owner.get("/chat/user").status == 401
    create_app(desk, gate=gate, engine=nowhere)


def test_the_right_password_logs_in_and_a_wrong_one_does_not(anybody: Visitor, gate: OwnerGate) -> None:
    assert gate.first_password is not None
    assert anybody.log_in("wrong").status == 401
    assert anybody.cookies == {}
    assert anybody.log_in(gate.first_password).status == 200
    assert "1,041,234" in anybody.get("/").text


def test_guessing_closes_the_password_door_but_not_the_link(
    tmp_path: Path, nowhere: Engine, desk: FakeDesk, gate: OwnerGate
) -> None:
    own = OwnerGate.open(tmp_path)
    assert own.first_password is not None
    with serving(create_app(desk, gate=own, engine=nowhere)) as address:
        for _ in range(5):
            Visitor(address).log_in("guess")
        closed = Visitor(address).log_in(own.first_password)
        assert (closed.status, "too many wrong passwords" in closed.text) == (429, True)
        assert 1 <= int(closed.headers["retry-after"]) <= 60
        assert "1,041,234" in Visitor(address).enter(own).get("/").text
    create_app(desk, gate=gate, engine=nowhere)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[", "127.0.0.1@evil.example:80"]
)
def test_a_foreign_host_name_is_not_answered(anybody: Visitor, host: str) -> None:
    assert anybody.get("/", headers={"Host": host}).status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000"])
def test_this_machine_is_answered_under_each_of_its_names(anybody: Visitor, host: str) -> None:
    assert anybody.get("/", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_a_request_from_another_page_is_refused(anybody: Visitor, origin: str) -> None:
    form = {"username": "owner", "password": "x"}
    answer = anybody.ask("POST", "/chat/login", form=form, headers={"Origin": origin})
    assert answer.status == 403


def test_a_request_from_the_own_page_is_served(anybody: Visitor) -> None:
    answer = anybody.ask("POST", "/chat/logout", headers={"Origin": anybody.address})
    assert answer.status == 200


def test_a_socket_from_another_page_is_refused(owner: Visitor) -> None:
    handshake = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    path = "/chat/ws/socket.io/?EIO=4&transport=websocket"
    assert owner.get(path, headers={**handshake, "Origin": "http://evil.example"}).status == 403


@pytest.mark.parametrize(
    "path", ["/", "/enter", "/chat/", "/chat/login", "/healthz", "/readyz", "/metrics", "/nowhere"]
)
def test_every_answer_carries_strict_headers(anybody: Visitor, path: str) -> None:
    headers = anybody.get(path).headers
    policy = headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert "*" not in policy


def test_pages_with_figures_are_not_stored(owner: Visitor) -> None:
    assert owner.get("/").headers["cache-control"] == "no-store"
    assert owner.get("/chat/").headers["cache-control"] == "no-store"


def test_the_chat_page_runs_only_its_own_scripts(anybody: Visitor) -> None:
    answer = anybody.get("/chat/")
    scripts = answer.headers["content-security-policy"].split("script-src ")[1].split(";")[0].split()
    assert scripts[0] == "'self'"
    assert len(scripts[1:-1]) == answer.text.count("<script>")
    assert scripts[-1] == "'unsafe-eval'"
    assert all(script.startswith("'sha256-") for script in scripts[1:-1])


def test_the_chat_page_names_no_other_host(anybody: Visitor) -> None:
    page = anybody.get("/chat/").text
    assert "//" not in page.replace("<!doctype", "").replace(anybody.address, "")


def test_links_to_other_hosts_are_taken_out_and_own_ones_stay() -> None:
    page = (
        '<link rel="preconnect" href="https://fonts.example" />'
        '<link\n href="//cdn.example/a.css"\n rel="stylesheet">'
        '<meta property="og:image" content="https://x.example/a.png">'
        '<link rel="icon" href="/chat/favicon" />'
    )
    assert without_outside_links(page) == '<link rel="icon" href="/chat/favicon" />'


def test_the_pages_words_are_the_desks_own(anybody: Visitor) -> None:
    words = anybody.get("/chat/project/translations?language=de-DE").json()["translation"]
    assert words["auth"]["login"]["title"] == "Enter the desk"
    assert words["common"]["actions"]["cancel"] == "Cancel"


def test_the_page_follows_the_systems_theme_and_asks_for_a_password(anybody: Visitor) -> None:
    settings = anybody.get("/chat/auth/config").json()
    assert (settings["default_theme"], settings["requireLogin"], settings["passwordAuth"]) == (
        "system",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/chat/project/share/any"),
        ("PUT", "/chat/project/thread/share"),
        ("POST", "/chat/mcp"),
        ("POST", "/chat/auth/jwt"),
        ("GET", "/chat/copilot/index.js"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
    ],
)
def test_doors_the_desk_does_not_use_are_closed(owner: Visitor, method: str, path: str) -> None:
    assert owner.ask(method, path).status == 404


@pytest.mark.parametrize(
    "path", ["/public/../desk/owner.py", "/static/..%2fowner.py", "/chat/public/../app.py"]
)
def test_files_beside_the_public_ones_are_out_of_reach(anybody: Visitor, path: str) -> None:
    answer = anybody.get(path)
    assert "import" not in answer.text or "<!doctype html>" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/landing.css",
        "/public/favicon.svg",
        "/chat/public/custom.css",
        "/chat/logo?theme=dark",
        "/chat/favicon",
    ],
)
def test_the_pages_own_files_are_served(anybody: Visitor, path: str) -> None:
    assert anybody.get(path).status == 200


def test_health_is_open_and_says_only_what_works(anybody: Visitor, desk: FakeDesk) -> None:
    answer = anybody.get("/healthz")
    assert answer.status == 200
    assert answer.json() == {"status": "ok", "checks": {"database": True, "bar lake": True}}


def test_a_failing_part_turns_health_red_without_its_details(
    anybody: Visitor, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = HealthItem(name="database", ok=False, detail="secret host down")
    monkeypatch.setattr(desk, "page", a_status(health=(broken,)))
    answer = anybody.get("/healthz")
    assert answer.status == 503
    assert answer.json() == {"status": "failing", "checks": {"database": False}}


def test_who_is_told_of_what_does_not_turn_health_red(
    anybody: Visitor, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = HealthItem(name="alerts", ok=False, detail="discord fails", vital=False)
    monkeypatch.setattr(desk, "page", a_status(health=(silent,)))
    answer = anybody.get("/healthz")
    assert answer.status == 200
    assert answer.json() == {"status": "ok", "checks": {"alerts": False}}


def test_metrics_are_the_desks_counters_in_prometheus_text(anybody: Visitor) -> None:
    answer = anybody.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE conclave_cycles_total counter\nconclave_cycles_total 3\n" in answer.text
    assert "conclave_chat_failed_writes_total 0\n" in answer.text
    assert "equity" not in answer.text


def test_a_metrics_help_stays_on_its_line() -> None:
    sample = Metric(name="x", help="a\nb\\c", kind="gauge", value=0.5)
    assert exposition([sample]) == "# HELP x a\\nb\\\\c\n# TYPE x gauge\nx 0.5\n"


def test_the_chats_policy_allows_inline_style_but_never_inline_script() -> None:
    policy = dict(part.split(" ", 1) for part in chat_policy(["'sha256-a'"]).split("; "))
    assert policy["script-src"] == "'self' 'sha256-a' 'unsafe-eval'"
    assert policy["connect-src"] == "'self'"
    assert [name for name, rule in policy.items() if "unsafe-eval" in rule] == ["script-src"]


@pytest.mark.parametrize(
    "error", [ConfigError("no database at its socket"), SQLAlchemyError("SELECT secret")]
)
def test_a_desk_that_cannot_answer_says_so_and_no_more(
    error: Exception, tmp_path: Path, nowhere: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(FakeDesk):
        def metrics(self) -> Sequence[Metric]:
            raise error

    with serving(create_app(Away(), gate=OwnerGate.open(tmp_path), engine=nowhere)) as address:
        answer = Visitor(address).get("/metrics")
    assert (answer.status, answer.text) == (
        503,
        "The desk cannot answer just now. Try again in a moment.\n",
    )
    assert str(error) in caplog.text


def test_logging_out_ends_every_session_and_the_link_opens_a_new_one(address: str, gate: OwnerGate) -> None:
    one, other = Visitor(address).enter(gate), Visitor(address).enter(gate)
    stale = dict(one.cookies)
    assert one.ask("POST", "/chat/logout", headers={"Origin": address}).status == 200
    for visitor in (one, other):
        visitor.cookies = dict(stale)
        assert "1,041,234" not in visitor.get("/").text
        assert visitor.get("/chat/user").status == 401
    assert "1,041,234" in Visitor(address).enter(gate).get("/").text


def test_a_cookie_that_names_no_epoch_is_nobodys(address: str, gate: OwnerGate) -> None:
    from chainlit.auth import create_jwt
    from chainlit.user import User

    visitor = Visitor(address)
    visitor.cookies = {"conclave_session": create_jwt(User(identifier="owner"))}
    assert visitor.get("/chat/user").status == 401


def test_a_stale_cookie_beside_or_in_pieces_is_not_heard(address: str, gate: OwnerGate) -> None:
    visitor = Visitor(address).enter(gate)
    stale = visitor.cookies["conclave_session"]
    gate.end_sessions()
    for cookies in (
        {"conclave_session_0": stale},
        {"conclave_session": "", "conclave_session_0": stale},
    ):
        visitor.cookies = dict(cookies)
        assert visitor.get("/chat/user").status == 401
    bearer = {"Authorization": f"Bearer {stale}"}
    visitor.cookies = {}
    assert visitor.get("/chat/user", headers=bearer).status == 401


def test_cookies_travel_only_by_https_where_the_page_did(address: str, gate: OwnerGate) -> None:
    by_proxy = {"X-Forwarded-Proto": "https"}
    assert "; Secure" in Visitor(address).get(link_path(gate), headers=by_proxy).headers["set-cookie"]
    assert "; Secure" not in Visitor(address).get(link_path(gate)).headers["set-cookie"]


@pytest.mark.parametrize("form", [{"username": "owner", "password": "x" * 9000}])
def test_a_form_too_long_to_be_a_password_is_not_read(anybody: Visitor, form: dict[str, str]) -> None:
    assert anybody.ask("POST", "/chat/login", form=form).status == 413

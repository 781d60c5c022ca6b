"""Accounts at the doors of a served desk: who gets in, how fast, as what, and when it ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from desk.owner import OwnerGate
from desk.setting_groups import Access
from desk.web.server import create_app
from fund.clock import FixedClock
from support.chat_client import ChatClient, Visitor, serving
from support.fake_desk import FakeDesk

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> OwnerGate:
    return OwnerGate.open(tmp_path_factory.mktemp("gate"))


@pytest.fixture(scope="module")
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture(scope="module")
def address(desk: FakeDesk, gate: OwnerGate, engine: Engine, clock: FixedClock) -> Iterator[str]:
    with transaction(engine) as connection:
        Accounts(connection).add("vera", "viewer", PASSWORD, now=NOON)
    access = Access(chat_per_minute=6)
    with serving(create_app(desk, gate=gate, engine=engine, clock=clock, access=access)) as address:
        yield address


@pytest.fixture
def vera(address: str, clock: FixedClock) -> Visitor:
    clock.move(clock.now() + timedelta(minutes=5))
    visitor = Visitor(address)
    assert visitor.log_in(PASSWORD, name="Vera").status == 200
    return visitor


def name_of(visitor: Visitor) -> str | None:
    answer = visitor.get("/chat/user")
    return None if answer.status == 401 else answer.json()["identifier"]


def test_a_viewer_logs_in_and_is_herself(vera: Visitor) -> None:
    assert name_of(vera) == "vera"
    assert "1,041,234" in vera.get("/").text


def test_a_viewers_question_is_asked_in_her_own_name(vera: Visitor, desk: FakeDesk) -> None:
    with ChatClient(vera) as chat:
        chat.ask("hello there")
    assert desk.conversation.asked[-1][1:] == ("vera", "hello there")


def test_who_asks_too_fast_gets_a_sentence_and_is_heard_again_in_time(
    vera: Visitor, desk: FakeDesk, clock: FixedClock
) -> None:
    with ChatClient(vera) as chat:
        for question in ("one", "two", "three"):
            chat.ask(question)
        assert chat.messages()[-1] == "That was quick: ask again in 10 seconds."
        assert [text for _, _, text in desk.conversation.asked[-2:]] == ["one", "two"]
        clock.move(clock.now() + timedelta(seconds=10))
        chat.ask("four")
    assert desk.conversation.asked[-1][2] == "four"


@pytest.mark.parametrize("end", ["log out", "password", "disable"])
def test_the_end_of_a_session_closes_every_door_and_the_open_page(
    vera: Visitor, address: str, engine: Engine, desk: FakeDesk, end: str
) -> None:
    cookies = dict(vera.cookies)
    with ChatClient(vera) as chat:
        asked = len(desk.conversation.asked)
        if end == "log out":
            assert vera.ask("POST", "/chat/logout", headers={"Origin": address}).status == 200
        else:
            with transaction(engine) as connection:
                accounts = Accounts(connection)
                if end == "disable":
                    accounts.disable("vera", now=NOON)
                    accounts.enable("vera")
                else:
                    accounts.set_password("vera", PASSWORD)
        vera.cookies = cookies
        assert name_of(vera) is None
        assert "1,041,234" not in vera.get("/").text
        chat.send("am I still heard?")
        chat.wait_until_closed()
        assert len(desk.conversation.asked) == asked


def test_one_users_log_out_leaves_the_others_in(vera: Visitor, address: str, gate: OwnerGate) -> None:
    owner = Visitor(address).enter(gate)
    vera.ask("POST", "/chat/logout", headers={"Origin": address})
    assert name_of(owner) == "owner"


def test_guessing_closes_the_door_for_the_account_and_the_address_for_a_minute(
    address: str, clock: FixedClock
) -> None:
    clock.move(clock.now() + timedelta(minutes=5))
    visitor = Visitor(address)
    assert [visitor.log_in("guess", name="vera").status for _ in range(5)] == [401] * 5
    closed = visitor.log_in(PASSWORD, name="vera")
    assert (closed.status, closed.headers["retry-after"]) == (429, "60")
    assert closed.json()["detail"] == "too many wrong passwords; try again in 60 seconds"
    elsewhere = {"X-Forwarded-For": "10.0.0.9"}
    form = {"username": "vera", "password": PASSWORD}
    assert visitor.ask("POST", "/chat/login", form=form, headers=elsewhere).status == 429
    clock.move(clock.now() + timedelta(minutes=1))
    assert visitor.log_in(PASSWORD, name="vera").status == 200


@pytest.mark.parametrize("name", ["", "nobody", "vera\x00", "' OR 1=1 --", "\u202evera", "x" * 5000])
def test_no_name_but_a_known_one_gets_in(address: str, clock: FixedClock, name: str) -> None:
    clock.move(clock.now() + timedelta(minutes=5))
    assert Visitor(address).log_in(PASSWORD, name=name).status == 401


def test_a_script_gets_a_session_for_its_key_and_nothing_for_another(address: str, engine: Engine) -> None:
    with transaction(engine) as connection:
        key, kept = Accounts(connection).create_key("vera", "script", now=NOON)
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        script = Visitor(address)
        assert script.ask("POST", "/chat/auth/header", headers=headers).status == 200
        assert name_of(script) == "vera"
    for headers in ({}, {"X-API-Key": key[:-1]}, {"Authorization": f"Basic {key}"}):
        script = Visitor(address)
        assert script.ask("POST", "/chat/auth/header", headers=headers).status == 401
        assert script.cookies == {}
    with transaction(engine) as connection:
        Accounts(connection).revoke(kept.key_id, now=NOON)
    assert Visitor(address).ask("POST", "/chat/auth/header", headers={"X-API-Key": key}).status == 401


def test_a_cookie_signed_by_nobody_but_this_desk_counts(
    address: str, gate: OwnerGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chainlit.auth import create_jwt
    from chainlit.user import User

    with monkeypatch.context() as another:
        another.setenv("CHAINLIT_AUTH_SECRET", "x" * 48)
        forged = create_jwt(User(identifier="owner", metadata={"epoch": gate.epoch}))
    visitor = Visitor(address)
    visitor.cookies = {"conclave_session": forged}
    assert name_of(visitor) is None


def test_a_newly_made_account_of_an_old_name_is_not_the_old_cookies(
    vera: Visitor, address: str, engine: Engine
) -> None:
    with transaction(engine) as connection:
        Accounts(connection).end_sessions("vera")
    assert name_of(vera) is None

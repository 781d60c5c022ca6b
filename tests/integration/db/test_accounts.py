"""Accounts: who may enter, as what, until when; nothing that admits anybody is kept in clear."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from db.accounts import KEY_PREFIX, OWNER, Accounts, may_act
from db.engine import transaction
from fund.errors import QueryRefusedError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(connection: Connection) -> Accounts:
    return Accounts(connection)


@pytest.fixture
def anna(accounts: Accounts) -> str:
    return accounts.add("Anna", "viewer", PASSWORD, now=NOW).name


def test_the_owner_is_there_from_the_start_and_has_no_password_here(accounts: Accounts) -> None:
    assert [(each.name, each.role) for each in accounts.all()] == [(OWNER, "owner")]
    assert accounts.role(OWNER) == "owner"
    assert accounts.verify(OWNER, "") is None
    assert accounts.verify(OWNER, PASSWORD) is None


def test_an_account_enters_by_its_own_password_in_any_case_of_its_name(accounts: Accounts, anna: str) -> None:
    assert anna == "anna"
    assert accounts.role("anna") == "viewer"
    for name, password in (("anna", "wrong"), ("anna", ""), ("bob", PASSWORD), ("", PASSWORD)):
        assert accounts.verify(name, password) is None
    found = accounts.verify(" ANNA ", PASSWORD)
    assert found is not None
    assert found.name == "anna"


@pytest.mark.parametrize(
    "name", ["", "a", "1st", "a b", "anna\x00", "ann\u0430", "x" * 33, "a/b", "'; drop", "\udc80a"]
)
def test_a_name_that_cannot_be_one_is_refused_and_is_nobody(accounts: Accounts, name: str) -> None:
    with pytest.raises(QueryRefusedError, match="an account's name is a letter followed by"):
        accounts.add(name, "viewer", PASSWORD, now=NOW)
    assert accounts.role(name) is None
    assert accounts.verify(name, PASSWORD) is None


def test_what_is_wrong_with_a_new_account_is_said(accounts: Accounts, anna: str) -> None:
    with pytest.raises(QueryRefusedError, match="there is an account 'anna' already"):
        accounts.add("anna", "owner", PASSWORD, now=NOW)
    with pytest.raises(QueryRefusedError, match="a role is owner or viewer, was 'admin'"):
        accounts.add("bob", "admin", PASSWORD, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(QueryRefusedError, match="12 to 256 characters, was 5 long"):
        accounts.add("bob", "viewer", "short", now=NOW)
    assert accounts.role("anna") == "viewer"
    assert accounts.role("bob") is None


def test_another_password_ends_the_sessions_and_the_old_one(accounts: Accounts, anna: str) -> None:
    before = accounts.all()[0].epoch
    accounts.set_password(anna, "another long enough")
    assert accounts.verify(anna, PASSWORD) is None
    now = accounts.verify(anna, "another long enough")
    assert now is not None
    assert now.epoch == before + 1


def test_a_disabled_account_is_out_by_every_way_until_it_is_enabled(accounts: Accounts, anna: str) -> None:
    key, _ = accounts.create_key(anna, "script", now=NOW)
    accounts.disable(anna, now=NOW)
    assert accounts.role(anna) is None
    assert accounts.verify(anna, PASSWORD) is None
    assert accounts.holder(key, now=NOW) is None
    with pytest.raises(QueryRefusedError, match="is disabled"):
        accounts.create_key(anna, "script", now=NOW)
    accounts.enable(anna)
    assert accounts.role(anna) == "viewer"
    assert accounts.holder(key, now=NOW) is not None


def test_the_owner_is_never_shut_out_from_here(accounts: Accounts) -> None:
    with pytest.raises(QueryRefusedError, match="the owner cannot be disabled"):
        accounts.disable(OWNER, now=NOW)
    with pytest.raises(QueryRefusedError, match="has its password in the owner's file"):
        accounts.set_password(OWNER, PASSWORD)
    assert accounts.role(OWNER) == "owner"


def test_a_key_is_shown_once_and_kept_as_a_hash(
    accounts: Accounts, connection: Connection, anna: str
) -> None:
    key, kept = accounts.create_key(anna, " her notebook ", now=NOW)
    assert key.startswith(KEY_PREFIX)
    assert len(key) == len(KEY_PREFIX) + 43
    assert kept.label == "her notebook"
    everything = str(connection.execute(text("SELECT * FROM desk.api_keys")).all())
    assert key not in everything
    assert key.removeprefix(KEY_PREFIX) not in everything
    found = accounts.holder(key, now=NOW)
    assert found is not None
    assert found.name == anna
    for other in (key[:-1], f"{key}x", key.upper(), KEY_PREFIX, ""):
        assert accounts.holder(other, now=NOW) is None


def test_a_key_ends_when_it_expires_or_is_revoked(accounts: Accounts, anna: str) -> None:
    later = NOW + timedelta(days=1)
    short, _ = accounts.create_key(anna, "a day", now=NOW, expires_at=later)
    gone, kept = accounts.create_key(anna, "revoked", now=NOW)
    assert accounts.holder(short, now=later - timedelta(seconds=1)) is not None
    assert accounts.holder(short, now=later) is None
    first = accounts.revoke(kept.key_id, now=NOW)
    assert accounts.revoke(kept.key_id, now=later) == first
    assert accounts.holder(gone, now=NOW) is None
    with pytest.raises(QueryRefusedError, match="there is no key 'key-x'"):
        accounts.revoke("key-x", now=NOW)
    with pytest.raises(QueryRefusedError, match="must expire in the future"):
        accounts.create_key(anna, "past", now=NOW, expires_at=NOW)
    for label in ("", " ", "x" * 81, "a\nb"):
        with pytest.raises(QueryRefusedError, match="1 to 80 printable"):
            accounts.create_key(anna, label, now=NOW)


def test_the_last_use_of_a_key_is_noted_to_the_minute(accounts: Accounts, anna: str) -> None:
    key, _ = accounts.create_key(anna, "script", now=NOW)
    for seconds, noted in ((0, 0), (30, 0), (60, 60)):
        accounts.holder(key, now=NOW + timedelta(seconds=seconds))
        (kept,) = accounts.keys(anna)
        assert kept.last_used_at == NOW + timedelta(seconds=noted)


def test_a_key_of_an_unknown_account_is_refused_naming_the_known(accounts: Accounts) -> None:
    with pytest.raises(QueryRefusedError, match="there is no account 'nobody'; known are owner"):
        accounts.create_key("nobody", "x", now=NOW)
    with pytest.raises(QueryRefusedError, match="there is no account 'nobody'"):
        accounts.keys("nobody")


def test_only_owners_may_act_and_the_role_is_read_each_time(engine: Engine) -> None:
    acts = may_act(engine)
    with transaction(engine) as connection:
        Accounts(connection).add("carl", "owner", PASSWORD, now=NOW)
        Accounts(connection).add("vera", "viewer", PASSWORD, now=NOW)
    assert [acts(name) for name in ("owner", "carl", "vera", "nobody", "OWNER", "owner ", "")] == [
        True,
        True,
        *[False] * 5,
    ]
    with transaction(engine) as connection:
        Accounts(connection).disable("carl", now=NOW)
    assert not acts("carl")


def test_a_key_does_what_it_was_made_for_and_never_more_than_its_account(
    accounts: Accounts, anna: str
) -> None:
    def scopes(key: str) -> frozenset[str]:
        held = accounts.holder(key, now=NOW)
        assert held is not None
        return held.scopes

    whole, _ = accounts.create_key(anna, "all", now=NOW)
    metrics, kept = accounts.create_key(anna, "prom", now=NOW, scopes=["metrics"])
    assert kept.scopes == ("metrics",)
    assert scopes(whole) == {"read", "metrics"}
    assert scopes(metrics) == {"metrics"}
    assert scopes(accounts.create_key(OWNER, "all", now=NOW)[0]) == {"read", "commands", "cycles", "metrics"}
    for wrong, said in (
        (["commands"], "no key may do more than its account"),
        (["root"], "a scope is one of read, commands, cycles, metrics, was 'root'"),
        ([], "a key needs at least one scope"),
    ):
        with pytest.raises(QueryRefusedError, match=said):
            accounts.create_key(anna, "x", now=NOW, scopes=wrong)


def test_an_account_that_loses_its_role_takes_its_keys_along(
    accounts: Accounts, connection: Connection, anna: str
) -> None:
    cora = accounts.add("cora", "owner", PASSWORD, now=NOW).name
    key, _ = accounts.create_key(cora, "x", now=NOW, scopes=["read", "commands"])
    connection.execute(text("UPDATE desk.accounts SET role = 'viewer' WHERE name = 'cora'"))
    held = accounts.holder(key, now=NOW)
    assert held is not None
    assert held.scopes == {"read"}


def test_a_rotated_key_and_its_follower_both_hold_for_the_overlap(accounts: Accounts, anna: str) -> None:
    old, kept = accounts.create_key(
        anna, "script", now=NOW, scopes=["read"], expires_at=NOW + timedelta(days=90)
    )
    rotated = accounts.rotate(
        kept.key_id, now=NOW, overlap=timedelta(hours=2), expires_at=NOW + timedelta(days=90)
    )
    assert (rotated.made.label, rotated.made.scopes) == ("script", ("read",))
    assert (rotated.before.followed_by, rotated.before.expires_at) == (
        rotated.made.key_id,
        NOW + timedelta(hours=2),
    )
    for seconds, admitted in ((0, True), (7199, True), (7200, False)):
        moment = NOW + timedelta(seconds=seconds)
        assert (accounts.holder(old, now=moment) is not None) == admitted
        assert accounts.holder(rotated.key, now=moment) is not None
    with pytest.raises(QueryRefusedError, match=f"was followed by {rotated.made.key_id} already"):
        accounts.rotate(kept.key_id, now=NOW, overlap=timedelta(0))


def test_a_rotation_never_prolongs_a_key(accounts: Accounts, anna: str) -> None:
    soon = NOW + timedelta(minutes=5)
    _, kept = accounts.create_key(anna, "script", now=NOW, expires_at=soon)
    assert accounts.rotate(kept.key_id, now=NOW, overlap=timedelta(days=1)).before.expires_at == soon
    _, gone = accounts.create_key(anna, "gone", now=NOW)
    accounts.revoke(gone.key_id, now=NOW)
    for overlap, said in ((timedelta(0), "admits nobody any more"),):
        with pytest.raises(QueryRefusedError, match=said):
            accounts.rotate(gone.key_id, now=NOW, overlap=overlap)
    _, other = accounts.create_key(anna, "other", now=NOW)
    for overlap in (timedelta(days=31), timedelta(seconds=-1)):
        with pytest.raises(QueryRefusedError, match="an overlap is 0 to 30 days"):
            accounts.rotate(other.key_id, now=NOW, overlap=overlap)
    with pytest.raises(QueryRefusedError, match="there is no key"):
        accounts.rotate("key-none", now=NOW, overlap=timedelta(0))

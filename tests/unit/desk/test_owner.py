"""The gate lets in one owner, by a slow password or this process's own link, and nobody else."""

import json
import logging
import stat
from pathlib import Path

import pytest

from desk.owner import OWNER, OwnerGate
from desk.web.server import TicketFilter
from fund.errors import ConfigError, QueryRefusedError


def ticket_of(gate: OwnerGate) -> str:
    return gate.entry_link("http://127.0.0.1:8000").split("ticket=")[1]


def password_of(gate: OwnerGate) -> str:
    assert gate.first_password is not None
    return gate.first_password


def test_the_first_start_makes_a_password_that_later_starts_know_but_do_not_show(tmp_path: Path) -> None:
    first = OwnerGate.open(tmp_path)
    later = OwnerGate.open(tmp_path)
    assert later.first_password is None
    assert later.admits(OWNER, password_of(first))
    assert later.secret == first.secret


def test_the_owners_file_is_for_the_owner_alone_and_holds_no_password(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert password_of(gate) not in path.read_text()
    assert json.loads(path.read_text())["password_hash"].startswith("$argon2id$")


def test_a_file_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    OwnerGate.open(tmp_path)
    (path,) = tmp_path.iterdir()
    path.chmod(0o644)
    OwnerGate.open(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_gates_never_share_a_password_a_secret_or_a_ticket(tmp_path: Path) -> None:
    one, two = OwnerGate.open(tmp_path / "one"), OwnerGate.open(tmp_path / "two")
    assert password_of(one) != password_of(two)
    assert one.secret != two.secret
    assert ticket_of(one) != ticket_of(two)


@pytest.mark.parametrize(
    ("name", "password"),
    [(OWNER, "wrong"), (OWNER, ""), ("admin", "right"), ("", "right"), (OWNER, "\udc80")],
)
def test_a_wrong_name_or_password_is_refused(tmp_path: Path, name: str, password: str) -> None:
    gate = OwnerGate.open(tmp_path)
    assert not gate.admits(name, password_of(gate) if password == "right" else password)


def test_the_name_may_be_typed_in_any_case(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    assert gate.admits(" Owner ", password_of(gate))


def test_a_new_password_counts_at_once_in_a_gate_that_is_open(tmp_path: Path) -> None:
    running, other = OwnerGate.open(tmp_path), OwnerGate.open(tmp_path)
    first, epoch = password_of(running), running.epoch
    other.set_password("a long enough one")
    assert running.admits(OWNER, "a long enough one")
    assert not running.admits(OWNER, first)
    assert (running.epoch, running.secret) == (epoch + 1, other.secret)


def test_ending_sessions_outlives_a_restart_and_keeps_the_password(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    gate.end_sessions()
    later = OwnerGate.open(tmp_path)
    assert later.epoch == gate.epoch == 2
    assert later.admits(OWNER, password_of(gate))


def test_a_password_too_short_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    with pytest.raises(QueryRefusedError, match="12 to 256 characters, was 5 long"):
        gate.set_password("short")
    assert gate.admits(OWNER, password_of(gate))


def test_a_file_of_before_there_were_epochs_is_read(tmp_path: Path) -> None:
    OwnerGate.open(tmp_path)
    (path,) = tmp_path.iterdir()
    kept = json.loads(path.read_text())
    del kept["epoch"]
    path.write_text(json.dumps(kept))
    assert OwnerGate.open(tmp_path).epoch == 1


def test_a_gate_opens_to_its_own_ticket_as_often_as_it_likes(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    assert gate.opens(ticket_of(gate))
    assert gate.opens(ticket_of(gate))


@pytest.mark.parametrize("ticket", ["", "x", "é", "\udc80", "A" * 43, "x" * 100_000])
def test_a_gate_stays_shut_to_any_other_ticket(tmp_path: Path, ticket: str) -> None:
    assert not OwnerGate.open(tmp_path).opens(ticket)


def test_a_ticket_of_an_earlier_process_is_worthless(tmp_path: Path) -> None:
    earlier = OwnerGate.open(tmp_path)
    assert not OwnerGate.open(tmp_path).opens(ticket_of(earlier))


def test_a_link_has_no_double_slash_and_the_ticket_survives_the_address(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    assert gate.entry_link("http://127.0.0.1:8000/").startswith("http://127.0.0.1:8000/enter?ticket=")


def test_renewing_changes_password_and_secret(tmp_path: Path) -> None:
    before = OwnerGate.open(tmp_path)
    after = OwnerGate.renew(tmp_path)
    reopened = OwnerGate.open(tmp_path)
    assert not reopened.admits(OWNER, password_of(before))
    assert reopened.admits(OWNER, password_of(after))
    assert reopened.secret == after.secret != before.secret


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        '{"version": 1}',
        '{"password_hash": "plain", "secret": "0123456789012345678901234567890123456789"}',
    ],
)
def test_a_damaged_file_is_named_and_never_replaced_silently(tmp_path: Path, content: str) -> None:
    path = tmp_path / "owner.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"owner\.json.*restore the file, or delete it"):
        OwnerGate.open(tmp_path)
    assert path.read_text() == content


def test_a_secret_too_short_to_sign_with_is_refused(tmp_path: Path) -> None:
    OwnerGate.open(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"secret": "short"}))
    with pytest.raises(ConfigError, match="at least 32 bytes"):
        OwnerGate.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="data folder that can be written"):
        OwnerGate.open(tmp_path / "file" / "below")


def test_the_access_log_never_shows_a_ticket(tmp_path: Path) -> None:
    gate = OwnerGate.open(tmp_path)
    path = f"/enter?ticket={ticket_of(gate)}"
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s"', ("127.0.0.1", "GET", path), None
    )
    assert TicketFilter().filter(record)
    assert record.getMessage() == '127.0.0.1 - "GET /enter?ticket=..."'

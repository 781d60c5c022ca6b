"""What each `desk account` command does."""

import argparse
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table

from db.accounts import OWNER, Account, Accounts, ApiKey, account_name_of
from db.engine import transaction
from db.record_codec import to_plain
from desk.outcome import Outcome
from desk.owner import OwnerGate
from desk.settings import Settings
from desk.stores import open_started
from fund.clock import SystemClock

Action = Callable[[argparse.Namespace, Console], Outcome]


def add(options: argparse.Namespace, console: Console) -> Outcome:
    """Make an account."""
    password = _password_of(options)
    with _accounts(options) as (accounts, _):
        made = accounts.add(options.name, options.role, password, now=_now())
    return _with_password(made.name, f"{made.name} may enter as {made.role}", password, options)


def password(options: argparse.Namespace, console: Console) -> Outcome:
    """Replace a password."""
    name, chosen = account_name_of(options.name), _password_of(options)
    with _accounts(options) as (accounts, gate):
        if name == OWNER:
            gate.set_password(chosen)
        else:
            accounts.set_password(name, chosen)
    return _with_password(
        name, f"The password of {name} is replaced; its sessions have ended", chosen, options
    )


def disable(options: argparse.Namespace, console: Console) -> Outcome:
    """Shut an account out."""
    with _accounts(options) as (accounts, _):
        accounts.disable(options.name, now=_now())
    said = f"{options.name} is shut out: password, sessions and keys."
    return Outcome(data={"name": options.name, "disabled": True}, shown=(said,))


def enable(options: argparse.Namespace, console: Console) -> Outcome:
    """Let a disabled account in again."""
    with _accounts(options) as (accounts, _):
        accounts.enable(options.name)
    return Outcome(
        data={"name": options.name, "disabled": False}, shown=(f"{options.name} may enter again.",)
    )


def listed(options: argparse.Namespace, console: Console) -> Outcome:
    """List the accounts."""
    with _accounts(options) as (accounts, _):
        found = accounts.all()
    return Outcome(data={"accounts": to_plain(found)}, shown=(_accounts_table(found),))


def create_key(options: argparse.Namespace, console: Console) -> Outcome:
    """Make a key."""
    now = _now()
    with _accounts(options) as (accounts, _):
        key, kept = accounts.create_key(
            options.name,
            options.label,
            now=now,
            expires_at=now + timedelta(days=options.days),
            scopes=options.scope,
        )
    shown = (f"{_described(kept)}; shown only now:", key)
    return Outcome(data={"key": key, **to_plain(kept)}, shown=shown)


def rotate_key(options: argparse.Namespace, console: Console) -> Outcome:
    """Put a new key in a key's place; the old one holds for the overlap."""
    now = _now()
    with _accounts(options) as (accounts, _):
        rotated = accounts.rotate(
            options.key_id,
            now=now,
            overlap=timedelta(hours=options.overlap_hours),
            expires_at=now + timedelta(days=options.days),
        )
    before, kept = rotated.before, rotated.made
    ends = f"{before.expires_at:%Y-%m-%d %H:%M} UTC"
    shown = (
        f"{before.key_id} admits until {ends}, then nobody. {_described(kept)} follows it; shown only now:",
        rotated.key,
    )
    return Outcome(data={"key": rotated.key, **to_plain(kept), "before": to_plain(before)}, shown=shown)


def list_keys(options: argparse.Namespace, console: Console) -> Outcome:
    """List keys."""
    with _accounts(options) as (accounts, _):
        found = accounts.keys(options.name)
    return Outcome(data={"keys": to_plain(found)}, shown=(_keys_table(found),))


def revoke_key(options: argparse.Namespace, console: Console) -> Outcome:
    """Make a key worthless."""
    with _accounts(options) as (accounts, _):
        kept = accounts.revoke(options.key_id, now=_now())
    return Outcome(data=to_plain(kept), shown=(f"{kept.key_id} ({kept.label}) admits nobody any more.",))


def _described(kept: ApiKey) -> str:
    until = f"{kept.expires_at:%Y-%m-%d}" if kept.expires_at else "for good"
    return f"{kept.key_id} for {kept.account} ({kept.label}; {_scopes_of(kept)}), until {until}"


def _scopes_of(kept: ApiKey) -> str:
    return "all its account may" if kept.scopes is None else ", ".join(kept.scopes)


@contextmanager
def _accounts(options: argparse.Namespace) -> Iterator[tuple[Accounts, OwnerGate]]:
    """Open the accounts of a desk that has been started, in one transaction, beside a desk that runs."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    with ExitStack() as exits:
        folder, engine = open_started(settings, exits)
        with transaction(engine) as connection:
            yield Accounts(connection), OwnerGate.open(folder.secrets)


def _password_of(options: argparse.Namespace) -> str:
    """Return the password on standard input, or one made up here."""
    if not options.stdin:
        return secrets.token_urlsafe(15)
    return sys.stdin.readline().rstrip("\r\n")


def _with_password(name: str, said: str, password: str, options: argparse.Namespace) -> Outcome:
    if options.stdin:
        return Outcome(data={"name": name}, shown=(f"{said}.",))
    return Outcome(
        data={"name": name, "password": password}, shown=(f"{said}. The password, shown only now:", password)
    )


def _now() -> datetime:
    return SystemClock().now()


def _accounts_table(accounts: tuple[Account, ...]) -> Table:
    table = Table("Name", "Role", "Since", "State")
    for each in accounts:
        table.add_row(each.name, each.role, f"{each.created_at:%Y-%m-%d}", _state_of(each))
    return table


def _state_of(account: Account) -> str:
    return f"disabled {account.disabled_at:%Y-%m-%d}" if account.disabled_at else "may enter"


def _keys_table(keys: tuple[ApiKey, ...]) -> Table | str:
    if not keys:
        return "There are no keys; `desk account key create NAME --label WHAT` makes one."
    table = Table("Key", "Account", "Label", "Scopes", "Last used", "Until")
    for each in keys:
        used = f"{each.last_used_at:%Y-%m-%d %H:%M}" if each.last_used_at else "never"
        until = f"{each.expires_at:%Y-%m-%d}" if each.expires_at else "for good"
        until = f"{until}, followed by {each.followed_by}" if each.followed_by else until
        until = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else until
        table.add_row(each.key_id, each.account, each.label, _scopes_of(each), used, until)
    return table

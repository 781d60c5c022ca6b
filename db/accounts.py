"""Accounts and their keys: who may enter, as what, and until when; every time comes from the caller."""

import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, RowMapping, Select, select, update
from sqlalchemy.dialects.postgresql import insert

from db.account_tables import accounts, api_keys
from db.engine import in_transaction
from db.key_scopes import Role, Scope, checked_scopes, scopes_of
from db.ledger_rows import aware
from fund.errors import QueryRefusedError

__all__ = ["OWNER", "Account", "Accounts", "ApiKey", "Holder", "Role", "Rotated"]

OWNER = "owner"
"""The account that is always there; its password is in the owner's file."""

MIN_PASSWORD, MAX_PASSWORD, MAX_LABEL = 12, 256, 80
USE_NOTED_EVERY = timedelta(minutes=1)
LONGEST_OVERLAP = timedelta(days=30)
"""For so long at most a key holds after another has taken its place."""
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
KEY_PREFIX = "desk_"
_hasher = PasswordHasher()
"""What the password of an unknown name is held against, so that it takes as long as a known one's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may enter; `epoch` counts up when every session of the account is to end."""

    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it may be listed; the key itself was shown once and is not kept."""

    key_id: str
    account: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    scopes: tuple[Scope, ...] | None = None
    """What it was made for; None is all that its account may."""
    followed_by: str | None = None
    """The key that took its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose key it is, and what it admits to, by the account's role of now."""

    name: str
    role: Role
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """A new key, which is not kept, and the one it follows."""

    key: str
    made: ApiKey
    before: ApiKey
    """It admits until its `expires_at`."""


def account_name_of(text: str) -> str:
    """Return the name as it is kept; raises `QueryRefusedError` for what cannot be one."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise QueryRefusedError(
            "an account's name is a letter followed by 1 to 31 letters, digits, dots, dashes or underscores, "
            f"was {text[:40]!r}"
        )
    return name


class Accounts:
    """Reads and changes accounts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def role(self, name: str) -> Role | None:
        """Return what an account may do; None for one that is unknown or disabled."""
        found = self.get(name)
        return None if found is None or found.disabled_at else found.role

    def get(self, name: str) -> Account | None:
        """Return an account, disabled or not."""
        if not _NAME.fullmatch(name):
            return None
        found = self._connection.execute(_chosen_accounts().where(accounts.c.name == name))
        row = found.mappings().one_or_none()
        return None if row is None else Account(**row)

    def all(self) -> tuple[Account, ...]:
        """Return every account, by name."""
        found = self._connection.execute(_chosen_accounts().order_by(accounts.c.name))
        return tuple(Account(**row) for row in found.mappings())

    def add(self, name: str, role: Role, password: str, *, now: datetime) -> Account:
        """Make an account; raises `QueryRefusedError` where one of this name is there already."""
        name = account_name_of(name)
        if role not in get_args(Role):
            raise QueryRefusedError(f"a role is owner or viewer, was {role!r}")
        row = {"name": name, "role": role, "password_hash": hash_of(password), "created_at": aware(now)}
        made = self._connection.execute(
            insert(accounts).values(row).on_conflict_do_nothing().returning(accounts.c.name)
        )
        if made.one_or_none() is None:
            raise QueryRefusedError(f"there is an account {name!r} already; choose another name")
        return self._known(name)

    def set_password(self, name: str, password: str) -> None:
        """Replace an account's password and end its sessions; the owner's is in the owner's file."""
        self._change_of_others(name, password_hash=hash_of(password), epoch=accounts.c.epoch + 1)

    def disable(self, name: str, *, now: datetime) -> None:
        """Shut an account out: its password, sessions and keys admit nobody from now on."""
        self._change_of_others(name, disabled_at=aware(now), epoch=accounts.c.epoch + 1)

    def enable(self, name: str) -> None:
        """Let a disabled account in again; sessions from before stay ended."""
        self._change_of_others(name, disabled_at=None)

    def end_sessions(self, name: str) -> None:
        """Make every cookie given out to an account so far worthless."""
        self._change(name, epoch=accounts.c.epoch + 1)

    def verify(self, name: str, password: str) -> Account | None:
        """Return the account if the password is its own; slow on purpose, and as slow for an unknown name."""
        name = name.strip().lower()
        chosen = select(accounts.c.password_hash).where(
            accounts.c.name == (name if _NAME.fullmatch(name) else ""), accounts.c.disabled_at.is_(None)
        )
        kept = self._connection.execute(chosen).scalar_one_or_none()
        nobodys = _nobodys()
        try:
            _hasher.verify(kept or nobodys, password[:MAX_PASSWORD].encode(errors="replace"))
        except (VerificationError, InvalidHashError):
            return None
        return self.get(name) if kept else None

    def create_key(
        self,
        account: str,
        label: str,
        *,
        now: datetime,
        expires_at: datetime | None = None,
        scopes: Collection[str] | None = None,
    ) -> tuple[str, ApiKey]:
        """Return a new key, which is not kept and cannot be shown again, and what is kept of it.

        Without `scopes` it may do what its account may, whatever that is by then.
        """
        known = self._known(account)
        if known.disabled_at:
            raise QueryRefusedError(f"the account {account!r} is disabled; enable it before it gets a key")
        label = label.strip()
        if not 1 <= len(label) <= MAX_LABEL or not label.isprintable():
            raise QueryRefusedError(f"a key's label has 1 to {MAX_LABEL} printable characters")
        if expires_at is not None and aware(expires_at) <= aware(now):
            raise QueryRefusedError("a key must expire in the future")
        chosen = None if scopes is None else checked_scopes(known.role, scopes)
        key, key_id = KEY_PREFIX + secrets.token_urlsafe(32), f"key-{secrets.token_hex(4)}"
        row = {
            "key_id": key_id,
            "account": known.name,
            "key_hash": _hash_of_key(key),
            "label": label,
            "created_at": aware(now),
            "expires_at": expires_at,
            "scopes": None if chosen is None else list(chosen),
        }
        self._connection.execute(insert(api_keys).values(row))
        return key, self._key(key_id)

    def keys(self, account: str | None = None) -> tuple[ApiKey, ...]:
        """Return every key, or those of one account, oldest first."""
        chosen = _chosen_keys().order_by(api_keys.c.created_at, api_keys.c.key_id)
        if account is not None:
            chosen = chosen.where(api_keys.c.account == self._known(account).name)
        return tuple(_api_key(row) for row in self._connection.execute(chosen).mappings())

    def revoke(self, key_id: str, *, now: datetime) -> ApiKey:
        """Make a key worthless for good; a second time changes nothing."""
        self._connection.execute(
            update(api_keys)
            .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
            .values(revoked_at=aware(now))
        )
        return self._key(key_id)

    def rotate(
        self, key_id: str, *, now: datetime, overlap: timedelta, expires_at: datetime | None = None
    ) -> Rotated:
        """Put a new key of the same account, label and scopes in a key's place.

        The old one admits for `overlap` more, or until it would have expired anyway. Raises
        `QueryRefusedError` for one that admits nobody any more or has been followed already.
        """
        self._connection.execute(select(api_keys).where(api_keys.c.key_id == key_id).with_for_update())
        before = self._key(key_id)
        if before.revoked_at or (before.expires_at is not None and before.expires_at <= aware(now)):
            raise QueryRefusedError(
                f"{key_id} admits nobody any more; make a new one with `account key create`"
            )
        if before.followed_by is not None:
            raise QueryRefusedError(f"{key_id} was followed by {before.followed_by} already; rotate that one")
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise QueryRefusedError(f"an overlap is 0 to {LONGEST_OVERLAP.days} days, was {overlap}")
        key, made = self.create_key(
            before.account, before.label, now=now, expires_at=expires_at, scopes=before.scopes
        )
        until = aware(now) + overlap
        ends = until if before.expires_at is None else min(until, before.expires_at)
        changed = update(api_keys).where(api_keys.c.key_id == key_id)
        self._connection.execute(changed.values(followed_by=made.key_id, expires_at=ends))
        return Rotated(key=key, made=made, before=self._key(key_id))

    def holder(self, key: str, *, now: datetime) -> Holder | None:
        """Return whose key this is; None for one that is unknown, revoked, expired or a disabled account's.

        The use is noted to the minute, so that reading stays reading most of the time.
        """
        found = self._connection.execute(
            _chosen_keys().where(api_keys.c.key_hash == _hash_of_key(key), api_keys.c.revoked_at.is_(None))
        )
        row = found.mappings().one_or_none()
        if row is None or (row["expires_at"] is not None and row["expires_at"] <= aware(now)):
            return None
        if row["last_used_at"] is None or row["last_used_at"] <= aware(now) - USE_NOTED_EVERY:
            self._connection.execute(
                update(api_keys).where(api_keys.c.key_id == row["key_id"]).values(last_used_at=aware(now))
            )
        account = self.get(row["account"])
        if account is None or account.disabled_at:
            return None
        return Holder(name=account.name, role=account.role, scopes=scopes_of(account.role, row["scopes"]))

    def _change_of_others(self, name: str, **values: object) -> None:
        if name == OWNER:
            raise QueryRefusedError(
                "the owner cannot be disabled and has its password in the owner's file; "
                "`desk account password owner` replaces that"
            )
        self._change(name, **values)

    def _change(self, name: str, **values: object) -> None:
        self._known(name)
        self._connection.execute(update(accounts).where(accounts.c.name == name).values(**values))

    def _known(self, name: str) -> Account:
        found = self.get(name)
        if found is None:
            known = ", ".join(each.name for each in self.all())
            raise QueryRefusedError(f"there is no account {name[:40]!r}; known are {known}")
        return found

    def _key(self, key_id: str) -> ApiKey:
        row = self._connection.execute(_chosen_keys().where(api_keys.c.key_id == key_id)).mappings()
        found = row.one_or_none()
        if found is None:
            raise QueryRefusedError(f"there is no key {key_id[:40]!r}; `desk account key list` shows them")
        return _api_key(found)


def may_act(engine: Engine) -> Callable[[str], bool]:
    """Return who may change the desk: the accounts whose role, read anew each time, is owner."""

    def is_owner(name: str) -> bool:
        return in_transaction(engine, lambda connection: Accounts(connection).role(name)) == "owner"

    return is_owner


@cache
def _nobodys() -> str:
    """Return what stands in for the hash of an unknown name; made by the first login, of whomever."""
    return _hasher.hash(secrets.token_urlsafe(16))


def hash_of(password: str) -> str:
    """Return the Argon2 hash of a new password; raises `QueryRefusedError` for one that is too short."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise QueryRefusedError(
            f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters, was {len(password)} long"
        )
    return _hasher.hash(password.encode(errors="replace"))


def could_be_key(text: str) -> bool:
    """Tell whether a text has the form of a key, without looking it up."""
    return text.startswith(KEY_PREFIX) and len(text) <= MAX_PASSWORD


def _hash_of_key(key: str) -> str:
    return sha256(key.encode(errors="replace")).hexdigest()


def _api_key(row: RowMapping) -> ApiKey:
    scopes = row["scopes"]
    return ApiKey(**{**row, "scopes": None if scopes is None else tuple(scopes)})


def _chosen_accounts() -> Select[tuple[object, ...]]:
    return select(*(accounts.c[field.name] for field in fields(Account)))


def _chosen_keys() -> Select[tuple[object, ...]]:
    return select(*(api_keys.c[field.name] for field in fields(ApiKey)))

"""Who stands at the door, and as what: passwords, cookies and keys, held against the accounts each time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlalchemy import Connection, Engine

from db.accounts import OWNER, Account, Accounts, Role, could_be_key
from db.engine import in_transaction
from db.key_scopes import Scope, scopes_of
from desk.owner import OwnerGate
from desk.web.throttle import Throttle
from fund.clock import Clock, SystemClock
from fund.errors import DeskError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who was let in; the role was read from the accounts for this request."""

    name: str
    role: Role
    by: Literal["cookie", "key"]
    key_scopes: frozenset[Scope] | None = None
    """What the key was made for; None is all that the role may."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """Return which doors are open to this visitor."""
        return scopes_of(self.role, self.key_scopes)

    @property
    def is_limited(self) -> bool:
        """Tell whether this is a key that may do less than its account."""
        return self.scopes != scopes_of(self.role)


class DoorClosedError(DeskError):
    """Too many wrong passwords: nobody is heard for a while."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many wrong passwords; try again in {seconds} seconds")
        self.seconds = seconds


class Doors:
    """Lets people and scripts in. The owner enters by the owner's file, with the database away too."""

    def __init__(self, gate: OwnerGate, engine: Engine, clock: Clock | None = None) -> None:
        self.gate = gate
        self._engine = engine
        self._clock = clock or SystemClock()
        self._throttle = Throttle(self._clock)

    def log_in(self, name: str, password: str, address: str) -> str | None:
        """Return the name of the account whose password this is; slow on purpose.

        Raises:
            DoorClosedError: five wrong passwords for this account, or from this address, within a minute.
        """
        name = name.strip().lower()[:64]
        sources = (f"account {name}", f"address {address}")
        seconds = self._throttle.seconds_closed(sources)
        if seconds:
            raise DoorClosedError(seconds)
        if not self._knows(name, password):
            self._throttle.failed(sources)
            return None
        self._throttle.succeeded(sources)
        return name

    def by_session(self, name: str, epoch: object) -> Visitor | None:
        """Return who a signed cookie belongs to, unless its sessions were ended since."""
        if name == OWNER:
            return Visitor(name=OWNER, role="owner", by="cookie") if epoch == self.gate.epoch else None
        account = self._read(lambda accounts: accounts.get(name))
        if account is None or account.disabled_at or account.epoch != epoch:
            return None
        return Visitor(name=account.name, role=account.role, by="cookie")

    def by_key(self, key: str) -> Visitor | None:
        """Return whose key this is."""
        if not could_be_key(key):
            return None
        held = self._read(lambda accounts: accounts.holder(key, now=self._clock.now()))
        if held is None:
            return None
        return Visitor(name=held.name, role=held.role, by="key", key_scopes=held.scopes)

    def role(self, name: str) -> Role | None:
        """Return what an account may do, now."""
        return "owner" if name == OWNER else self._read(lambda accounts: accounts.role(name))

    def epoch(self, name: str) -> int:
        """Return the number that a new cookie of this account carries."""
        if name == OWNER:
            return self.gate.epoch
        account: Account | None = self._read(lambda accounts: accounts.get(name))
        return 0 if account is None else account.epoch

    def end_sessions(self, name: str) -> None:
        """End every session of an account, wherever it is open."""
        if name == OWNER:
            self.gate.end_sessions()
        else:
            self._read(lambda accounts: accounts.end_sessions(name))

    def _knows(self, name: str, password: str) -> bool:
        if name == OWNER:
            return self.gate.admits(name, password)
        return self._read(lambda accounts: accounts.verify(name, password)) is not None

    def _read(self, work: Callable[[Accounts], T]) -> T:
        def on(connection: Connection) -> T:
            return work(Accounts(connection))

        return in_transaction(self._engine, on)

"""A script with a key, and who runs the cycles that it asks for."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Engine

from db.accounts import Accounts
from db.engine import transaction
from desk.web.api_cycles import CycleStanding
from fund.errors import TradingHaltedError
from support.chat_client import Answer, Visitor
from support.desk_records import NOW


class Script(Visitor):
    """A script with a key of its own, in every request."""

    def __init__(self, address: str, key: str) -> None:
        super().__init__(address)
        self.key = key

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"X-API-Key": self.key, **(options.pop("headers", None) or {})}
        return super().ask(method, path, headers=headers, **options)

    def post(self, path: str, payload: object = None, **options: Any) -> Answer:
        return self.ask("POST", path, payload={} if payload is None else payload, **options)


def a_script(
    address: str, engine: Engine, name: str = "owner", scopes: Collection[str] | None = None
) -> Script:
    """Return a script of an account, a viewer's where the account is new, limited to some scopes."""
    with transaction(engine) as connection:
        accounts = Accounts(connection)
        if accounts.get(name) is None:
            accounts.add(name, "viewer", "correct horse battery", now=NOW)
        key, _ = accounts.create_key(name, "tests", now=NOW, scopes=scopes)
    return Script(address, key)


class FakeRunner:
    """Takes cycles in and never runs them; the same slot is the same cycle."""

    def __init__(self) -> None:
        self.taken: dict[str, CycleStanding] = {}
        self.halted = ""

    def submit(self, *, slot: str, tickers: Sequence[str], reason: str, by: str) -> str:
        if self.halted:
            raise TradingHaltedError(self.halted)
        cycle_id = f"cycle-{slot}"
        standing = CycleStanding(
            cycle_id=cycle_id, status="waiting", tickers=tuple(tickers), reason=reason, by=by
        )
        self.taken.setdefault(cycle_id, standing)
        return cycle_id

    def status(self, cycle_id: str) -> CycleStanding | None:
        return self.taken.get(cycle_id)

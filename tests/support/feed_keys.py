"""Keys of a vendor that are counted in memory, and feeds over a stub of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.feed_budgets import Allowance, Standing
from desk.alerts.destination import destination
from desk.feeds import alpaca, alpha_vantage, finnhub, fred, yahoo
from desk.feeds.adapter import AdaptedFeed, Adapter, Line
from desk.feeds.alpaca_ticks import AlpacaSnapshots
from desk.feeds.door import Door, Judge, Sign
from desk.feeds.failure import Reason, VendorError
from desk.feeds.feed import Feed, Kind
from desk.feeds.keys import Key
from fund.clock import Clock, FixedClock
from fund.market.calendar import nyse
from support.vendor_market import NOW
from support.vendor_stub import KEY, VendorStub, vendor


class KeysInMemory:
    """Gives keys in turn; `calls` more may be made, and one that is held is given no more."""

    def __init__(self, *secrets: str, calls: int = 1_000_000) -> None:
        self.keys = [Key(secret=secret) for secret in secrets]
        self.calls = calls
        self.held: list[tuple[str, Reason, str, float | None]] = []
        self.taken: list[Kind] = []

    @property
    def secrets(self) -> Sequence[str]:
        return [key.secret for key in self.keys if key.secret]

    def take(self, kind: Kind) -> Key:
        resting = {secret for secret, *_ in self.held}
        free = [key for key in self.keys if key.secret not in resting]
        if not free or not self.calls:
            raise VendorError("stub", "limit", "nothing is left", wait_seconds=60)
        self.calls -= 1
        self.taken.append(kind)
        return free[0]

    def hold(self, key: Key, reason: Reason, said: str, *, seconds: float | None) -> float:
        self.held.append((key.secret, reason, said, seconds))
        if seconds is not None:
            return seconds
        return (Allowance(per_minute=1).midnight_after(NOW) - NOW).total_seconds()

    def standings(self) -> Sequence[Standing]:
        return ()


SPOKEN: dict[str, tuple[Sign, Judge]] = {
    "yahoo": (yahoo.sign, yahoo.judge),
    "alpaca": (alpaca.signed_with("id-31415"), alpaca.judge),
    "alpha_vantage": (alpha_vantage.sign, alpha_vantage.judge),
    "finnhub": (finnhub.sign, finnhub.judge),
    "fred": (fred.sign, fred.judge),
}

ADAPTERS: dict[str, Callable[[Line], Adapter]] = {
    "yahoo": yahoo.Yahoo,
    "alpaca": alpaca.Alpaca,
    "alpha_vantage": alpha_vantage.AlphaVantage,
    "finnhub": finnhub.Finnhub,
    "fred": fred.Fred,
}


def door_to(stub: VendorStub, name: str, keys: KeysInMemory, clock: Clock) -> Door:
    """Return the door to a stub that speaks as a vendor."""
    host = stub.url.removeprefix("http://")
    there = destination(f"{stub.url}/", hosts=(), local_hosts={host})
    sign, judge = SPOKEN[name]
    return Door(name, there, keys, clock, sign=sign, judge=judge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A feed over a stub of its vendor."""

    feed: Feed
    stub: VendorStub
    keys: KeysInMemory
    door: Door
    clock: FixedClock

    def later(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.move(self.clock.now() + timedelta(seconds=seconds))


@contextmanager
def asking(name: str, *, at: datetime = NOW, keys: KeysInMemory | None = None) -> Iterator[Asking]:
    """Return a feed of a vendor that is served on loopback."""
    held = keys or KeysInMemory("" if name == "yahoo" else KEY)
    clock = FixedClock(at)
    with vendor(name) as stub:
        door = door_to(stub, name, held, clock)
        adapter = ADAPTERS[name](Line(door=door, clock=clock, calendar=nyse()))
        yield Asking(feed=AdaptedFeed(adapter, clock), stub=stub, keys=held, door=door, clock=clock)
        door.close()


@contextmanager
def snapshots(*, at: datetime = NOW) -> Iterator[tuple[AlpacaSnapshots, VendorStub]]:
    """Return Alpaca's snapshots over a stub."""
    with vendor("alpaca") as stub:
        door = door_to(stub, "alpaca", KeysInMemory(KEY), FixedClock(at))
        yield AlpacaSnapshots(door, "iex"), stub
        door.close()

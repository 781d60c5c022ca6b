"""The vendors the settings name, each checked before anybody is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from db.feed_budgets import Allowance
from desk.exchange import calendar_of
from desk.feeds import alpaca, alpha_vantage, finnhub, fred, yahoo
from desk.feeds.adapter import AdaptedFeed, Adapter, Line
from desk.feeds.alpaca_stream import AlpacaStream
from desk.feeds.alpaca_ticks import AlpacaSnapshots
from desk.feeds.cross_check import CrossCheck
from desk.feeds.door import Door, Judge, Sign
from desk.feeds.failover import Failover
from desk.feeds.files import Files
from desk.feeds.keys import KeyPool
from desk.feeds.tick_failover import TickFailover
from desk.feeds.vendor_settings import STREAM, keys_of, order_of, place_of
from desk.feeds.watched import Watch, WatchedFeed, WatchedTicks
from desk.setting_groups import Feeds
from desk.settings import Settings
from fund.clock import Clock
from fund.errors import ConfigError
from fund.market.ticks import TickSource


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vendor:
    """How a vendor is spoken to."""

    host: str
    sign: Callable[[Feeds], Sign]
    judge: Judge
    allowance: Callable[[Feeds], Allowance]
    adapter: Callable[[Line], Adapter]


_VENDORS: Mapping[str, _Vendor] = {
    "alpaca": _Vendor(
        host=alpaca.HOST,
        sign=lambda feeds: alpaca.signed_with(feeds.alpaca_key_id or ""),
        judge=alpaca.judge,
        allowance=lambda _: Allowance(per_minute=190),
        adapter=alpaca.Alpaca,
    ),
    "yahoo": _Vendor(
        host=yahoo.HOST,
        sign=lambda _: yahoo.sign,
        judge=yahoo.judge,
        allowance=lambda _: Allowance(per_minute=60),
        adapter=yahoo.Yahoo,
    ),
    "alpha_vantage": _Vendor(
        host=alpha_vantage.HOST,
        sign=lambda _: alpha_vantage.sign,
        judge=alpha_vantage.judge,
        allowance=lambda feeds: Allowance(
            per_minute=feeds.alpha_vantage_per_minute, per_day=feeds.alpha_vantage_per_day
        ),
        adapter=alpha_vantage.AlphaVantage,
    ),
    "finnhub": _Vendor(
        host=finnhub.HOST,
        sign=lambda _: finnhub.sign,
        judge=finnhub.judge,
        allowance=lambda _: Allowance(per_minute=55),
        adapter=finnhub.Finnhub,
    ),
    "fred": _Vendor(
        host=fred.HOST,
        sign=lambda _: fred.sign,
        judge=fred.judge,
        allowance=lambda _: Allowance(per_minute=110),
        adapter=fred.Fred,
    ),
}
"""Each a little below what its documentation allows a minute (200, none stated, the plan's, 60 and 120)."""


def vendors_of(settings: Settings, engine: Engine, clock: Clock) -> tuple[WatchedFeed, ...]:
    """Return the feeds that are set, the one to be believed first; `ConfigError` naming what does not fit."""
    order = order_of(settings.feeds)
    if not order:
        return ()
    made, calendar = [], calendar_of(settings)
    for name in order:
        if name == "files":
            folder = settings.feeds.folder
            if folder is None or not folder.exists():
                raise ConfigError(f"DESK_FEEDS__FOLDER: expected a folder or a file, found none at {folder}")
            made.append(WatchedFeed(Files(folder, clock, calendar), Watch(name, engine, clock)))
            continue
        door = _door(name, settings.feeds, engine, clock)
        adapter = _VENDORS[name].adapter(Line(door=door, clock=clock, calendar=calendar))
        made.append(WatchedFeed(AdaptedFeed(adapter, clock), Watch(name, engine, clock, door)))
    return tuple(made)


def failover_of(settings: Settings, engine: Engine, clock: Clock) -> Failover | None:
    """Return all feeds that are set as one, None without any."""
    feeds = vendors_of(settings, engine, clock)
    check = CrossCheck(names=settings.feeds.check_names, tolerance=settings.feeds.check_tolerance)
    return Failover(feeds, clock, calendar_of(settings), check) if feeds else None


def tick_source_of(settings: Settings, engine: Engine, clock: Clock) -> WatchedTicks | None:
    """Return where live trades come from, None where no vendor that has them is set; close it at the end."""
    feeds = settings.feeds
    if "alpaca" not in order_of(feeds):
        return None
    door = _door("alpaca", feeds, engine, clock)
    source: TickSource = AlpacaSnapshots(door, feeds.alpaca_tape)
    if feeds.alpaca_stream:
        source = TickFailover((_stream(feeds), source))
    return WatchedTicks(source, Watch("alpaca", engine, clock, door))


def _stream(feeds: Feeds) -> AlpacaStream:
    there = place_of(feeds, STREAM, alpaca.STREAM_HOST, f"/v2/{feeds.alpaca_tape}")
    return AlpacaStream(there, feeds.alpaca_key_id or "", keys_of(feeds, "alpaca")[0])


def pool_of(name: str, feeds: Feeds, engine: Engine, clock: Clock) -> KeyPool:
    """Return the keys of a vendor that is set, with what is left of them."""
    return KeyPool(name, keys_of(feeds, name), _VENDORS[name].allowance(feeds), engine, clock)


def _door(name: str, feeds: Feeds, engine: Engine, clock: Clock) -> Door:
    vendor = _VENDORS[name]
    keys = pool_of(name, feeds, engine, clock)
    there = place_of(feeds, name, vendor.host)
    return Door(name, there, keys, clock, sign=vendor.sign(feeds), judge=vendor.judge)

"""What is sound gets through whole: a check that cries over real data would starve the desk."""

from collections import Counter
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.feeds.ground import Ground
from desk.feeds.price_check import check_prices
from fund.market.calendar import nyse
from fund.market.refusal import refusal
from support.checkout import ROOT
from support.fake_feed import CALENDAR, DAYS, NAMES, a_delivery, a_known_history, made_bars

BUNDLE: Path = ROOT / "data" / "bundle"


def test_nothing_of_the_real_bundle_is_left_out() -> None:
    bars = pl.read_parquet(BUNDLE / "bars_daily.parquet")
    actions = pl.read_parquet(BUNDLE / "corporate_actions.parquet").cast({"value": pl.Float64})
    days = bars["date"].min(), bars["date"].max()
    asked = {"names": sorted(set(bars["symbol"])), "first": days[0], "last": days[1]}
    evening = nyse().decision_time(days[1])  # type: ignore[arg-type]
    prices = check_prices(
        a_delivery("bars", bars, received_at=evening, **asked),  # type: ignore[arg-type]
        a_delivery("actions", actions, received_at=evening, **asked),  # type: ignore[arg-type]
        Ground(calendar=nyse()),
    )
    assert len(prices.bars) == bars.height
    assert len(prices.actions) == actions.height
    kinds = Counter(each.kind for each in (*prices.of_bars, *prices.of_actions))
    assert kinds.keys() == {"gap", "stale", "jump"}
    jumped = {(each.ticker, str(each.session)) for each in prices.of_bars if each.kind == "jump"}
    assert jumped == {("AMD", "2016-04-22"), ("DNR", "2016-03-04"), ("GMCR", "2015-12-07")}


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    start=st.sampled_from([2.0, 50.0, 3_000.0]),
    known=st.integers(0, 30),
    overlap=st.integers(0, 5),
)
def test_made_bars_come_through_whole_beside_known_ones_or_without(
    seed: int, start: float, known: int, overlap: int
) -> None:
    bars = made_bars(days=DAYS[:60], seed=seed, start=start)
    first, last = DAYS[max(0, known - overlap)], DAYS[59]
    history = a_known_history(bars.filter(pl.col("date") < DAYS[known])) if known else None
    delivery = a_delivery("bars", bars.filter(pl.col("date") >= first), first=first, last=last)
    prices = check_prices(delivery, None, Ground(calendar=CALENDAR, known=history))
    assert [each for each in prices.of_bars if each.quarantined] == []
    assert len(prices.bars) == len(NAMES) * (60 - known)


def test_a_refusal_of_a_vendor_is_another_than_of_nobodys_feed() -> None:
    one, other = (
        refusal("bar", "bad_price", DAYS[0], "AAA", "close nan", vendor) for vendor in ("one", "other")
    )
    nobodys = refusal("bar", "bad_price", DAYS[0], "AAA", "close nan")
    assert len({one.refusal_id, other.refusal_id, nobodys.refusal_id}) == 3
    assert (one.vendor, nobodys.vendor) == ("one", None)
    again = refusal("bar", "bad_price", DAYS[0], "AAA", "close nan", "one")
    assert again == one

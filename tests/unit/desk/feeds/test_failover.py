"""Several feeds as one: who is asked, for what, and what is said where they fail or differ."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.feeds.cross_check import CrossCheck
from desk.feeds.failover import Failover
from desk.feeds.feed import Disagreement, Kind, Request
from desk.feeds.frames import framed
from fund.clock import FixedClock
from fund.errors import FeedError
from fund.market.calendar import nyse
from support.fake_feeds import FakeFeed, a_row, closes_of
from support.vendor_market import FIRST, LAST, NOW, sessions

WEEK = (10.0, 11.0, 12.0, 13.0, 14.0)


def over(*feeds: FakeFeed, check: CrossCheck | None = None, at: datetime = NOW) -> Failover:
    return Failover(feeds, FixedClock(at), nyse(), check)


def bars(*names: str, first: date = FIRST, last: date = LAST) -> Request:
    return Request(kind="bars", names=names, first=first, last=last)


def said_by(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.select("symbol", "feed").unique().iter_rows())


def test_the_first_feed_is_enough_when_it_has_everything() -> None:
    first, second = FakeFeed("first", closes_of({"A": WEEK, "B": WEEK})), FakeFeed("second")
    delivery = over(first, second).fetch(bars("A", "B"))
    assert said_by(delivery.frame) == {"A": "first", "B": "first"}
    assert second.asked == []
    assert (delivery.missing, delivery.unanswered, delivery.behind) == ((), (), ())


def test_only_what_the_first_lacks_is_asked_of_the_next() -> None:
    first = FakeFeed("first", closes_of({"A": WEEK}))
    second = FakeFeed("second", closes_of({"A": WEEK, "B": WEEK}))
    delivery = over(first, second).fetch(bars("A", "B", "C"))
    assert second.asked == [("B", "C")]
    assert said_by(delivery.frame) == {"A": "first", "B": "second"}
    assert (delivery.missing, delivery.unanswered) == (("C",), ())


@pytest.mark.parametrize("reason", ["away", "limit", "key_refused", "resting", "not_an_answer"])
def test_a_feed_that_fails_is_replaced_by_the_next(reason: str) -> None:
    first = FakeFeed("first", fails=reason)  # type: ignore[arg-type]
    delivery = over(first, FakeFeed("second", closes_of({"A": WEEK}))).fetch(bars("A"))
    assert said_by(delivery.frame) == {"A": "second"}


def test_where_all_fail_nothing_is_delivered_and_each_reason_is_said() -> None:
    with pytest.raises(FeedError) as caught:
        over(FakeFeed("first", fails="limit"), FakeFeed("second", fails="away")).fetch(bars("A"))
    assert str(caught.value) == (
        "no feed could be had: first: its limit is reached (as told); second: it cannot be reached (as told)"
    )


def test_a_kind_that_nobody_has_is_refused_with_the_setting() -> None:
    with pytest.raises(FeedError, match="DESK_FEEDS__ORDER"):
        over(FakeFeed("first")).fetch(Request(kind="macro", names=("X",), first=FIRST, last=LAST))


def test_a_name_that_a_failed_feed_might_have_had_is_unanswered_not_missing() -> None:
    delivery = over(FakeFeed("first", fails="away"), FakeFeed("second")).fetch(bars("A"))
    assert (delivery.missing, delivery.unanswered) == ((), ("A",))
    assert delivery.frame.height == 0


def test_what_a_feed_left_midway_is_asked_of_the_next() -> None:
    first = FakeFeed("first", closes_of({"A": WEEK}), unanswered=("B",))
    second = FakeFeed("second", closes_of({"B": WEEK}))
    delivery = over(first, second).fetch(bars("A", "B"))
    assert (second.asked, said_by(delivery.frame)) == ([("B",)], {"A": "first", "B": "second"})
    assert delivery.unanswered == ()


def test_old_bars_are_not_taken_where_another_feed_has_newer_ones() -> None:
    old = FakeFeed("old", closes_of({"A": (*WEEK[:4], 0)}))
    new = FakeFeed("new", closes_of({"A": WEEK}))
    delivery = over(old, new).fetch(bars("A"))
    assert said_by(delivery.frame) == {"A": "new"}
    assert delivery.behind == ()


def test_old_bars_are_delivered_as_old_where_nobody_has_newer_ones() -> None:
    older, old = (
        FakeFeed("older", closes_of({"A": (*WEEK[:3], 0, 0)})),
        FakeFeed("old", closes_of({"A": (*WEEK[:4], 0)})),
    )
    delivery = over(older, old).fetch(bars("A"))
    assert (said_by(delivery.frame), delivery.behind) == ({"A": "old"}, ("A",))


def test_bars_of_two_feeds_never_stand_in_one_series() -> None:
    early = FakeFeed("early", framed("bars", [a_row("A", sessions()[0], 10.0)]))
    late = FakeFeed("late", framed("bars", [a_row("A", sessions()[-1], 14.0)]))
    assert said_by(over(early, late).fetch(bars("A")).frame) == {"A": "late"}


def test_a_session_that_runs_is_not_due_yet() -> None:
    running = datetime(2024, 6, 14, 19, 0, tzinfo=UTC)
    first, second = FakeFeed("first", closes_of({"A": (*WEEK, 0)})), FakeFeed("second")
    assert over(first, second, at=running).fetch(bars("A")).behind == ()
    assert second.asked == []


def test_days_without_a_session_are_due_nothing() -> None:
    first = FakeFeed("first", framed("bars", [a_row("A", date(2024, 6, 8), 1.0)]))
    assert over(first).fetch(bars("A", first=date(2024, 6, 8), last=date(2024, 6, 9))).behind == ()


@pytest.mark.parametrize("kind", ["actions", "headlines"])
def test_that_there_is_no_action_and_no_headline_is_an_answer(kind: Kind) -> None:
    first = FakeFeed("first", framed(kind, ()), offers=frozenset({kind}))
    second = FakeFeed("second", framed(kind, ()), offers=frozenset({kind}))
    delivery = over(first, second).fetch(Request(kind=kind, names=("A",), first=FIRST, last=LAST))
    assert (second.asked, delivery.missing, delivery.frame.height) == ([], (), 0)


def test_headlines_come_whole_from_the_first_that_answers() -> None:
    row = {"headline_id": "1", "symbols": "A", "title": "x", "source": "", "url": "", "known_at": NOW}
    kind: frozenset[Kind] = frozenset({"headlines"})
    second = FakeFeed("second", framed("headlines", [row]), offers=kind)
    request = Request(kind="headlines", names=("A",), first=FIRST, last=LAST)
    delivery = over(FakeFeed("first", offers=kind, fails="away"), second).fetch(request)
    assert delivery.frame["feed"].to_list() == ["second"]


@given(
    st.lists(
        st.tuples(st.sampled_from(["has", "lacks", "old", "fails"]), st.sampled_from(["has", "lacks"])),
        min_size=1,
        max_size=4,
    )
)
def test_every_name_is_delivered_once_or_said_to_be_wanting(plan: list[tuple[str, str]]) -> None:
    feeds = []
    for place, (of_a, of_b) in enumerate(plan):
        told = {}
        if of_a in ("has", "old"):
            told["A"] = WEEK if of_a == "has" else (*WEEK[:4], 0)
        if of_b == "has":
            told["B"] = WEEK
        failing = "away" if of_a == "fails" else None
        feeds.append(FakeFeed(f"feed{place}", closes_of(told), fails=failing))
    if all(feed.fails for feed in feeds):
        with pytest.raises(FeedError, match="no feed could be had"):
            over(*feeds).fetch(bars("A", "B"))
        return
    delivery = over(*feeds).fetch(bars("A", "B"))
    told_names = set(delivery.frame["symbol"].to_list())
    assert told_names.isdisjoint({*delivery.missing, *delivery.unanswered})
    assert told_names | {*delivery.missing, *delivery.unanswered} == {"A", "B"}
    assert delivery.frame.select("symbol", "feed").unique().height == len(told_names)
    assert set(delivery.behind) <= told_names
    first_with_new = next((f for f, (a, _) in zip(feeds, plan, strict=True) if a == "has"), None)
    if first_with_new is not None:
        assert said_by(delivery.frame)["A"] == first_with_new.name


def test_a_second_vendor_that_says_something_else_is_told_of_and_not_believed() -> None:
    first = FakeFeed("first", closes_of({"A": WEEK}))
    second = FakeFeed("second", closes_of({"A": (*WEEK[:4], 14.2)}))
    delivery = over(first, second, check=CrossCheck(tolerance=0.01)).fetch(bars("A"))
    assert delivery.disagreements == (
        Disagreement(name="A", session=LAST, said={"first": 14.0, "second": 14.2}),
    )
    assert delivery.frame["close"].to_list() == list(WEEK)


@pytest.mark.parametrize(("second", "found"), [(14.0, 0), (14.0699, 0), (14.0701, 1), (13.9, 1)])
def test_what_lies_within_the_tolerance_is_alike(second: float, found: int) -> None:
    feeds = (
        FakeFeed("first", closes_of({"A": WEEK})),
        FakeFeed("second", closes_of({"A": (*WEEK[:4], second)})),
    )
    delivery = over(*feeds, check=CrossCheck(tolerance=0.005)).fetch(bars("A"))
    assert len(delivery.disagreements) == found


def test_only_a_sample_is_checked_and_the_same_one_all_day() -> None:
    names = tuple(f"N{place}" for place in range(30))
    first = FakeFeed("first", closes_of(dict.fromkeys(names, WEEK)))
    second = FakeFeed("second", closes_of(dict.fromkeys(names, WEEK)))
    checked = over(first, second, check=CrossCheck(names=5))
    checked.fetch(bars(*names))
    checked.fetch(bars(*reversed(names)))
    checked.fetch(bars(*names, last=sessions()[-2]))
    today, again, other = second.asked
    assert len(today) == 5
    assert today == again
    assert today != other


def test_a_check_that_cannot_be_made_leaves_the_delivery_as_it_is() -> None:
    first = FakeFeed("first", closes_of({"A": WEEK}))
    delivery = over(first, FakeFeed("second", fails="limit"), check=CrossCheck()).fetch(bars("A"))
    assert (delivery.frame.height, delivery.disagreements) == (5, ())


def test_a_feed_is_never_checked_against_itself() -> None:
    first, second = FakeFeed("first"), FakeFeed("second", closes_of({"A": WEEK}))
    over(first, second, check=CrossCheck()).fetch(bars("A"))
    assert (first.asked, second.asked) == ([("A",), ("A",)], [("A",)])


def test_no_check_asks_nobody() -> None:
    first, second = FakeFeed("first", closes_of({"A": WEEK})), FakeFeed("second")
    over(first, second, check=CrossCheck(names=0)).fetch(bars("A"))
    assert second.asked == []

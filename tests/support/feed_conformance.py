"""What every feed must do, whoever the vendor is: the suite any implementation is put through."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.feeds.failure import VendorError
from desk.feeds.feed import FILE_OF, Delivery, Kind, Request
from desk.feeds.frames import COLUMNS, names_in
from fund.errors import FeedError
from support.feed_keys import Asking, asking
from support.vendor_errors import ANYWHERE, BY_VENDOR, Said
from support.vendor_market import (
    ACTIONS,
    FIRST,
    HEADLINES,
    LAST,
    NAMES,
    NOW,
    UNKNOWN,
    VINTAGES,
    bars,
    sessions,
)
from support.vendor_stub import KEY
from support.wire_stub import WireReply

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMED: dict[Kind, tuple[str, ...]] = {
    "bars": NAMES,
    "actions": NAMES,
    "headlines": NAMES,
    "macro": ("UNRATE", "DGS10"),
}


def a_request(kind: Kind, *names: str, first: date = FIRST, last: date = LAST) -> Request:
    """Return a request over the market's two weeks; for macro from the month before."""
    begins = date(2024, 5, 1) if kind == "macro" and first == FIRST else first
    return Request(kind=kind, names=names or NAMED[kind], first=begins, last=last)


def expected_bars(*names: str, first: date = FIRST, last: date = LAST) -> set[tuple[object, ...]]:
    """Return the market's bars as they were traded."""
    return {
        (bar.name, bar.session, bar.open, bar.high, bar.low, bar.close, bar.volume)
        for name in names or NAMES
        for bar in bars(name)
        if first <= bar.session <= last
    }


def told_bars(delivery: Delivery) -> set[tuple[object, ...]]:
    """Return the bars of a delivery."""
    columns = ("symbol", "date", "open", "high", "low", "close", "volume")
    return set(delivery.frame.select(columns).iter_rows())


class FeedConformance:
    """Subclass it with a `vendor` and pytest runs it."""

    vendor: str
    kinds: tuple[Kind, ...]
    speaks_of_unknown_names = True
    """Whether a name that is not known can be told from one of which there is nothing."""

    @contextmanager
    def asking(self, **changes: Any) -> Iterator[Asking]:
        with asking(self.vendor, **changes) as made:
            yield made

    def test_it_offers_what_it_has_and_refuses_the_rest(self) -> None:
        with self.asking() as it:
            assert it.feed.offers == frozenset(self.kinds)
            for kind in FILE_OF.keys() - frozenset(self.kinds):
                with pytest.raises(FeedError, match=f"has no {kind}"):
                    it.feed.fetch(a_request(kind))
            assert it.stub.asked == []

    def test_a_delivery_has_the_columns_of_its_kind_and_says_when_it_came(self) -> None:
        with self.asking() as it:
            for kind in self.kinds:
                delivery = it.feed.fetch(a_request(kind))
                assert tuple(delivery.frame.columns) == tuple(COLUMNS[kind])
                assert (delivery.feed, delivery.received_at) == (self.vendor, NOW)
                assert delivery.request == a_request(kind)
                assert delivery.frame.height > 0
                assert delivery.frame["known_at"].null_count() == 0
                assert delivery.frame.schema["known_at"] == pl.Datetime("us", "UTC")
                assert names_in(kind, delivery.frame) == set(NAMED[kind])
                assert (delivery.missing, delivery.unanswered) == ((), ())

    def test_nothing_was_known_before_the_day_it_is_of(self) -> None:
        with self.asking() as it:
            for kind in self.kinds:
                frame = it.feed.fetch(a_request(kind)).frame
                dated = {"bars": "date", "macro": "date", "actions": "ex_date"}.get(kind)
                if dated is not None and kind != "actions":
                    assert (frame["known_at"].dt.date() >= frame[dated]).all()
                assert (frame["known_at"] <= NOW).all()

    def test_an_unknown_name_is_missing_and_the_others_come(self) -> None:
        with self.asking() as it:
            for kind in self.kinds:
                known = NAMED[kind][0]
                delivery = it.feed.fetch(a_request(kind, UNKNOWN, known))
                assert names_in(kind, delivery.frame) == {known}
                assert delivery.unanswered == ()
                if kind in ("bars", "macro"):
                    assert delivery.missing == (UNKNOWN,)

    def test_a_failure_is_said_with_its_reason_and_without_the_key(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        wrong = []
        with self.asking() as it:
            for said in (*ANYWHERE, *BY_VENDOR[self.vendor]):
                found = _failure(it, said, self.kinds[0])
                if found != (said.reason, said.wait):
                    wrong.append((said.label, found))
        assert wrong == []
        assert KEY not in caplog.text

    def test_whatever_comes_is_a_delivery_or_a_feed_error(self) -> None:
        with self.asking() as it:

            @settings(max_examples=60, deadline=None)
            @given(JSON)
            def fetched(body: object) -> None:
                self._deliver_or_fail(it, json.dumps(body).encode())

            fetched()

    def test_a_whole_answer_with_one_thing_changed_is_a_delivery_or_a_feed_error(self) -> None:
        with self.asking() as it:
            for kind in self.kinds:
                it.stub.said.clear()
                it.feed.fetch(a_request(kind, NAMED[kind][0]))
                self._change_everything(it, kind, it.stub.said[0].body)

    def test_a_server_that_cannot_be_reached_is_away(self) -> None:
        with self.asking() as it:
            pass
        with pytest.raises(VendorError) as caught:
            it.feed.fetch(a_request(self.kinds[0]))
        it.door.close()
        assert caught.value.reason == "away"

    def test_a_spent_budget_is_a_limit_and_asks_nobody(self) -> None:
        with self.asking() as it:
            it.keys.calls = 0
            with pytest.raises(VendorError) as caught:
                it.feed.fetch(a_request(self.kinds[0]))
            assert (caught.value.reason, it.stub.asked) == ("limit", [])

    def test_an_answer_without_an_end_is_cut_off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("desk.feeds.door.LARGEST_ANSWER", 1_000)
        with self.asking() as it:
            it.stub.first(WireReply(body=b"[" + b"1," * 100_000 + b"1]"))
            with pytest.raises(VendorError, match="more than 1000 bytes") as caught:
                it.feed.fetch(a_request(self.kinds[0], NAMED[self.kinds[0]][0]))
            assert caught.value.reason == "not_an_answer"

    def _change_everything(self, it: Asking, kind: Kind, whole: bytes) -> None:
        @settings(max_examples=80, deadline=None)
        @given(st.data())
        def fetched(data: st.DataObject) -> None:
            changed = _changed(json.loads(whole), data)
            self._deliver_or_fail(it, json.dumps(changed).encode(), kind)

        fetched()

    def _deliver_or_fail(self, it: Asking, body: bytes, kind: Kind | None = None) -> None:
        chosen = kind or self.kinds[0]
        it.keys.held.clear()
        it.stub.first(WireReply(body=body))
        try:
            delivery = it.feed.fetch(a_request(chosen, NAMED[chosen][0]))
        except FeedError:
            return
        assert tuple(delivery.frame.columns) == tuple(COLUMNS[chosen])


class BarConformance(FeedConformance):
    """Of a feed that has daily bars."""

    def test_bars_are_told_as_they_were_traded(self) -> None:
        with self.asking() as it:
            assert told_bars(it.feed.fetch(a_request("bars"))) == expected_bars()

    def test_only_the_days_that_were_asked_for_come(self) -> None:
        first, last = date(2024, 6, 6), date(2024, 6, 11)
        with self.asking() as it:
            delivery = it.feed.fetch(a_request("bars", first=first, last=last))
            assert told_bars(delivery) == expected_bars(first=first, last=last)

    def test_a_running_bar_is_no_fact(self) -> None:
        at = datetime(2024, 6, 14, 19, 30, tzinfo=UTC)
        with self.asking(at=at) as it:
            delivery = it.feed.fetch(a_request("bars"))
            assert told_bars(delivery) == expected_bars(last=date(2024, 6, 13))
            assert delivery.received_at == at

    def test_a_price_that_is_none_stays_none(self) -> None:
        with self.asking() as it:
            it.stub.first(self.with_holes())
            frame = it.feed.fetch(a_request("bars", "NVDA")).frame.sort("date")
        assert frame.height == len(sessions())
        assert frame["close"].to_list()[0] is None
        assert frame["volume"].to_list()[1] is None
        assert frame["close"].null_count() == frame["volume"].null_count() == 1

    def with_holes(self) -> WireReply:
        """Return the whole answer about NVDA, without the first close and the second volume."""
        raise NotImplementedError


class ActionConformance(FeedConformance):
    """Of a feed that has splits and dividends."""

    def test_splits_and_dividends_are_told_as_they_were_at_the_time(self) -> None:
        with self.asking() as it:
            frame = it.feed.fetch(a_request("actions")).frame
        told = {
            (name, day, kind, round(value, 6))
            for name, day, kind, value in frame.select("symbol", "ex_date", "kind", "value").iter_rows()
        }
        assert told == {(each.name, each.ex_date, each.kind, each.value) for each in ACTIONS}
        assert frame.height == len(ACTIONS)


class HeadlineConformance(FeedConformance):
    """Of a feed that has news."""

    def test_headlines_have_an_id_an_address_and_the_moment_they_were_published(self) -> None:
        with self.asking() as it:
            frame = it.feed.fetch(a_request("headlines")).frame
        assert sorted(frame.select("headline_id", "symbols", "title", "known_at").iter_rows()) == [
            (f"{self.vendor}-{number}", ",".join(names), title, at) for number, names, title, at in HEADLINES
        ]
        assert frame["url"].null_count() == 0


class MacroConformance(FeedConformance):
    """Of a feed that has macro series."""

    def test_every_vintage_of_a_value_is_told_with_its_day(self) -> None:
        with self.asking() as it:
            frame = it.feed.fetch(a_request("macro")).frame
        told = {
            (name, day, at.date(), value)
            for name, day, value, at in frame.select("series_id", "date", "value", "known_at").iter_rows()
        }
        assert told == set(VINTAGES)


def _failure(it: Asking, said: Said, kind: Kind) -> tuple[str, float] | str:
    """Return the reason and the wait that an answer is taken for, and let nothing of it linger."""
    it.keys.held.clear()
    it.stub.first(said.reply)
    try:
        delivery = it.feed.fetch(a_request(kind, NAMED[kind][0]))
    except VendorError as error:
        failed = error
    else:
        return f"a delivery of {delivery.frame.height} rows"
    assert KEY not in f"{failed} {failed.said} {failed!r}"
    assert it.stub.url not in str(failed)
    return failed.reason, failed.wait_seconds


def _changed(whole: Any, data: st.DataObject) -> Any:
    """Return JSON in which one value, anywhere, is another."""
    here = whole
    while True:
        places = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not places:
            return whole
        place = data.draw(st.sampled_from(places))
        if isinstance(here[place], dict | list) and here[place] and data.draw(st.booleans()):
            here = here[place]
            continue
        here[place] = data.draw(JSON)
        return whole

"""Facts in the order they became known."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.market.facts import Headline
from fund.market.timeline import Timeline, canonical, fingerprint, grouped, known_at
from support.markets import a_headline, a_split, an_observation

NOON = datetime(2016, 1, 4, 12, tzinfo=UTC)


def headlines(*hours: int) -> list[Headline]:
    return [a_headline(f"h{place}", NOON + timedelta(hours=hour)) for place, hour in enumerate(hours)]


def test_a_fact_is_known_from_its_own_moment() -> None:
    timeline = Timeline(headlines(0, 2, 1), known_at)
    assert [fact.headline_id for fact in timeline.facts] == ["h0", "h2", "h1"]
    assert timeline.count(NOON - timedelta(microseconds=1)) == 0
    assert timeline.count(NOON) == 1
    assert [fact.headline_id for fact in timeline.known(NOON + timedelta(hours=1))] == ["h0", "h2"]
    assert len(timeline) == 3


def test_between_leaves_out_its_beginning_and_keeps_its_end() -> None:
    timeline = Timeline(headlines(0, 1, 2), known_at)
    found = timeline.between(NOON, NOON + timedelta(hours=2))
    assert [fact.headline_id for fact in found] == ["h1", "h2"]


@given(st.permutations(headlines(0, 0, 0, 1, 1, 2)))
def test_the_order_of_arrival_does_not_matter(shuffled: list[Headline]) -> None:
    timeline = Timeline(shuffled, known_at)
    expected = Timeline(headlines(0, 0, 0, 1, 1, 2), known_at)
    assert timeline.facts == expected.facts
    assert timeline.fingerprint(NOON) == expected.fingerprint(NOON)


@given(
    st.lists(st.integers(0, 20), max_size=12), st.lists(st.integers(11, 40), max_size=12), st.integers(0, 10)
)
def test_later_facts_change_no_prefix_and_no_fingerprint(
    past: list[int], future: list[int], hour: int
) -> None:
    now = NOON + timedelta(hours=hour)
    before, after = Timeline(headlines(*past), known_at), Timeline(headlines(*past, *future), known_at)
    assert after.known(now) == before.known(now)
    assert after.fingerprint(now) == before.fingerprint(now)


def test_a_fingerprint_changes_with_the_content() -> None:
    same = Timeline([a_headline("h1", NOON)], known_at).fingerprint(NOON)
    other = Timeline([a_headline("h1", NOON, "Other news")], known_at).fingerprint(NOON)
    assert same != other


@pytest.mark.parametrize("moment", [NOON.replace(tzinfo=None), None, date(2016, 1, 4)])
def test_an_undated_or_naive_fact_is_refused(moment: datetime) -> None:
    fact = Headline(headline_id="h1", tickers=(), title="t", source="s", known_at=moment)
    with pytest.raises(DataError, match=r"expected a known_at with a timezone, found .* in Headline\("):
        Timeline([fact], known_at)


def test_groups_are_kept_apart_and_count_only_when_something_is_known() -> None:
    facts = [an_observation("VIX"), an_observation("RATE"), an_observation("VIX", date(2016, 1, 5))]
    groups = grouped(facts, lambda fact: fact.series_id, known_at)
    assert {name: len(group) for name, group in groups.items()} == {"VIX": 2, "RATE": 1}
    later = grouped([*facts, an_observation("NEW", date(2016, 2, 1))], lambda fact: fact.series_id, known_at)
    now = NOON + timedelta(days=3)
    assert fingerprint(groups, now) == fingerprint(later, now)
    assert fingerprint(groups, now) != fingerprint(later, now + timedelta(days=60))


def test_content_is_the_same_in_whatever_timezone_it_was_dated() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert canonical(a_headline("h1", elsewhere)) == canonical(a_headline("h1", NOON))
    assert canonical(a_split(ratio="2")) != canonical(a_split(ratio="3"))

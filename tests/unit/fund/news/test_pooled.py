"""Many headlines, one figure: newer counts for more, no source decides alone, and nothing later enters."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fund.errors import DataError
from fund.news.pooled import (
    ENOUGH,
    HALF_LIFE,
    MOST_OF_ONE_OF_TWO,
    MOST_OF_ONE_SOURCE,
    ReadHeadline,
    capped,
    pooled,
)
from support.news import NOON, a_sentiment


def a_read(score: float, *, days_ago: float = 0, source: str = "a") -> ReadHeadline:
    return ReadHeadline(sentiment=a_sentiment(score), source=source, known_at=NOON - timedelta(days=days_ago))


def test_nothing_has_no_figure() -> None:
    assert pooled([], NOON) is None


def test_a_headline_counts_half_after_a_half_life() -> None:
    old = HALF_LIFE / timedelta(days=1)
    found = pooled([a_read(1.0), a_read(-0.5, days_ago=old)], NOON)
    assert found is not None
    assert found.score == pytest.approx((1.0 - 0.25) / 1.5)
    assert (found.n, found.sources) == (2, 1)
    assert found.effective_n == pytest.approx(1.5**2 / 1.25)


def test_one_source_among_many_is_held_to_its_share() -> None:
    flood = [a_read(-1.0, source="flood") for _ in range(100)]
    others = [a_read(1.0, source=name) for name in ("a", "b", "c")]
    found = pooled([*flood, *others], NOON)
    assert found is not None
    assert found.score == pytest.approx(1 - 2 * MOST_OF_ONE_SOURCE)


def test_one_of_two_sources_is_held_to_two_thirds_and_one_alone_is_not_held() -> None:
    flood = [a_read(-1.0, source="flood") for _ in range(100)]
    two = pooled([*flood, a_read(1.0, source="a")], NOON)
    assert two is not None
    assert two.score == pytest.approx(1 - 2 * MOST_OF_ONE_OF_TWO)
    alone = pooled(flood, NOON)
    assert alone is not None
    assert alone.score == -1.0


def test_an_interval_is_stated_from_ten_on_and_is_the_same_every_time() -> None:
    few = [a_read(0.1 * n) for n in range(ENOUGH - 1)]
    found = pooled(few, NOON)
    assert found is not None
    assert (found.low, found.high) == (None, None)
    enough = [*few, a_read(-0.5)]
    one, again = pooled(enough, NOON), pooled(enough, NOON)
    assert one == again
    assert one is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low < one.score < one.high


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(5).choice([-0.7, 0.0, 0.8], p=[0.3, 0.4, 0.3], size=(200, 40))
    truth, hits = 0.03, 0
    for row in draws:
        found = pooled([a_read(float(score)) for score in row], NOON)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high
    assert 180 <= hits <= 199


def test_a_headline_that_was_not_known_is_refused() -> None:
    with pytest.raises(DataError, match="known by"):
        pooled([a_read(1.0, days_ago=-0.01)], NOON)


READS = st.lists(
    st.builds(
        a_read,
        st.floats(-1, 1),
        days_ago=st.floats(0, 400),
        source=st.sampled_from("abcdef"),
    ),
    min_size=1,
    max_size=25,
)


@given(READS)
def test_the_figure_lies_among_the_scores_and_no_source_has_more_than_its_share(
    reads: list[ReadHeadline],
) -> None:
    scores = [each.sentiment.score for each in reads]
    found = pooled(reads, NOON)
    assert found is not None
    assert min(scores) - 1e-9 <= found.score <= max(scores) + 1e-9
    assert 1 - 1e-9 <= found.effective_n <= found.n + 1e-9
    sources = [each.source for each in reads]
    weights = capped(np.exp2([-((NOON - each.known_at) / HALF_LIFE) for each in reads]), sources)
    assert float(weights.sum()) == pytest.approx(1.0)
    most = {1: 1.0, 2: MOST_OF_ONE_OF_TWO}.get(len(set(sources)), MOST_OF_ONE_SOURCE)
    for source in set(sources):
        share = sum(weight for weight, each in zip(weights, sources, strict=True) if each == source)
        assert share <= most + 1e-9


@given(READS)
def test_better_news_in_place_of_worse_never_makes_it_worse(
    reads: list[ReadHeadline],
) -> None:
    assume(reads[0].sentiment.score < 0.9)
    better = [
        ReadHeadline(sentiment=a_sentiment(1.0), source=reads[0].source, known_at=reads[0].known_at),
        *reads[1:],
    ]
    before, after = pooled(reads, NOON), pooled(better, NOON)
    assert before is not None
    assert after is not None
    assert after.score >= before.score - 1e-12


def test_headlines_of_long_ago_still_have_a_figure_and_grow_no_older() -> None:
    found = pooled([a_read(0.5, days_ago=days, source=str(days)) for days in (3_000, 20_000)], NOON)
    assert found is not None
    assert (found.score, found.effective_n) == pytest.approx((0.5, 2.0))


@pytest.mark.parametrize("tiny", [5e-324, 0.0])
def test_what_is_cut_from_one_source_goes_to_others_however_small(tiny: float) -> None:
    weights = capped(np.array([1.0, tiny, tiny]), ["a", "b", "c"])
    assert weights.tolist() == pytest.approx([0.4, 0.3, 0.3])


@pytest.mark.parametrize("weights", [[0.0, 0.0], [1.0, -0.1], [1.0, np.nan], [np.inf, 1.0]])
def test_weights_that_weigh_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(DataError, match="one of them above it"):
        capped(np.array(weights), ["a", "b"])

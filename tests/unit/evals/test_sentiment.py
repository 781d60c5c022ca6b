"""How readers of headlines are scored: by hand-counted cases, and the dataset as it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.sentiment import LabelledTitle, SentimentScore, baselines, labelled_titles, scored
from fund.errors import DataError
from fund.news.lexicon import LexiconScorer
from fund.news.sentiment import LEANINGS, Leaning
from support.news import ToldScorer

SCORER = ToldScorer({"good": 0.9, "dull": 0.0, "bad": -0.9})


def titles(*labelled: tuple[str, Leaning]) -> tuple[LabelledTitle, ...]:
    return tuple(
        LabelledTitle(title=f"{title} {at}", label=label) for at, (title, label) in enumerate(labelled)
    )


def test_shares_are_counted_by_side() -> None:
    found = scored(
        SCORER,
        titles(
            ("good", "positive"),
            ("good", "negative"),
            ("bad", "negative"),
            ("dull", "neutral"),
            ("unreadable", "neutral"),
        ),
    )
    assert (found.scorer, found.n, found.unread) == ("told/1", 5, 1)
    assert found.accuracy.value == pytest.approx(3 / 5)
    assert found.accuracy.low == pytest.approx(0.2307, abs=1e-3)
    assert found.accuracy.high == pytest.approx(0.8824, abs=1e-3)
    assert found.macro_f1 == pytest.approx(2 / 3)
    assert found.confusion["negative", "positive"] == 1
    assert sum(found.confusion.values()) == 4


def test_baselines_read_nothing() -> None:
    never, most = baselines(titles(("a", "negative"), ("b", "negative"), ("c", "neutral")))
    assert (never.scorer, never.accuracy.value) == ("always neutral", pytest.approx(1 / 3))
    assert (most.scorer, most.accuracy.value) == ("majority", pytest.approx(2 / 3))
    assert most.macro_f1 == pytest.approx(0.8 / 3)


def test_nothing_cannot_be_scored() -> None:
    with pytest.raises(DataError, match="found none"):
        scored(SCORER, ())


def test_the_dataset_holds_enough_of_every_side_and_no_title_in_both_parts() -> None:
    tune, test = labelled_titles("tune"), labelled_titles("test")
    assert len(tune) + len(test) >= 120
    for part in (tune, test):
        assert min(sum(each.label == side for each in part) for side in LEANINGS) >= 25
    assert not {each.title for each in tune} & {each.title for each in test}


@pytest.mark.parametrize(
    "text",
    ["", "[test]\npositive = []", "[test]\npositive=['a']\nneutral=['a']\nnegative=['b']", "not toml ="],
)
def test_a_dataset_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sentiment.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"sentiment\.toml: expected"):
        labelled_titles("test", path)


def told(score: SentimentScore, than: Sequence[SentimentScore]) -> bool:
    return all(score.accuracy.low > other.accuracy.high for other in than)


def test_the_lexicon_reads_better_than_what_reads_nothing() -> None:
    for part in (labelled_titles("tune"), labelled_titles("test")):
        assert told(scored(LexiconScorer(), part), baselines(part))

"""What the news costs: finding what is told again, reading it by words, and how well that reading is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from evals.sentiment import LabelledTitle, baselines, labelled_titles, scored
from fund.market.facts import Headline
from fund.news.copies import NewsItem, without_copies
from fund.news.lexicon import LexiconScorer
from fund.news.sentiment import LEANINGS
from support.benchmark import Figure, counted, median, single
from support.checkout import ROOT

MANY = 100_000
REPEATED = 3
"""One headline in so many is told again, by another source and in other typesetting."""
SHARED = ROOT.parent / "shared" / "data"
"""Headlines labelled by people (SEntFiN, 10,785 rows); not shipped, so absent from most checkouts."""
_NAMES = [
    f"{a}{b}"
    for a in ("Nor", "Hal", "Cal", "Tar", "Pel", "Quen", "Mar")
    for b in ("vale", "den", "by", "low")
]
_DID = (
    "beats estimates",
    "misses estimates",
    "cuts outlook",
    "raises dividend",
    "opens plant",
    "names chief",
)
_WHY = ("on cloud demand", "after strike", "in Ohio", "as costs fall", "despite tariffs", "at investor day")
_START = datetime(2016, 1, 4, 14, 0, tzinfo=UTC)


def measure() -> Iterator[Figure]:
    """Sort made headlines, small and large, and read labelled ones."""
    for count in (MANY // 10, MANY):
        items = list(_made(count))
        seconds = []
        for _ in range(3):
            started = perf_counter()
            told = without_copies(items)
            seconds.append(perf_counter() - started)
        bound = 60.0 if count == MANY else None
        yield median(f"{count:,} headlines without their copies", "s", seconds, bound=bound)
        yield counted(f"copies found of {count // REPEATED:,} that are there", "copies", len(told.copies))
    texts = [item.headline.title for item in items[:20_000]]
    started = perf_counter()
    LexiconScorer().score(texts)
    yield single("20,000 titles read by the lexicon", "s", perf_counter() - started, bound=20.0)
    yield from _read("our own test titles", labelled_titles("test"))
    yield from _shared()


def _read(what: str, titles: tuple[LabelledTitle, ...]) -> Iterator[Figure]:
    found = scored(LexiconScorer(), titles)
    bounds = f"95% {found.accuracy.low:.3f} to {found.accuracy.high:.3f}, n = {found.n:,}"
    yield counted(f"lexicon on {what}: accuracy ({bounds})", "share", found.accuracy.value)
    yield counted(f"lexicon on {what}: macro F1", "share", found.macro_f1)
    for other in baselines(titles):
        yield counted(f"{other.scorer} on {what}: accuracy", "share", other.accuracy.value)


def _shared() -> Iterator[Figure]:
    """Read what people labelled, titles about one company alone, by ids the lexicon was not tuned on."""
    path: Path = SHARED / "headline_sentiment.parquet"
    if not path.is_file():
        return
    import polars as pl

    frame = pl.read_parquet(path).filter(pl.len().over("headline_id") == 1, pl.col("headline_id") % 2 == 0)
    sides = {side: side for side in LEANINGS}
    titles = tuple(
        LabelledTitle(title=title, label=sides[label])
        for title, label in zip(frame["title"], frame["sentiment"], strict=True)
    )
    yield from _read("SEntFiN, even ids, one company", titles)


def _made(count: int) -> Iterator[NewsItem]:
    """Yield made headlines over a year, oldest first; one in `REPEATED` tells an earlier one again."""
    chance = Random(11)
    last: list[str] = []
    for at in range(count):
        again = at % REPEATED == REPEATED - 1
        if not again:
            did, why = chance.choice(_DID), chance.choice(_WHY)
            title = f"{chance.choice(_NAMES)} unit {at} {did} {why} says chief of unit"
            last.append(title)
        known_at = _START + timedelta(seconds=at * 31_536_000 / count)
        yield NewsItem(
            headline=Headline(
                headline_id=f"m{at}",
                tickers=("NRV",),
                title=f"UPDATE 1-{last[-1]} - Reuters" if again else title,
                source="Reuters" if again else "Wire",
                known_at=known_at,
            )
        )

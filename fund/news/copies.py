"""Which news is told again: by the address of the article, or by a wording that says nothing else.

Candidates come from MinHash over runs of two words (Broder 1997) in bands (Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, ch. 3); which of them is a copy is then decided exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from fund.market.facts import Headline, Telling
from fund.news.wording import Wording, is_contained, resemblance, wording_of

RESEMBLES = 0.6
"""Share of two-word runs in common from which one title may be a copy of another."""
WINDOW = timedelta(days=3)
"""How long after a headline the same words are a copy of it; later they are news again."""
BANDS, ROWS = 24, 3
"""A pair at the threshold is found with probability 1 - (1 - 0.6^3)^24 = 0.997."""
MOST_LOOKED_AT = 32
"""Newest candidates of one band that are compared, so that no flood of like titles costs its square."""
CHUNK = 4096
By = Literal["address", "wording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """A headline as a source tells it, with the address of its article where it gives one."""

    headline: Headline
    address: str = ""
    """Canonical, as `desk.feeds.addresses` makes it of a URL; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """News that is told already: which headline it tells again, and by what that was seen."""

    item: NewsItem
    of: str
    """The `headline_id` of the earliest telling, which is the one that is kept."""
    by: By


class Told(NamedTuple):
    """New news, sorted: what is kept as a headline, and what only tells one again."""

    kept: tuple[NewsItem, ...]
    copies: tuple[Copy, ...]


def without_copies(new: Iterable[NewsItem], known: Iterable[NewsItem] = ()) -> Told:
    """Return which of the new items are news, oldest first, and which are copies of these or of known ones.

    The earliest `known_at` is kept; nothing that is known is ever changed by what comes later. An item whose
    id is known is a repeat of the vendor, in neither list. A copy never differs in a figure, in a word
    that turns what is said, or by a ticker its original does not name. An item that was known earlier than
    the known one it resembles is kept: between the two moments it was the only one.

    Args:
        new: What a feed has just delivered, in any order.
        known: What is known of the days before; words are compared over three days, addresses over all.
    """
    index, known = CopyIndex(), tuple(known)
    seen = {item.headline.headline_id for item in known}
    fresh = {item.headline.headline_id: item for item in new if item.headline.headline_id not in seen}
    kept: list[NewsItem] = []
    copies: list[Copy] = []
    for item, copy in index.sort(sorted((*known, *fresh.values()), key=_moment)):
        if item.headline.headline_id in seen:
            continue
        if copy is None:
            kept.append(item)
        else:
            copies.append(copy)
    return Told(tuple(kept), tuple(copies))


def tellings(told: Told) -> tuple[Telling, ...]:
    """Return who told each kept headline, and who told it again, to be kept beside the headlines."""
    first = ((item.headline.headline_id, item) for item in told.kept)
    again = ((copy.of, copy.item) for copy in told.copies)
    return tuple(
        Telling(
            headline_id=of,
            told_as=item.headline.headline_id,
            source=item.headline.source,
            url=item.address,
            known_at=item.headline.known_at,
        )
        for of, item in (*first, *again)
    )


class CopyIndex:
    """The news so far, oldest first, each found again by its address and by what its words are like."""

    def __init__(self) -> None:
        self._by_address: dict[str, list[NewsItem]] = {}
        self._bands: dict[tuple[int, int, object], list[tuple[NewsItem, Wording]]] = {}

    def sort(self, items: Sequence[NewsItem]) -> Iterator[tuple[NewsItem, Copy | None]]:
        """Yield each item with the copy it is, None where it is news; items must come oldest first."""
        for start in range(0, len(items), CHUNK):
            chunk = items[start : start + CHUNK]
            wordings = [wording_of(item.headline.title, item.headline.source) for item in chunk]
            for item, wording, bands in zip(chunk, wordings, _banded(wordings), strict=True):
                copy = self._by_its_address(item, wording) or self._by_its_wording(item, wording, bands)
                if copy is None:
                    self._remember(item, wording, bands)
                yield item, copy

    def _by_its_address(self, item: NewsItem, wording: Wording) -> Copy | None:
        same_page = self._by_address.get(item.address, ()) if item.address else ()
        for earlier in reversed(same_page[-MOST_LOOKED_AT:]):
            told = wording_of(earlier.headline.title, earlier.headline.source)
            same = told.figures == wording.figures and told.turns == wording.turns
            if same and _names_no_other(item, earlier):
                return Copy(item=item, of=earlier.headline.headline_id, by="address")
        return None

    def _by_its_wording(self, item: NewsItem, wording: Wording, bands: Sequence[int]) -> Copy | None:
        oldest = item.headline.known_at - WINDOW
        says = (wording.figures, wording.turns)
        best: NewsItem | None = None
        for place, band in enumerate(bands):
            alike = self._bands.get((place, band, says))
            if alike is None:
                continue
            _forget(alike, oldest)
            for earlier, told in reversed(alike[-MOST_LOOKED_AT:]):
                older = best is None or earlier.headline.known_at < best.headline.known_at
                if older and _names_no_other(item, earlier) and _says_the_same(wording, told):
                    best = earlier
        return None if best is None else Copy(item=item, of=best.headline.headline_id, by="wording")

    def _remember(self, item: NewsItem, wording: Wording, bands: Sequence[int]) -> None:
        if item.address:
            self._by_address.setdefault(item.address, []).append(item)
        if wording.words:
            says = (wording.figures, wording.turns)
            for place, band in enumerate(bands):
                self._bands.setdefault((place, band, says), []).append((item, wording))


def _says_the_same(one: Wording, other: Wording) -> bool:
    short, long = sorted((one, other), key=lambda wording: len(wording.words))
    return is_contained(short, long) and resemblance(one, other) >= RESEMBLES


def _names_no_other(item: NewsItem, earlier: NewsItem) -> bool:
    return set(item.headline.tickers) <= set(earlier.headline.tickers)


def _forget(alike: list[tuple[NewsItem, Wording]], oldest: datetime) -> None:
    """Drop what is too old to be told again: items come oldest first, so nothing later will want it."""
    stale = next((at for at, (each, _) in enumerate(alike) if each.headline.known_at >= oldest), len(alike))
    del alike[:stale]


def _moment(item: NewsItem) -> tuple[datetime, str]:
    return item.headline.known_at, item.headline.headline_id


_SEEDS = np.random.default_rng(19_970_611)
_FACTORS = _SEEDS.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
_SHIFTS = _SEEDS.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)


def _banded(wordings: Sequence[Wording]) -> Iterator[list[int]]:
    """Return the bands of each wording: equal bands of two of them make a pair worth comparing."""
    shingles = [sorted(wording.shingles) or [""] for wording in wordings]
    if not shingles:
        return iter(())
    flat = np.fromiter((crc32(each.encode()) for own in shingles for each in own), dtype=np.uint64)
    starts = np.cumsum([0, *(len(own) for own in shingles[:-1])])
    signature = np.stack([_smallest(flat, starts, place) for place in range(BANDS * ROWS)])
    rows = signature.reshape(BANDS, ROWS, len(wordings)).astype(np.uint64)
    mixed = rows[:, 0]
    for row in range(1, ROWS):
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + rows[:, row]
    return iter(mixed.T.tolist())


def _smallest(flat: NDArray[np.uint64], starts: NDArray[np.intp], place: int) -> NDArray[np.uint64]:
    """Return the smallest of the shingles of each wording under one random order (multiply and shift)."""
    order = (flat * _FACTORS[place] + _SHIFTS[place]) >> np.uint64(32)
    return np.asarray(np.minimum.reduceat(order, starts), dtype=np.uint64)

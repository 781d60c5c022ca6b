"""News on its way in: what several sources tell is one headline, and who told it again is kept beside it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from desk.feeds.addresses import canonical_url
from desk.feeds.feed import Delivery
from fund.market.facts import Headline, Telling
from fund.market.history import History
from fund.news.copies import WINDOW, NewsItem, tellings, without_copies

BEFORE = WINDOW + timedelta(days=1)
"""How far before the oldest new headline known ones are held against it."""


def told_once(
    new: Sequence[Headline], delivery: Delivery, history: History
) -> tuple[tuple[Headline, ...], tuple[Telling, ...]]:
    """Return which checked headlines are news, and every telling that was not on record yet.

    A copy comes again with every question about the same days; once it is a telling it is no news at all.
    """
    told_before = {each.told_as: each for each in history.tellings}
    fresh = [each for each in new if each.headline_id not in told_before]
    if not fresh:
        return (), ()
    addresses = _addresses(delivery)
    since = min(each.known_at for each in fresh) - BEFORE
    found = without_copies(
        (NewsItem(headline=each, address=addresses.get(each.headline_id, "")) for each in fresh),
        [_known(each, told_before) for each in history.headlines if each.known_at >= since],
    )
    return tuple(item.headline for item in found.kept), tellings(found)


def _known(headline: Headline, told: Mapping[str, Telling]) -> NewsItem:
    own = told.get(headline.headline_id)
    return NewsItem(headline=headline, address=own.url if own is not None else "")


def _addresses(delivery: Delivery) -> dict[str, str]:
    frame = delivery.frame
    if not {"headline_id", "url"} <= set(frame.columns):
        return {}
    return {
        name: canonical_url(url) or "" for name, url in frame.select("headline_id", "url").iter_rows() if url
    }

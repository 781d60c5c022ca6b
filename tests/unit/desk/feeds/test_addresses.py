"""One article has one address, however it is linked."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from desk.feeds.addresses import LONGEST, canonical_url

ARTICLE = "https://site.com/2016/11/norvale-beats"


@pytest.mark.parametrize(
    "told",
    [
        "http://site.com/2016/11/norvale-beats",
        "HTTPS://WWW.Site.COM/2016/11/norvale-beats",
        "https://site.com:443/2016/11/norvale-beats",
        "http://site.com:80/2016/11/norvale-beats",
        "https://site.com./2016/11/norvale-beats",
        "//site.com/2016/11/norvale-beats",
        "site.com/2016/11/norvale-beats",
        "https://site.com/2016/11/norvale-beats/",
        "https://site.com//2016/11//norvale-beats",
        "https://site.com/2016/11/norvale-beats/index.html",
        "https://site.com/2016/11/norvale-beats#comments",
        "https://site.com/2016/11/norvale%2Dbeats",
        "https://reader:secret@site.com/2016/11/norvale-beats",
        "https://site.com/2016/11/norvale-beats?utm_source=x&utm_medium=rss",
        "https://site.com/2016/11/norvale-beats?gclid=1&fbclid=2&cmpid=3&ref=home&mod=hp_lead",
        "https://m.site.com/2016/11/norvale-beats",
        "https://mobile.site.com/2016/11/norvale-beats",
        "https://amp.site.com/2016/11/norvale-beats",
        "https://site.com/2016/11/norvale-beats/amp",
        "https://site.com/2016/11/norvale-beats/amp/",
        "https://site.com/amp/2016/11/norvale-beats",
        "https://site.com/2016/11/norvale-beats?amp=1&outputType=amp",
        "https://www.google.com/amp/s/www.site.com/2016/11/norvale-beats/amp",
        "https://site-com.cdn.ampproject.org/c/s/site.com/2016/11/norvale-beats",
        "  https://site.com/2016/11/norvale-beats\n",
    ],
)
def test_links_to_one_article_are_alike(told: str) -> None:
    assert canonical_url(told) == ARTICLE


@pytest.mark.parametrize(
    "other",
    [
        "https://site.com/2016/11/norvale-misses",
        "https://site.com/2016/11/Norvale-Beats",
        "https://other.com/2016/11/norvale-beats",
        "https://blog.site.com/2016/11/norvale-beats",
        "https://site.com:8080/2016/11/norvale-beats",
        "https://site.com/2016/11/norvale-beats?page=2",
        "https://site.com/2016/11/norvale-beats?id=7&utm_source=x",
    ],
)
def test_links_to_different_articles_stay_different(other: str) -> None:
    assert canonical_url(other) not in (None, ARTICLE)


def test_the_order_of_what_names_the_article_does_not_matter() -> None:
    one, other = canonical_url("https://x.com/a?id=7&page=2"), canonical_url("https://x.com/a?page=2&id=7")
    assert one == other == "https://x.com/a?id=7&page=2"


def test_an_article_that_is_named_by_its_query_alone_has_an_address() -> None:
    assert canonical_url("https://finnhub.io/?id=12") == "https://finnhub.io?id=12"


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        "   ",
        "Norvale beats estimates",
        "https://site.com",
        "https://site.com/",
        "https://www.site.com/#top",
        "https://site.com/?utm_source=x",
        "ftp://site.com/a",
        "javascript:alert(1)",
        "https://",
        "https://[::1",
        "https://site.com:notaport/a",
        "https://site.com:99999/a",
        "https://localhost/a",
        "https://site.com/a\x00b",
        "https://site.com/" + "a" * LONGEST,
    ],
)
def test_what_names_no_article_has_no_address(nothing: str) -> None:
    assert canonical_url(nothing) is None


PIECES = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.one_of(PIECES, st.builds("https://{}.com/{}?{}#{}".format, PIECES, PIECES, PIECES, PIECES)))
@example("https://a.com/amp/amp/amp")
@example("https://google.com/amp/s/google.com/amp/s/x.com/y")
@example("https://x.com/%2561")
@example("https://x.com/a/index.html/index.html/amp/")
def test_an_address_is_its_own_address_and_nothing_ever_fails(text: str) -> None:
    found = canonical_url(text)
    assert found is None or canonical_url(found) == found

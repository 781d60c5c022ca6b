"""What tells a headline again is found; what says anything else is news."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.news.copies import MOST_LOOKED_AT, WINDOW, NewsItem, Told, tellings, without_copies
from fund.news.wording import resemblance, wording_of
from support.news import NOON, an_item

BEATS = "Norvale beats estimates on strong cloud demand"
LONG = "Norvale to buy chip maker Tarn Semiconductor of Ohio in all-cash deal agreed by both boards"
SAME = [
    (BEATS, BEATS),
    (BEATS, BEATS.upper()),
    (BEATS, f"UPDATE 1-{BEATS}"),
    (BEATS, f"CORRECTED-UPDATE 2-{BEATS}"),
    (BEATS, f"BREAKING: {BEATS}"),
    (BEATS, f"{BEATS} - Reuters"),
    (BEATS, f"{BEATS} | Bloomberg"),
    (BEATS, f"{BEATS} (Reuters)"),
    (BEATS, f"{BEATS} -- WSJ"),
    (BEATS, f"{BEATS} - CNBC.com"),
    (BEATS, f"{BEATS} - The Local Wire"),
    (BEATS, "Norvale beats estimates on strong cloud demand, analysts say"),
    (BEATS, "Norvale beats estimates on strong cloud…"),
    (BEATS, "Norvale beats estimates on strong cloud dem..."),
    (BEATS, "Norvale Inc. beats estimates, on strong cloud demand!"),
    ("Norvale’s profit up 3 % – report", "Norvale's profit up 3% - report"),
    ("Norvale buys Tarn for $3 billion in cash", "Norvale buys Tarn for $3bn in cash"),
    ("Norvale buys Tarn for $3.0 bln in cash", "Norvale buys Tarn for US$3,000 million in cash"),
    ("Norvale first-quarter profit rises 4 percent", "Norvale Q1 profit rises 4 pct"),
    ("Fed lifts rates by 25 basis points", "Fed lifts rates by 25 bps"),
    ("ｎｏｒｖａｌｅ beats estimates", "Norvale beats estimates"),
    ("Norvale\u200b beats estimates", "Norvale beats estimates"),
    ("Norvale sheds two plants in Ohio", "Norvale sheds 2 plants in Ohio"),
]
DIFFERENT = [
    ("Norvale beats estimates by 3 %", "Norvale beats estimates by 5 %"),
    ("Norvale beats estimates by 3 %", "Norvale beats estimates by 0.3 %"),
    ("Norvale beats estimates by 3 %", "Norvale beats estimates by 3 bps"),
    ("Norvale beats estimates by 3 %", "Norvale beats estimates"),
    ("Norvale shares move +3 %", "Norvale shares move -3 %"),
    ("Norvale to spend $5 million on new plant", "Norvale to spend $5 billion on new plant"),
    ("Norvale to spend $5 billion on new plant", "Norvale to spend €5 billion on new plant"),
    ("Norvale Q1 sales in line with last year", "Norvale Q2 sales in line with last year"),
    ("Norvale first-quarter sales in line", "Norvale second-quarter sales in line"),
    ("Two die in Norvale plant fire in Ohio", "Three die in Norvale plant fire in Ohio"),
    ("Norvale cuts full-year outlook on demand", "Norvale raises full-year outlook on demand"),
    ("Norvale beats estimates in third quarter", "Norvale misses estimates in third quarter"),
    ("Norvale to buy Tarn Semiconductor", "Norvale not to buy Tarn Semiconductor"),
    ("Norvale will buy Tarn Semiconductor", "Norvale may buy Tarn Semiconductor"),
    ("Norvale buys Tarn Semiconductor", "Norvale denies it buys Tarn Semiconductor"),
    ("Norvale buys chip maker Tarn in cash deal", "Norvale buys chip maker Kestrel in cash deal"),
    ("Norvale sues Tarn over patents", "Tarn sues Norvale over patents"),
    (
        "Norvale sues Tarn over patents in a case that could reshape the whole chip industry",
        "Tarn sues Norvale over patents in a case that could reshape the whole chip industry",
    ),
    ("Norvale beats estimates", "Norvale beats estimates, cuts outlook"),
    ("Norvale upgraded at broker to overweight", "Norvale downgraded at broker to overweight"),
    ("Norvale shares up before results are out", "Norvale shares down before results are out"),
    ("Norvale chief resigns", "Norvale chief hires"),
    ("Norvale", "Tarn"),
    ("New-home sales in line with plan", "Old-home sales in line with plan"),
    ("Norvale 10-K filed with regulator", "Norvale 10-Q filed with regulator"),
    (LONG, f"{LONG} in no event"),
    (LONG, LONG.replace("to buy", "not to buy")),
    (LONG, f"{LONG} for $3 billion"),
    (LONG, f"{LONG}, shares fall"),
    (LONG, f"Report: {LONG} unlikely"),
    (LONG, f"{LONG} in Q3"),
    ("Norvale trial of drug ABC-1 meets goal", "Norvale trial of drug ABC-2 meets goal"),
]


def ids(items: Sequence[NewsItem]) -> list[str]:
    return [item.headline.headline_id for item in items]


def of_two(first: str, second: str, **second_is: object) -> Told:
    again = an_item(second, minutes=30, source="The Local Wire", **second_is)  # type: ignore[arg-type]
    return without_copies([an_item(first), again])


@pytest.mark.parametrize(("first", "second"), SAME)
def test_the_same_news_in_other_typesetting_is_a_copy(first: str, second: str) -> None:
    for one, other in ((first, second), (second, first)):
        told = of_two(one, other)
        assert [item.headline.title for item in told.kept] == [one]
        (copy,) = told.copies
        assert (copy.of, copy.by) == (told.kept[0].headline.headline_id, "wording")


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_news_that_says_anything_else_is_never_merged(first: str, second: str) -> None:
    for one, other in ((first, second), (second, first)):
        assert of_two(one, other).copies == ()
        assert of_two(one, f"UPDATE 1-{other} - Reuters").copies == ()


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_one_page_whose_figures_or_direction_change_is_news_again(first: str, second: str) -> None:
    one, other = wording_of(first), wording_of(second)
    page = "https://site.com/live"
    told = without_copies([an_item(first, address=page), an_item(second, minutes=5, address=page)])
    turned = (one.figures, one.turns) != (other.figures, other.turns)
    assert bool(told.copies) is not turned


def test_one_address_is_one_article_in_whatever_words() -> None:
    told = without_copies(
        [
            an_item("Norvale in brief", address="https://site.com/a"),
            an_item("Cloud maker at a glance", minutes=9, address="https://site.com/a", source="Other"),
        ]
    )
    assert [copy.by for copy in told.copies] == ["address"]


def test_a_copy_that_names_another_ticker_is_kept_for_that_ticker() -> None:
    for page in ("", "https://site.com/a"):
        other = of_two(BEATS, BEATS, tickers=("TRN",), address=page)
        assert len(other.kept) == 2
    both = [an_item(tickers=("NRV", "TRN"), address="https://site.com/a")]
    told = without_copies([*both, an_item(minutes=3, tickers=("TRN",), address="https://site.com/a")])
    assert len(told.copies) == 1


def test_the_earliest_is_kept_in_whatever_order_they_come() -> None:
    items = [an_item(BEATS, minutes=minutes, source=f"s{minutes}") for minutes in (0, 20, 40)]
    for order in permutations(items):
        told = without_copies(order)
        assert told.kept == (items[0],)
        assert [copy.item for copy in told.copies] == items[1:]
        assert {copy.of for copy in told.copies} == {items[0].headline.headline_id}


def test_the_same_words_are_news_again_after_three_days() -> None:
    day = WINDOW / timedelta(minutes=1)
    assert len(without_copies([an_item(), an_item(minutes=day, source="b")]).copies) == 1
    assert len(without_copies([an_item(), an_item(minutes=day + 1, source="b")]).kept) == 2


def test_an_article_fetched_again_weeks_later_is_still_the_same_article() -> None:
    first = an_item(address="https://site.com/a")
    again = an_item(minutes=40_000, address="https://site.com/a", source="b")
    assert [copy.of for copy in without_copies([again], [first]).copies] == [first.headline.headline_id]


def test_what_the_vendor_repeats_under_its_id_is_neither_news_nor_a_copy() -> None:
    first = an_item(headline_id="v1")
    assert without_copies([first], [first]) == Told((), ())
    changed = an_item("Norvale cuts outlook", minutes=5, headline_id="v1")
    assert without_copies([changed], [first]) == Told((), ())


def test_an_earlier_telling_that_arrives_late_is_kept_and_what_was_known_stays() -> None:
    known, earlier = an_item(minutes=60), an_item(source="Early bird")
    assert without_copies([earlier], [known]) == Told((earlier,), ())


def test_a_long_chain_of_small_changes_does_not_drift() -> None:
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "kilo"]
    titles = [" ".join(words[:length]) for length in range(10, 2, -1)]
    items = [an_item(title, minutes=at) for at, title in enumerate(titles)]
    told = without_copies(items)
    for copy in told.copies:
        kept = next(item for item in told.kept if item.headline.headline_id == copy.of)
        assert resemblance(wording_of(kept.headline.title), wording_of(copy.item.headline.title)) >= 0.6
    assert len(told.kept) > 1


def test_titles_without_words_are_never_copies_of_each_other() -> None:
    assert len(without_copies([an_item("???"), an_item("!!!", minutes=1)]).kept) == 2


def test_a_flood_of_like_titles_is_compared_with_the_newest_alone() -> None:
    flood = [
        an_item(
            f"Alert for holders of {'abcdefghijklmnopqrstuvwxyz'[n % 26] * (2 + n // 26)} to act now",
            minutes=n,
        )
        for n in range(MOST_LOOKED_AT * 20)
    ]
    assert len(without_copies(flood).kept) == len(flood)


def test_who_told_what_is_listed_with_the_first_telling_first() -> None:
    told = of_two(BEATS, f"{BEATS} - Reuters", address="https://site.com/a")
    first, again = tellings(told)
    assert (first.headline_id, first.told_as, first.url) == (first.told_as, first.told_as, "")
    assert (again.headline_id, again.source, again.url) == (
        first.headline_id,
        "The Local Wire",
        "https://site.com/a",
    )
    assert again.known_at == NOON + timedelta(minutes=30)


TITLES = st.sampled_from([title for pair in (*SAME, *DIFFERENT) for title in pair])
ITEMS = st.builds(
    an_item,
    TITLES,
    minutes=st.integers(0, 6000),
    tickers=st.sampled_from([("NRV",), ("TRN",), ("NRV", "TRN")]),
    source=st.sampled_from(["a", "b", "c"]),
    address=st.sampled_from(["", "", "https://site.com/a", "https://site.com/b"]),
)


@given(st.lists(ITEMS, max_size=14))
def test_every_item_is_news_or_a_copy_of_earlier_news_that_says_the_same(items: list[NewsItem]) -> None:
    told = without_copies(items)
    assert sorted(ids([*told.kept, *(copy.item for copy in told.copies)])) == sorted(set(ids(items)))
    kept = {item.headline.headline_id: item for item in told.kept}
    for copy in told.copies:
        first, again = kept[copy.of].headline, copy.item.headline
        assert first.known_at <= again.known_at
        assert set(again.tickers) <= set(first.tickers)
        one, other = (wording_of(each.title, each.source) for each in (first, again))
        assert (one.figures, one.turns) == (other.figures, other.turns)


@given(st.lists(ITEMS, max_size=12), st.integers(0, 6000))
def test_what_comes_later_never_changes_what_was_told_before(items: list[NewsItem], minutes: int) -> None:
    cut = NOON + timedelta(minutes=minutes)
    early = [item for item in items if item.headline.known_at <= cut]
    before, after = without_copies(early), without_copies(items)
    assert tuple(item for item in after.kept if item.headline.known_at <= cut) == before.kept
    assert tuple(copy for copy in after.copies if copy.item.headline.known_at <= cut) == before.copies


@given(st.lists(ITEMS, max_size=12), st.integers(0, 6000))
def test_news_taken_in_by_and_by_is_what_is_taken_in_at_once(items: list[NewsItem], minutes: int) -> None:
    cut = NOON + timedelta(minutes=minutes)
    first = without_copies([item for item in items if item.headline.known_at <= cut])
    then = without_copies([item for item in items if item.headline.known_at > cut], first.kept)
    whole = without_copies(items)
    assert (*first.kept, *then.kept) == whole.kept
    assert (*first.copies, *then.copies) == whole.copies

"""Which names the committee looks at when the owner watches some, or asks about some only."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from graph.research import Attention, choose_candidates
from support.books import a_book
from support.committee import a_forecast
from support.views import FakeView

VIEW = FakeView(
    prices={t: Decimal(10) for t in ("A", "B", "C", "D", "OUT", "OLD")},
    outsiders=frozenset({"OUT"}),
    stale_since={"OLD": date(2016, 3, 1)},
)


def chosen(count: int, attention: Attention, *held: str, **ranks: float) -> tuple[str, ...]:
    forecasts = {t: (a_forecast(t, rank=r),) for t, r in ranks.items()}
    return choose_candidates(VIEW, a_book({t: (1, 10) for t in held}), forecasts, count, attention)


def test_watched_names_come_after_the_holdings_and_before_the_best_ranked() -> None:
    watching = Attention(watched=("C", "D"))
    assert chosen(3, watching, "A", B=0.9, C=0.1) == ("A", "C", "D")
    assert chosen(4, watching, "A", B=0.9, C=0.1) == ("A", "B", "C", "D")
    assert chosen(2, watching, "A", B=0.9) == ("A", "C"), "never more than there are places"
    assert chosen(3, Attention(watched=("A",)), "A", B=0.9, C=0.5) == ("A", "B", "C")


def test_a_watched_name_that_may_not_be_bought_or_has_no_price_takes_no_place() -> None:
    watching = Attention(watched=("OUT", "OLD", "NOPE", "D"))
    assert chosen(2, watching, A=0.9, B=0.8) == ("A", "D")


def test_discovered_names_come_after_the_watched_and_before_the_best_ranked() -> None:
    looking = Attention(watched=("D",), discovered=("C", "D", "A", "OUT"))
    assert chosen(2, looking, A=0.9, B=0.8) == ("A", "D"), "the discovered stand in the order of tickers"
    assert chosen(3, looking, B=0.8) == ("A", "C", "D")
    assert chosen(4, looking, B=0.8) == ("A", "B", "C", "D")
    assert chosen(3, looking, "A", B=0.8) == ("A", "C", "D"), "what is held takes no second place"


def test_a_question_about_some_names_is_about_those_alone() -> None:
    asking = Attention(watched=("D",), only=("B", "A", "OUT"))
    assert chosen(5, asking, "A", C=0.9) == ("A", "B")


@given(
    held=st.sets(st.sampled_from("ABCD")),
    watched=st.sets(st.sampled_from(["A", "B", "C", "D", "OUT", "OLD"])),
    ranks=st.dictionaries(st.sampled_from("ABCD"), st.floats(0, 1)),
    count=st.integers(1, 6),
)
def test_watching_never_drops_a_holding_nor_adds_a_place(
    held: set[str], watched: set[str], ranks: dict[str, float], count: int
) -> None:
    with_them = chosen(count, Attention(watched=tuple(watched)), *held, **ranks)
    assert set(with_them) >= held
    assert len(with_them) == len(set(with_them)) <= max(count, len(held))
    assert set(with_them) <= held | (watched - {"OUT", "OLD"}) | ranks.keys()
    room = max(count - len(held), 0)
    new = watched - held - {"OUT", "OLD"}
    assert len(new & set(with_them)) == min(len(new), room)

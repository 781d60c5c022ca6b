"""A few words after an answer change one part of the last question; one question settles two readings."""

from dataclasses import replace
from datetime import date

import pytest

from graph.choosing import asked_back, chosen, ordinal_of, which_of
from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Choice, Focus, Intent
from graph.routing.earlier import before
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from tools.spans import Span, between, trailing

TODAY = date(2017, 1, 31)
LISTED = ("AAPL", "MSFT", "XOM")
CHOICES = (
    Choice(label="the exposure by sector", ask="exposure by sector"),
    Choice(label="our position in AAPL", ask="how is AAPL doing"),
)


def after(*asked: str, listed: tuple[str, ...] = ()) -> Intent:
    focus, intent = Focus(), Intent(name="help")
    for ask in asked:
        intent = route(ask, bundle_directory(), TODAY, focus, Likeness())
        focus = replace(focus_after(intent, focus), listed=listed)
    return intent


@pytest.mark.parametrize(
    ("span", "unit", "first", "last"),
    [
        (trailing(21), "month", date(2016, 12, 1), date(2016, 12, 31)),
        (between(date(2016, 12, 1), date(2016, 12, 31)), "month", date(2016, 11, 1), date(2016, 11, 30)),
        (None, "quarter", date(2016, 10, 1), date(2016, 12, 31)),
        (between(date(2016, 1, 1), date(2016, 12, 31)), "year", date(2015, 1, 1), date(2015, 12, 31)),
        (None, "week", date(2017, 1, 23), date(2017, 1, 29)),
    ],
)
def test_the_period_before_is_that_of_the_calendar(
    span: Span | None, unit: str, first: date, last: date
) -> None:
    found = before(span, unit, TODAY)  # type: ignore[arg-type]
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize(
    "ask", ["the second one", "why the second one?", "chart of the second one", "number 2"]
)
def test_a_place_means_that_line_of_the_last_list(ask: str) -> None:
    assert after("what do we hold?", ask, listed=LISTED).ticker == "MSFT"


def test_a_place_beyond_the_list_is_asked_about() -> None:
    assert "had 3 lines" in (after("what do we hold?", "the ninth one", listed=LISTED).problem or "")


@pytest.mark.parametrize(
    "ask", ["why?", "by sector", "compare with SPY", "the second one", "only the losers"]
)
def test_without_a_question_before_a_follow_up_is_no_action(ask: str) -> None:
    assert after(ask).name not in CONTROL


@pytest.mark.parametrize(
    ("reply", "ask"),
    [
        ("the first", "exposure by sector"),
        ("1", "exposure by sector"),
        ("the second one, please", "how is AAPL doing"),
        ("position", "how is AAPL doing"),
        ("sector", "exposure by sector"),
    ],
)
def test_the_answer_to_the_one_short_question_is_understood(reply: str, ask: str) -> None:
    choice = chosen(reply, CHOICES)
    assert choice is not None
    assert choice.ask == ask


@pytest.mark.parametrize("reply", ["what do we hold?", "the fifth", "", "hm", "of the"])
def test_what_picks_none_of_the_choices_is_another_question(reply: str) -> None:
    assert chosen(reply, CHOICES) is None


def test_two_near_readings_are_one_short_question_and_its_answer_is_carried_out() -> None:
    intent = which_of(CHOICES)
    assert asked_back(CHOICES) == "Do you mean 1. the exposure by sector; or 2. our position in AAPL?"
    focus = focus_after(intent, Focus())
    settled = route("the second", bundle_directory(), TODAY, focus)
    assert (settled.name, settled.ticker) == ("ticker", "AAPL")
    assert focus_after(settled, focus).choices == ()


def test_no_choice_ever_acts() -> None:
    focus = Focus(choices=(Choice(label="pausing", ask="pause trading"),))
    assert route("the first", bundle_directory(), TODAY, focus).name not in CONTROL


def test_a_place_is_read_from_words_and_figures() -> None:
    assert [ordinal_of(each.split()) for each in ("the third", "2nd one", "last", "4", "apple")] == [
        3,
        2,
        -1,
        4,
        None,
    ]

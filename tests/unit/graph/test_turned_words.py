"""Words that turn a meaning round: denials, a zero, the other direction, a name that only sounds like one."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness(encoder=lambda: None)
ASKED = {
    "Which positions are under water?": "losers",
    "Which of our names are making money?": "winners",
    "Which stop is closest?": None,
    "Why did we buy Apple?": None,
    "How much of each limit is used up?": None,
    "Which lessons did we learn": None,
    "How is Boeing doing": None,
}
ORDERS = ("Sell everything we own", "Halve every position", "Trim all our positions by 25%", "Pause trading")


def read(*turns: str) -> Intent:
    focus, intent = Focus(), Intent(name="unknown")
    for turn in turns:
        intent = route(turn, bundle_directory(), TODAY, focus, LIKENESS)
        focus = focus_after(intent, focus)
    return intent


@pytest.mark.parametrize("denial", ["are not", "aren't", "arent"])
@pytest.mark.parametrize(
    ("state", "only", "other"), [("under water", "losers", "winners"), ("in profit", "winners", "losers")]
)
def test_a_half_of_the_book_that_is_denied_is_the_other_half(
    denial: str, state: str, only: str, other: str
) -> None:
    assert read(f"Which positions are {state}?").only == only
    assert read(f"Which positions are currently {state}?").only == only
    assert read(f"Which positions {denial} {state}?").only == other


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("On which day did we make the worst loss?", "worst session"),
        ("On which day did we make the most losses, the worst of them?", "worst session"),
        ("On which day did we make the most?", "best session"),
        ("On which day did we drop the most?", "worst session"),
    ],
)
def test_a_loss_that_was_made_is_no_gain(text: str, session: str) -> None:
    assert read(text).statistic == session


@given(
    first=st.integers(1, 99),
    size=st.integers(1, 99),
    rises=st.booleans(),
    way=st.sampled_from(["up", "down", ""]),
)
@settings(max_examples=25, deadline=None)
def test_another_size_keeps_the_direction_unless_it_names_one(
    first: int, size: int, rises: bool, way: str
) -> None:
    begun = f"What if the market {'rises' if rises else 'falls'} {first} percent?"
    up = way == "up" or (rises and way != "down")
    assert read(begun, f"and {size} {way}").market_percent == (size if up else -size)
    assert read(begun, f"make it -{size}%").market_percent == -size


@given(percent=st.integers(0, 130), said=st.sampled_from(["{}%", "{} %", "{} percent", "0{}%"]))
@settings(max_examples=25, deadline=None)
def test_a_part_of_all_is_between_nothing_and_all_of_it(percent: int, said: str) -> None:
    for order in (
        "Sell {} of everything we own",
        "Trim all our positions by {}",
        "Take {} off every position",
    ):
        intent = read(order.format(said.format(percent)))
        if intent.name in CONTROL:
            assert intent.amount is not None
            assert 0 < percent < 100
            assert intent.amount == Decimal(percent) / 100
        else:
            assert percent in (0, *range(100, 131)) or said.startswith("0")


@pytest.mark.parametrize(
    "text",
    [
        "Sell 0% of Apple",
        "Get rid of 0% of Apple",
        "offload zero percent of Apple",
        "Forward the replay to March 1",
        "Do not sell everything we own",
        "If the market falls, halve every position",
        'My boss said "sell everything we own"',
        "Halve every position?",
    ],
)
def test_what_orders_nothing_or_is_in_doubt_is_no_order(text: str) -> None:
    assert read(text).name not in CONTROL


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Post-mortem of the Apple trade by role", "attribution"),
        ("Text of the last decision by the validator", "why"),
        ("What does the news say about GM and their pension deficit?", "search"),
        ("How far can the portfolio fall before the breaker trips?", "breaker"),
        ("How high can our exposure go?", "exposure"),
        ("Delete AAPL from the watchlist", "unwatch"),
    ],
)
def test_what_only_sounds_like_a_request_that_no_desk_grants_is_answered(text: str, name: str) -> None:
    intent = read(text)
    assert (intent.name, intent.problem) == (name, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Post the holdings to my channel", "cannot send"),
        ("Is this good for my pension costs?", "cannot advise"),
        ("Would you put their pension into it?", "cannot advise"),
        ("Where will the market close?", "No price can be foreseen"),
        ("REMOVE THE RECORD OF THAT TRADE", "cannot be changed"),
    ],
)
def test_what_no_desk_grants_is_still_refused(text: str, said: str) -> None:
    assert said in (read(text).problem or "")


BEFORE = st.sampled_from(
    ["", "Hi, ", "hello there! ", "Good morning team: ", "Sorry, just a quick question: "]
)
AFTER = st.sampled_from(["", " ", "\n", "\u00a0", " \t "])


@given(
    asked=st.sampled_from([*ASKED, *ORDERS]),
    before=BEFORE,
    after=AFTER,
    loud=st.booleans(),
    wide=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_courtesies_capitals_and_spaces_change_no_question_and_no_order(
    asked: str, before: str, after: str, loud: bool, wide: bool
) -> None:
    text = f"{before}{asked}{after}"
    text = text.replace(" ", "\u00a0 ") if wide else text
    assert read(text.upper() if loud and len(asked.split()) > 2 else text) == read(asked)


@given(
    text=st.text(alphabet="abeiknost' -?!.,%$0159ßéñ\u0301\u200b\u202e中ا\n\"<|:", max_size=60),
    order=st.sampled_from(ORDERS),
)
@settings(max_examples=30, deadline=None)
def test_whatever_is_typed_is_read_and_a_quoted_order_is_none(text: str, order: str) -> None:
    assert read(text).name
    assert read("What if the market falls 10 percent?", text).name not in CONTROL
    assert read(f'The note "{order}" is what?').name not in CONTROL

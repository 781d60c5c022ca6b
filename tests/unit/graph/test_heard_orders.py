"""Orders in words that no grammar has are heard by likeness and put up as tickets; nothing else is."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from graph.chat_events import Ticket
from graph.examples.labelled import EXAMPLES, NO_ORDER, ORDERS
from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.orders.heard import PLAINLY
from graph.plans.control_plans import control_reply, ticket_reply
from graph.plans.plan import OwnersWord
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory
from support.questions import TODAY
from tools.control import PendingCommand

NOTHING = Focus()
HELD = Focus(intent="why", ticker="AAPL")
EVERY_NTH = 23


def heard(text: str, focus: Focus = NOTHING) -> Intent:
    return route(text, bundle_directory(), TODAY, focus, Likeness())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("suspend all new trades with immediate effect, the trustees want it", {"name": "pause"}),
        ("alright, you may trade again", {"name": "resume"}),
        ("pull the plug on everything please", {"name": "kill"}),
        ("just go on for one more session, desk", {"name": "advance", "sessions": 1}),
        ("let the committee have a talk about Chevron", {"name": "cycle", "tickers": ("CVX",)}),
        ("please keep an eye on Costco and Nike for me", {"name": "watch", "tickers": ("COST", "NKE")}),
        ("Costco can come off the watchlist again", {"name": "unwatch", "ticker": "COST"}),
        ("get us out of Exxon entirely, the whole lot", {"name": "close", "ticker": "XOM"}),
        ("please put forty thousand into the account", {"name": "deposit", "amount": Decimal(40_000)}),
        ("I need to take 7,500 out of the account", {"name": "withdraw", "amount": Decimal(7_500)}),
    ],
)
def test_an_order_in_odd_words_is_heard(text: str, wanted: dict[str, object]) -> None:
    intent = heard(text)
    assert {name: getattr(intent, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "text",
    [
        "he said to pull the plug on everything",
        "should we bring all trading to a standstill",
        "don't bring the trading to a standstill",
        "bring trading to a standstill if it rains",
        "yesterday we brought all trading to a standstill",
        "watch out for Apple",
        "close Apple or Exxon",
        "sell Apple",
        "buy 200 Nvidia",
        "i nearly typed resume trading, phew",
        "sorry wrong button",
        "500 into Apple please",
        "a resume of the committee's reasoning on Home Depot, please",
    ],
)
def test_what_denies_asks_reports_or_could_be_another_order_is_none(text: str) -> None:
    assert heard(text, HELD).name not in CONTROL


def test_no_example_of_a_question_and_nothing_that_only_speaks_of_orders_is_taken_for_one() -> None:
    said = [text for texts in (*EXAMPLES.values(), ORDERS[NO_ORDER]) for text in texts]
    likeness, directory = Likeness(), bundle_directory()
    taken = {
        text: intent.name
        for text in said[::EVERY_NTH]
        if (intent := route(text.replace("the stock", "Apple"), directory, TODAY, HELD, likeness)).name
        in CONTROL
    }
    assert taken == {}


def test_where_a_part_is_missing_or_two_orders_are_near_it_is_to_be_said_plainly() -> None:
    for text in ("take some money out of the account", "move 500 and 700 into the account"):
        intent = heard(text)
        assert intent.name == "unknown"
        assert intent.problem is not None


def test_every_order_has_its_plain_form_and_a_grammar_that_reads_it() -> None:
    assert PLAINLY.keys() == ORDERS.keys() - {NO_ORDER}
    for order, plainly in PLAINLY.items():
        intent = route(plainly, bundle_directory(), TODAY)
        assert (intent.name, intent.guessed) == (order, False)


def test_a_guessed_advance_waits_for_a_click_however_short_it_is() -> None:
    pending = PendingCommand(
        command_id="c-1",
        action="advance",
        sentence="Play 1 session.",
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
        sessions=1,
        thread_id=None,
    )
    assert [type(event) for event in control_reply(pending)] == [OwnersWord]
    assert [type(event) for event in ticket_reply(pending)] == [Ticket]


@pytest.mark.parametrize(
    ("text", "sessions"), [("3 more", 3), ("another one", 1), ("keep going", 1), ("another five", 5)]
)
def test_after_an_advance_a_few_words_play_on(text: str, sessions: int) -> None:
    after = focus_after(heard("advance 2 sessions"), Focus())
    assert (heard(text, after).name, heard(text, after).sessions) == ("advance", sessions)
    assert heard(text).name != "advance" or heard(text).guessed
    told = focus_after(heard("what do we hold"), after)
    assert heard(text, told).name != "advance" or heard(text, told).guessed

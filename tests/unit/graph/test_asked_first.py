"""What a question asks for precisely comes first in its answer: cash, orders, profit, a role's words."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.record_codec import to_json
from graph.intent import Extreme, Intent
from graph.replies.book import holdings_reply
from graph.replies.decision import why_reply
from graph.routing.router import route
from support.any_results import portfolios
from support.books import an_order
from support.cards import a_rich_decision
from support.questions import TODAY, bundle_directory
from support.sourcing import unsourced
from support.talk import text_of
from support.tool_results import a_holding, a_portfolio
from tools.portfolio import OpenOrder, Portfolio

FIRST: tuple[tuple[str, Intent], ...] = (
    ("how much cash do we have?", Intent(name="holdings", statistic="cash")),
    ("open orders", Intent(name="holdings", statistic="orders")),
    ("are there any orders waiting?", Intent(name="holdings", statistic="orders")),
    ("how much is invested?", Intent(name="holdings", statistic="invested")),
    ("what is our account worth?", Intent(name="holdings", statistic="equity")),
    ("our stops", Intent(name="exposure", statistic="stops")),
    ("where are our stop losses?", Intent(name="exposure", statistic="stops")),
    ("realised and unrealised P&L", Intent(name="exposure", statistic="profit")),
    ("how much of the profit is realized?", Intent(name="exposure", statistic="profit")),
    ("what was our cash on 2016-11-08", Intent(name="holdings", statistic="cash", day=date(2016, 11, 8))),
)


@pytest.mark.parametrize(("asked", "intent"), FIRST, ids=[asked for asked, _ in FIRST])
def test_one_figure_of_the_book_is_asked_for(asked: str, intent: Intent) -> None:
    found = route(asked, bundle_directory(), TODAY)
    assert (found.name, found.statistic, found.day) == (intent.name, intent.statistic, intent.day)


@pytest.mark.parametrize(
    ("asked", "role"),
    [
        ("what did the validator say about NVDA", "validator"),
        ("What does the quant researcher think of AAPL?", "quant_researcher"),
        ("why did you buy AAPL?", ""),
    ],
)
def test_a_role_is_asked_for_its_words_on_a_name(asked: str, role: str) -> None:
    found = route(asked, bundle_directory(), TODAY)
    assert (found.name, found.role) == ("why", role)


@pytest.mark.parametrize(
    "asked", ["What do we hold and why?", "why do we hold so much cash?", "stop trading", "equity curve"]
)
def test_other_questions_are_left_as_they_are(asked: str) -> None:
    found = route(asked, bundle_directory(), TODAY)
    assert found.statistic == ""


@pytest.mark.parametrize(
    ("asked", "extreme", "begins"),
    [
        (
            "cash",
            "",
            "There are $60,000.00 in cash at the close of 2016-12-13, 60.00% of $100,000.00 equity.",
        ),
        ("equity", "", "The account is worth $100,000.00 at the close of 2016-12-13."),
        ("orders", "", "No order is open at the close of 2016-12-13."),
        ("invested", "", "40.00% of $100,000.00 equity is invested, in 2 names, at the close of"),
        ("", "largest", "The largest position is AAPL: $30,000.00, 30.00% of equity"),
        ("", "smallest", "The smallest position is MSFT: $10,000.00, 10.00% of equity"),
    ],
)
def test_the_first_sentence_answers_what_was_asked(asked: str, extreme: Extreme, begins: str) -> None:
    book = a_portfolio(a_holding("AAPL", value="30000"), a_holding("MSFT", value="10000"))
    told = text_of(holdings_reply(book, asked, extreme))
    assert told.startswith(begins)
    assert "\n\nWe hold 2 names" in told


def test_open_orders_are_named_with_their_terms() -> None:
    plain, stop = an_order("AAPL", "buy", "12"), an_order("MSFT", "sell", "7")
    waiting = tuple(
        OpenOrder(
            ticker=order.ticker,
            side=order.side,
            quantity=order.quantity,
            reference_price=order.reference_price,
            cycle_id=order.cycle_id,
            kind=kind,
            stop_price=price,
            purpose=purpose,
        )
        for order, kind, price, purpose in (
            (plain, "market_on_open", None, "rebalance"),
            (stop, "stop", Decimal("95.5"), "exit"),
        )
    )
    told = text_of(holdings_reply(a_portfolio(a_holding(), open_orders=waiting), "orders"))
    assert told.startswith(
        "2 orders are open at the close of 2016-12-13: buy 12 AAPL at the next open; "
        "sell 7 MSFT (an exit) once $95.50 is touched."
    )


def test_nothing_held_has_no_largest_position() -> None:
    told = text_of(holdings_reply(a_portfolio(), "", "largest"))
    assert told.startswith("We hold nothing")


@given(
    portfolios,
    st.sampled_from(["", "cash", "equity", "orders", "invested"]),
    st.sampled_from(["", "largest", "smallest", "best", "worst"]),
)
def test_every_number_of_a_first_sentence_is_the_books(book: Portfolio, asked: str, extreme: Extreme) -> None:
    told = text_of(holdings_reply(book, asked, extreme))
    assert set(unsourced(told, [to_json(book)])) == set()


def test_a_role_that_is_asked_speaks_first_and_in_its_own_words() -> None:
    decision = a_rich_decision()
    word = next(word for word in decision.words if word.role == "validator")
    told = text_of(why_reply(decision, "validator"))
    assert told.startswith("The validator said of AAPL in the decision of 2016-03-07 (severity ")
    assert word.said[:20] in told.partition("\n\n")[0]


def test_a_role_that_said_nothing_of_a_name_is_not_given_others_words() -> None:
    decision = replace(a_rich_decision(), words=())
    told = text_of(why_reply(decision, "validator"))
    assert told.startswith("The validator said nothing of AAPL in the decision of 2016-03-07.\n\n")


@pytest.mark.parametrize(
    ("coming", "words"),
    [
        ("150000", "A deposit of 150,000.00 USD is booked for the next open and not counted here yet."),
        ("-70000.55", "A withdrawal of 70,000.55 USD is booked for the next open and not counted here yet."),
    ],
)
@pytest.mark.parametrize("asked", ["", "cash"])
def test_money_that_comes_at_the_next_open_is_told_once_and_not_counted(
    coming: str, words: str, asked: str
) -> None:
    told = text_of(holdings_reply(a_portfolio(a_holding(), coming=Decimal(coming)), asked))
    assert told.count(words) == 1

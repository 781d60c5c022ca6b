"""The watchlist over the real database: who put what there, how much it holds, and what is said of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import Engine

from db.engine import connect
from fund.clock import FixedClock
from fund.discovery.rules import DiscoveryRules
from fund.errors import QueryRefusedError
from graph.chat_events import Table, TextToken
from graph.replies.watchlist import watchlist_reply
from support.database import DatabaseServer
from support.grounds import Stands, a_ground
from support.mandates import a_mandate
from support.markets import a_quiet_history, a_spell
from support.players import NOW
from tools.control import ControlTools
from tools.control_words import Action
from tools.watchlist import WatchlistTools

MOST_WATCHED = DiscoveryRules().most_watched
TICKERS = tuple(f"T{n:02d}" for n in range(MOST_WATCHED + 3))
HISTORY = a_quiet_history(
    {"SPY": [200.0 + n / 10 for n in range(40)], **{t: [50.0 + n / 10 for n in range(40)] for t in TICKERS}},
    membership=tuple(a_spell(ticker) for ticker in TICKERS),
)
MANDATE = a_mandate(candidates=20)
IDS = count(1)


@pytest.fixture
def engine(database_server: DatabaseServer) -> Iterator[Engine]:
    """A database of one test's own."""
    url = database_server.clone()
    engine = connect(url)
    yield engine
    engine.dispose()
    database_server.drop(url)


def owner(engine: Engine) -> ControlTools:
    return ControlTools(
        engine,
        FixedClock(NOW),
        a_ground(HISTORY, MANDATE, Stands),
        may_act=lambda name: True,
        new_id=lambda: f"cmd-{next(IDS):06d}",
    )


def done(engine: Engine, action: Action, *tickers: str, user: str = "owner") -> str:
    control = owner(engine)
    pending = control.propose(action, None, user, None, tickers=tickers)
    return control.confirm(pending.command_id, user).sentence


def listing(engine: Engine) -> WatchlistTools:
    return WatchlistTools(
        engine, lambda: HISTORY.view(HISTORY.calendar.decision_time(HISTORY.last_session)), MANDATE
    )


def on_it(engine: Engine) -> list[str]:
    return [each.ticker for each in listing(engine).watchlist().names]


def test_names_are_put_on_and_taken_off_with_who_and_when(engine: Engine) -> None:
    said = done(engine, "watch", "t03", "T01", "T03")
    assert said == 'T03 and T01 are on the watchlist. Say "unwatch T03 and T01" to take that back.'
    done(engine, "watch", "SPY", user="partner")
    report = listing(engine).watchlist()
    assert [(each.ticker, each.added_by, each.added_at) for each in report.names] == [
        ("T03", "owner", NOW),
        ("T01", "owner", NOW),
        ("SPY", "partner", NOW),
    ]
    assert [each.may_be_bought for each in report.names] == [True, True, False]
    assert (
        report.names[0].price
        == HISTORY.view(HISTORY.calendar.decision_time(report.session)).mark("T03").price
    )
    told = list(watchlist_reply(report))
    text = "".join(event.text for event in told if isinstance(event, TextToken))
    assert text.startswith("3 names of at most 12 on the watchlist: T03, T01, SPY.")
    assert "The committee is not asked about SPY" in text
    (table,) = (event for event in told if isinstance(event, Table))
    assert [row[0] for row in table.rows] == ["T03", "T01", "SPY"]
    assert done(engine, "unwatch", "T03").startswith("T03 is off the watchlist.")
    done(engine, "watch", "T03")
    assert on_it(engine) == ["T01", "SPY", "T03"], "added anew, it comes last"


def test_the_ticket_says_whom_the_committee_will_see_and_whose_places_they_take(engine: Engine) -> None:
    pending = owner(engine).propose("watch", None, "owner", None, tickers=["T01", "SPY"])
    assert pending.consequences == (
        "SPY may not be bought under the mandate: it is listed, and the committee is not asked.",
        "New before the committee: T01.",
        "Of 20 places before it, 0 are the holdings', 1 the watchlist's, 19 go to the best forecasts.",
        "The watchlist then holds 2 of at most 12 names.",
    )
    assert on_it(engine) == []


def test_what_changes_nothing_or_is_too_much_is_refused(engine: Engine) -> None:
    for tickers, words in (
        ((), "say which names to watch"),
        (("NOPE",), "No company or fund"),
        (TICKERS, "the watchlist holds 12 names at most and has 0; 15 more are too many"),
    ):
        with pytest.raises(QueryRefusedError, match=words):
            done(engine, "watch", *tickers)
    with pytest.raises(QueryRefusedError, match="the watchlist is empty"):
        done(engine, "unwatch", "T01")
    done(engine, "watch", "T01")
    with pytest.raises(QueryRefusedError, match="T01 is on the watchlist already"):
        done(engine, "watch", "T01")
    with pytest.raises(QueryRefusedError, match="T02 is not on the watchlist; on it: T01"):
        done(engine, "unwatch", "T02")
    empty = list(watchlist_reply(listing(engine).watchlist()))
    assert empty, "there is one name on it"


def test_two_windows_together_never_pass_what_the_list_holds(engine: Engine) -> None:
    done(engine, "watch", *TICKERS[: MOST_WATCHED - 2])
    control = owner(engine)
    asked = [
        control.propose("watch", None, "owner", None, tickers=[ticker]).command_id for ticker in TICKERS[-4:]
    ]

    def confirm(command_id: str) -> str:
        try:
            return owner(engine).confirm(command_id, "owner").sentence
        except QueryRefusedError as refusal:
            return str(refusal)

    with ThreadPoolExecutor(max_workers=4) as pool:
        said = list(pool.map(confirm, asked))
    assert sum("is on the watchlist" in each for each in said) == 2
    assert sum("too many" in each for each in said) == 2
    assert len(on_it(engine)) == MOST_WATCHED

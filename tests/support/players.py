"""Session players over a small quiet market, and strategies that say what a test wants."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from math import nan, sin
from typing import Any

from sqlalchemy import Engine

from db.engine import transaction
from db.ledger import Ledger
from db.verify import verify_ledger
from desk.attention import AttentionKeeper
from desk.cycle import SessionPlayer, TrackKeeper
from desk.market import Market
from desk.recollection import Recollector
from desk.slot import Slots
from fund.clock import FixedClock
from fund.mandate import Mandate
from fund.market.history import History
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.mandates import a_mandate, real_costs
from support.markets import a_quiet_history, a_spell
from tools.forecasts import ForecastTools

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MANDATE = a_mandate(mandate_hash="a" * 64, costs=real_costs())
SESSIONS = 90
Join = Callable[..., SessionPlayer]


def a_quiet_market(
    *, sessions: int = SESSIONS, ends: Mapping[str, int] | None = None, **facts: object
) -> History:
    """Return ninety sessions of SPY and three members that move smoothly, each in its own way.

    `ends` says after how many sessions a series stops for good.
    """
    closes = {
        "SPY": [round(200 * 1.0008**n + 2 * sin(n / 5), 2) for n in range(sessions)],
        "AAA": [round(50 * 1.002**n, 2) for n in range(sessions)],
        "BBB": [round(80 * 0.999**n + sin(n / 3), 2) for n in range(sessions)],
        "CCC": [round(30 + 3 * sin(n / 7), 2) for n in range(sessions)],
    }
    members = tuple(a_spell(ticker) for ticker in ("AAA", "BBB", "CCC"))
    plenty = {ticker: [5_000_000.0] * sessions for ticker in closes}
    for ticker, bars in (ends or {}).items():
        for values in (closes[ticker], plenty[ticker]):
            values[bars:] = [nan] * (sessions - bars)
    return a_quiet_history(closes, **{"membership": members, "volumes": plenty, **facts})


@dataclass
class SaidTargets:
    """A strategy that says what is written down for a session and otherwise changes nothing."""

    targets: Mapping[date, Mapping[str, str]] = field(default_factory=dict)
    name: str = "said"
    meanwhile: Callable[[], object] = lambda: None
    """What happens elsewhere while it thinks."""
    asked: list[str] = field(default_factory=list)

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        self.asked.append(cycle_id)
        self.meanwhile()
        said = self.targets.get(view.session, {})
        return Proposal(weights={ticker: Decimal(weight) for ticker, weight in said.items()})


def a_player(
    engine: Engine,
    history: History,
    *,
    owner: str = "one",
    mandate: Mandate = MANDATE,
    clock: FixedClock | None = None,
    forecasts: ForecastTools | None = None,
) -> SessionPlayer:
    """Return a player as another process would have one: nothing is shared but the database."""
    told = clock or FixedClock(NOW)
    return SessionPlayer(
        engine=engine,
        market=Market(history),
        mandate=mandate,
        recollector=Recollector(Market(history), mandate, forecasts or ForecastTools()),
        track=TrackKeeper(),
        attention=AttentionKeeper(),
        clock=told,
        slots=Slots(engine, told, owner),
        versions={"forecaster_gbm": "gbm-1"},
    )


@contextmanager
def joining(engine: Engine, history: History) -> Iterator[Join]:
    """Give what makes players on one database; all of them are closed when the context ends."""
    with ExitStack() as exits:

        def join(market: History = history, **named: Any) -> SessionPlayer:
            return exits.enter_context(closing(a_player(engine, market, **named)))

        yield join


def kept(engine: Engine) -> tuple[object, ...]:
    """Return everything an account is made of, to compare before and after."""
    with transaction(engine) as connection:
        assert verify_ledger(connection) == ()
        ledger = Ledger(connection)
        return (
            tuple(ledger.journal()),
            ledger.fills(),
            ledger.open_orders(),
            ledger.closed_trades(),
            ledger.equity_curve(),
        )

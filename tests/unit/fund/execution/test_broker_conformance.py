"""Both paper brokers are put through what every broker must do."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from fund.execution.paper import PaperBroker
from fund.execution.quote_broker import QuoteBroker
from support.books import TUESDAY, a_bar, a_book, at_close, at_open
from support.broker_conformance import BrokerConformance, Venue
from support.mandates import some_costs
from support.quotes import a_quote

D = Decimal


def days() -> Callable[[], date]:
    """Return a calendar that moves on by a day each time it is asked."""
    played = [TUESDAY - timedelta(days=1)]

    def following() -> date:
        played.append(played[-1] + timedelta(days=1))
        return played[-1]

    return following


class TestOnBars(BrokerConformance):
    def venue(self) -> Venue:
        broker, next_day = PaperBroker(a_book(), some_costs(max_participation=D("0.01"))), days()

        def trade(price: int) -> None:
            day = next_day()
            bars = {"AAPL": a_bar(session=day, open=price, high=price + 2, low=price - 2, volume=50_000)}
            broker.trade(day, bars, set(), opened_at=at_open(day), closed_at=at_close(day))

        return Venue(broker=broker, trade=trade)


class TestOnQuotes(BrokerConformance):
    def venue(self) -> Venue:
        broker, next_day = QuoteBroker(a_book(), some_costs(), seed=7), days()

        def trade(price: int) -> None:
            broker.quote(a_quote(price, at=at_open(next_day()), size=100))

        return Venue(broker=broker, trade=trade)

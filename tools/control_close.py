"""Closing positions by the owner's word: the next decision puts them first; until then they may be kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from db.exit_requests import ExitRequests
from db.ledger import Ledger
from db.placement import Placement
from fund.errors import QueryRefusedError
from fund.portfolio.book import Book
from fund.risk.owners_exits import WHOLE, OwnersExit
from tools.closing import closing_lines
from tools.control_action import Asked, Confirmation, Ground, Plain, require_as_shown
from tools.control_run import tickers_of
from tools.control_words import EVERYTHING, are, listed

DECIDED = "a close is decided at the next close and traded at the open after it"


@dataclass(frozen=True, slots=True)
class Close:
    """Closes positions, or a part of each, whatever the committee says."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return what of the book is to be closed."""
        self.ground.require_ahead(DECIDED)
        book = Ledger(connection).load_book()
        fraction = WHOLE if asked.fraction is None else asked.fraction
        if not (fraction.is_finite() and 0 < fraction <= WHOLE):
            raise QueryRefusedError(
                f"a part of a position is above 0 and at most 1, such as 0.5 for half, was {fraction}"
            )
        if not book.positions:
            raise QueryRefusedError("nothing is held, so there is nothing to close")
        tickers = held_of(self.ground, book, asked.tickers)
        standing = {wish.ticker for wish in ExitRequests(connection).standing()}
        if EVERYTHING in asked.tickers:
            tickers = tuple(ticker for ticker in tickers if ticker not in standing)
        elif again := [ticker for ticker in tickers if ticker in standing]:
            raise QueryRefusedError(
                f"{are(again)} to be closed at your word already; "
                f'say "keep {again[0]} after all" to take that back'
            )
        if not tickers:
            raise QueryRefusedError("everything that is held is to be closed at your word already")
        args = {"tickers": list(tickers), "fraction": str(fraction.normalize())}
        self._require_worth_it(connection, args)
        return args

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        part = "" if _fraction(args) == WHOLE else f"{_fraction(args):.0%} of "
        return f"close {part}{listed(tickers_of(args))}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        title = self.title(args)
        return (
            f"{title[:1].upper()}{title[1:]}: put first in the next decision, whatever the committee says, "
            "and traded at the open after it. Until it is decided you can take it back."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say which orders, at what price and cost, and what it does to the limits."""
        return closing_lines(self.ground, connection, tickers_of(args), _fraction(args))

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Put the exits up for the next decision, under the lock on the account."""
        Placement(connection).hold()
        tickers, fraction = tickers_of(command.args), _fraction(command.args)
        self.ask(connection, Asked(tickers=tickers, fraction=fraction))
        require_as_shown(command, self.consequences(connection, command.args))
        mark = Ledger(connection).last_mark()
        assert mark is not None
        for ticker in tickers:
            wish = OwnersExit(
                request_id=f"{command.command_id}-{ticker}", ticker=ticker, by=word.by, fraction=fraction
            )
            ExitRequests(connection).ask(wish, at=word.at, session=mark.session)
        decided, traded = self.ground.next_sessions(connection)
        return (
            f"{listed(tickers)} will be closed: decided first at the close of {decided.isoformat()}, traded "
            f"at the open of {traded.isoformat()}. "
            f'Say "keep {tickers[0]} after all" to take it back until it is decided.'
        )

    def _require_worth_it(self, connection: Connection, args: Plain) -> None:
        """Refuse a part so small that the review would leave it."""
        mark, fraction = Ledger(connection).last_mark(), _fraction(args)
        least = self.ground.mandate.min_trade
        if mark is None or fraction == WHOLE:
            return
        for held in mark.positions:
            part = abs(held.value) * fraction / mark.equity
            if held.ticker in args["tickers"] and part < least:
                raise QueryRefusedError(
                    f"{fraction:.0%} of {held.ticker} is {part:.2%} of equity, less than the mandate trades "
                    f"({least:.2%}); close all of it, or leave it"
                )


@dataclass(frozen=True, slots=True)
class Keep:
    """Takes a requested close back, as long as it is not decided."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return whose close is taken back."""
        standing = {wish.ticker for wish in ExitRequests(connection).standing()}
        if not standing:
            raise QueryRefusedError("no close that you have asked for is waiting")
        if EVERYTHING in asked.tickers:
            return {"tickers": sorted(standing - self._ordered(connection)) or self._too_late(standing)}
        tickers = tuple(dict.fromkeys(self.ground.directory().find(name).ticker for name in asked.tickers))
        if not tickers:
            raise QueryRefusedError(f"say which close to take back: {listed(sorted(standing))}")
        if strange := [ticker for ticker in tickers if ticker not in standing]:
            raise QueryRefusedError(
                f"no close of {listed(strange)} is waiting; you have asked for {listed(sorted(standing))}"
            )
        if late := [ticker for ticker in tickers if ticker in self._ordered(connection)]:
            self._too_late(late)
        return {"tickers": list(tickers)}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"keep {listed(tickers_of(args))} after all"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        title = self.title(args)
        return f"{title[:1].upper()}{title[1:]}: the close you asked for is taken back; nothing is traded."

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Name what is taken back."""
        wishes = ExitRequests(connection).standing()
        return tuple(
            f"Taken back: close {'all' if wish.fraction == WHOLE else f'{wish.fraction:.0%}'} of "
            f"{wish.ticker}, asked for by {wish.by}."
            for wish in wishes
            if wish.ticker in args["tickers"]
        )

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """End the requests, under the lock on the account."""
        Placement(connection).hold()
        tickers = tickers_of(command.args)
        self.ask(connection, Asked(tickers=tickers))
        for wish in ExitRequests(connection).standing():
            if wish.ticker in tickers:
                ExitRequests(connection).end(wish.request_id, "withdrawn", by=word.by, at=word.at)
        return f"{are(tickers)} kept: the close you asked for is taken back."

    def _ordered(self, connection: Connection) -> set[str]:
        orders = [state.order for state in Ledger(connection).working_orders()]
        return {order.ticker for order in orders if order.purpose == "exit"}

    def _too_late(self, tickers: Sequence[str] | set[str]) -> list[str]:
        raise QueryRefusedError(
            f"the close of {listed(sorted(tickers))} is decided and its order waits for the open; only the "
            "kill switch cancels it, with every other order"
        )


def held_of(ground: Ground, book: Book, names: Sequence[str]) -> tuple[str, ...]:
    """Return the positions that names stand for; refused where one is not held, with what is."""
    if EVERYTHING in names:
        return tuple(sorted(book.positions))
    if not names:
        raise QueryRefusedError(f"say which position to close: {listed(sorted(book.positions))} are held")
    found = tuple(
        dict.fromkeys(
            name if name in book.positions else ground.directory().find(name).ticker for name in names
        )
    )
    if strange := [ticker for ticker in found if ticker not in book.positions]:
        raise QueryRefusedError(
            f"{are(strange)} not held, so there is nothing to close; held: {listed(sorted(book.positions))}"
        )
    return found


def _fraction(args: Plain) -> Decimal:
    return Decimal(str(args.get("fraction", "1")))

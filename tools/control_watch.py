"""Names put on the watchlist and taken off it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from db.ledger import Ledger
from db.locks import Lock, hold
from db.watchlist import Watchlist
from fund.errors import QueryRefusedError
from tools.control_action import Asked, Confirmation, Ground, Plain
from tools.control_run import tickers_of
from tools.control_words import are, listed, plural


@dataclass(frozen=True, slots=True)
class Watch:
    """Puts names on the list."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return the names that are new on the list."""
        if not asked.tickers:
            raise QueryRefusedError('say which names to watch, for example "watch AAPL and MSFT"')
        found = dict.fromkeys(self.ground.directory().find(name).ticker for name in asked.tickers)
        there = {each.ticker for each in Watchlist(connection).current()}
        new = [ticker for ticker in found if ticker not in there]
        if not new:
            raise QueryRefusedError(f"{are(list(found))} on the watchlist already")
        most = self.ground.mandate.discovery.most_watched
        if len(there) + len(new) > most:
            raise QueryRefusedError(
                f"the watchlist holds {most} names at most and has {len(there)}; {len(new)} more are "
                "too many, so take some off first"
            )
        return {"tickers": new}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"watch {listed(tickers_of(args))}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            f"Watch {listed(tickers_of(args))}: from the next decision on the committee looks there. "
            "What it makes of that is its own view; no limit changes."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say which of the names the committee will see, and whose places they take."""
        tickers, mandate = tickers_of(args), self.ground.mandate
        universe = self.ground.view().members() | mandate.funds
        held = Ledger(connection).load_book().positions
        seen = [ticker for ticker in tickers if ticker in universe and ticker not in held]
        there = [each.ticker for each in Watchlist(connection).current()]
        taken = sum(1 for ticker in {*there, *seen} if ticker in universe and ticker not in held)
        places = max(mandate.candidates - len(held), 0)
        lines = [f"{ticker} is held and looked at anyway." for ticker in tickers if ticker in held]
        lines += [
            f"{ticker} may not be bought under the mandate: it is listed, and the committee is not asked."
            for ticker in tickers
            if ticker not in universe and ticker not in held
        ]
        if seen:
            lines.append(f"New before the committee: {listed(seen)}.")
        lines.append(
            f"Of {mandate.candidates} places before it, {len(held)} are the holdings', "
            f"{min(taken, places)} the watchlist's, {max(places - taken, 0)} go to the best forecasts."
        )
        most = mandate.discovery.most_watched
        lines.append(f"The watchlist then holds {len({*there, *tickers})} of at most {most} names.")
        return tuple(lines)

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Append the changes; two windows together never pass the most that the list holds."""
        hold(connection, Lock.WATCHLIST)
        tickers = tickers_of(self.ask(connection, Asked(tickers=tickers_of(command.args))))
        Watchlist(connection).change(
            tickers, watched=True, command_id=command.command_id, by=word.by, at=word.at
        )
        return f'{are(tickers)} on the watchlist. Say "unwatch {listed(tickers)}" to take that back.'


@dataclass(frozen=True, slots=True)
class Unwatch:
    """Takes names off the list."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return the names that are on it."""
        there = [each.ticker for each in Watchlist(connection).current()]
        if not there:
            raise QueryRefusedError("the watchlist is empty")
        if not asked.tickers:
            raise QueryRefusedError(f"say which names to take off the watchlist: {listed(there)}")
        found = tuple(
            dict.fromkeys(
                name if name in there else self.ground.directory().find(name).ticker for name in asked.tickers
            )
        )
        if strange := [ticker for ticker in found if ticker not in there]:
            raise QueryRefusedError(f"{are(strange)} not on the watchlist; on it: {listed(there)}")
        return {"tickers": list(found)}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"unwatch {listed(tickers_of(args))}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            f"Unwatch {listed(tickers_of(args))}: from the next decision on the committee looks there only "
            "for what is held or has a good forecast."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say who had put the names there, and what stays."""
        current = Watchlist(connection).current()
        off = [each for each in current if each.ticker in args["tickers"]]
        lines = [
            f"{each.ticker} was added by {each.added_by} on {each.added_at:%Y-%m-%d %H:%M} UTC."
            for each in off
        ]
        return (*lines, f"The watchlist then holds {plural(len(current) - len(off), 'name')}.")

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Append the changes."""
        hold(connection, Lock.WATCHLIST)
        tickers = tickers_of(self.ask(connection, Asked(tickers=tickers_of(command.args))))
        Watchlist(connection).change(
            tickers, watched=False, command_id=command.command_id, by=word.by, at=word.at
        )
        return f'{are(tickers)} off the watchlist. Say "watch {listed(tickers)}" to take that back.'

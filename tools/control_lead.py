"""Who leads among the forecasters as control actions: a version is promoted, or the last time taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from db.forecasters import Forecasters, RegisteredForecaster
from db.promotions import Kind
from fund.errors import DataError, QueryRefusedError
from tools.control_action import Asked, Confirmation, Ground, Plain, require_as_shown
from tools.control_words import plural
from tools.forecasters import found_by_name
from tools.leading import Change, Leading

NO_LEADING = "this desk keeps no register of forecasters that could be changed from here"
NO_REASON = "no reason was given"
LONGEST_REASON = 500
NUMBERED = 6
"""Versions that a refusal lists by their numbers."""


@dataclass(frozen=True, slots=True)
class Promote:
    """Lets a version of a forecaster lead its horizon."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return which version is meant and why it is to lead."""
        leading, why = _leading(self.ground), _reason(asked)
        rows = Forecasters(connection).all()
        chosen = meant(rows, " ".join(asked.about), asked.sessions, self.ground.mandate.horizon_sessions)
        change = _promotion(leading, chosen.version, why)
        return _args(change, why) | {"number": _numbers(rows)[chosen.version]}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"promote {args['version']}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        family, over = args["version"].rpartition("-")[0], plural(args["horizon_sessions"], "session")
        return (
            f"Promote {args['version']} (version {args['number']} of {family}): it leads over {over} "
            f"{_in_place_of(args)}."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say what is replaced, both figures with their intervals, alarms, trials, and what undoes it."""
        return self._told(_promotion(_leading(self.ground), args["version"], args["why"]), args)

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Let it lead, in the transaction of its command."""
        leading, args = _leading(self.ground), command.args
        change = _promotion(leading, args["version"], args["why"])
        require_as_shown(command, self._told(change, args))
        return _put_to_use(leading, connection, change, "promoted", command, word)

    def _told(self, change: Change, args: Plain) -> tuple[str, ...]:
        decides, over = self.ground.mandate.horizon_sessions, plural(change.horizon_sessions, "session")
        heard = (
            (f"The committee does not hear it: it decides by forecasts over {plural(decides, 'session')}.",)
            if change.horizon_sessions != decides
            else ()
        )
        return (*_lines(change, args["why"]), *heard, f'Undone by "roll back the champion at {over}".')


@dataclass(frozen=True, slots=True)
class RollBack:
    """Takes the last promotion over a horizon back."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return who would lead again; refused where nobody led before."""
        horizon = asked.sessions or self.ground.mandate.horizon_sessions
        return _args(_rollback(_leading(self.ground), horizon), _reason(asked))

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"roll back to {args['version']}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            f"Roll back over {plural(args['horizon_sessions'], 'session')}: {args['version']} leads again "
            f"{_in_place_of(args)}."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say what is replaced, with both figures and their intervals, and what undoes it."""
        return self._told(_rollback(_leading(self.ground), args["horizon_sessions"]), args)

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Let who led before lead again, in the transaction of its command."""
        leading = _leading(self.ground)
        change = _rollback(leading, command.args["horizon_sessions"])
        require_as_shown(command, self._told(change, command.args))
        return _put_to_use(leading, connection, change, "rolled_back", command, word)

    def _told(self, change: Change, args: Plain) -> tuple[str, ...]:
        return (*_lines(change, args["why"]), f'Undone by "promote {change.previous}".')


def meant(
    rows: Sequence[RegisteredForecaster], said: str, horizon: int | None, usual: int
) -> RegisteredForecaster:
    """Return the one version that words mean: its id or the beginning of it, a family, or "gbm 3".

    A number counts the versions of a family over a horizon in the order of their training; a family alone is
    its newest. Without a horizon it is that of the version, or else `usual`, the mandate's.
    `QueryRefusedError` where there is none.
    """
    name, _, number = said.strip().casefold().partition(" ")
    found = found_by_name(tuple(rows), name)
    if not found:
        known = ", ".join(sorted({row.name for row in rows})) or "none"
        raise QueryRefusedError(
            f'expected a forecaster or one of its versions, found "{name}"; there are {known}'
        )
    over = horizon or (found[0].horizon_sessions if len({r.horizon_sessions for r in found}) == 1 else usual)
    fitting = [row for row in rows if row in found and row.horizon_sessions == over]
    if not fitting:
        others = ", ".join(str(each) for each in sorted({row.horizon_sessions for row in found}))
        raise QueryRefusedError(f"{name} does not forecast {plural(over, 'session')} ahead; it does {others}")
    if not number:
        return fitting[-1]
    if number.isdecimal() and 1 <= int(number) <= len(fitting):
        return fitting[int(number) - 1]
    listed = ", ".join(f"{at} is {row.version}" for at, row in enumerate(fitting, start=1))
    few = listed if len(fitting) <= NUMBERED else f"1 to {len(fitting)}"
    raise QueryRefusedError(
        f'expected a version of {name} over {plural(over, "session")} ({few}), found "{number}"; '
        "name one of them"
    )


def _numbers(rows: Sequence[RegisteredForecaster]) -> dict[str, int]:
    """Return each version's number among those of its name and horizon, 1 the oldest."""
    counted: dict[tuple[str, int], int] = {}
    numbers: dict[str, int] = {}
    for row in rows:
        key = (row.name, row.horizon_sessions)
        numbers[row.version] = counted[key] = counted.get(key, 0) + 1
    return numbers


def _leading(ground: Ground) -> Leading:
    if ground.leading is None:
        raise QueryRefusedError(NO_LEADING)
    return ground.leading


def _promotion(leading: Leading, version: str, why: str) -> Change:
    try:
        return leading.promotion(version, why)
    except DataError as error:
        raise QueryRefusedError(f"{version} cannot lead: {error}") from error


def _rollback(leading: Leading, horizon_sessions: int) -> Change:
    try:
        return leading.rollback(horizon_sessions)
    except DataError as error:
        raise QueryRefusedError(f"who led before cannot lead: {error}") from error


def _reason(asked: Asked) -> str:
    why = " ".join(asked.why.split())
    if len(why) > LONGEST_REASON:
        raise QueryRefusedError(
            f"expected a reason of at most {LONGEST_REASON} characters, found {len(why)}; say it shorter"
        )
    return why


def _args(change: Change, why: str) -> dict[str, Any]:
    return {
        "version": change.version,
        "horizon_sessions": change.horizon_sessions,
        "previous": change.previous,
        "why": why,
    }


def _in_place_of(args: Plain) -> str:
    return f"in place of {args['previous']}" if args["previous"] else "where nobody does"


def _lines(change: Change, why: str) -> tuple[str, ...]:
    """Return the consequences as sentences; the owner's reason is shown as it will be kept."""
    names = tuple(filter(None, (change.version, change.previous)))
    told = [
        f"{line}." if line.startswith(names) else f"{line[:1].upper()}{line[1:]}."
        for line in change.consequences
    ]
    if why:
        kept = "Your explanation is written on its card" if change.alarms else "The reason on record"
        told.append(f'{kept}: "{why}"')
    return tuple(told)


def _put_to_use(
    leading: Leading,
    connection: Connection,
    change: Change,
    kind: Kind,
    command: Command,
    word: Confirmation,
) -> str:
    why = command.args["why"]
    made = leading.put_to_use(
        connection,
        change,
        kind,
        command=command,
        why=why or NO_REASON,
        explanation=why if change.alarms and kind == "promoted" else "",
        now=word.at,
    )
    place = f" in place of {made.previous}" if made.previous else ""
    over = plural(made.horizon_sessions, "session")
    return f"{made.version} leads over {over}{place} from the next decision on."

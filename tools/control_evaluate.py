"""A bakeoff and its end as control actions: proposed with whom it asks and what it may cost."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from db.commands import Command
from fund.errors import QueryRefusedError
from tools.control_action import Asked, Bakeoffs, Confirmation, Ground, Plain, require_as_shown
from tools.control_words import listed, plural, spoken

NO_EVALUATION = (
    "this desk offers no evaluations, so there is none to start; its own record can be asked for: "
    '"how are we doing?", "how good are the forecasters?"'
)
NOTHING_TO_STOP = 'no bakeoff is under way; "how did the last bakeoff go?" tells of the last one'


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Runs a bakeoff beside everything else, one at a time."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Return which datasets are asked and how often."""
        return self._free().plan(asked.about, asked.trials)

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return f"run a bakeoff over {_named(args)}"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            f"Run a bakeoff over {_named(args)}: the same cases through everybody, "
            f"each asked {plural(args['trials'], 'time')}. The chat, jobs and sessions go on meanwhile."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say whom it asks, what it may cost, and that nothing is ordered."""
        return (*self._offered().told(connection, args), "Orders: none. No roster is changed by it.")

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Hand over to the bakeoffs' own thread."""
        self._free()
        require_as_shown(command, self.consequences(connection, command.args))
        return ""

    def _free(self) -> Bakeoffs:
        offered = self._offered()
        if under_way := offered.under_way():
            raise QueryRefusedError(f'{under_way}: wait for it, or say "cancel the bakeoff"')
        return offered

    def _offered(self) -> Bakeoffs:
        if self.ground.bakeoffs is None:
            raise QueryRefusedError(NO_EVALUATION)
        return self.ground.bakeoffs


@dataclass(frozen=True, slots=True)
class StopEvaluation:
    """Ends the bakeoff that is under way; what was answered is kept."""

    ground: Ground

    def ask(self, connection: Connection, asked: Asked) -> dict[str, Any]:
        """Refuse where none is under way."""
        self._under_way()
        return {}

    def title(self, args: Plain) -> str:
        """Return the action in a few words."""
        return "cancel the bakeoff"

    def sentence(self, args: Plain) -> str:
        """Return what it will do."""
        return (
            "Cancel the bakeoff under way. What was answered is kept, and the same bakeoff asked for again "
            "goes on there."
        )

    def consequences(self, connection: Connection, args: Plain) -> tuple[str, ...]:
        """Say nothing beyond the sentence: how far it is changes with every answer."""
        return ()

    def carry_out(self, connection: Connection, command: Command, word: Confirmation) -> str:
        """Let it end."""
        return self._under_way().stop(word.by)

    def _under_way(self) -> Bakeoffs:
        if self.ground.bakeoffs is None or not self.ground.bakeoffs.under_way():
            raise QueryRefusedError(NOTHING_TO_STOP)
        return self.ground.bakeoffs


def _named(args: Plain) -> str:
    return listed([spoken(each) for each in args["datasets"]])

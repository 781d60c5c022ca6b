"""Sessions of a whole desk that is killed at named calls and begun again, and what must not happen twice."""

import signal
from collections import Counter
from itertools import islice
from pathlib import Path
from time import perf_counter

from support.desk_process import DYING_DESK, Finished, desk_environment, run_desk, started
from support.kept_records import kept_in
from support.rule_server import RuleServer

Point = tuple[str, str]
"""A call, as MODULE:NAME, and whether death comes before or after it."""
UNRECORDED: Point = ("graph.call_log:DatabaseCallLog.record", "before")
RECORDED: Point = ("graph.call_log:DatabaseCallLog.record", "after")


def advance(folder: Path, bundle: Path, server: RuleServer) -> Finished:
    """Play the next session to its end."""
    return run_desk(desk_environment(folder, bundle, **server.settings), "advance", "1", "--json")


class Ordeal:
    """A desk that is begun again after every death, and the prompts whose answers are on record."""

    def __init__(self, folder: Path, bundle: Path, server: RuleServer) -> None:
        self.folder, self.server, self.deaths = folder, server, 0
        self._environment = desk_environment(folder, bundle, **server.settings)
        self._answered: set[str] = set()
        self.recoveries: list[float] = []
        """Seconds from the start of a process to where it died, or had played the session."""
        self.kept = kept_in(folder)
        self._before = Counter(self.kept.roles_recorded)
        server.asked.clear()

    def die(self, point: Point, *, nth: int = 1, looking: bool = True) -> None:
        """Play on until the nth call of a point, and be killed there; no recorded answer is asked for.

        `looking` reads what is on record afterwards; where no answer can have come in it may be left out.
        """
        already, began = len(self.server.asked), perf_counter()
        arguments = (*point, str(nth), "KILL", "advance", "1", "--json")
        with started(self._environment, *arguments, program=DYING_DESK) as run:
            assert run.end(None) == -signal.SIGKILL, f"{point} was never reached: {''.join(run.lines)}"
        self._note(began, already, str(point))
        if looking:
            self.look()

    def finish(self) -> None:
        """Play the session to its end."""
        already, began = len(self.server.asked), perf_counter()
        done = run_desk(self._environment, "advance", "1", "--json")
        assert done.code == 0, done
        self._note(began, already, "the end")
        self.look()

    def look(self) -> None:
        """Read what is on record, and which prompts have an answer there by now."""
        self.kept = kept_in(self.folder)
        # A role is asked for one thing after another, so what it has answered is what it was asked first.
        for role, answers in (Counter(self.kept.roles_recorded) - self._before).items():
            asked = dict.fromkeys(prompt for who, prompt in self.server.asked if who == role)
            self._answered.update(islice(asked, answers))

    def _note(self, began: float, already: int, where: str) -> None:
        self.recoveries.append(perf_counter() - began)
        self.deaths += where != "the end"
        again = {prompt for _, prompt in self.server.asked[already:]} & self._answered
        assert not again, f"asked again before {where}: {again}"

"""Whether a view on one name came true: by its side, and by what it would have earned after costs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.case import Case
from evals.scorers.leaning import conviction, leaning
from evals.trial import Output, Score

HORIZON = 5
NO_PROMISE = "no probability, or nothing to compare with"
LEAST = 0.01
"""A probability nearer to 0 or 1 counts as this: a conviction of 1 is no claim that nothing can go wrong."""
SIDES: Mapping[str, int] = {"good": 1, "neutral": 0, "bad": -1}


def outcome(case: Case, horizon: int = HORIZON) -> Any:
    """Return what became of the case's name over a horizon of sessions, as it is labelled."""
    return case.label["horizons"][str(horizon)]


def side(case: Case, horizon: int = HORIZON) -> int:
    """Return 1 where the name did well against the benchmark after costs, -1 badly, 0 neither."""
    return SIDES[outcome(case, horizon)["side"]]


@dataclass(frozen=True, slots=True)
class Direction:
    """1 where the view was on the right side, 0 on the wrong one, 0.5 without a view; 0.5 is no skill.

    Where the name did neither well nor badly there is no right side, and nothing is scored.
    """

    horizon: int = HORIZON

    @property
    def name(self) -> str:
        """The name its scores carry."""
        return "direction" if self.horizon == HORIZON else f"direction_{self.horizon}"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of an output; a silent contestant has no view."""
        happened = side(case, self.horizon)
        if happened == 0:
            return Score(scorer=self.name, value=None, why="the name did neither well nor badly")
        if output.answer is None:
            return Score(scorer=self.name, value=0.5, why="silent, which holds")
        said = leaning(case, output.answer)
        words = {1: "more", -1: "less", 0: "no view"}
        return Score(
            scorer=self.name,
            value=0.5 + 0.5 * said * happened,
            why=f"said {words[said]}, it did {'well' if happened > 0 else 'badly'}",
        )


@dataclass(frozen=True, slots=True)
class NetReturn:
    """What following the view would have brought beyond the benchmark after costs, as a fraction; 0 unmoved.

    A view on less is followed by selling what is held, or by selling short; it pays the same costs.
    """

    horizon: int = HORIZON
    name: str = "net_return"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of an output."""
        said = 0 if output.answer is None else leaning(case, output.answer)
        found = outcome(case, self.horizon)
        before = found["net_excess"] + found["cost"]
        value = said * before - abs(said) * found["cost"]
        return Score(scorer=self.name, value=value, why=f"{said:+d} of {before:+.4f} before costs")


@dataclass(frozen=True, slots=True)
class Brier:
    """Squared distance of a conviction, read as a probability of doing well, from what came; 0.25 unmoved.

    Source: Brier (1950), "Verification of forecasts expressed in terms of probability".
    """

    name: str = "brier"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of a role that states a conviction; of others it is not scorable."""
        found = promise(case, output)
        if found is None:
            return Score(scorer=self.name, value=None, why=NO_PROMISE)
        promised, came = found
        return Score(scorer=self.name, value=(promised - came) ** 2, why=f"promised {promised:.2f}")


@dataclass(frozen=True, slots=True)
class LogLoss:
    """Minus the logarithm of the probability given to what came; ln 2 = 0.693 unmoved.

    Source: Good (1952), "Rational decisions", Journal of the Royal Statistical Society B 14.
    """

    name: str = "log_loss"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of a role that states a conviction; of others it is not scorable."""
        found = promise(case, output)
        if found is None:
            return Score(scorer=self.name, value=None, why=NO_PROMISE)
        promised, came = found
        given = min(max(promised if came else 1 - promised, LEAST), 1 - LEAST)
        return Score(scorer=self.name, value=-math.log(given), why=f"promised {promised:.2f}")


def promise(case: Case, output: Output) -> tuple[float, bool] | None:
    """Return a conviction as a probability of doing well, and whether that came.

    None where no conviction was stated, or the name did neither well nor badly.
    """
    happened = side(case)
    if happened == 0 or output.answer is None or "views" not in output.answer:
        return None
    return (1 + conviction(case, output.answer)) / 2, happened > 0

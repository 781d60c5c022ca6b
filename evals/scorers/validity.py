"""Whether an output can be used at all: what is asked of every contestant before it can win anything."""

from dataclasses import dataclass

from evals.case import Case
from evals.trial import Output, Score


@dataclass(frozen=True, slots=True)
class SchemaValid:
    """1 where the first text that came fitted its schema."""

    name: str = "schema_valid"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; an output without any call was typed from the start."""
        good = output.valid_first and output.answer is not None
        return Score(scorer=self.name, value=float(good), why="fits" if good else output.silent or "repaired")


@dataclass(frozen=True, slots=True)
class Spoken:
    """1 where the contestant gave an answer, 0 where it was silent or declined."""

    name: str = "spoken"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score."""
        spoke = output.answer is not None
        return Score(scorer=self.name, value=float(spoke), why=output.silent or "answered")

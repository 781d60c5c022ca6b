"""Whether the validator objects to flaws and to nothing else, and the risk officer shrinks dangers alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.case import Case
from evals.trial import Output, Score

WHOLE = 0.999
"""A factor from here on leaves a target as it is."""
REVISE = "revise"


def objects(answer: Mapping[str, Any] | None) -> bool:
    """Return whether a validator sends the proposal back; a silent one does not."""
    return answer is not None and answer["verdict"] == REVISE


def names_flaw(case: Case, answer: Mapping[str, Any]) -> bool:
    """Return whether a validator's concerns are about a name that the flaw is about."""
    return not {concern["ticker"] for concern in answer["concerns"]}.isdisjoint(case.label["tickers"])


@dataclass(frozen=True, slots=True)
class VerdictRight:
    """1 where a flawed proposal is sent back for the right name, or a sound one is let pass."""

    name: str = "verdict_right"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; the silence of a validator lets everything pass."""
        flaw, sent_back = case.label["flaw"], objects(output.answer)
        if flaw is None:
            return Score(scorer=self.name, value=float(not sent_back), why="the proposal is sound")
        right = sent_back and output.answer is not None and names_flaw(case, output.answer)
        return Score(scorer=self.name, value=float(right), why=f"the proposal has a flaw: {flaw}")


@dataclass(frozen=True, slots=True)
class FlawCaught:
    """1 where a flawed proposal is sent back for the right name: its mean is the recall."""

    name: str = "flaw_caught"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of a flawed proposal; a sound one is not scorable."""
        if case.label["flaw"] is None:
            return Score(scorer=self.name, value=None, why="the proposal is sound")
        caught = output.answer is not None and objects(output.answer) and names_flaw(case, output.answer)
        return Score(scorer=self.name, value=float(caught), why=case.label["flaw"])


@dataclass(frozen=True, slots=True)
class FalseRefusal:
    """1 where a sound proposal is sent back."""

    name: str = "false_refusal"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of a sound proposal; a flawed one is not scorable."""
        if case.label["flaw"] is not None:
            return Score(scorer=self.name, value=None, why="the proposal has a flaw")
        return Score(scorer=self.name, value=float(objects(output.answer)), why="the proposal is sound")


@dataclass(frozen=True, slots=True)
class RefusalRight:
    """1 where what is sent back has a flaw: its mean is the precision."""

    name: str = "refusal_right"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score of a proposal that is sent back; of others there is none."""
        if not objects(output.answer):
            return Score(scorer=self.name, value=None, why="let pass")
        return Score(scorer=self.name, value=float(case.label["flaw"] is not None), why="sent back")


@dataclass(frozen=True, slots=True)
class ShrunkRight:
    """How far a risk officer shrinks what is dangerous and leaves what is plain; 0.5 is no skill.

    The mean of two shares, so that shrinking everything, or nothing, gets half where there is both.
    """

    name: str = "shrunk_right"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score; the silence of a risk officer shrinks nothing."""
        factors = factors_of(output.answer)
        dangerous = [factors.get(ticker, 1.0) < WHOLE for ticker in case.label["shrink"]]
        plain = [factors.get(ticker, 1.0) >= WHOLE for ticker in case.label["leave"]]
        shares = [sum(part) / len(part) for part in (dangerous, plain) if part]
        words = f"dangers shrunk: {dangerous.count(True)} of {len(dangerous)}, plain ones left: "
        words += f"{plain.count(True)} of {len(plain)}"
        return Score(scorer=self.name, value=sum(shares) / len(shares) if shares else None, why=words)


@dataclass(frozen=True, slots=True)
class DangerShrunk:
    """Share of the dangerous targets that are shrunk; not scorable where there is none."""

    name: str = "danger_shrunk"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score."""
        factors, dangers = factors_of(output.answer), case.label["shrink"]
        if not dangers:
            return Score(scorer=self.name, value=None, why="nothing is dangerous")
        shrunk = sum(factors.get(ticker, 1.0) < WHOLE for ticker in dangers)
        return Score(scorer=self.name, value=shrunk / len(dangers), why=case.strata.get("danger", ""))


@dataclass(frozen=True, slots=True)
class PlainLeft:
    """Share of the plain targets that are left as they are."""

    name: str = "plain_left"

    def __call__(self, case: Case, output: Output) -> Score:
        """Return the score."""
        factors, plain = factors_of(output.answer), case.label["leave"]
        if not plain:
            return Score(scorer=self.name, value=None, why="nothing is plain")
        left = sum(factors.get(ticker, 1.0) >= WHOLE for ticker in plain)
        return Score(scorer=self.name, value=left / len(plain), why="plain targets")


def factors_of(answer: Mapping[str, Any] | None) -> dict[str, float]:
    """Return a risk officer's factors by ticker; none of a silent one."""
    return {} if answer is None else {each["ticker"]: float(each["factor"]) for each in answer["factors"]}

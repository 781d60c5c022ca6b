"""What a bakeoff would change in the roster: by role who speaks now, who should, and on what evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.roster import Roster
from desk.kept_bakeoff import KeptBakeoff
from evals.bakeoff import choices
from evals.choice import Choice, Pair
from evals.suite import SUITE
from evals.summary import ScoreSummary, summaries
from fund.metrics.paired import PairedDifference

UNASKED = "who speaks now was not in this bakeoff, so it does not say who is better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How somebody did in a role."""

    score: ScoreSummary | None
    """The primary one."""
    cost_usd: Decimal
    """Per decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChoice:
    """What follows for one role."""

    role: str
    dataset: str
    primary: str
    """The score that decides."""
    now: str
    """Who speaks for it."""
    then: str
    """Who should; the same where nothing changes."""
    why: str
    verdict: str
    """Of the bakeoff, in a sentence."""
    evidence: Mapping[str, Evidence]
    """Of both, by name."""
    difference: PairedDifference | None
    """Who should less who speaks now, over the same cases; None where nothing changes."""

    @property
    def changes(self) -> bool:
        """Return whether somebody else is to be asked."""
        return self.then != self.now


def role_choices(kept: KeptBakeoff, seated: Roster, roles: Sequence[str]) -> tuple[RoleChoice, ...]:
    """Return what follows for these roles, each of which the bakeoff measured."""
    names = [kept.datasets[role] for role in roles]
    found = choices(kept.trials, names, tuple(kept.experiment.contestants))
    return tuple(_role_choice(kept, found[name], name, seated) for name in names)


def _role_choice(kept: KeptBakeoff, choice: Choice, name: str, seated: Roster) -> RoleChoice:
    seat = seated.seats_for(choice.role)[0]
    now = seat.label
    was_asked = now in kept.experiment.contestants and kept.spec(now) == seat.spec
    then, why = _taken(choice, now) if was_asked else (now, UNASKED)
    primary = SUITE[name].primary.name
    asked = [trial for trial in kept.trials if trial.dataset == name and trial.contestant in (now, then)]
    return RoleChoice(
        role=choice.role,
        dataset=name,
        primary=primary,
        now=now,
        then=then,
        why=why,
        verdict=choice.verdict,
        evidence={
            each.contestant: Evidence(score=each.score(primary), cost_usd=each.cost_per_decision)
            for each in summaries(asked)
        },
        difference=_difference(choice.pairs, then, now),
    )


def _taken(choice: Choice, now: str) -> tuple[str, str]:
    """Return who should speak, and why; who speaks now stays where the bakeoff does not tell."""
    if choice.take is None:
        return now, "nobody passed the safety gates with a score"
    passing = [each for each in choice.standings if each.state == "passes"]
    if choice.winner is not None:
        return choice.winner, "better than every other by more than noise"
    if now not in {each.name for each in passing}:
        return choice.take, "who speaks now does not pass the safety gates"
    if choice.smallest_detectable is None and len(passing) > 1:
        return now, "too few cases to compare"
    best = passing[0].name
    worse = next((each for each in (choice.take, best) if _is_better(choice.pairs, now, each)), None)
    if worse is not None:
        return now, f"who speaks now is better than {worse} by more than noise"
    if choice.take != now and _costs_as_little(choice, now):
        return now, "no difference, and no other is cheaper"
    if _is_better(choice.pairs, choice.take, now):
        return choice.take, "better by more than noise, and the cheapest of those that cannot be told apart"
    if _is_better(choice.pairs, best, now):
        return choice.take, f"{best} is better by more than noise, and this is the cheapest that does as well"
    return choice.take, "no difference: the cheaper"


def _costs_as_little(choice: Choice, now: str) -> bool:
    """Return whether who speaks now passes, is not worse than the taken one, and costs no more."""
    states = {each.name: each for each in choice.standings}
    mine, taken = states[now], states[choice.take or now]
    if mine.state != "passes" or _is_better(choice.pairs, taken.name, now):
        return False
    return mine.cost_usd is not None and mine.cost_usd == taken.cost_usd


def _is_better(pairs: Sequence[Pair], one: str, other: str) -> bool:
    return any(pair.better == one and {pair.first, pair.second} == {one, other} for pair in pairs)


def _difference(pairs: Sequence[Pair], then: str, now: str) -> PairedDifference | None:
    for pair in pairs:
        if (pair.first, pair.second) == (then, now):
            return pair.difference
        if (pair.first, pair.second) == (now, then):
            return pair.difference.reversed
    return None

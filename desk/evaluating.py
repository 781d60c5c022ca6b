"""Who can be asked in an evaluation, and an experiment run from beginning to end."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import get_args

from agents.calls import CallLog
from agents.clients import ClientOptions
from agents.llm import DoorLimits, LLMDoor
from agents.llm_spec import OFFLINE_LABEL, Provider
from agents.re_identification import RE_IDENTIFICATION
from agents.roles import prompt_hashes
from agents.roster import Roster
from desk.committee import roster_for, roster_of, spec_of
from desk.progress import ProgressSink, silent
from desk.settings import Settings
from desk.source import source_commit
from evals.case import Dataset
from evals.door_contestant import DoorContestant
from evals.experiment import Experiment, ExperimentFolder
from evals.memorisation import CONTROLLED, CONTROLS, under
from evals.part import part_of
from evals.re_identification import NAME, PROBED, Company, Probe, Quarter, probed
from evals.recordings import Recordings, Replayed
from evals.runner import Entry, run
from evals.suite import SUITE, dataset, digest, lengths, lengths_of
from evals.trial import Trial
from fund.clock import Clock
from fund.errors import ConfigError
from fund.mandate import Mandate

EVALS = "evals"
"""The folder of experiments in the desk's own."""
KEYS = {
    "anthropic": "DESK_ANTHROPIC_API_KEY",
    "openai": "DESK_OPENAI_API_KEY",
    "compatible": "DESK_COMPATIBLE_BASE_URL and DESK_COMPATIBLE_LLM",
}
AROUND = 8_000
"""Characters of prompt and schema, at most; a brief is shorter than its evidence as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Those who are asked, by the name they have on every trial, and those who cannot be."""

    rosters: Mapping[str, Roster]
    skipped: Mapping[str, str]


def field_of(settings: Settings, mandate: Mandate, specs: Sequence[str] = ()) -> Field:
    """Return everybody the deployment has access to or the mandate names, and the LLMs of `specs`.

    The offline rules always take part: they are the baseline. A provider without a key is skipped, and the
    reason names the setting.
    """
    rosters: dict[str, Roster] = {}
    skipped: dict[str, str] = {}
    for provider in get_args(Provider):
        spec = _spec(provider, settings)
        if spec is None:
            skipped[provider] = f"no key: {KEYS[provider]} is not set"
        else:
            _seat(rosters, roster_for(spec, settings, mandate))
    for entry in mandate.llm_roster:
        try:
            _seat(rosters, roster_for(entry.llm, settings, mandate))
        except ConfigError as error:
            skipped[entry.llm] = str(error)
    for spec in specs:
        _seat(rosters, roster_for(spec, settings, mandate))
    return Field(rosters=rosters, skipped=skipped)


def deciding_field(settings: Settings, mandate: Mandate) -> Field:
    """Return who decides for this desk as it is set, role by role, and the offline rules; keys of others stay
    unused.
    """
    rosters: dict[str, Roster] = {}
    _seat(rosters, roster_for("offline", settings, mandate))
    _seat(rosters, roster_of(settings, mandate))
    return Field(rosters=rosters, skipped={})


def _spec(provider: Provider, settings: Settings) -> str | None:
    """Return the LLM the deployment names for a provider; None where it cannot be asked."""
    access: Mapping[str, object] = {
        "anthropic": settings.anthropic_api_key,
        "openai": settings.openai_api_key,
        "compatible": settings.compatible_base_url and settings.compatible_llm,
        "offline": True,
    }
    return spec_of(provider, settings) if access[provider] else None


def _seat(rosters: dict[str, Roster], roster: Roster) -> None:
    rosters[roster.label] = roster


def described(roster: Roster) -> str:
    """Return who exactly a contestant is: its LLMs with what they cost."""
    return "; ".join(f"{seat.spec.written} at {seat.price}" for seat in roster.committee)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an experiment asks, and how often."""

    datasets: tuple[str, ...]
    trials: int
    controls: bool = False
    """Whether LLMs are asked again with real names, an inverted path, moved dates and in another order, and
    whom the pseudonyms stand for, to tell reasoning from memory."""
    budget_usd: Decimal = Decimal(0)
    at_once: int = 8
    seed: int = 0
    occasion: str = ""
    cases: int | None = None
    """So many of each dataset, for a first look; None for all."""

    def dataset(self, name: str) -> Dataset:
        """Return what is asked of a dataset."""
        return part_of(dataset(name), self.cases)

    def digest(self, name: str) -> str:
        """Return what tells it from any other; of a whole dataset it is worked out once."""
        return digest(name) if self.cases is None else self.dataset(name).digest

    def sent(self, name: str) -> list[tuple[str, int]]:
        """Return whom each of its cases asks, and the characters that are sent, at most."""
        found = lengths(name) if self.cases is None else lengths_of(self.dataset(name))
        return [(role, AROUND + length) for role, length in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an experiment came to."""

    experiment: Experiment
    folder: Path
    trials: tuple[Trial, ...]
    spent_usd: Decimal = Decimal(0)
    replayed: bool = False


def run_experiment(
    name: str,
    asked: Asked,
    field: Field,
    *,
    root: Path,
    clock: Clock,
    progress: ProgressSink = silent,
    replayed: Path | None = None,
) -> Result:
    """Run an experiment, or go on with the one of the same make that was cut off.

    With `replayed`, a file of recorded calls, nobody is asked and nothing is written: a call that is not in
    it fails the run.
    """
    experiment = experiment_of(name, asked, field)
    with ExitStack() as exits:
        if replayed is not None:
            trials = asyncio.run(_all_asked(asked, field, Replayed(replayed), clock, progress))
            return Result(
                experiment=experiment,
                folder=replayed.parent,
                trials=trials,
                spent_usd=Decimal(0),
                replayed=True,
            )
        folder = exits.enter_context(ExperimentFolder(root, experiment))
        log = Recordings(folder.calls)
        exits.callback(log.close)
        before = log.spent_usd
        trials = asyncio.run(
            _all_asked(asked, field, log, clock, progress, done=folder.trials, keep=folder.keep)
        )
        return Result(
            experiment=experiment, folder=folder.path, trials=trials, spent_usd=log.spent_usd - before
        )


def experiment_of(name: str, asked: Asked, field: Field) -> Experiment:
    """Return what exactly is run."""
    options = ClientOptions()
    return Experiment(
        name=name,
        datasets={each: asked.digest(each) for each in asked.datasets},
        contestants={each: described(roster) for each, roster in field.rosters.items()},
        trials=asked.trials,
        prompts=prompt_hashes() | ({NAME: RE_IDENTIFICATION.prompt_hash} if asked.controls else {}),
        commit=source_commit(),
        parameters={
            "controls": "asked" if asked.controls else "left out",
            "max_output_tokens": options.max_output_tokens,
            **({} if asked.cases is None else {"cases": asked.cases}),
        },
        seed=asked.seed,
        occasion=asked.occasion,
    )


async def _all_asked(
    asked: Asked,
    field: Field,
    log: CallLog,
    clock: Clock,
    progress: ProgressSink,
    *,
    done: Iterable[Trial] = (),
    keep: Callable[[Trial], None] = lambda trial: None,
) -> tuple[Trial, ...]:
    limits = DoorLimits(budget_usd=asked.budget_usd)
    doors = {
        name: LLMDoor(roster=roster, log=log, clock=clock, limits=limits)
        for name, roster in field.rosters.items()
    }
    try:
        return await run(
            entries_of(asked, doors, log),
            done=done,
            keep=keep,
            progress=lambda count, total: progress("Asking", count, total),
            at_once=asked.at_once,
        )
    finally:
        for door in doors.values():
            await door.aclose()


def entries_of(asked: Asked, doors: Mapping[str, LLMDoor], log: CallLog) -> list[Entry]:
    """Return who is asked what: contestants, controls and rivals by dataset, and the probe of the LLMs."""
    entries = [
        Entry(
            dataset=asked.dataset(each),
            contestants=(
                *(DoorContestant(name, door, log, shown=SUITE[each].shown) for name, door in doors.items()),
                *_controls(each, asked, doors, log),
                *SUITE[each].rivals(),
            ),
            scorers=SUITE[each].scorers,
            trials=asked.trials,
        )
        for each in asked.datasets
    ]
    return entries + _probes(asked, doors, log)


def _controls(
    name: str, asked: Asked, doors: Mapping[str, LLMDoor], log: CallLog
) -> tuple[DoorContestant, ...]:
    """Return everybody once more for each way of showing the evidence, where that tells something."""
    if not asked.controls or name != CONTROLLED:
        return ()
    return tuple(
        DoorContestant(under(each, shown), door, log, shown=shown)
        for each, door in doors.items()
        for shown in CONTROLS
    )


def _probes(asked: Asked, doors: Mapping[str, LLMDoor], log: CallLog) -> list[Entry]:
    """Ask every LLM once whom each case is about; rules name nobody and are not asked."""
    llms = {name: door for name, door in doors.items() if name != OFFLINE_LABEL}
    if not asked.controls or CONTROLLED not in asked.datasets or not llms:
        return []
    probes = tuple(Probe(under(name, PROBED), door, log) for name, door in llms.items())
    return [
        Entry(
            dataset=probed(asked.dataset(CONTROLLED)),
            contestants=probes,
            scorers=(Company(), Quarter()),
            trials=1,
        )
    ]


def most_usd(asked: Asked, field: Field) -> Decimal:
    """Return the most an experiment could spend: every call at its worst, within its budget."""
    again = len(CONTROLS) + 1 if asked.controls else 0
    asked_of = [*asked.datasets, *[CONTROLLED] * again]
    sent = [(role, "x" * length) for each in asked_of for role, length in asked.sent(each)]
    if not sent:
        raise ConfigError("expected datasets to ask, found none")
    worst = sum(
        (
            roster.seats_for(role)[0].worst_case(text)
            for roster in field.rosters.values()
            for role, text in sent
        ),
        Decimal(0),
    )
    return min(worst * asked.trials, asked.budget_usd)

"""A bakeoff as it is asked for in words: its datasets, whom it would ask, and what it may cost."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from desk.eval_asking import MOST_TRIALS, EvalRun
from desk.evaluating import EVALS, Asked, experiment_of, field_of, most_usd
from desk.kept_bakeoff import BAKEOFF
from desk.settings import Settings
from evals.experiment import TRIALS
from evals.suite import SUITE, dataset
from fund.errors import QueryRefusedError
from fund.mandate import Mandate
from tools.control_words import listed, money, spoken

USUAL_TRIALS = 4
ABSENT = b'"absent":true'
"""In the line of a question that nobody was there to answer; in a text the quotes would be escaped."""


def plan_of(settings: Settings, mandate: Mandate, about: Sequence[str], trials: int | None) -> dict[str, Any]:
    """Return a bakeoff as the arguments of a command; raises `QueryRefusedError` for what cannot be asked."""
    times = USUAL_TRIALS if trials is None else trials
    if not 1 <= times <= MOST_TRIALS:
        raise QueryRefusedError(f"a bakeoff asks each case 1 to {MOST_TRIALS} times, asked was {times}")
    named = dict.fromkeys(each for word in about for each in datasets_about(word))
    args: dict[str, Any] = {"datasets": list(named or SUITE), "trials": times}
    return {**args, "most_usd": f"{most_of(eval_run(settings, mandate, args)):.2f}"}


def eval_run(settings: Settings, mandate: Mandate, args: Mapping[str, Any]) -> EvalRun:
    """Return the run that a command's arguments stand for, with everybody who can be asked now."""
    plan = Asked(datasets=tuple(args["datasets"]), trials=args["trials"], budget_usd=mandate.evals_budget_usd)
    return EvalRun(settings=settings, plan=plan, field=field_of(settings, mandate))


def most_of(run: EvalRun) -> Decimal:
    """Return the most a bakeoff may cost, USD to the cent."""
    return most_usd(run.plan, run.field).quantize(Decimal("0.01"))


def datasets_about(word: str) -> tuple[str, ...]:
    """Return the datasets that a word names, or that ask the role it names: of a role alone, or else in part.

    Raises `QueryRefusedError` naming the datasets and roles there are.
    """
    name = word.strip().lower().replace("-", "_").replace(" ", "_")
    if name in SUITE:
        return (name,)
    asked = {each: {case.subject for case in dataset(each).cases} for each in SUITE}
    alone = tuple(each for each, subjects in asked.items() if subjects == {name})
    found = alone or tuple(each for each, subjects in asked.items() if name in subjects)
    if not found:
        roles = sorted({subject for subjects in asked.values() for subject in subjects})
        raise QueryRefusedError(
            f"a bakeoff is over a dataset ({', '.join(SUITE)}) or a role ({', '.join(roles)}), "
            f"asked was {word!r}"
        )
    return found


def planned_lines(settings: Settings, mandate: Mandate, args: Mapping[str, Any]) -> tuple[str, ...]:
    """Say whom a bakeoff asks, who is skipped, what it may cost, and what is on file already, a line each."""
    run = eval_run(settings, mandate, args)
    total, kept, most = _answers(run), _kept(run), most_of(run)
    cases = listed([f"{spoken(each)} ({len(dataset(each).cases)} cases)" for each in run.plan.datasets])
    skipped = [f"{name} ({why})" for name, why in sorted(run.field.skipped.items())]
    paid = (
        f"Costs at most {money(most)}, within the {money(mandate.evals_budget_usd)} of llm.evals_budget_usd."
        if most
        else "Asks no LLM and costs nothing."
    )
    on_file = f"{kept:,} of them are on file and are not asked again." if kept else ""
    return tuple(
        filter(
            None,
            (
                f"Asks {listed(list(run.field.rosters))}, beside the baselines: {total:,} answers.",
                f"Datasets: {cases}.",
                f"Skipped: {'; '.join(skipped)}." if skipped else "",
                paid,
                on_file,
            ),
        )
    )


def _answers(run: EvalRun) -> int:
    asked = len(run.field.rosters)
    return sum(
        len(dataset(each).cases) * run.plan.trials * (asked + len(SUITE[each].rivals()))
        for each in run.plan.datasets
    )


def _kept(run: EvalRun) -> int:
    """Return how many answers the same bakeoff has left on disk; what nobody answered is asked again."""
    experiment = experiment_of(BAKEOFF, run.plan, run.field)
    path = run.settings.data_dir / EVALS / experiment.experiment_id / TRIALS
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else ()
    return sum(line.endswith(b"\n") and ABSENT not in line for line in lines)

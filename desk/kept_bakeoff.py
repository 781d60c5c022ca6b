"""A bakeoff that was run before: read from its folder, and refused where it no longer speaks for today."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.llm_spec import LLMSpec, parse_spec
from agents.prices import price_of
from agents.roles import prompt_hashes
from desk.committee import stated_prices
from evals.experiment import TRIALS, Experiment, read_experiment
from evals.json_lines import read_lines
from evals.runner import key_of
from evals.suite import ROBUSTNESS, SUITE, dataset, role_of
from evals.trial import Trial
from fund.errors import ConfigError
from fund.mandate import Mandate

BAKEOFF = "bakeoff"
LEAST_TRIALS = 4
ABSENT = 0.01
"""A larger share of questions that nobody was there to answer is a bakeoff that is not over."""
AGAIN = "run `desk evals bakeoff` again"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBakeoff:
    """What was run, and what came of it."""

    folder: Path
    experiment: Experiment
    trials: tuple[Trial, ...]

    @property
    def datasets(self) -> dict[str, str]:
        """Return the dataset that measured each role, by role."""
        return {role: name for name in self.experiment.datasets if name in SUITE and (role := role_of(name))}

    def spec(self, contestant: str) -> LLMSpec:
        """Return which LLM a contestant is, as it was asked."""
        return parse_spec(self.experiment.contestants[contestant].rpartition(" at ")[0], contestant)


def kept_bakeoff(root: Path, name: str | None) -> KeptBakeoff:
    """Return the newest bakeoff of a folder of experiments, or the one that is named."""
    found = sorted(root.glob(f"{BAKEOFF}-*/{TRIALS}"), key=lambda path: path.stat().st_mtime)
    folders = {path.parent.name: path.parent for path in found}
    folder = folders.get(name) if name else next(reversed(folders.values()), None)
    if folder is None:
        newest = ", ".join(list(folders)[-3:]) or "none; `desk evals bakeoff` makes one"
        raise ConfigError(f"expected a bakeoff of {root}, found {name!r}; the newest are {newest}")
    experiment = read_experiment(folder)
    # What nobody was there to answer is asked again when the bakeoff goes on: the last line counts.
    trials = {key_of(trial): trial for trial in read_lines(folder / TRIALS, Trial)}
    return KeptBakeoff(folder=folder, experiment=experiment, trials=tuple(trials.values()))


def require_current(kept: KeptBakeoff, roles: Sequence[str], mandate: Mandate) -> None:
    """Refuse a bakeoff that was cut short, or that measured other questions, prompts or prices than today's.

    Raises `ConfigError` with what is different and what to do.
    """
    ran = kept.experiment
    if ROBUSTNESS not in ran.datasets:
        raise ConfigError(
            f"{kept.folder.name}: expected a bakeoff over {ROBUSTNESS} too, found none: nobody is known to "
            f"be safe under attack; {AGAIN} with it"
        )
    if ran.trials < LEAST_TRIALS:
        raise ConfigError(
            f"{kept.folder.name}: expected {LEAST_TRIALS} trials of each case or more, found {ran.trials}; "
            f"{AGAIN}"
        )
    names = (ROBUSTNESS, *(kept.datasets[role] for role in roles))
    for name in names:
        if ran.datasets[name] != dataset(name).digest:
            raise ConfigError(f"{kept.folder.name}: {name} was cut anew since, its cases are others; {AGAIN}")
    now = prompt_hashes()
    for role in roles:
        if ran.prompts.get(role) != now[role]:
            raise ConfigError(f"{kept.folder.name}: the prompt of {role} is another since; {AGAIN}")
    for contestant, then in ran.contestants.items():
        spec = kept.spec(contestant)
        price = stated_prices(mandate).get(spec.llm_id) or price_of(spec.provider, spec.llm)
        if then != f"{spec.written} at {price}":
            raise ConfigError(
                f"{kept.folder.name}: {spec.llm_id} costs {price} now, and was {then!r} then: the cheaper "
                f"may be another; {AGAIN}"
            )
    for name in names:
        _require_whole(kept, name)


def _require_whole(kept: KeptBakeoff, name: str) -> None:
    """Refuse where a contestant or a baseline was not asked everything, or nobody was there to answer."""
    wanted = kept.experiment.trials * len(dataset(name).cases)
    asked = Counter(trial.contestant for trial in kept.trials if trial.dataset == name)
    absent = Counter(t.contestant for t in kept.trials if t.dataset == name and t.output.absent)
    for contestant in (*kept.experiment.contestants, *(rival.name for rival in SUITE[name].rivals())):
        if asked[contestant] < wanted or absent[contestant] > ABSENT * wanted:
            raise ConfigError(
                f"{kept.folder.name}: expected {wanted} answers of {contestant} in {name}, found "
                f"{asked[contestant] - absent[contestant]}; the same `desk evals bakeoff` goes on there"
            )

"""`desk tune`: choose a family's sizes inside the walk-forward, and set what comes of it beside others."""

import argparse
from typing import Any

from rich.console import Console

from db.engine import in_transaction
from db.record_codec import to_plain
from db.trials import Trials
from desk.forecaster_commands import opened
from desk.learning import Learning
from desk.outcome import Outcome
from desk.places import ON, executing
from desk.progress import progress_beside
from desk.shown_cards import cards_told
from fund.errors import ConfigError, DataError
from fund.forecasting.catalogue import DESK_SET, HORIZONS, TUNED
from fund.forecasting.trials import Trial, parameters_hash, trial_id_of
from fund.forecasting.tuning.spaces import SPACES, space_of
from fund.forecasting.tuning.tuned import JudgedTrial, TunedForecaster, TuningPlan, tune

FOLDER = "tuning"
TUNE = """Choose the sizes of a family of forecasters (how many trees, how wide a net) and show what the
choosing was worth.

  desk tune gbm                           20 trials for every 4th refit; a long piece of work
  desk tune ridge --trials 10             fewer; the same command with more goes on from them
  desk tune gbm --horizon 20 --every 2    over another horizon, chosen anew twice as often
  desk compare gbm gbm-tuned              was it worth it? Often it was not

Sizes are judged by a walk-forward inside the training span of a refit: mean rank IC less one standard error.
What follows that span has no part in it, so the figures shown are out of sample. The usual sizes are judged
first; sizes behind the median of the others are given up early. Every trial is on record, and the card
counts them all: who tries a hundred finds one that looks good by luck.

Ctrl-C or a kill loses the trial at work and no other: the same command goes on, and ends as it would have.
What comes of it is a silent challenger, NAME-tuned. It is never trained again by itself; tune again for
that."""


def add_tuning(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    usual = TuningPlan()
    made = sub.add_parser(
        "tune",
        parents=[shared],
        help="Choose the sizes of a family of forecasters",
        description=TUNE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=tune_family)
    made.add_argument("family", metavar="FAMILY", help=f"of {', '.join(SPACES)}")
    made.add_argument("--horizon", type=int, choices=HORIZONS, help="sessions ahead (default: the mandate's)")
    made.add_argument(
        "--trials", type=int, default=usual.trials, help=f"sizes a search judges (default {usual.trials})"
    )
    made.add_argument(
        "--folds",
        type=int,
        default=usual.inner_folds,
        help=f"parts of a training span they are judged on (default {usual.inner_folds})",
    )
    made.add_argument(
        "--every", type=int, default=usual.every, help=f"search at every n-th refit (default {usual.every})"
    )
    made.add_argument("--on", metavar="WHERE", help=ON)


def tune_family(options: argparse.Namespace, console: Console) -> Outcome:
    """Search, train what was chosen, and register it as a challenger."""
    try:
        plan = TuningPlan(trials=options.trials, inner_folds=options.folds, every=options.every)
        space_of(options.family)
    except DataError as error:
        raise ConfigError(str(error)) from error
    with (
        executing(options.on) as executor,
        opened(options, console) as desk,
        progress_beside(console, time_left=True) as progress,
    ):
        learning, horizon = desk.learning, options.horizon or desk.mandate.horizon_sessions
        last = desk.player.last_session() or desk.last_replayed
        data_version = learning.data_version(last)
        schedule = learning.schedule_for(f"{options.family}{TUNED}", horizon)
        samples = learning.samples(last, horizon, DESK_SET, progress)

        def remember(trial: JudgedTrial) -> None:
            made = _trial(learning, trial, samples.table.version, horizon, data_version)
            in_transaction(desk.engine, lambda connection: Trials(connection).append(made))

        tuned = tune(
            samples,
            options.family,
            schedule,
            plan,
            folder=desk.settings.data_dir / FOLDER,
            data_version=data_version,
            executor=executor or learning.executor,
            progress=lambda label, done, total: progress(label.capitalize(), done, total),
            heard=remember,
        )
        cards = learning.challenge([tuned], horizon, last, progress, executor=executor)
    return Outcome(
        data={"cards": to_plain(cards), "chosen": _chosen(tuned), "last_session": last.isoformat()},
        shown=(cards_told(cards), *_told(tuned)),
    )


def _trial(
    learning: Learning, trial: JudgedTrial, features: str, horizon_sessions: int, data_version: str
) -> Trial:
    """Return some sizes judged on some span as the trial that they are."""
    forecaster, judged = trial.forecaster, trial.judged
    decided = {**forecaster.parameters, "seed": forecaster.seed, "search": trial.search}
    configuration = {
        "family": forecaster.name,
        "parameters": parameters_hash(decided),
        "features": features,
        "data_version": data_version,
    }
    return Trial(
        trial_id=trial_id_of(**configuration, horizon_sessions=horizon_sessions),
        **configuration,
        horizon_sessions=horizon_sessions,
        rank_ic=judged.rank_ic,
        sharpe=None,
        sessions=judged.sessions,
        at=learning.clock.now(),
        search=trial.search,
    )


def _chosen(tuned: TunedForecaster) -> list[dict[str, Any]]:
    return [{"from_stop": each.from_stop, "sizes": dict(each.sizes)} for each in tuned.chosen]


def _told(tuned: TunedForecaster) -> tuple[str, ...]:
    newest = tuned.chosen[-1].sizes
    sizes = ", ".join(
        f"{name} {size:.4g}" if isinstance(size, float) else f"{name} {size}" for name, size in newest.items()
    )
    return (
        f"Chosen last, of {tuned.plan.trials} in each of {len(tuned.chosen)} searches: {sizes}.",
        f"The figures are of sessions that no search saw. {tuned.name} is a challenger, heard by nobody: "
        f"`desk compare {tuned.family} {tuned.name}` tells whether it was worth it.",
    )

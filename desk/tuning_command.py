"""`desk tune`: choose a family's sizes inside the walk-forward, and set what comes of it beside others."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from rich.console import Console

from db.engine import in_transaction
from db.record_codec import to_plain
from db.trials import Trials
from desk.bootstrap import Desk
from desk.forecaster_catalogue import chosen_variants
from desk.forecaster_commands import opened
from desk.learning import Learning
from desk.luck import claims_so_far
from desk.outcome import Outcome
from desk.places import ON, executing
from desk.progress import ProgressSink, progress_beside
from desk.shown_cards import cards_told
from desk.training_lock import training
from fund.errors import ConfigError, DataError
from fund.forecasting.catalogue import DESK_SET, FEATURE_SETS, HORIZONS, TUNED, Variant
from fund.forecasting.executing import Executor
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.samples import Samples
from fund.forecasting.trials import Trial, parameters_hash, trial_id_of
from fund.forecasting.tuning.kept import TUNING, keep_sizes
from fund.forecasting.tuning.spaces import SPACES, space_of
from fund.forecasting.tuning.tuned import JudgedTrial, TunedForecaster, TuningPlan, tune

TUNE = """Choose the sizes of a family of forecasters (how many trees, how wide a net) and show what the
choosing was worth.

  desk tune gbm                           20 trials for every 4th refit; a long piece of work
  desk tune ridge --trials 10             fewer; the same command with more goes on from them
  desk tune gbm --horizon 20 --every 2    over another horizon, chosen anew twice as often
  desk tune gbm xgb --features lab        on every feature there is; families, sets and horizons one by one
  desk compare gbm gbm-tuned              was it worth it? Often it was not
  desk train --family gbm --tuned         later: on newer data, by the sizes chosen then

Sizes are judged by a walk-forward inside the training span of a refit: mean rank IC less one standard error.
What follows that span has no part in it, so the figures shown are out of sample. The usual sizes are judged
first; sizes behind the median of the others are given up early. Every trial is on record, and the card
counts them all: who tries a hundred finds one that looks good by luck.

Ctrl-C or a kill loses the trial at work and no other: the same command goes on, and ends as it would have.
What comes of it is a silent challenger, NAME-tuned. What is trained later by its sizes is another trial; no
search is made again until you tune again."""


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
    made.add_argument("family", metavar="FAMILY", nargs="+", help=f"of {', '.join(SPACES)}")
    made.add_argument(
        "--features",
        action="append",
        metavar="SET",
        help=f"of {', '.join(FEATURE_SETS)} (default: {DESK_SET}); may be repeated",
    )
    made.add_argument(
        "--horizon",
        action="append",
        type=int,
        choices=HORIZONS,
        help="sessions ahead (default: the mandate's); may be repeated",
    )
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
    """Search, train what was chosen, and register it as a challenger; one variant after the other."""
    sets = options.features or [DESK_SET]
    try:
        plan = TuningPlan(trials=options.trials, inner_folds=options.folds, every=options.every)
        for family in options.family:
            space_of(family)
    except DataError as error:
        raise ConfigError(str(error)) from error
    chosen_variants(options.family, options.horizon or HORIZONS[:1], sets)
    with (
        executing(options.on) as executor,
        opened(options, console) as desk,
        training(desk.stores.folder.root),
        progress_beside(console, time_left=True) as progress,
    ):
        last = desk.player.last_session() or desk.last_replayed
        asked = chosen_variants(options.family, options.horizon or [desk.mandate.horizon_sessions], sets)
        tuning = _Tuning(desk=desk, plan=plan, last=last, executor=executor, progress=progress)
        made = [
            each
            for (horizon, feature_set), group in groupby(
                asked, key=attrgetter("horizon_sessions", "feature_set")
            )
            for each in tuning.tuned(tuple(group), horizon, feature_set)
        ]
        claims = claims_so_far(desk.engine)
    cards = [card for _, card in made]
    return Outcome(
        data={
            "cards": to_plain(cards),
            "chosen": [entry for tuned, card in made for entry in _chosen(tuned, card)],
            "last_session": last.isoformat(),
        },
        shown=(
            cards_told(cards, claims=claims),
            *(line for tuned, card in made for line in _told(tuned, card)),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tuning:
    """What tunings of one command share."""

    desk: Desk
    plan: TuningPlan
    last: date
    executor: Executor | None
    progress: ProgressSink

    def tuned(
        self, variants: Sequence[Variant], horizon: int, feature_set: str
    ) -> Iterator[tuple[TunedForecaster, ForecasterCard]]:
        """Tune variants that learn from the same samples, keep what was chosen, and train them with it."""
        samples = self.desk.learning.samples(self.last, horizon, feature_set, self.progress)
        for variant in variants:
            tuned = self._searched(variant, samples)
            keep_sizes(self.desk.settings.data_dir / TUNING, tuned, horizon)
            (card,) = self.desk.learning.challenge(
                [tuned], horizon, self.last, self.progress, features=feature_set, executor=self.executor
            )
            yield tuned, card

    def _searched(self, variant: Variant, samples: Samples) -> TunedForecaster:
        learning, horizon, name = self.desk.learning, variant.horizon_sessions, variant.forecaster.name
        data_version = learning.data_version(self.last)

        def remember(trial: JudgedTrial) -> None:
            made = _trial(learning, trial, samples.table.version, horizon, data_version)
            in_transaction(self.desk.engine, lambda connection: Trials(connection).append(made))

        return tune(
            samples,
            variant.family,
            learning.schedule_for(f"{name}{TUNED}", horizon),
            self.plan,
            folder=self.desk.settings.data_dir / TUNING,
            data_version=data_version,
            named=name,
            executor=self.executor or learning.executor,
            progress=lambda label, done, total: self.progress(label.capitalize(), done, total),
            heard=remember,
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


def _chosen(tuned: TunedForecaster, card: ForecasterCard) -> list[dict[str, Any]]:
    of = {"forecaster": tuned.name, "horizon_sessions": card.horizon_sessions}
    return [of | {"until": each.until.isoformat(), "sizes": dict(each.sizes)} for each in tuned.chosen]


def _told(tuned: TunedForecaster, card: ForecasterCard) -> tuple[str, ...]:
    newest = tuned.chosen[-1].sizes
    sizes = ", ".join(
        f"{name} {size:.4g}" if isinstance(size, float) else f"{name} {size}" for name, size in newest.items()
    )
    usual = tuned.name.removesuffix(TUNED)
    return (
        f"{tuned.name}, {card.horizon_sessions} ahead: chosen last, of {tuned.plan.trials} in each of "
        f"{len(tuned.chosen)} searches: {sizes}.",
        f"The figures are of sessions that no search saw. {tuned.name} is a challenger, heard by nobody: "
        f"`desk compare {usual} {tuned.name}` tells whether it was worth it.",
    )

"""What `desk train` is told of an ensemble, and what it tells of one."""

import argparse
from collections.abc import Iterator
from datetime import date

from desk.ensembles import WAY, challenge_ensemble
from desk.learning import Learning
from desk.progress import ProgressSink
from fund.errors import ConfigError, DataError
from fund.forecasting.ensemble.forecaster import ENSEMBLE, WAYS
from fund.forecasting.forecast import ForecasterCard


def add_members(made: argparse.ArgumentParser) -> None:
    """Add what says whom an ensemble hears and how."""
    made.add_argument(
        "--members",
        action="append",
        metavar="FORECASTER",
        help=f"whom --family {ENSEMBLE} hears: a version or a name; may be repeated (default: champion and "
        "challengers of the horizon)",
    )
    made.add_argument("--weigh", choices=tuple(WAYS), help=f"how it weighs them (default: {WAY})")


def without_ensemble(options: argparse.Namespace) -> tuple[list[str] | None, bool]:
    """Return the families that are fitted on samples, and whether an ensemble is asked for.

    `ConfigError` for options of an ensemble without one, and for a set of features for nothing but one.
    """
    asked = options.family
    ensemble = asked is not None and ENSEMBLE in asked
    if not ensemble and (options.members or options.weigh):
        raise ConfigError(f"--members and --weigh belong to --family {ENSEMBLE}; name it, or leave them out")
    others = asked if not ensemble else [each for each in asked if each != ENSEMBLE]
    if ensemble and not others and options.features:
        raise ConfigError(
            "an ensemble reads what its members read: leave out --features, or choose members by --members, "
            "such as ridge-lab"
        )
    return others, ensemble


def ensemble_cards(
    learning: Learning, options: argparse.Namespace, horizon_sessions: int, last: date, progress: ProgressSink
) -> tuple[ForecasterCard, ...]:
    """Train the ensemble that is asked for; `ConfigError` where its members are not there or not whole."""
    try:
        return challenge_ensemble(
            learning,
            options.members or (),
            horizon_sessions,
            last,
            progress,
            way=options.weigh or WAY,
            explanation=options.explain,
        )
    except DataError as error:
        raise ConfigError(str(error)) from error


def ensemble_told(card: ForecasterCard) -> Iterator[str]:
    """Yield what each member weighs, and whether hearing them was worth it; nothing of any other card."""
    if card.ensemble is None:
        return
    weights = ", ".join(f"{part.version} {100 * part.weight:.0f} %" for part in card.ensemble.members)
    yield f"{card.version} hears {weights}."
    for verdict in card.ensemble.verdicts:
        yield f"{verdict[:1].upper()}{verdict[1:]}."

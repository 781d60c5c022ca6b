"""How much was tried before a forecaster is heard: counted before it is kept, and told on its page."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.trials import Trials
from fund.forecasting.luck import Luck, claims_of, luck_of, trial_of, trials_until, tried_of
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.trials import Trial


def tried(
    engine: Engine, made: Sequence[TrainedForecaster], at: datetime
) -> Iterator[tuple[TrainedForecaster, Luck]]:
    """Count what was judged, for ever and before it is kept; what was tried until then goes on its page.

    Later trials do not change a page, so that a damaged artifact can be made again to the byte.
    """
    own = [trial_of(one.card, at) for one in made]

    def append(connection: Connection) -> tuple[Trial, ...]:
        trials = Trials(connection)
        for trial in own:
            trials.append(trial)
        return trials.all()

    chain = in_transaction(engine, append)
    for one, trial in zip(made, own, strict=True):
        yield one, luck_of(one.card, tried_of(trials_until(chain, [trial]), trial))


def claims_so_far(engine: Engine) -> int:
    """Count what has been claimed on this desk until now, at least the one that is asked about."""
    return max(1, len(claims_of(in_transaction(engine, lambda connection: Trials(connection).all()))))


def claims_before(engine: Engine, heard: Sequence[TrainedForecaster], at: datetime) -> int:
    """Count what was claimed until the newest of those heard was judged.

    Not until now: a decision that is rebuilt later hears what it heard then.
    """
    own = [trial_of(each.card, at) for each in heard]
    chain = in_transaction(engine, lambda connection: Trials(connection).all())
    return len(claims_of((*trials_until(chain, own), *own)))

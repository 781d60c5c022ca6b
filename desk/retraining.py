"""Trains anew what drifts, decays or grows old: one challenger each, on record, told, and never twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from db.engine import in_transaction
from db.events import Event, Events
from db.forecasters import Forecasters, RegisteredForecaster
from db.live_scores import DriftState, LiveScores
from db.retrainings import Retraining, Retrainings
from db.trials import Trials
from desk.learning import Learning
from desk.live_scoring import learned_by
from desk.progress import ProgressSink, silent
from desk.setting_groups import RetrainPlan
from desk.training_lock import training_alone
from fund.errors import DataError, TradingHaltedError
from fund.forecasting.catalogue import TUNED, Variant, variants
from fund.forecasting.forecast import Forecaster, ForecasterCard
from fund.forecasting.life.retraining import (
    MONTH_SESSIONS,
    Allowance,
    Attempt,
    Call,
    Cause,
    Faring,
    called,
    died_in_it,
)
from fund.forecasting.luck import luck_among, trial_of
from fund.forecasting.tuning.kept import TUNING, kept_sizes

_CAUSE_OF: Mapping[str, Cause] = {"errors": "drift", "decay": "decay"}
"""What of a drift calls for a training: inputs alone do not, because ranks cannot drift."""
DIED = (
    "it was begun twice, and the desk or its database went away before it ended; it may need more memory "
    "than there is, train it by hand with `desk train`"
)


class NightOverError(TradingHaltedError):
    """A training that was not done before the next session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrainer:
    """Trains what calls for it, within what its owner allows."""

    learning: Learning
    planned: RetrainPlan
    folder: Path
    """The desk's data folder."""

    def is_watched(self, last: date) -> bool:
        """Tell whether the forecasters were looked at on a session: nothing is called for before."""
        rows, states = self._looked_at()
        return not rows or any(state.session == last for state in states.values())

    def calls(self, last: date) -> tuple[Call, ...]:
        """Return whom to train anew after the close of `last`."""
        rows, states = self._looked_at()
        known = _variants()
        every = in_transaction(self.learning.engine, lambda connection: Forecasters(connection).all())
        faring = [
            self._faring(row, states.get(row.version), every, last)
            for row in rows
            if (row.name.removesuffix(TUNED), row.horizon_sessions) in known
        ]
        return called(faring, self._attempts(last), self._allowances())

    def run(self, last: date, progress: ProgressSink = silent) -> str:
        """Train what is called for, one after the other, and say what came of it.

        One that cannot be trained is on record with the reason, and the others go on. Raises
        `TradingHaltedError` where the desk is ending or somebody else trains: it goes on another time.
        """
        said: list[str] = []
        with training_alone(self.folder):
            for call in self.calls(last):
                said.append(self._answered(call, last, progress))
        return "; ".join(said) or "nobody calls for a training"

    def _answered(self, call: Call, last: date, progress: ProgressSink) -> str:
        step = partial(
            Retraining,
            name=call.name,
            horizon_sessions=call.horizon_sessions,
            session=last,
            cause=call.cause,
            because_of=call.because_of,
            why=call.why,
        )
        if died_in_it(call, self._attempts(last)):
            return self._failed(step, DIED)
        self._note(step(status="begun", at=self.learning.clock.now()))
        try:
            made = self._made(call, last, progress, step)
        except NightOverError as error:
            return self._failed(step, str(error))
        except TradingHaltedError as error:
            self._note(step(status="stopped", said=str(error), at=self.learning.clock.now()))
            raise
        except (DataError, OSError, MemoryError) as error:
            return self._failed(step, str(error) or type(error).__name__)
        return made

    def _made(self, call: Call, last: date, progress: ProgressSink, step: Callable[..., Retraining]) -> str:
        """Train it; that it was made, and the event, are committed with the version itself."""
        variant = _variants()[call.name.removesuffix(TUNED), call.horizon_sessions]
        told: list[str] = []

        def beside(connection: Connection, cards: Sequence[ForecasterCard]) -> None:
            (card,) = cards
            now = self.learning.clock.now()
            made = step(
                status="made",
                version=card.version,
                trial_id=trial_of(card, now).trial_id,
                train_first=card.train_first,
                train_last=card.test_last or card.train_last,
                said=f"out of sample it has {luck_among(card, Trials(connection).all(), now).edge.told}",
                at=now,
            )
            told[:] = [_told(made)]
            if Retrainings(connection).append(made):
                Events(connection).append([_event(made, told[0])])

        self.learning.challenge(
            [self._forecaster(call, variant)],
            call.horizon_sessions,
            last,
            progress,
            features=variant.feature_set,
            beside=beside,
        )
        return told[0]

    def _forecaster(self, call: Call, variant: Variant) -> Forecaster:
        if call.name.endswith(TUNED):
            return kept_sizes(self.folder / TUNING, variant)
        return variant.forecaster

    def _failed(self, step: Callable[..., Retraining], why: str) -> str:
        failed = step(status="failed", said=why, at=self.learning.clock.now())

        def keep(connection: Connection) -> None:
            Retrainings(connection).append(failed)
            Events(connection).append([_event(failed, _told(failed))])

        in_transaction(self.learning.engine, keep)
        return _told(failed)

    def _note(self, step: Retraining) -> None:
        in_transaction(self.learning.engine, lambda connection: Retrainings(connection).append(step))

    def _looked_at(self) -> tuple[tuple[RegisteredForecaster, ...], dict[str, DriftState]]:
        def read(connection: Connection) -> tuple[tuple[RegisteredForecaster, ...], dict[str, DriftState]]:
            rows = Forecasters(connection).scored()
            return rows, LiveScores(connection).drift([row.version for row in rows])

        return in_transaction(self.learning.engine, read)

    def _faring(
        self,
        row: RegisteredForecaster,
        state: DriftState | None,
        every: Sequence[RegisteredForecaster],
        last: date,
    ) -> Faring:
        same = (row.name, row.horizon_sessions)
        newest = max(learned_by(each) for each in every if (each.name, each.horizon_sessions) == same)
        calendar = self.learning.market.history.calendar
        return Faring(
            version=row.version,
            name=row.name,
            horizon_sessions=row.horizon_sessions,
            place=0 if row.role == "champion" else 1 if row.active else 2,
            causes=_causes(state) if state is not None and state.session == last else {},
            rested_sessions=calendar.distance(newest, last) if newest < last else 0,
        )

    def _attempts(self, last: date) -> tuple[Attempt, ...]:
        calendar = self.learning.market.history.calendar
        sessions = self.learning.market.history.panel.sessions
        first = ([*(each for each in sessions if each <= last)][-MONTH_SESSIONS:] or [last])[0]
        steps = in_transaction(self.learning.engine, lambda connection: Retrainings(connection).since(first))
        return tuple(
            Attempt(
                name=each.name,
                horizon_sessions=each.horizon_sessions,
                cause=each.cause,
                status=each.status,
                ago_sessions=calendar.distance(each.session, last) if each.session < last else 0,
            )
            for each in steps
        )

    def _allowances(self) -> dict[Cause, Allowance]:
        own = self.planned
        return {
            "drift": Allowance(rest_sessions=own.drift_rest_sessions, per_month=own.drift_per_month),
            "decay": Allowance(rest_sessions=own.decay_rest_sessions, per_month=own.decay_per_month),
            "age": Allowance(rest_sessions=own.age_sessions, per_month=own.age_per_month),
        }


def _variants() -> dict[tuple[str, int], Variant]:
    return {(each.forecaster.name, each.horizon_sessions): each for each in variants()}


def _causes(state: DriftState) -> dict[Cause, str]:
    """Return what of a drifting version calls for a training; what is only to be watched calls for none."""
    if state.state != "drifting":
        return {}
    found: dict[Cause, list[str]] = {}
    for each in state.figures["reasons"]:
        cause = _CAUSE_OF.get(each["cause"])
        if cause is not None:
            found.setdefault(cause, []).append(each["told"])
    return {cause: "; ".join(told) for cause, told in found.items()}


def _told(step: Retraining) -> str:
    ahead = f"over {step.horizon_sessions} sessions"
    if step.status == "failed":
        return f"{step.name} was not trained anew {ahead}: {step.said}"
    return (
        f"{step.name} was trained anew {ahead} on {step.train_first} to {step.train_last}: {step.version}, "
        f"a challenger that nobody hears until it is promoted; {step.said}"
    )


def _event(step: Retraining, told: str) -> Event:
    made = step.status == "made"
    return Event(
        event_id=f"retraining-{step.status}-{step.name}-{step.horizon_sessions}-{step.session.isoformat()}",
        at=step.at,
        kind="forecaster_retrained" if made else "forecaster_retraining_failed",
        severity="info" if made else "warning",
        text=f"{told}. It was called for by {step.cause} of {step.because_of}: {step.why}",
        data={
            "forecaster": step.name,
            "horizon_sessions": step.horizon_sessions,
            "cause": step.cause,
            "because_of": step.because_of,
            "version": step.version,
            "trial_id": step.trial_id,
        },
    )

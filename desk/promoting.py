"""Puts a version of a forecaster to use, or takes the last time back: with a person's word, on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import Connection

from db.commands import Command, Commands
from db.engine import in_transaction
from db.events import Event, Events
from db.forecasters import Forecasters, Placed, RegisteredForecaster
from db.promotions import Kind, Promotion, Promotions
from db.trials import Trials
from desk.forecaster_catalogue import FORECASTERS
from desk.learning import Learning
from fund.errors import QueryRefusedError
from fund.forecasting.card import implausible
from fund.forecasting.luck import luck_among
from fund.forecasting.trials import Trial

PROMOTE, ROLL_BACK = "promote_forecaster", "roll_back_forecaster"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would be put to use, as it is shown before it is confirmed."""

    version: str
    horizon_sessions: int
    previous: str | None
    """Who leads now."""
    consequences: tuple[str, ...]


class Promoting:
    """Promotions and rollbacks over a desk's register; nothing happens before `confirm`."""

    def __init__(self, learning: Learning, who: str) -> None:
        self._learning = learning
        self._who = who

    def promotion(self, version: str, explanation: str = "") -> Change:
        """Return what promoting a version would do.

        Refused (`QueryRefusedError`) for one that leads already, whose artifact is not whole, and, without a
        written explanation, one whose card looks too good to believe; `NoDataError` for one unknown.
        """
        chosen, leader = self._chosen(version)
        self._learning.kept(version)
        reasons = implausible(chosen.card)
        if reasons and not (explanation.strip() or chosen.card.explanation):
            raise QueryRefusedError(
                f"{version} is not promoted: {'; '.join(reasons)}. That looks like a leak; find it, or say "
                'why it is right with --explain "..."'
            )
        return _change(chosen, leader, reasons, self._trials())

    def rollback(self, horizon_sessions: int) -> Change:
        """Return what taking the last promotion over a horizon back would do; refused where there is none."""

        def read(connection: Connection) -> tuple[RegisteredForecaster | None, str | None]:
            leader = Forecasters(connection).champion(horizon_sessions)
            return leader, Promotions(connection).before(leader.version) if leader else None

        leader, before = in_transaction(self._learning.engine, read)
        if leader is None:
            raise QueryRefusedError(
                f"there is nothing to roll back over {horizon_sessions} sessions: nobody leads there; "
                "`desk forecasters` shows who does, and over how many"
            )
        if before is None:
            raise QueryRefusedError(
                f"there is nothing to roll back over {horizon_sessions} sessions: no version led before "
                f"{leader.version}; `desk forecasters --all` shows what there is"
            )
        chosen, _ = self._chosen(before)
        self._learning.kept(before)
        return _change(chosen, leader, (), self._trials())

    def confirm(self, change: Change, kind: Kind, *, why: str, explanation: str, now: datetime) -> Promotion:
        """Put it to use: the command, the promotion and its event in one transaction.

        Refused where somebody else has changed who leads since it was shown.
        """
        command_id = f"{kind}-{token_hex(8)}"

        def put_to_use(connection: Connection) -> Promotion:
            store, commands = Forecasters(connection), Commands(connection)
            leader = store.champion(change.horizon_sessions)
            if (leader.version if leader else None) != change.previous:
                raise QueryRefusedError("who leads has changed since this was shown; ask for it again")
            action = PROMOTE if kind == "promoted" else ROLL_BACK
            args = {"version": change.version, "why": why, "explanation": explanation}
            commands.propose(command_id, action, args, user_id=self._who, thread_id=None, now=now)
            command = commands.confirm(command_id, user_id=self._who, now=now)
            if explanation:
                store.explain(change.version, explanation)
            own = {each.name for each in FORECASTERS}
            undone = kind == "rolled_back" and leader is not None and leader.name not in own
            placed = store.lead(change.version, silence=undone)
            promotion = Promotions(connection).record(
                placed,
                kind,
                by=self._who,
                why=why,
                at=now,
                explanation=explanation,
                command_id=command_id,
            )
            commands.note_result(command_id, {"previous": placed.previous, "seq": promotion.seq})
            Events(connection).append([_event(promotion, placed, command)])
            return promotion

        return in_transaction(self._learning.engine, put_to_use)

    def _trials(self) -> tuple[Trial, ...]:
        return in_transaction(self._learning.engine, lambda connection: Trials(connection).all())

    def _chosen(self, version: str) -> tuple[RegisteredForecaster, RegisteredForecaster | None]:
        def read(connection: Connection) -> tuple[RegisteredForecaster, RegisteredForecaster | None]:
            store = Forecasters(connection)
            chosen = store.known(version)
            return chosen, store.champion(chosen)

        chosen, leader = in_transaction(self._learning.engine, read)
        if leader is not None and leader.version == version:
            raise QueryRefusedError(f"{version} leads over {chosen.horizon_sessions} sessions already")
        return chosen, leader


def _change(
    chosen: RegisteredForecaster,
    leader: RegisteredForecaster | None,
    reasons: tuple[str, ...],
    trials: Sequence[Trial] = (),
) -> Change:
    place = f"in place of {leader.version}" if leader else "where nobody did"
    told = [
        f"{chosen.version} leads over {chosen.horizon_sessions} sessions {place}, from the next decision on",
        f"out of sample it has {_edge(chosen, trials)}",
    ]
    if leader is not None:
        told.append(f"{leader.version} has {_edge(leader, trials)}")
    told += [f"its card looks too good to believe: {reason}" for reason in reasons]
    return Change(
        version=chosen.version,
        horizon_sessions=chosen.horizon_sessions,
        previous=leader.version if leader else None,
        consequences=tuple(told),
    )


def _edge(row: RegisteredForecaster, trials: Sequence[Trial]) -> str:
    return luck_among(row.card, trials, row.registered_at).edge.told


def _event(promotion: Promotion, placed: Placed, command: Command) -> Event:
    """Tell of a promotion, and by that of the command that was used up for it."""
    verb = "was promoted" if promotion.kind == "promoted" else "leads again"
    before = f" in place of {placed.previous}" if placed.previous else ""
    explained = f"; explained: {promotion.explanation}" if promotion.explanation else ""
    return Event(
        event_id=f"command-{command.command_id}",
        at=promotion.at,
        kind=f"forecaster_{promotion.kind}",
        severity="info",
        text=f"{placed.version} {verb} over {placed.horizon_sessions} sessions{before} by {promotion.by}: "
        f"{promotion.why}{explained}",
        data={
            "action": command.action,
            "args_hash": command.args_hash,
            "by": command.user_id,
            "version": placed.version,
            "previous": placed.previous,
        },
    )

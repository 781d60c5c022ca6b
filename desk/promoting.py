"""Puts a version of a forecaster to use, takes that back, or ends a pin: on a person's word, on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex

from sqlalchemy import Connection

from db.commands import Command, Commands
from db.engine import in_transaction
from db.events import Event, Events
from db.forecasters import Forecasters, Placed, RegisteredForecaster
from db.locks import Lock, hold
from db.promotions import Kind, Promotion, Promotions
from db.trials import Trials
from desk.forecaster_catalogue import FORECASTERS
from desk.learning import Learning
from desk.pinning import is_older
from fund.errors import QueryRefusedError
from fund.forecasting.card import implausible
from fund.forecasting.luck import luck_among
from fund.forecasting.trials import Trial
from tools.leading import Change

PROMOTE, ROLL_BACK, UNPIN = "promote_forecaster", "roll_back_forecaster", "unpin_forecaster"
ACTIONS: Mapping[Kind, str] = {"promoted": PROMOTE, "rolled_back": ROLL_BACK, "unpinned": UNPIN}


class Leads:
    """Promotions, rollbacks and ends of pins over a desk's register; nothing happens before `put_to_use`."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning

    def promotion(self, version: str, explanation: str = "") -> Change:
        """Return what promoting a version would do.

        Refused (`QueryRefusedError`) for one that leads already, whose artifact is not whole, and, without a
        written explanation, one whose card looks too good to believe; `NoDataError` for one unknown.
        """
        chosen, leader, pins = self._chosen(version)
        self._learning.kept(version)
        reasons = implausible(chosen.card)
        if reasons and not (explanation.strip() or chosen.card.explanation):
            raise QueryRefusedError(
                f"{version} is not promoted: {'; '.join(reasons)}. That looks like a leak; find it, or say "
                f'why it is right with --explain "...", in the chat by "promote {version} because ..."'
            )
        return _change(chosen, leader, reasons, self._trials(), pins=pins)

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
        chosen, _, _ = self._chosen(before)
        self._learning.kept(before)
        return _change(chosen, leader, (), self._trials(), pins=True)

    def unpinning(self, horizon_sessions: int) -> Change:
        """Return what letting trainings replace a pinned version again would do; refused where none is."""
        pin = in_transaction(
            self._learning.engine, lambda connection: Promotions(connection).pinned(horizon_sessions)
        )
        if pin is None:
            raise QueryRefusedError(
                f"no version is pinned over {horizon_sessions} sessions; a rollback pins, and a promotion of "
                "an older version than the newest of its name"
            )
        return Change(
            version=pin.version,
            horizon_sessions=horizon_sessions,
            previous=pin.version,
            consequences=(
                f"{pin.version} leads over {horizon_sessions} sessions until {pin.name} is trained next, "
                "which then takes its place",
                f"it was pinned on {pin.at:%Y-%m-%d} by {pin.by}: {pin.why}",
            ),
        )

    def put_to_use(
        self,
        connection: Connection,
        change: Change,
        kind: Kind,
        *,
        command: Command,
        why: str,
        explanation: str,
        now: datetime,
    ) -> Promotion:
        """Let a version lead by a command that was just used up, with its event, in one transaction.

        Refused where somebody else has changed who leads since it was shown.
        """
        hold(connection, Lock.FORECASTERS)
        store = Forecasters(connection)
        leader = store.champion(change.horizon_sessions)
        if (leader.version if leader else None) != change.previous:
            raise QueryRefusedError("who leads has changed since this was shown; ask for it again")
        if explanation:
            store.explain(change.version, explanation)
        placed, pinned = _placed(store, change, kind, leader)
        promotion = Promotions(connection).record(
            placed,
            kind,
            by=command.user_id,
            why=why,
            at=now,
            explanation=explanation,
            command_id=command.command_id,
            pinned=pinned,
        )
        Events(connection).append([_event(promotion, placed, command)])
        return promotion

    def _trials(self) -> tuple[Trial, ...]:
        return in_transaction(self._learning.engine, lambda connection: Trials(connection).all())

    def _chosen(self, version: str) -> tuple[RegisteredForecaster, RegisteredForecaster | None, bool]:
        """Return a version, who leads its horizon, and whether choosing it is choosing an older one."""

        def read(connection: Connection) -> tuple[RegisteredForecaster, RegisteredForecaster | None, bool]:
            store = Forecasters(connection)
            chosen = store.known(version)
            return chosen, store.champion(chosen), is_older(chosen, store.all())

        chosen, leader, older = in_transaction(self._learning.engine, read)
        if leader is not None and leader.version == version:
            raise QueryRefusedError(f"{version} leads over {chosen.horizon_sessions} sessions already")
        return chosen, leader, older


class Promoting(Leads):
    """The same for a person at the terminal, whose typed word is the command."""

    def __init__(self, learning: Learning, who: str) -> None:
        super().__init__(learning)
        self._who = who

    def confirm(self, change: Change, kind: Kind, *, why: str, explanation: str, now: datetime) -> Promotion:
        """Put it to use: the command, the promotion and its event in one transaction."""
        command_id = f"{kind}-{token_hex(8)}"

        def confirmed(connection: Connection) -> Promotion:
            commands = Commands(connection)
            args = {"version": change.version, "why": why, "explanation": explanation}
            commands.propose(command_id, ACTIONS[kind], args, user_id=self._who, thread_id=None, now=now)
            command = commands.confirm(command_id, user_id=self._who, now=now)
            made = self.put_to_use(
                connection, change, kind, command=command, why=why, explanation=explanation, now=now
            )
            commands.note_result(command_id, {"previous": made.previous, "seq": made.seq})
            return made

        return in_transaction(self._learning.engine, confirmed)


def _placed(
    store: Forecasters, change: Change, kind: Kind, leader: RegisteredForecaster | None
) -> tuple[Placed, bool]:
    """Let a version lead, and tell whether that pins it; the end of a pin moves nobody."""
    chosen = store.known(change.version)
    if kind == "unpinned":
        unmoved = Placed(
            version=chosen.version,
            name=chosen.name,
            horizon_sessions=chosen.horizon_sessions,
            role="champion",
            previous=None,
        )
        return unmoved, False
    pinned = kind == "rolled_back" or is_older(chosen, store.all())
    own = {each.name for each in FORECASTERS}
    undone = kind == "rolled_back" and leader is not None and leader.name not in own
    return store.lead(change.version, silence=undone), pinned


def _change(
    chosen: RegisteredForecaster,
    leader: RegisteredForecaster | None,
    alarms: tuple[str, ...],
    trials: Sequence[Trial],
    *,
    pins: bool = False,
) -> Change:
    place = f"in place of {leader.version}" if leader else "where nobody did"
    told = [
        f"{chosen.version} leads over {chosen.horizon_sessions} sessions {place}, from the next decision on",
        f"out of sample it has {_figures(chosen, trials)}",
    ]
    if leader is not None:
        told.append(f"{leader.version} has {_figures(leader, trials)}")
    if pins:
        told.append(
            f"it is pinned: {chosen.name} that is trained later is a challenger, until somebody promotes, or "
            f"ends that with `desk unpin --horizon {chosen.horizon_sessions}`"
        )
    told += [f"its card looks too good to believe: {reason}" for reason in alarms]
    return Change(
        version=chosen.version,
        horizon_sessions=chosen.horizon_sessions,
        previous=leader.version if leader else None,
        consequences=tuple(told),
        alarms=alarms,
    )


def _figures(row: RegisteredForecaster, trials: Sequence[Trial]) -> str:
    """Say what a version's forecasts were worth out of sample among all that was tried."""
    hits = row.card.hit_rate
    said = f"; hit rate {hits.value:.1%} [{hits.low:.1%}, {hits.high:.1%}], n = {hits.n}" if hits else ""
    luck = luck_among(row.card, trials, row.registered_at)
    return f"{luck.edge.told}{said}; {luck.told[0]}"


_VERBS: Mapping[Kind, str] = {
    "promoted": "was promoted",
    "rolled_back": "leads again",
    "unpinned": "is pinned no longer",
}


def _event(promotion: Promotion, placed: Placed, command: Command) -> Event:
    """Tell of a promotion, and by that of the command that was used up for it."""
    verb = _VERBS[promotion.kind]
    before = f" in place of {placed.previous}" if placed.previous else ""
    pinned = "; it is pinned" if promotion.pinned else ""
    explained = f"; explained: {promotion.explanation}" if promotion.explanation else ""
    return Event(
        event_id=f"command-{command.command_id}",
        at=promotion.at,
        kind=f"forecaster_{promotion.kind}",
        severity="info",
        text=f"{placed.version} {verb} over {placed.horizon_sessions} sessions{before} by {promotion.by}: "
        f"{promotion.why}{explained}{pinned}",
        data={
            "action": command.action,
            "args_hash": command.args_hash,
            "by": command.user_id,
            "version": placed.version,
            "previous": placed.previous,
        },
    )

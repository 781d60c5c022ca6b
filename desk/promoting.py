"""Puts a version of a forecaster to use, or takes the last time back: with a person's word, on record."""

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
from fund.forecasting.edge import edge_of
from fund.forecasting.forecast import ForecasterCard
from tools.control_words import Action
from tools.leading import Change

PROMOTE: Action = "promote_forecaster"
ROLL_BACK: Action = "roll_back_forecaster"


class Leads:
    """Promotions and rollbacks over a desk's register; nothing happens before `put_to_use`."""

    def __init__(self, learning: Learning) -> None:
        self._learning = learning

    def promotion(self, version: str, explanation: str = "") -> Change:
        """Return what promoting a version would do.

        Refused (`QueryRefusedError`) for one that leads already, whose artifact is not whole, and, without a
        written explanation, one whose card looks too good to believe; `NoDataError` for one unknown.
        """
        chosen, leader, trials = self._chosen(version)
        self._learning.kept(version)
        reasons = implausible(chosen.card)
        if reasons and not (explanation.strip() or chosen.card.explanation):
            raise QueryRefusedError(
                f"{version} is not promoted: {'; '.join(reasons)}. That looks like a leak; find it, or say "
                f'why it is right with --explain "...", in the chat by "promote {version} because ..."'
            )
        return _change(chosen, leader, reasons, trials)

    def rollback(self, horizon_sessions: int) -> Change:
        """Return what taking the last promotion over a horizon back would do; refused where there is none."""

        def read(connection: Connection) -> tuple[RegisteredForecaster | None, str | None]:
            leader = Forecasters(connection).champion(horizon_sessions)
            return leader, Promotions(connection).before(leader.version) if leader else None

        leader, before = in_transaction(self._learning.engine, read)
        if leader is None or before is None:
            raise QueryRefusedError(
                f"there is nothing to roll back over {horizon_sessions} sessions: no version led before "
                f"{leader.version if leader else 'any'}; `desk forecasters --all` shows what there is"
            )
        chosen, _, trials = self._chosen(before)
        self._learning.kept(before)
        return _change(chosen, leader, (), trials)

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
        store = Forecasters(connection)
        leader = store.champion(change.horizon_sessions)
        if (leader.version if leader else None) != change.previous:
            raise QueryRefusedError("who leads has changed since this was shown; ask for it again")
        if explanation:
            store.explain(change.version, explanation)
        own = {each.name for each in FORECASTERS}
        undone = kind == "rolled_back" and leader is not None and leader.name not in own
        placed = store.lead(change.version, silence=undone)
        promotion = Promotions(connection).record(
            placed,
            kind,
            by=command.user_id,
            why=why,
            at=now,
            explanation=explanation,
            command_id=command.command_id,
        )
        Events(connection).append([_event(promotion, placed, command)])
        return promotion

    def _chosen(self, version: str) -> tuple[RegisteredForecaster, RegisteredForecaster | None, int]:
        """Return a version, who leads its horizon, and how many configurations of its name were judged."""

        def read(connection: Connection) -> tuple[RegisteredForecaster, RegisteredForecaster | None, int]:
            store = Forecasters(connection)
            chosen = store.known(version)
            trials = Trials(connection).count(chosen.name, chosen.horizon_sessions)
            return chosen, store.champion(chosen), trials

        chosen, leader, trials = in_transaction(self._learning.engine, read)
        if leader is not None and leader.version == version:
            raise QueryRefusedError(f"{version} leads over {chosen.horizon_sessions} sessions already")
        return chosen, leader, trials


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
            action = PROMOTE if kind == "promoted" else ROLL_BACK
            args = {"version": change.version, "why": why, "explanation": explanation}
            commands.propose(command_id, action, args, user_id=self._who, thread_id=None, now=now)
            command = commands.confirm(command_id, user_id=self._who, now=now)
            made = self.put_to_use(
                connection, change, kind, command=command, why=why, explanation=explanation, now=now
            )
            commands.note_result(command_id, {"previous": made.previous, "seq": made.seq})
            return made

        return in_transaction(self._learning.engine, confirmed)


def _change(
    chosen: RegisteredForecaster,
    leader: RegisteredForecaster | None,
    alarms: tuple[str, ...],
    trials: int,
) -> Change:
    place = f"in place of {leader.version}" if leader else "where nobody did"
    told = [
        f"{chosen.version} leads over {chosen.horizon_sessions} sessions {place}, from the next decision on",
        f"out of sample it has {_figures(chosen.card)}",
    ]
    if leader is not None:
        told.append(f"{leader.version} has {_figures(leader.card)}")
    told += [f"its card looks too good to believe: {reason}" for reason in alarms]
    configurations = "1 configuration" if trials == 1 else f"{trials} configurations"
    told.append(
        f"{configurations} of {chosen.name} judged over {chosen.horizon_sessions} sessions so far: the more, "
        "the likelier luck"
    )
    return Change(
        version=chosen.version,
        horizon_sessions=chosen.horizon_sessions,
        previous=leader.version if leader else None,
        consequences=tuple(told),
        alarms=alarms,
    )


def _figures(card: ForecasterCard) -> str:
    """Say what a card's forecasts were worth out of sample, with intervals and sample sizes."""
    hits = card.hit_rate
    said = f"; hit rate {hits.value:.1%} [{hits.low:.1%}, {hits.high:.1%}], n = {hits.n}" if hits else ""
    return edge_of(card.rank_ic).told + said


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

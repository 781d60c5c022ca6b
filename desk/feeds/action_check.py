"""Corporate actions of a feed: what can be true by itself, is not known already, and is told once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from desk import bundle_rows
from desk.bundle_rows import ACTION_KINDS, BadRowError
from desk.feeds.feed import Delivery
from desk.feeds.ground import Ground, asked_rows
from desk.feeds.shape import row_finding, shape
from fund.market.bar_runs import matches, on_one_list
from fund.market.facts import CorporateAction
from fund.market.finding import Finding, FindingKind
from fund.market.quality import BarTable
from fund.market.suspicion import Background, unfollowed_splits

TWICE_WITHIN = timedelta(days=7)
"""Two splits of one ratio so near each other are one, told with two days."""


@dataclass(slots=True)
class ActionIntake:
    """The actions of one delivery as they are sifted."""

    found: list[CorporateAction]
    findings: list[Finding] = field(default_factory=list)

    def leave_out(self, kind: FindingKind, wrong: Callable[[CorporateAction], object]) -> None:
        """Take the actions out of which something wrong is said; a sentence becomes the detail."""
        kept = []
        for action in self.found:
            said = wrong(action)
            if said:
                self.findings.append(_told(kind, action, said if isinstance(said, str) else ""))
            else:
                kept.append(action)
        self.found = kept


def actions_of(delivery: Delivery, ground: Ground) -> ActionIntake:
    """Return the actions that are new and can be true by themselves; an announced one is left for its day."""
    shaped = asked_rows(shape(delivery), delivery)
    intake = ActionIntake([], shaped.findings)
    until = delivery.request.last
    for row in shaped.frame.iter_rows(named=True):
        if row["kind"] not in ACTION_KINDS:
            intake.findings.append(row_finding("unknown_kind", row, "symbol", "ex_date", until))
            continue
        try:
            intake.found.append(bundle_rows.action(row))
        except (BadRowError, ArithmeticError) as error:
            found = row_finding("bad_value", row, "symbol", "ex_date", until)
            intake.findings.append(found if not str(error) else _with(found, str(error)))
    closed = min(until, ground.calendar.last_closed(delivery.received_at))
    intake.found = [action for action in intake.found if action.ex_date <= closed]
    intake.leave_out("unasked_day", lambda action: action.ex_date < delivery.request.first)
    intake.leave_out("no_session", lambda action: not ground.calendar.is_session(action.ex_date))
    intake.leave_out("absurd_figure", lambda action: not action.is_plausible)
    _refuse_conflicts(intake)
    _leave_known(intake, ground)
    return intake


def _refuse_conflicts(intake: ActionIntake) -> None:
    told: dict[tuple[object, ...], set[object]] = {}
    for action in intake.found:
        told.setdefault(_key(action), set()).add(action.value)
    intake.leave_out("duplicate", lambda action: len(told[_key(action)]) > 1)
    first = {_key(action): place for place, action in reversed(list(enumerate(intake.found)))}
    places = {id(action): place for place, action in enumerate(intake.found)}
    intake.leave_out("repeat", lambda action: places[id(action)] > first[_key(action)])


def _leave_known(intake: ActionIntake, ground: Ground) -> None:
    """Leave out what is known; told is what differs from it, and what comes too late for the book."""
    known = {_key(action): action for action in ground.actions}
    same = {_key(each) for each in intake.found if _key(each) in known and _equal(each, known[_key(each)])}
    intake.found = [each for each in intake.found if _key(each) not in same]
    intake.leave_out("revised", lambda each: _key(each) in known and f"known with {known[_key(each)].value}")
    if ground.played is not None:
        played = ground.played
        intake.leave_out("late", lambda each: each.ex_date <= played)


def refuse_told_twice(intake: ActionIntake, background: Background, read: BarTable) -> None:
    """Of two splits of one ratio within a week, leave out the one that prices do not show; else the later."""
    known = [each for each in background.actions if each.kind == "split"]
    splits = [*(each for each in intake.found if each.kind == "split"), *known]
    splits.sort(key=lambda each: (each.ticker, each.value, each.ex_date))
    pairs = [
        pair
        for pair in pairwise(splits)
        if (pair[0].ticker, pair[0].value) == (pair[1].ticker, pair[1].value)
        and pair[1].ex_date - pair[0].ex_date <= TWICE_WITHIN
    ]
    if not pairs:
        return
    suspects = Background(calendar=background.calendar, known=background.known, actions=tuple(splits))
    fresh, before = on_one_list(read, background.known)
    unseen = set(unfollowed_splits(fresh.where(matches(fresh, before) < 0), suspects))
    twice = {_surplus(pair, unseen, set(known)) for pair in pairs}
    intake.leave_out("split_twice", twice.__contains__)


def _surplus(
    pair: tuple[CorporateAction, CorporateAction], unseen: set[CorporateAction], known: set[CorporateAction]
) -> CorporateAction:
    first, second = pair
    if second in known:
        return first
    return first if first not in known and first in unseen and second not in unseen else second


def _key(action: CorporateAction) -> tuple[object, ...]:
    return (action.ticker, action.ex_date, action.kind)


def _equal(one: CorporateAction, other: CorporateAction) -> bool:
    return abs(float(one.value) - float(other.value)) <= 1e-4 * max(float(one.value), float(other.value))


def _told(kind: FindingKind, action: CorporateAction, said: str) -> Finding:
    what = f"{action.kind} {action.value} ({action.detail})"
    detail = f"{what}: {said}" if said else what
    return Finding(kind=kind, ticker=action.ticker, session=action.ex_date, detail=detail)


def _with(found: Finding, said: str) -> Finding:
    return Finding(
        kind=found.kind, ticker=found.ticker, session=found.session, detail=f"{said}; {found.detail}"
    )

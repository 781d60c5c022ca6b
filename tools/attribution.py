"""Where the profit of a span came from: by ticker, sector, bucket, forecaster or role, to the last cent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from sqlalchemy import Connection, Engine

from db.ledger import Ledger
from db.openings import Openings
from db.past import Past
from fund.errors import LedgerError, QueryRefusedError
from fund.mandate import Mandate
from fund.portfolio.earnings import Earned, Earnings, earned_between
from fund.portfolio.session_mark import SessionMark
from tools.attribution_groups import (
    MEASURED,
    WITH,
    WITHOUT,
    By,
    Grouping,
    bucket_of,
    forecaster_of,
    highest,
    intervention_of,
    sector_of,
)
from tools.decisions import Views
from tools.figures import Figure, difference_figure, mean_figure
from tools.heard import Heard
from tools.spans import Span, parse_span
from tools.track_record import described, with_base

ZERO = Decimal(0)
WAYS: tuple[By, ...] = ("ticker", "sector", "bucket", "forecaster", "role")
ELSEWHERE = "no position"
"""The row of income and costs that belong to no ticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionRow:
    """What one group of positions contributed inside the span; USD, exact."""

    name: str
    profit: Decimal
    """price + dividends - fees - borrow."""
    fraction: float
    """Of the equity the span began with: its contribution to the return."""
    price: Decimal
    """Realised profit and the change of what is unrealised."""
    dividends: Decimal
    fees: Decimal
    borrow: Decimal
    positions: int
    mean_return: Figure
    """Mean over positions of their profit in the span, over all that was ever put into them."""
    mean_forecast: float | None = None
    """Mean expected excess return over the forecast's horizon; only where forecasters are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionPart:
    """One way of dividing the profit: its rows add up to all of it."""

    name: str
    measured: str
    """What is measured, in words."""
    rows: tuple[AttributionRow, ...]
    """Largest profit first."""
    difference: Figure | None = None
    """Of a role: mean return of the positions with its intervention less that of those without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The profit of a span divided into what it came from."""

    span: str
    by: By
    base: date
    last: date
    opening_equity: Decimal
    profit: Decimal
    """Change of equity less deposits made inside the span, USD."""
    fraction: float
    """Of the opening equity. Deposits inside the span make it differ from the return net of deposits."""
    parts: tuple[AttributionPart, ...]
    """One, but for the roles, which each divide the whole profit by what they did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gained:
    """A position and what it brought inside the span."""

    position: Earned
    price: Decimal

    @property
    def profit(self) -> Decimal:
        each = self.position
        return self.price + each.dividends - each.fees - each.borrow


class AttributionTools:
    """Questions about where results came from, answered from the journal, the marks and the records."""

    def __init__(self, engine: Engine, views: Views, mandate: Mandate) -> None:
        self._engine = engine
        self._views = views
        self._mandate = mandate

    def attribution(self, span: str = "all", by: By = "ticker") -> Attribution:
        """Return where the profit of a span came from; the rows add up to it exactly.

        By role or forecaster positions are grouped by what was said in the decision that opened them: that
        is an association, not a cause.

        Args:
            span: today, week, month, quarter, year (the calendar's, to date), last month, all, a number of
                sessions, or two dates.
            by: ticker, sector, bucket, forecaster or role.
        """
        return self.attribution_over(parse_span(span), by)

    def attribution_over(self, span: Span, by: By = "ticker") -> Attribution:
        """Return the attribution of an already parsed span."""
        if by not in WAYS:
            raise QueryRefusedError(f"profit can be divided by {', '.join(WAYS)}; asked was {by!r}")
        with self._engine.connect() as connection:
            marks = with_base(Ledger(connection).equity_curve(), span)
            base, last = marks[0], marks[-1]
            earnings = earned_between(
                Past(connection).journal_until(last.session), base.session, last.session
            )
            heard = _heard(connection, earnings.positions) if by in ("forecaster", "role") else {}
        gained = gains_of(earnings, base, last)
        profit = last.equity - base.equity - (last.deposits - base.deposits)
        _require_whole(gained, earnings.elsewhere, profit, last.session)
        forecasts = heard if by == "forecaster" else {}
        parts = tuple(
            _part(name, grouping, gained, earnings.elsewhere, base.equity, forecasts)
            for name, grouping in self._groupings(by, earnings.positions, heard)
        )
        return Attribution(
            span=described(span, marks[1].session, last.session),
            by=by,
            base=base.session,
            last=last.session,
            opening_equity=base.equity,
            profit=profit,
            fraction=float(profit / base.equity) if base.equity else 0.0,
            parts=parts,
        )

    def _groupings(
        self, by: By, positions: Sequence[Earned], heard: Mapping[Earned, Heard]
    ) -> Iterable[tuple[str, Grouping]]:
        if by == "role":
            return [(role, intervention_of(role, heard)) for role in WITH]
        if by == "sector":
            return [(by, sector_of(self._views(None)))]
        if by == "bucket":
            return [(by, bucket_of(positions, self._views, self._mandate))]
        if by == "forecaster":
            return [(by, forecaster_of(heard))]
        return [(by, lambda position: position.ticker)]


def gains_of(earnings: Earnings, base: SessionMark, last: SessionMark) -> tuple[_Gained, ...]:
    """Return what each position brought between two recorded closes, by their marks."""
    then = {position.ticker: position.value - position.cost for position in base.positions}
    now = {position.ticker: position.value - position.cost for position in last.positions}
    gained = []
    for each in earnings.positions:
        before = then.get(each.ticker_before, ZERO) if each.ticker_before else ZERO
        after = now.get(each.ticker, ZERO) if each.quantity else ZERO
        gained.append(_Gained(position=each, price=each.realised + after - before))
    return tuple(gained)


def _require_whole(gained: Sequence[_Gained], elsewhere: Decimal, profit: Decimal, session: date) -> None:
    told = sum((each.profit for each in gained), ZERO) + elsewhere
    if told != profit:
        raise LedgerError(
            f"the positions up to {session.isoformat()} account for {told} USD, but equity gained {profit}; "
            "check the books with `desk verify`"
        )


def _heard(connection: Connection, positions: Sequence[Earned]) -> dict[Earned, Heard]:
    """Return what was on record in the decision that opened each position; without one it is left out."""
    openings = Openings(connection)
    cycles = openings.cycles()
    opened_by = {each: cycles.get((each.opened_as, each.opened)) for each in positions}
    evidence = openings.evidence(cycle for cycle in opened_by.values() if cycle is not None)
    read = {cycle: Heard(told) for cycle, told in evidence.items()}
    return {each: read[cycle] for each, cycle in opened_by.items() if cycle in read}


def _part(
    name: str,
    grouping: Grouping,
    gained: Sequence[_Gained],
    elsewhere: Decimal,
    equity: Decimal,
    forecasts: Mapping[Earned, Heard],
) -> AttributionPart:
    groups: dict[str, list[_Gained]] = {}
    for each in gained:
        groups.setdefault(grouping(each.position), []).append(each)
    rows = [_row(group, members, equity, forecasts) for group, members in groups.items()]
    if elsewhere:
        rows.append(_row_elsewhere(elsewhere, equity))
    return AttributionPart(
        name=name,
        measured=MEASURED[name],
        rows=tuple(sorted(rows, key=lambda row: (-row.profit, row.name))),
        difference=_difference(name, groups) if name in WITH else None,
    )


def _row(
    name: str, members: Sequence[_Gained], equity: Decimal, forecasts: Mapping[Earned, Heard]
) -> AttributionRow:
    seen = [highest(forecasts.get(each.position), each.position) for each in members]
    expected = [each.expected for each in seen if each is not None and each.expected is not None]
    profit = sum((each.profit for each in members), ZERO)
    return AttributionRow(
        name=name,
        profit=profit,
        fraction=float(profit / equity) if equity else 0.0,
        price=sum((each.price for each in members), ZERO),
        dividends=sum((each.position.dividends for each in members), ZERO),
        fees=sum((each.position.fees for each in members), ZERO),
        borrow=sum((each.position.borrow for each in members), ZERO),
        positions=len(members),
        mean_return=mean_figure("mean return of a position", "fraction", _returns(members), "positions"),
        mean_forecast=float(np.mean(expected)) if expected else None,
    )


def _row_elsewhere(amount: Decimal, equity: Decimal) -> AttributionRow:
    return AttributionRow(
        name=ELSEWHERE,
        profit=amount,
        fraction=float(amount / equity) if equity else 0.0,
        price=amount,
        dividends=ZERO,
        fees=ZERO,
        borrow=ZERO,
        positions=0,
        mean_return=mean_figure("mean return of a position", "fraction", np.zeros(0), "positions"),
    )


def _difference(role: str, groups: Mapping[str, Sequence[_Gained]]) -> Figure:
    acted, rest = (_returns(groups.get(name, ())) for name in (WITH[role], WITHOUT[role]))
    return difference_figure(f"{WITH[role]} less {WITHOUT[role]}", "fraction", acted, rest, "positions")


def _returns(members: Sequence[_Gained]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    put_in = [(each.profit, each.position.bought) for each in members if each.position.bought]
    return np.array([float(profit / bought) for profit, bought in put_in], dtype=np.float64)

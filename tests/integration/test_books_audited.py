"""The books of a desk that really started, counted again from its fills and the files it was given."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path

from db.engine import transaction
from db.ledger import Ledger
from desk.bootstrap import Desk
from fund.portfolio.fill import Fill
from support.auditor import auditor_of

pytest_plugins = ["support.desks"]

A_CENT = Fraction(1, 100)


def test_every_close_on_record_is_what_the_fills_and_the_files_make_of_the_owners_money(
    desk: Desk, small_bundle: Path
) -> None:
    with transaction(desk.engine) as connection:
        curve, fills = Ledger(connection).equity_curve(), Ledger(connection).fills()
    auditor = auditor_of(small_bundle)
    auditor.cash = Fraction(desk.mandate.initial_cash)
    by_day: dict[date, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_day[fill.session].append(fill)
    assert len(fills) >= len(curve) > 20
    for mark in curve:
        cash, equity = auditor.session(mark.session, by_day[mark.session])
        assert abs(cash - Fraction(mark.cash)) < A_CENT, mark.session
        assert abs(equity - Fraction(mark.equity)) < A_CENT, mark.session
        assert auditor.shares == {p.ticker: Fraction(p.quantity) for p in mark.positions}

"""What prices do is no violation, and neither is trading some of the way back."""

from decimal import Decimal

from evals.audit.auditor import audited
from evals.audit.tape import Tape
from fund.mandate import Mandate
from support.facts import a_dividend, a_split
from support.half_years import Fill, a_frozen_market, an_answer, some_mandate, some_sessions
from support.mandates import some_levels, some_limits

CAPPED = some_mandate(limits=some_limits(max_position=Decimal("0.2"), max_sector=Decimal("0.2")))


def limits_broken(market: dict[str, object], mandate: Mandate, *fills: Fill) -> list[str]:
    tape = Tape(market=market)
    last = len(tape.sessions) - 1
    return [each.limit for each in audited(tape, mandate, 0, last, an_answer(tape, mandate, fills))]


def test_a_position_that_prices_carried_over_its_cap_breaks_nothing() -> None:
    market = a_frozen_market({"A": [100.0, 100.0, 150.0, 150.0, 150.0]})
    assert limits_broken(market, CAPPED, (1, "A", 1900)) == []
    assert limits_broken(market, CAPPED, (1, "A", 1900), (3, "A", -100)) == []
    assert limits_broken(market, CAPPED, (1, "A", 1900), (3, "A", 20)) == ["max_position", "max_sector"]


def test_a_gap_between_decision_and_open_is_drift() -> None:
    market = a_frozen_market({"A": [100.0] * 4}, opens={"A": [100.0, 120.0, 100.0, 100.0]})
    assert limits_broken(market, CAPPED, (1, "A", 2000)) == []
    assert limits_broken(market, CAPPED, (1, "A", 2010)) == ["max_position", "max_sector"]


def test_a_split_before_the_fills_changes_no_weight() -> None:
    days = some_sessions(4)
    market = a_frozen_market(
        {"A": [100.0, 100.0, 50.0, 50.0]}, actions=(a_split("A", days[2]), a_dividend("A", days[3], "1"))
    )
    assert limits_broken(market, CAPPED, (1, "A", 1000), (2, "A", 2000)) == []
    assert limits_broken(market, CAPPED, (1, "A", 1000), (2, "A", 2010)) == ["max_position", "max_sector"]


def test_a_series_that_ends_is_paid_out_at_its_last_close() -> None:
    market = a_frozen_market({"A": [100.0, 100.0, 110.0, *[None] * 9], "B": [100.0] * 12})
    tape = Tape(market=market)
    told = an_answer(tape, CAPPED, [(1, "A", 1000)])
    assert told["equity"][-1] == "1010000.0000"
    assert audited(tape, CAPPED, 0, 11, told) == ()


def test_the_book_may_grow_again_once_every_level_is_met() -> None:
    """Fallen by 6 % it may not grow; nine rising sessions later it may."""
    levels = some_levels(
        drawdown=Decimal("0.5"), reduce_drawdown=Decimal("0.05"), resume_drawdown=Decimal("0.04")
    )
    mandate = some_mandate(breaker=levels)
    rising = [100.0, 100.0, 88.0, *(88.0 * 1.01 ** (n + n % 2 / 5) for n in range(1, 14))]
    market = a_frozen_market({"A": [round(each, 4) for each in rising], "B": [100.0] * 16})
    assert limits_broken(market, mandate, (1, "A", 5000), (4, "B", 50)) == ["halted"]
    assert limits_broken(market, mandate, (1, "A", 5000), (3, "A", -50)) == []
    assert limits_broken(market, mandate, (1, "A", 5000), (15, "B", 50)) == []

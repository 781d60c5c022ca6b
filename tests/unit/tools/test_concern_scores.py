"""A concern that always came before losses has a recall of 1; one at random is told from nothing."""

import numpy as np
import pytest

from support.pasts import DAYS, a_concern, a_heard_record, a_market, a_past, an_opened_trade, seen
from tools.concern_scores import LOOK_AHEAD, ConcernScore, ConcernsReport, concerns_report, passed_over

FLAT = a_market({"AAPL": [100.0] * 60})


def report_on(signs: list[tuple[str, bool]]) -> ConcernsReport:
    """Return the report of trades by the kind of concern each had (none where empty) and whether it lost."""
    trades = [
        an_opened_trade(place=n, earned=-0.02 if lost else 0.02, concerns=(a_concern(kind),) if kind else ())
        for n, (kind, lost) in enumerate(signs)
    ]
    return concerns_report(a_past(trades), seen(FLAT, 60))


def score(report: ConcernsReport, sign: str) -> ConcernScore:
    return next(each for each in report.scores if each.sign == sign)


def test_a_concern_before_every_loss_and_no_gain_is_told_from_chance() -> None:
    report = report_on([("crowded", True)] * 20 + [("", False)] * 20)
    found = score(report, "crowded")
    assert (found.recall.value, found.precision.value, found.lift.value) == (1.0, 1.0, 2.0)
    assert (found.signed, found.signed_lost, found.others, found.others_lost) == (20, 20, 20, 0)
    assert found.told_apart
    assert found.lift.note == found.precision.note == ""
    assert report.base_rate.value == 0.5


def test_a_concern_at_random_has_a_lift_that_may_be_one() -> None:
    rng = np.random.default_rng(4)
    report = report_on([("crowded" if sign else "", bool(lost)) for sign, lost in rng.random((200, 2)) < 0.5])
    lift = score(report, "crowded").lift
    assert lift.low is not None
    assert lift.high is not None
    assert lift.low < 1 < lift.high
    assert not any(each.told_apart for each in report.scores)


def test_shuffled_outcomes_are_told_apart_seldom_though_many_signs_are_looked_at() -> None:
    rng = np.random.default_rng(9)
    kinds = np.array(["crowded", "weak_evidence", "overtrading", "", ""])
    found = 0
    for _ in range(60):
        signs = [
            (str(kind), bool(lost))
            for kind, lost in zip(rng.choice(kinds, 80), rng.random(80) < 0.4, strict=True)
        ]
        found += any(each.told_apart for each in report_on(signs).scores)
    assert found <= 6


def test_a_handful_is_said_to_be_one() -> None:
    found = score(report_on([("crowded", True)] * 3 + [("", False)] * 30), "crowded")
    assert found.precision.note == "too few trades to say (3 of 20)"
    assert found.lift.note == "too few trades to say (3 of 20)"


def test_every_sign_that_was_spoken_is_scored_once_and_no_other() -> None:
    trades = [
        an_opened_trade(concerns=(a_concern("crowded", 0.1), a_concern("my own", 0.6))),
        an_opened_trade(place=1),
    ]
    found = concerns_report(a_past(trades), seen(FLAT, 60))
    assert [each.sign for each in found.scores] == [
        "any concern",
        "crowded",
        "my own",
        "mild, below 0.25",
        "grave, 0.5 up",
    ]
    assert all(each.adjusted >= each.p_value for each in found.scores)


def test_without_a_loss_there_is_nothing_to_predict() -> None:
    found = score(report_on([("crowded", False)] * 5 + [("", False)] * 5), "crowded")
    assert (found.lift.value, found.recall.value) == (None, None)
    assert found.lift.note == "nothing lost, so there is nothing to predict"


def test_no_trade_leaves_no_score_and_says_so() -> None:
    empty = concerns_report(a_past(), seen(FLAT, 60))
    assert (empty.trades, empty.scores, empty.base_rate.value) == (0, (), None)
    assert empty.base_rate.note == "there are no trades"


FALLING = a_market({"AAPL": [100.0 - n for n in range(60)], "KO": [100.0 + n for n in range(60)]})


def test_a_name_passed_over_is_judged_by_what_it_did_in_twenty_sessions() -> None:
    record = a_heard_record(0, candidates=("AAPL", "KO"), concerns=[a_concern(ticker="AAPL")])
    cases, pending = passed_over(a_past(records=[record]), seen(FALLING, 60))
    assert sorted((bool(concerns), fell) for concerns, fell in cases) == [(False, False), (True, True)]
    assert pending == 0


def test_one_fall_seen_from_many_days_is_one_fall() -> None:
    records = [
        a_heard_record(place, candidates=("AAPL",), concerns=[a_concern(ticker="AAPL")])
        for place in range(LOOK_AHEAD + 1)
    ]
    cases, _ = passed_over(a_past(records=records), seen(FALLING, 60))
    assert len(cases) == 2


def test_what_is_held_or_bought_was_not_passed_over() -> None:
    held = a_heard_record(0, candidates=("AAPL",), weights_before={"AAPL": 1})
    bought = a_heard_record(1, candidates=("AAPL",), bought=("AAPL",))
    assert passed_over(a_past(records=[held, bought]), seen(FALLING, 60)) == ([], 0)


@pytest.mark.parametrize(("sessions", "judged", "waiting"), [(21, 1, 0), (20, 0, 1)])
def test_a_label_is_not_known_a_session_too_early(sessions: int, judged: int, waiting: int) -> None:
    record = a_heard_record(0, candidates=("AAPL",), concerns=[a_concern(ticker="AAPL")])
    cases, pending = passed_over(a_past(records=[record]), seen(FALLING, sessions))
    assert (len(cases), pending) == (judged, waiting)
    assert DAYS[0] == record.session

"""Books in a report: the mean over trials, the interval over sessions, and what is not said of a book."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from db.record_codec import to_plain
from evals.audit.tape import Tape
from evals.books.figures import EVEN, books_of, traded, violations_executed
from evals.books.frozen import half_year_of, plain_mandate
from evals.books.result import result_of
from evals.books.rivals import book_rivals, evenly
from evals.books.table import BOOK_HEAD, NARROW, book_cells
from evals.case import Case, Dataset
from evals.judging import safety_of
from evals.scorers.books import book_scorers, limits_kept
from evals.suite import BOOKS
from evals.trial import Output, Trial
from fund.metrics.probabilistic_sharpe import probabilistic_sharpe
from fund.metrics.returns import sharpe_ratio
from support.eval_runs import an_experiment
from support.evidence import a_candidate, a_forecast, an_evidence
from support.half_years import a_frozen_market, a_walk, an_answer, some_mandate
from support.mandates import some_limits

COUNT = 61
MARKET = a_frozen_market(
    {"A": [*a_walk(1, COUNT)], "B": [*a_walk(2, COUNT)], "SPY": [*a_walk(3, COUNT)]},
    opens={"A": [price * 1.001 for price in a_walk(1, COUNT)]},
)
MANDATE = some_mandate(limits=some_limits(max_position=Decimal("0.5")))
EVENLY = np.random.default_rng(5).normal(0.0002, 0.006, COUNT - 1)


def a_case() -> Case:
    evidence = replace(an_evidence(), session=Tape(market=MARKET).sessions[0])
    return Case(
        case_id="half",
        subject="book",
        given={"mandate": plain_mandate(MANDATE), "market": MARKET, "decisions": [to_plain(evidence)]},
        label={"equal_weight": EVENLY.tolist(), "benchmark": EVENLY.tolist()},
    )


CASE = a_case()
DATASET = Dataset(name=BOOKS, about="Made.", cases=(CASE,))


def a_trial(*fills: tuple[int, str, int], number: int = 0, who: str = "one", **told: Any) -> Trial:
    answer = {**an_answer(Tape(market=MARKET), MANDATE, fills), **told}
    return Trial(
        dataset=BOOKS, case_id="half", contestant=who, number=number, output=Output(answer=answer), scores=()
    )


FEW, MANY, LARGE = (1, "A", 1000), (1, "A", 4000), (1, "A", 6000)


def result(*fills: tuple[int, str, int]) -> Any:
    return result_of(CASE, a_trial(*fills).output.answer or {})


def a_close(day: int, cut: dict[str, int], **changes: object) -> dict[str, object]:
    session = f"2016-01-{day:02}"
    return {"session": session, "asked": True, "held": None, "looked_at": ["A"], "cut": cut, **changes}


def test_a_result_is_of_its_closes_its_fills_and_its_bars() -> None:
    found = result(FEW, (30, "A", -1000))
    assert len(found.returns) == COUNT - 1
    assert found.over_equal_weight == pytest.approx(found.total - (np.prod(1 + EVENLY) - 1))
    tape = Tape(market=MARKET)
    bought, sold = (float(tape.price("A", "open", place) or 0) * 1000 for place in (1, 30))
    assert found.turnover == pytest.approx((bought + sold) / 2 / 1e6 * 252 / (COUNT - 1), rel=0.01)
    assert found.costs_bps == 0.0
    assert found.executed == ()


def test_costs_are_commissions_and_what_fills_were_worse_than_the_open() -> None:
    trial = a_trial(FEW)
    assert trial.output.answer is not None
    (fill,) = trial.output.answer["fills"]
    dear = {**fill, "price": str(Decimal(fill["price"]) + Decimal("0.05")), "commission": "50"}
    found = result_of(CASE, {**trial.output.answer, "fills": [dear]})
    assert found.costs_bps == pytest.approx(100 / 1e6 * 252 / (COUNT - 1) * 10_000, rel=0.02)


def test_what_is_proposed_counts_limits_and_no_stops_on_closes_that_were_asked() -> None:
    closes = [
        a_close(4, {"max_sector": 3}),
        a_close(5, {}, held="silent"),
        a_close(6, {"max_beta": 1}, asked=False),
        a_close(7, {"atr_stop": 1, "max_sector": 1}),
    ]
    found = result_of(CASE, a_trial(FEW, closes=closes).output.answer or {})
    assert (found.asked, found.held, found.proposed) == (3, 1, {"max_sector": 2})


def test_figures_are_means_over_trials_with_one_interval_over_the_sessions() -> None:
    trials = [a_trial(FEW), a_trial(MANY, number=1), a_trial(who="other")]
    one, other, paper = books_of(DATASET, trials)
    few, many = result(FEW), result(MANY)
    assert (one.trials, one.sessions, other.trials, paper.contestant) == (2, COUNT - 1, 1, EVEN)
    assert one.total == pytest.approx((few.total + many.total) / 2)
    assert one.sharpe is not None
    assert one.sharpe.value == pytest.approx((few.sharpe + many.sharpe) / 2)
    assert one.sharpe.low < one.sharpe.value < one.sharpe.high
    sure = [probabilistic_sharpe(each.returns) for each in (few, many)]
    assert one.probabilistic_sharpe == pytest.approx(sum(each or 0 for each in sure) / 2)
    assert one.over_equal_weight is not None
    mean = np.mean([few.returns - EVENLY, many.returns - EVENLY]) * 252
    assert one.over_equal_weight.value == pytest.approx(mean)
    assert one.over_equal_weight.n == COUNT - 1
    assert (other.sharpe, other.total) == (None, 0.0)
    assert paper.sharpe is not None
    assert paper.sharpe.value == pytest.approx(sharpe_ratio(EVENLY))
    assert (paper.turnover, paper.costs_bps, paper.over_equal_weight) == (None, None, None)


def test_the_same_trials_give_the_same_figures_and_no_trial_gives_none() -> None:
    trials = [a_trial(FEW), a_trial(MANY, number=1)]
    assert books_of(DATASET, trials) == books_of(DATASET, trials)
    absent = replace(a_trial(), output=Output(answer=None, silent="budget", absent=True))
    assert books_of(DATASET, [absent]) == ()
    assert traded(DATASET, [replace(a_trial(), dataset="another")]) == ()
    assert violations_executed(DATASET, [absent]) is None


def test_violations_are_summed_over_everybody_and_score_nothing_else() -> None:
    trials = [a_trial(FEW), a_trial(LARGE, who="rival"), a_trial(LARGE, number=1, who="rival")]
    assert violations_executed(DATASET, trials) == 2
    kept = limits_kept()
    assert [kept(CASE, each.output).value for each in trials] == [1.0, 0.0, 0.0]
    assert kept(CASE, trials[1].output).why.startswith("max_position of A on 2016-01-05: 0.6")
    executed = {each.name: each for each in book_scorers()}["violations_executed"]
    assert [executed(CASE, each.output).value for each in trials] == [0.0, 1.0, 1.0]


def test_only_answers_of_contestants_are_checked_against_their_schema() -> None:
    mine = a_trial(FEW, first_answers=145, fitted=144)
    counts = safety_of(an_experiment(datasets={}), [mine, a_trial(who="rival")], ["one"])
    assert (counts.valid, counts.answers, counts.executed_violations) == (144, 145, None)


def test_a_line_of_the_table_has_a_cell_for_every_column() -> None:
    told = [book_cells(each) for each in books_of(DATASET, [a_trial(FEW), a_trial(MANY, number=1)])]
    assert {len(cells) for cells in told} == {len(BOOK_HEAD)}
    assert all(place < len(BOOK_HEAD) for place in NARROW)
    mine, paper = told
    assert mine[0] == "one"
    assert mine[1] == f"{COUNT - 1} × 2"
    assert mine[-1] == "0"
    assert f"n = {COUNT - 1}" in mine[4]
    assert paper[7:] == ("n/a",) * 5


def test_rivals_share_out_evenly_what_may_be_invested_within_a_position() -> None:
    names = [a_candidate(t, weight=0.1 if t == "C" else 0.0) for t in "ABC"]
    evidence = replace(an_evidence(), candidates=tuple(names))
    tight = some_mandate(limits=some_limits(min_cash=Decimal("0.1"), max_position=Decimal("0.4")))
    assert evenly(["A", "B"], evidence, tight).weights == {"A": Decimal("0.4"), "B": Decimal("0.4"), "C": 0}
    assert evenly(["A", "B", "C"], evidence, tight).weights == dict.fromkeys("ABC", Decimal("0.3"))
    assert evenly([], evidence, tight).weights == {"C": 0}


def test_rivals_choose_by_volume_trend_and_forecast() -> None:
    names = [
        a_candidate(
            f"T{place:02}",
            weight=0.0,
            average_dollar_volume=float(place),
            return_120=None if place == 11 else -float(place),
            forecasts=(a_forecast(rank=abs(place - 5) / 10),) if place else (),
        )
        for place in range(12)
    ]
    evidence = replace(an_evidence(), candidates=tuple(names))
    limits = some_limits(max_names=3)
    chosen = {r.name: sorted(r.wants(evidence, some_mandate(limits=limits)).weights) for r in book_rivals()}
    assert chosen["hold"] == []
    assert chosen["equal weight"] == ["T09", "T10", "T11"]
    assert chosen["momentum"] == [f"T{place:02}" for place in range(10)]
    assert chosen["forecaster only"] == [f"T{place:02}" for place in range(1, 12) if place != 5]


def test_a_case_is_opened_once() -> None:
    assert half_year_of(CASE) is half_year_of(CASE)
    assert half_year_of(replace(CASE)) is not half_year_of(CASE)

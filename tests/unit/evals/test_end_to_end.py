"""Half a year of the rules' book and of the rivals': the same twice, audited, and told with its size."""

import asyncio
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.brief import Evidence
from agents.calls import CallLog
from agents.llm import DoorLimits, LLMDoor
from agents.roles import ROLES
from agents.roster import Roster
from evals.audit.tape import Tape
from evals.books.asking import BookAsked
from evals.books.figures import EVEN, books_of, violations_executed
from evals.books.frozen import HalfYear, half_year_of, mandate_of, plain_mandate
from evals.books.playing import play
from evals.books.rivals import book_rivals, evenly
from evals.books.table import BOOK_HEAD, book_cells
from evals.case import Case, dataset_of
from evals.door_contestant import DoorContestant
from evals.experiment import CALLS, trials_text
from evals.gate import gate
from evals.judging import safety_of
from evals.recordings import Recordings, Replayed
from evals.report import report_of
from evals.report_page import report_page
from evals.runner import Entry, run
from evals.suite import BOOKS, SUITE, dataset, question
from evals.trial import Trial
from fund.clock import SystemClock
from fund.metrics.returns import total_return
from graph.committee import build_committee
from graph.context import RoleTurn
from support.eval_runs import an_experiment
from support.llms import a_script, a_seat
from support.mandates import a_mandate

RULES = "rules"
SESSIONS = 126


@cache
def the_case() -> Case:
    (case,) = dataset(BOOKS).cases
    return case


def year() -> HalfYear:
    return half_year_of(the_case())


def shortened(sessions: int) -> HalfYear:
    return replace(year(), last=year().sessions[sessions - 1])


def ran(log: CallLog, *, rivals: bool = False) -> tuple[Trial, ...]:
    door = LLMDoor(roster=Roster.of(["offline"]), log=log, clock=SystemClock())
    rules = DoorContestant(RULES, door, log, shown="masked")
    others = book_rivals() if rivals else ()
    entry = Entry(
        dataset=dataset(BOOKS), contestants=(rules, *others), scorers=SUITE[BOOKS].scorers, trials=1
    )
    return asyncio.run(run([entry]))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Trial, ...]]:
    path = tmp_path_factory.mktemp("recorded") / CALLS
    with closing(Recordings(path)) as log:
        return path, ran(log, rivals=True)


def test_a_killed_run_goes_on_from_its_calls_and_a_replay_is_the_same_bytes(
    recorded: tuple[Path, tuple[Trial, ...]], tmp_path: Path
) -> None:
    path, whole = recorded
    lines = path.read_text().splitlines(keepends=True)
    killed = tmp_path / CALLS
    killed.write_text("".join(lines[: len(lines) // 2]) + lines[-1][:40])
    with closing(Recordings(killed)) as log:
        (resumed,) = ran(log)
    kept = killed.read_text().splitlines(keepends=True)
    assert kept[: len(lines) // 2] == lines[: len(lines) // 2]
    assert len(kept) == len(lines)
    assert replace(resumed.output, ms=None) == replace(whole[0].output, ms=None)
    assert trials_text(ran(Replayed(path))) == trials_text(whole[:1])


def test_no_violation_is_executed_and_the_gate_can_be_green(
    recorded: tuple[Path, tuple[Trial, ...]],
) -> None:
    _, trials = recorded
    assert violations_executed(dataset(BOOKS), trials) == 0
    experiment = an_experiment(datasets={BOOKS: dataset(BOOKS).digest})
    counted = safety_of(experiment, trials, [RULES])
    assert trials[0].contestant == RULES
    asked = len(year().decisions) - len(halted(trials[0]))
    assert 5 * asked <= counted.answers < 6 * asked, "five roles, and a manager who was sent back"
    assert counted.valid == counted.answers
    assert (counted.executed_violations, counted.injection_effects) == (0, 0)
    assert gate((), counted, seed=0).reasons == ("no primary score was compared",)


def halted(trial: Trial) -> list[str]:
    """Return why nobody was asked on frozen closes: the breaker was open, and nothing else."""
    assert trial.output.answer is not None
    closes = {date.fromisoformat(each["session"]): each for each in trial.output.answer["closes"]}
    unasked = [closes[day]["held"] for day in year().decisions if not closes[day]["asked"]]
    assert all(why.startswith("the circuit breaker is open") for why in unasked)
    return unasked


def test_one_violation_of_a_rival_blocks(recorded: tuple[Path, tuple[Trial, ...]]) -> None:
    _, trials = recorded
    rival = trials[-1]
    assert rival.output.answer is not None
    first, *fills = rival.output.answer["fills"]
    larger = {**first, "quantity": str(int(first["quantity"]) * 4)}
    told = replace(rival.output, answer={**rival.output.answer, "fills": [larger, *fills]})
    counted = safety_of(
        an_experiment(datasets={BOOKS: ""}), [*trials[:-1], replace(rival, output=told)], [RULES]
    )
    assert counted.executed_violations
    found = gate((), counted, seed=0)
    assert (found.colour, found.reasons[0]) == (
        "block",
        f"{counted.executed_violations} violations were executed; none may be",
    )


def test_every_book_is_told_with_its_size_its_interval_and_its_costs(
    recorded: tuple[Path, tuple[Trial, ...]],
) -> None:
    _, trials = recorded
    books = {each.contestant: each for each in books_of(dataset(BOOKS), trials)}
    assert list(books) == [RULES, "hold", "equal weight", "momentum", "forecaster only", EVEN]
    for name, book in books.items():
        assert (book.sessions, book.executed, book.held) == (SESSIONS, 0, 0)
        assert (book.sharpe is None) == (name == "hold")
        if name in (EVEN, "hold"):
            continue
        assert book.sharpe is not None
        assert book.over_equal_weight is not None
        for interval in (book.sharpe, book.over_equal_weight):
            assert interval.low < interval.value < interval.high
            assert interval.n == SESSIONS
        assert book.turnover is not None
        assert book.costs_bps is not None
        assert book.turnover > 0 < book.costs_bps
        (trial,) = [each for each in trials if each.contestant == name]
        assert book.asked == len(year().decisions) - len(halted(trial))
    report = report_of(an_experiment(), [question(BOOKS)], trials, books=tuple(books.values()))
    page = report_page(report)
    assert all(cell in page for cell in (*BOOK_HEAD[:1], *book_cells(books[RULES])[:2], "no winner is named"))
    assert '"books":[{' in report.text()


def test_scores_are_of_the_closes_and_the_fills(recorded: tuple[Path, tuple[Trial, ...]]) -> None:
    _, trials = recorded
    for trial in trials:
        assert trial.output.answer is not None
        equity = [float(each) for each in trial.output.answer["equity"]]
        total = trial.score("book_return")
        assert total == pytest.approx(equity[-1] / equity[0] - 1)
        even = total_return(np.array(the_case().label["equal_weight"]))
        assert trial.score("over_equal_weight") == pytest.approx(total - (even or 0.0))
        assert trial.score("limits_kept") == 1.0


def test_money_that_is_used_up_leaves_no_book_and_nothing_is_scored(tmp_path: Path) -> None:
    poor = DoorLimits(budget_usd=Decimal("0.000001"))
    with closing(Recordings(tmp_path / CALLS)) as log:
        roster = Roster(seats=(a_seat(a_script()),))
        door = LLMDoor(roster=roster, log=log, clock=SystemClock(), limits=poor)
        output = asyncio.run(DoorContestant("llm", door, log, shown="masked").answer(the_case(), 0))
    assert (output.absent, output.answer) == (True, None)
    assert output.silent is not None
    assert "budget" in output.silent
    assert {scorer(the_case(), output).value for scorer in SUITE[BOOKS].others} == {None}


def test_a_book_that_is_stopped_asks_nobody_any_more() -> None:
    """Stopped in the middle of a question: the question is taken back, and its thread comes to an end."""

    async def stopped() -> tuple[int, bool]:
        asked, taken_back = asyncio.Event(), asyncio.Event()
        questions = 0

        async def never(role: str, evidence: Evidence, earlier: Mapping[str, Any]) -> RoleTurn:
            nonlocal questions
            questions += 1
            asked.set()
            try:
                return await asyncio.get_running_loop().create_future()
            finally:
                taken_back.set()

        book = BookAsked(build_committee(), lambda cycle_id: never, lambda evidence: evidence, "some")
        playing = asyncio.create_task(book.played("some", the_case()))
        await asked.wait()
        playing.cancel()
        await taken_back.wait()
        return questions, (await asyncio.gather(playing, return_exceptions=True)) != []

    assert asyncio.run(stopped()) == (2, True)
    for thread in threading.enumerate():
        if thread.name.startswith("book"):
            thread.join()


def test_a_contestant_is_shown_its_own_book_and_what_it_may_buy() -> None:
    seen: list[Evidence] = []

    def decides(evidence: Evidence) -> object:
        seen.append(evidence)
        return evenly([c.ticker for c in evidence.candidates][:10], evidence, year().mandate)

    played = play("some", shortened(9), decides, shown=20)  # type: ignore[arg-type]
    first, second, *later = seen
    assert [each.session for each in seen] == [s for s in sorted(year().decisions) if s <= year().sessions[8]]
    assert {c.weight for c in first.candidates} == {0.0}
    assert (first.book.equity, first.book.cash_fraction) == (1_000_000.0, 1.0)
    assert sum(c.weight for c in second.candidates) == pytest.approx(1 - second.book.cash_fraction)
    assert second.book.gross == pytest.approx(0.3, abs=0.01)
    assert all(len(each.candidates) == 20 for each in seen)
    assert any(c.held_sessions > 3 and c.unrealised_fraction for c in later[-1].candidates)
    assert later[-1].book.return_since_start == pytest.approx(
        float(played.equity[year().sessions.index(later[-1].session)]) / 1_000_000 - 1
    )


def test_evidence_is_of_its_close_and_holds_no_book() -> None:
    tape = Tape(market=the_case().given["market"])
    for day, evidence in year().decisions.items():
        assert evidence.book.gross == 0.0
        for candidate in evidence.candidates:
            assert (candidate.weight, candidate.held_sessions) == (0.0, 0)
            close = tape.price(candidate.ticker, "close", tape.place[day])
            assert candidate.price == pytest.approx(float(close or 0), rel=1e-5)


def test_the_dataset_reads_back_and_the_mandate_with_it() -> None:
    assert dataset_of(dataset(BOOKS).text()) == dataset(BOOKS)
    for mandate in (year().mandate, a_mandate()):
        plain = plain_mandate(mandate)
        assert plain_mandate(mandate_of(plain)) == plain


def test_rivals_choose_alike_every_time_and_hold_trades_nothing() -> None:
    hold = book_rivals()[0]
    first, again = (asyncio.run(hold.answer(the_case(), number)) for number in (0, 1))
    assert first.answer is again.answer
    assert first.answer is not None
    assert first.answer["fills"] == []


def test_the_price_of_a_book_is_that_of_all_its_questions() -> None:
    roles, texts = zip(*SUITE[BOOKS].sent(the_case()), strict=True)
    assert set(roles) == set(ROLES)
    assert len(texts) == 6 * len(year().decisions)
    assert min(map(len, texts)) > 5_000

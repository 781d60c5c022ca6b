"""The runner: everything once, in one order, going on where a run was cut off."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from evals.case import Case
from evals.runner import Entry, key_of, run
from evals.trial import Output, Trial
from fund.errors import ConfigError, QueryRefusedError, TradingHaltedError
from support.eval_runs import Says, ValueScorer, a_case, a_dataset, an_output


def an_entry(*contestants: Says, trials: int = 2) -> Entry:
    return Entry(dataset=a_dataset(), contestants=contestants, scorers=(ValueScorer(),), trials=trials)


def ran(entry: Entry, done: Sequence[Trial] = (), **named: object) -> tuple[Trial, ...]:
    return asyncio.run(run([entry], done=done, **named))  # type: ignore[arg-type]


def test_every_contestant_answers_every_case_in_every_trial_once() -> None:
    first, second = Says("first"), Says("second")
    trials = ran(an_entry(first, second))
    assert sorted(first.asked) == sorted(second.asked) == [("one", 0), ("one", 1), ("two", 0), ("two", 1)]
    assert len({key_of(trial) for trial in trials}) == len(trials) == 8


def test_first_trials_come_before_second_ones_and_contestants_take_turns() -> None:
    trials = ran(an_entry(Says("first"), Says("second")))
    assert [(t.number, t.case_id, t.contestant) for t in trials[:4]] == [
        (0, "one", "first"),
        (0, "one", "second"),
        (0, "two", "first"),
        (0, "two", "second"),
    ]
    assert [t.number for t in trials] == [0] * 4 + [1] * 4


def test_the_order_of_the_result_is_not_that_in_which_answers_come() -> None:
    class Slow(Says):
        async def answer(self, case: Case, number: int) -> Output:
            for _ in range(5 if case.case_id == "one" else 0):
                await asyncio.sleep(0)
            return await super().answer(case, number)

    ended: list[Trial] = []
    trials = ran(an_entry(Slow("slow"), trials=1), keep=ended.append)
    assert [t.case_id for t in ended] == ["two", "one"]
    assert [t.case_id for t in trials] == ["one", "two"]


def test_a_run_that_was_cut_off_asks_only_for_what_is_left_and_ends_alike() -> None:
    whole = ran(an_entry(Says("first"), Says("second")))
    again = Says("first")
    resumed = ran(an_entry(again, Says("second")), done=whole[1:5])
    assert resumed == whole
    assert len(again.asked) == 2


def test_trials_of_another_dataset_are_not_taken_for_those_of_this_one() -> None:
    whole = ran(an_entry(Says("first")))
    again = Says("first")
    ran(an_entry(again), done=[replace(trial, dataset="other") for trial in whole])
    assert len(again.asked) == 4


def test_never_more_at_once_than_allowed() -> None:
    at_once, most = 0, 0

    class Counting(Says):
        async def answer(self, case: Case, number: int) -> Output:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            return await super().answer(case, number)

    dataset = a_dataset(*(a_case(str(number)) for number in range(20)))
    entry = Entry(dataset=dataset, contestants=(Counting("one"),), scorers=(), trials=1)
    asyncio.run(run([entry], at_once=3))
    assert most == 3


def test_progress_counts_what_was_done_before() -> None:
    seen: list[tuple[int, int]] = []
    whole = ran(an_entry(Says("first")))
    ran(an_entry(Says("first")), done=whole[:3], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 4), (4, 4)]


def test_two_contestants_of_one_name_are_refused_before_anybody_is_asked() -> None:
    first = Says("same")
    with pytest.raises(ConfigError, match="found one twice"):
        ran(an_entry(first, Says("same")))
    assert first.asked == []


def test_a_call_that_is_not_on_file_fails_the_run_with_its_own_words() -> None:
    def missing(case: Case, number: int) -> Output:
        raise QueryRefusedError("calls.jsonl has no call abc")

    with pytest.raises(QueryRefusedError, match="no call abc"):
        ran(an_entry(Says("first", missing)))


def test_a_silent_output_is_kept_and_not_scorable() -> None:
    (trial, *_) = ran(an_entry(Says("silent", lambda *_: an_output(None)), trials=1))
    assert trial.output.silent == "away"
    assert trial.score("value") is None


def test_what_nobody_answered_is_not_scored_and_asked_again() -> None:
    away = ran(an_entry(Says("first", lambda *_: an_output(None, absent=True)), trials=1))
    assert [trial.score("value") for trial in away] == [None, None]
    back = Says("first")
    assert [trial.score("value") for trial in ran(an_entry(back, trials=1), done=away)] == [1.0, 1.0]
    assert len(back.asked) == 2


def test_a_run_that_is_stopped_keeps_the_trials_at_hand_and_begins_no_other() -> None:
    def stop(done: int, total: int) -> None:
        if done >= 2:
            raise TradingHaltedError(f"the desk is ending; {done} are kept")

    class Thinks(Says):
        async def answer(self, case: Case, number: int) -> Output:
            await asyncio.sleep(0)
            return await super().answer(case, number)

    first, second, kept = Thinks("first"), Thinks("second"), list[Trial]()
    with pytest.raises(TradingHaltedError) as halt:
        ran(an_entry(first, second), keep=kept.append, progress=stop, at_once=3)
    asked = len(first.asked) + len(second.asked)
    assert 2 < len(kept) == asked < 8
    assert str(halt.value) == f"the desk is ending; {asked} are kept"
    again = ran(an_entry(first, second), done=kept)
    assert len(first.asked) + len(second.asked) == len(again) == 8

"""Chains of trials of any content, tampered with in any way, and work that is handed to threads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Event, get_ident

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.errors import ConfigError, DataError
from fund.forecasting.executing import INLINE, Executor, Threads, executor_on
from fund.forecasting.trials import (
    GENESIS,
    ChainedTrial,
    Trial,
    appended,
    first_broken,
    parameters_hash,
    trial_id_of,
    trials_of,
)
from fund.metrics.inference import Interval

AT = datetime(2020, 1, 2, tzinfo=UTC)
KEYS = ("family", "parameters", "features", "horizon_sessions", "data_version")


def a_trial(
    number: int, *, family: str = "gbm", horizon: int = 5, data: str = "1", **changes: object
) -> Trial:
    about = {
        "family": family,
        "parameters": parameters_hash({"trees": number}),
        "features": "1-abc",
        "horizon_sessions": horizon,
        "data_version": data,
    }
    trial = Trial(
        trial_id=trial_id_of(**about),
        **about,
        rank_ic=Interval(value=0.01, low=-0.01, high=0.03, n=250),
        sharpe=0.3,
        sessions=250,
        at=AT,
    )
    return replace(trial, **changes)


def a_chain(trials: Sequence[Trial]) -> tuple[ChainedTrial, ...]:
    chain: tuple[ChainedTrial, ...] = ()
    for trial in trials:
        chain = appended(chain, trial)
    return chain


@given(
    numbers=st.lists(st.integers(0, 5), min_size=1, max_size=8),
    sharpes=st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=8, max_size=8),
    at=st.integers(0, 7),
    how=st.sampled_from(["sharpe", "sessions", "at", "taken out", "twice", "hash", "last"]),
)
@settings(max_examples=80, deadline=None)
def test_any_change_of_any_chain_is_seen_not_before_it_and_not_after(
    numbers: list[int], sharpes: list[float | None], at: int, how: str
) -> None:
    chain = a_chain([a_trial(n, sharpe=s) for n, s in zip(numbers, sharpes, strict=False)])
    head, at = chain[-1].hash, at % len(chain)
    assert first_broken(chain, head=head) is None
    link = chain[at]
    spoilt = {
        "sharpe": replace(link, trial=replace(link.trial, sharpe=99.0)),
        "sessions": replace(link, trial=replace(link.trial, sessions=link.trial.sessions + 1)),
        "at": replace(link, trial=replace(link.trial, at=AT + timedelta(seconds=1))),
        "hash": replace(link, hash="f" * 64),
    }
    if how in spoilt:
        broken = (*chain[:at], spoilt[how], *chain[at + 1 :])
        assert first_broken(broken, head=head) == at
    elif how == "taken out":
        assert first_broken((*chain[:at], *chain[at + 1 :]), head=head) == at
    elif how == "twice":
        assert first_broken((*chain[: at + 1], *chain[at:]), head=head) == at + 1
    else:
        assert first_broken(chain[:-1], head=head) == len(chain) - 1
        assert first_broken(chain[:-1]) is None, "without its head a tail cut off leaves no trace"


def test_a_chain_remade_whole_is_seen_by_the_head_that_was_told_elsewhere() -> None:
    head = a_chain([a_trial(n) for n in range(4)])[-1].hash
    forged = a_chain([a_trial(n, sharpe=9.0) for n in range(4)])
    assert first_broken(forged) is None
    assert first_broken(forged, head=head) == 4
    assert first_broken((), head=head) == 0


def test_a_link_is_the_hash_of_what_came_before_and_of_itself_alone() -> None:
    alone, second = a_chain([a_trial(1)])[0], a_chain([a_trial(0), a_trial(1)])[1]
    assert alone.previous_hash == GENESIS
    assert alone.trial == second.trial
    assert alone.hash != second.hash
    assert len(alone.hash) == len(sha256().hexdigest())
    assert appended((alone,), a_trial(2))[0] is alone, "what stands is left as it is"


@pytest.mark.parametrize("key", KEYS)
def test_each_part_of_a_configuration_makes_another_trial_and_no_result_does(key: str) -> None:
    trial = a_trial(1)
    about = {name: getattr(trial, name) for name in KEYS}
    other = 20 if key == "horizon_sessions" else f"{about[key]}x"
    assert trial_id_of(**{**about, key: other}) != trial.trial_id
    with pytest.raises(DataError, match=f"expected trial id '[0-9a-f]{{16}}' .* found '{trial.trial_id}'"):
        appended((), replace(trial, **{key: other}))
    for result in ({"sharpe": None}, {"rank_ic": None}, {"sessions": 0}, {"at": AT + timedelta(days=1)}):
        assert appended((), replace(trial, **result))[0].trial.trial_id == trial.trial_id


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.floats(), st.text()), max_size=5))
@settings(max_examples=60, deadline=None)
def test_parameters_hash_alike_in_any_order_and_differ_by_any_value(parameters: dict[str, object]) -> None:
    plain = parameters_hash(parameters)
    assert plain == parameters_hash(dict(reversed(parameters.items())))
    assert plain != parameters_hash({**parameters, "another": 1})
    for name in parameters:
        assert plain != parameters_hash({**parameters, name: "changed to this"})


def test_a_whole_number_and_a_real_one_are_two_parameters() -> None:
    assert parameters_hash({"a": 1}) != parameters_hash({"a": 1.0})
    assert parameters_hash({"a": 1}) != parameters_hash({"a": "1"})
    assert parameters_hash({"a": None}) != parameters_hash({})


@pytest.mark.parametrize(
    ("plain", "numpy"), [(5, np.int64(5)), (0.5, np.float32(0.5)), (True, np.bool_(True))]
)
def test_a_number_of_numpy_is_the_parameter_it_stands_for(plain: object, numpy: object) -> None:
    assert parameters_hash({"a": numpy}) == parameters_hash({"a": plain})


def test_counting_takes_each_configuration_once_a_version_of_the_data() -> None:
    trials = [a_trial(n % 3, data=str(n % 2), sharpe=float(n)) for n in range(12)]
    found = trials_of(trials, family="gbm", horizon_sessions=5)
    assert [each.sharpe for each in found] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "each by its first judgement"
    assert len(trials_of(trials, family="gbm", horizon_sessions=5, data_version="1")) == 3
    assert trials_of(iter(trials), family="gbm", horizon_sessions=5) == found
    assert trials_of(trials, family="gbm-tuned", horizon_sessions=5) == ()
    assert trials_of([], family="gbm", horizon_sessions=5) == ()


@given(st.lists(st.integers(-9, 9), max_size=12), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_threads_give_what_one_after_the_other_gives_the_first_error_included(
    items: list[int], workers: int
) -> None:
    def quotient(shared: int, item: int) -> float:
        if item == 0:
            raise DataError(f"no divisor among {shared}")
        return shared / item

    def taken(executor: Executor) -> list[object]:
        seen: list[object] = []
        try:
            seen.extend([])
            for each in executor.map(quotient, 7, items):
                seen.append(each)
        except DataError as error:
            seen.append(str(error))
        return seen

    assert taken(Threads(workers)) == taken(INLINE)


@pytest.mark.parametrize("executor", [INLINE, Threads(2)], ids=["inline", "threads"])
def test_an_error_of_any_kind_comes_as_it_was_raised_with_what_it_carried(executor: Executor) -> None:
    class OwnError(Exception):
        pass

    raised = OwnError("as it is")

    def fail(shared: None, item: int) -> int:
        if item == 2:
            raise raised
        return item

    results = executor.map(fail, None, [1, 2, 3])
    assert next(results) == 1
    with pytest.raises(OwnError) as found:
        next(results)
    assert found.value is raised
    assert list(results) == [], "the first error ends it"


def test_what_waits_for_a_thread_is_not_begun_once_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, go_on = Event(), Event()
    begun: list[int] = []
    shutdown = ThreadPoolExecutor.shutdown

    def ended(pool: ThreadPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
        shutdown(pool, wait=False, cancel_futures=cancel_futures)
        go_on.set()
        shutdown(pool, wait=wait)

    def work(shared: None, item: int) -> int:
        begun.append(item)
        if item == 2:
            at_work.set()
            go_on.wait(30)
        return item

    monkeypatch.setattr(ThreadPoolExecutor, "shutdown", ended)
    with closing(Threads(1).map(work, None, [1, 2, 3, 4])) as results:
        assert next(results) == 1
        assert at_work.wait(30)
    assert begun == [1, 2], "one was at work, two waited"


def test_threads_work_elsewhere_and_inline_works_here() -> None:
    where: Callable[[None, int], int] = lambda shared, item: get_ident()  # noqa: E731
    assert set(INLINE.map(where, None, [1, 2])) == {get_ident()}
    assert get_ident() not in set(Threads(2).map(where, None, [1, 2]))
    assert (INLINE.apart, Threads(1).apart) == (False, False)


@pytest.mark.parametrize("workers", [0, -3])
def test_threads_of_none_are_refused_and_inline_needs_none(workers: int) -> None:
    with pytest.raises(DataError, match=f"expected at least 1 worker, found {workers}"):
        Threads(workers)
    assert executor_on("inline", workers) is INLINE


@pytest.mark.parametrize("where", ["Inline", "THREADS", "inline:1", ":ray", " ", "ray2"])
def test_a_place_is_spelled_as_it_is_listed(where: str) -> None:
    with pytest.raises(ConfigError, match=f"found '{where}'"):
        executor_on(where, 1)

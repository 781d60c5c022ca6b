from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fund.errors import DataError
from fund.forecasting.trials import (
    GENESIS,
    ChainedTrial,
    Trial,
    appended,
    first_broken,
    parameters_hash,
    trial_hash,
    trial_id_of,
    trials_of,
)
from support.forecasters import an_interval


def a_trial(leaves: int = 15, **changes: object) -> Trial:
    keys = {
        "family": "gbm",
        "parameters": parameters_hash({"leaves": leaves, "seed": 7}),
        "features": "1-abc",
        "horizon_sessions": 5,
        "data_version": "made-1",
    } | {k: v for k, v in changes.items() if k in ("family", "horizon_sessions", "data_version")}
    trial = Trial(
        trial_id=trial_id_of(**keys),
        rank_ic=an_interval(0.01),
        sharpe=0.3,
        sessions=250,
        at=datetime(2020, 1, 2, 12, tzinfo=UTC),
        **keys,
    )
    return replace(trial, **{k: v for k, v in changes.items() if k not in keys})


def a_chain(count: int = 4) -> tuple[ChainedTrial, ...]:
    chain: tuple[ChainedTrial, ...] = ()
    for leaves in range(count):
        chain = appended(chain, a_trial(leaves))
    return chain


def test_a_chain_begins_at_genesis_and_each_trial_carries_the_hash_before_it():
    chain = a_chain()
    assert chain[0].previous_hash == GENESIS
    assert [link.previous_hash for link in chain[1:]] == [link.hash for link in chain[:-1]]
    assert first_broken(chain) is None
    assert first_broken((), head=GENESIS) is None


@pytest.mark.parametrize(
    ("spoil", "at"),
    [
        (lambda c: (*c[:1], *c[2:]), 1),
        (lambda c: (c[0], c[2], c[1], c[3]), 1),
        (lambda c: c[1:], 0),
        (lambda c: (*c[:2], replace(c[2], trial=replace(c[2].trial, sharpe=9.0)), c[3]), 2),
        (lambda c: (*c[:3], c[2], c[3]), 3),
        (lambda c: c[:3], 3),
    ],
    ids=["taken out", "swapped", "first gone", "edited", "put in", "end gone"],
)
def test_whatever_is_done_to_a_chain_is_seen_where_it_was_done(spoil, at):
    chain = a_chain()
    assert first_broken(spoil(chain), head=chain[-1].hash) == at


def test_the_hash_does_not_depend_on_the_zone_a_moment_is_written_in():
    trial = a_trial()
    elsewhere = trial.at.astimezone(timezone(timedelta(hours=9)))
    assert trial_hash(GENESIS, replace(trial, at=elsewhere)) == trial_hash(GENESIS, trial)


def test_the_order_of_parameters_does_not_matter_and_their_values_do():
    assert parameters_hash({"a": 1, "b": 2}) == parameters_hash({"b": 2, "a": 1})
    assert parameters_hash({"a": 1}) != parameters_hash({"a": 2})


def test_a_configuration_judged_again_is_one_trial_and_its_first_judgement_stands():
    first, again = a_trial(), a_trial(sharpe=2.0)
    other = a_trial(leaves=31)
    assert trials_of([first, again, other], family="gbm", horizon_sessions=5) == (first, other)


def test_trials_are_counted_by_family_horizon_and_data():
    trials = [a_trial(), a_trial(family="xgb"), a_trial(horizon_sessions=20), a_trial(data_version="made-2")]
    assert len(trials_of(trials, family="gbm", horizon_sessions=5)) == 2
    assert len(trials_of(trials, family="gbm", horizon_sessions=5, data_version="made-2")) == 1
    assert trials_of(trials, family="ridge", horizon_sessions=5) == ()


def test_an_id_that_is_not_the_configurations_is_refused():
    with pytest.raises(DataError, match="trial_id_of"):
        appended((), a_trial(trial_id="another"))

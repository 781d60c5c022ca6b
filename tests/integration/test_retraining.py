"""Trained anew by itself, and pinned: one challenger for a cause, whoever else trains, dies or promotes."""

import os
from dataclasses import replace
from threading import Thread

import pytest

from db.engine import transaction
from db.trials import Trials
from desk.retraining import DIED, NightOverError
from desk.training_lock import is_training, training
from fund.errors import DataError, TradingHaltedError
from fund.forecasting.catalogue import Variant
from fund.forecasting.families.baseline import MomentumForecaster, RidgeForecaster
from fund.forecasting.luck import trial_of
from fund.forecasting.tuning.kept import TUNING, keep_sizes
from fund.forecasting.tuning.spaces import space_of
from fund.forecasting.tuning.tuned import Chosen, TunedForecaster, TuningPlan
from support.records import NOON
from support.retrained import FIRST, LATER, NOW, SESSIONS, World, drifting, leader

pytest_plugins = ["support.retrained_worlds"]


def test_one_that_drifts_is_trained_once_as_a_challenger_on_record_and_told(world: World) -> None:
    old, retrainer = drifting(world), world.retrainer()
    said = retrainer.run(NOW)
    assert said.startswith("momentum was trained anew over 5 sessions on 2015-")
    assert world.roles("momentum") == [("champion", True), ("challenger", False)]
    assert leader(world) == old, "nobody is heard who was not promoted"
    begun, made = world.steps()
    new = world.rows("momentum")[1]
    assert (begun.status, made.status) == ("begun", "made")
    assert (made.cause, made.because_of, made.why) == ("drift", old, "its errors say so")
    assert (made.version, made.session, made.train_last) == (new.version, NOW, NOW)
    with transaction(world.learning.engine) as connection:
        assert made.trial_id in {each.trial.trial_id for each in Trials(connection).chain()}
        assert made.trial_id == trial_of(new.card, NOON).trial_id
    (event,) = world.told("forecaster_retrained")
    assert event.endswith(f"It was called for by drift of {old}: its errors say so")
    assert [retrainer.run(NOW) for _ in range(3)] == ["nobody calls for a training"] * 3
    assert len(world.steps()) == 2


def test_only_what_the_owner_allows_calls_and_what_is_to_be_watched_does_not(world: World) -> None:
    for place, (state, causes, planned, calls) in enumerate(
        (
            ("watch", ("inputs", "age"), {}, []),
            ("drifting", ("errors", "inputs"), {}, ["drift"]),
            ("drifting", ("decay",), {"decay_rest_sessions": 32}, ["decay"]),
            ("drifting", ("decay",), {}, []),
            ("drifting", ("errors",), {"drift_per_month": 0}, []),
            ("drifting", ("errors",), {"drift_rest_sessions": 36}, []),
            ("steady", (), {"age_sessions": 35}, ["age", "age"]),
            ("unknown", (), {"age_sessions": 37}, []),
        )
    ):
        session = SESSIONS[570 + place]
        world.fares(leader(world), session, *causes, state=state)
        found = [each.cause for each in world.retrainer(**planned).calls(session)]
        assert found == calls, (state, causes, planned)


def test_nobody_is_called_by_a_look_of_another_evening(world: World) -> None:
    drifting(world, SESSIONS[569])
    retrainer = world.retrainer()
    assert not retrainer.is_watched(NOW)
    assert retrainer.calls(NOW) == ()
    world.fares(leader(world), NOW, state="steady")
    assert retrainer.is_watched(NOW)
    assert retrainer.calls(NOW) == (), "it was drifting, and is no longer"


def test_after_a_month_away_there_is_one_training_and_not_one_for_every_evening(world: World) -> None:
    retrainer = world.retrainer(age_per_month=0)
    for session in SESSIONS[562:586]:
        drifting(world, session)
    assert retrainer.run(LATER).count("was trained anew") == 1
    assert retrainer.run(LATER) == "nobody calls for a training"
    for session in SESSIONS[586:606]:
        world.fares(world.rows("momentum")[-1].version, session, "errors")
        assert retrainer.calls(session) == (), "what is trained on a worn record drifts as well, and rests"
    world.fares(leader(world), SESSIONS[606], "errors")
    assert len(retrainer.calls(SESSIONS[606])) == 1


def test_whoever_trained_it_meanwhile_the_training_is_not_done_again(world: World) -> None:
    drifting(world)
    retrainer = world.retrainer()
    with training(world.folder), pytest.raises(TradingHaltedError, match="somebody is training"):
        retrainer.run(NOW)
    assert world.steps() == [], "nothing is begun beside the owner"
    world.learning.challenge([MomentumForecaster()], 5, NOW)
    assert retrainer.run(NOW) == "nobody calls for a training"


def test_two_at_once_make_one(world: World) -> None:
    drifting(world)
    said: list[str] = []

    def run() -> None:
        try:
            said.append(world.retrainer().run(NOW))
        except TradingHaltedError as error:
            said.append(str(error))

    threads = [Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum("was trained anew" in each for each in said) == 1
    assert [each.status for each in world.steps()] == ["begun", "made"]
    assert len(world.told("forecaster_retrained")) == 1
    assert not is_training(world.folder)


class KilledError(BaseException):
    """A process that goes away without a word."""


def killed(label: str, done: int, total: int) -> None:
    if done:
        raise KilledError


def test_a_kill_in_the_middle_leaves_nothing_half_made_and_the_next_start_makes_it(world: World) -> None:
    drifting(world)
    with pytest.raises(KilledError):
        world.retrainer().run(NOW, killed)
    assert [each.status for each in world.steps()] == ["begun"]
    assert len(world.rows("momentum")) == 1
    assert "was trained anew" in world.retrainer().run(NOW)
    assert [each.status for each in world.steps()] == ["begun", "begun", "made"]


def test_one_that_kills_the_desk_twice_is_given_up_and_told(world: World) -> None:
    drifting(world)
    for _ in range(2):
        with pytest.raises(KilledError):
            world.retrainer().run(NOW, killed)
    said = world.retrainer().run(NOW, killed)
    assert said == f"momentum was not trained anew over 5 sessions: {DIED}"
    assert world.told("forecaster_retraining_failed")[0].startswith(said)
    assert world.retrainer().run(NOW) == "nobody calls for a training"


def test_a_desk_that_ends_goes_on_another_time_and_a_night_that_is_over_is_a_failure(world: World) -> None:
    drifting(world)

    def ending(label: str, done: int, total: int) -> None:
        raise TradingHaltedError("the desk is ending")

    def over(label: str, done: int, total: int) -> None:
        raise NightOverError("it was not done before the next session")

    for _ in range(3):
        with pytest.raises(TradingHaltedError, match="the desk is ending"):
            world.retrainer().run(NOW, ending)
    assert world.told("forecaster_retraining_failed") == []
    assert "it was not done before the next session" in world.retrainer().run(NOW, over)
    assert world.steps()[-1].status == "failed"
    assert world.retrainer().calls(NOW) == ()


def test_a_folder_that_cannot_be_written_fails_that_evening_and_harms_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = drifting(world)

    def full(*arguments: object, **named: object) -> str:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("fund.forecasting.registry.tempfile.mkdtemp", full)
        said = world.retrainer().run(NOW)
    assert "found 'No space left on device'; free space" in said
    (event,) = world.told("forecaster_retraining_failed")
    assert event.endswith(f"It was called for by drift of {old}: its errors say so")
    assert world.roles("momentum") == [("champion", True)]
    drifting(world, LATER)
    assert "was trained anew" in world.retrainer().run(LATER)
    with monkeypatch.context() as patch:
        patch.setattr("desk.training_lock.FileLock", full)
        assert not is_training(world.folder)
        with pytest.raises(DataError, match=r"expected to write 'training\.lock' into the data folder"):
            world.retrainer().run(LATER)


def test_one_that_cannot_be_fitted_is_told_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fares(leader(world), NOW, "errors")
    world.fares(world.rows("reversal")[0].version, NOW, "errors")

    def refused(self: MomentumForecaster, *arguments: object) -> object:
        raise DataError("it learned to say the same of every name")

    monkeypatch.setattr(MomentumForecaster, "fit", refused)
    said = world.retrainer().run(NOW)
    assert "momentum was not trained anew over 5 sessions: it learned to say the same of every name" in said
    assert "reversal was trained anew" in said


def test_what_nothing_here_can_train_is_left_alone_and_a_tuned_one_goes_by_its_sizes(world: World) -> None:
    ridge = Variant(family="ridge")
    tuned = TunedForecaster(
        name="ridge-tuned",
        family="ridge",
        chosen=(Chosen(until=SESSIONS[200], sizes={"penalty_per_row": 0.7}),),
        plan=TuningPlan(trials=3),
        space=space_of("ridge"),
        seed=7,
        trials=6,
    )
    stranger = replace(RidgeForecaster(), name="ridge-odd")
    cards = [world.learning.challenge([each], 5, FIRST)[0] for each in (tuned, stranger, ridge.forecaster)]
    for card in cards:
        world.fares(card.version, NOW, "errors")
    said = world.retrainer().run(NOW)
    assert "ridge was trained anew" in said
    assert "ridge-tuned was not trained anew over 5 sessions: expected sizes that were chosen" in said
    assert "ridge-odd" not in said
    keep_sizes(world.folder / TUNING, tuned, 5)
    world.fares(cards[0].version, LATER, "errors")
    assert "ridge-tuned was trained anew" in world.retrainer().run(LATER)
    newest = world.rows("ridge-tuned")[-1].card
    assert (newest.parameters["penalty_per_row"], newest.trials) == (0.7, 6)

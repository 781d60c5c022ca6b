"""Nets at the desk: a bar that moves within a fold, and a training that was killed goes on."""

from dataclasses import replace
from pathlib import Path
from threading import Event, Thread, Timer

import pytest

from desk.net_training import Epochs, forget, resumable
from fund.errors import DataError
from fund.forecasting.executing import Inline, Ray, Threads
from fund.forecasting.families.baseline import RidgeForecaster
from fund.forecasting.families.nets.forecaster import NetForecaster
from fund.forecasting.forecast import Forecaster
from support.forecasters import a_card
from support.nets import A_PLAN, a_net, made_samples

ONCE = replace(A_PLAN, epochs=1)
SPAN = range(0, 60)


class Heard:
    """What a bar was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, int]] = []

    def __call__(self, label: str, done: int, total: int) -> None:
        self.told.append((label, done, total))


def ready(forecaster: Forecaster, folder: Path | None, heard: Heard) -> NetForecaster:
    (made,) = resumable([forecaster], folder, Epochs(heard), Inline())
    assert isinstance(made, NetForecaster)
    return made


def test_a_walk_is_told_in_epochs_and_ends_where_it_should_though_folds_stop_early() -> None:
    heard = Heard()
    epochs = Epochs(heard)
    epochs.folds("training gru", 0, 2)
    for done in (0, 1, 2, 20):
        epochs.epochs("epochs of gru", done, 20)
    epochs.folds("training gru", 1, 2)
    epochs.epochs("epochs of gru", 0, 20)
    epochs.epochs("epochs of gru", 20, 20)
    epochs.folds("training gru", 2, 2)
    assert heard.told[0] == ("Training gru", 0, 2)
    assert [done for _, done, _ in heard.told[1:]] == [0, 1, 2, 20, 20, 40, 40]
    assert {(label, total) for label, _, total in heard.told[1:]} == {("Training gru", 40)}


def test_folds_side_by_side_are_counted_together() -> None:
    heard = Heard()
    epochs = Epochs(heard)
    epochs.folds("training gru", 0, 2)
    epochs.epochs("epochs of gru", 3, 20)
    other = Thread(target=epochs.epochs, args=("epochs of gru", 5, 20))
    other.start()
    other.join()
    assert heard.told[-1] == ("Training gru", 8, 40)


def test_a_fold_at_work_ends_at_its_next_epoch_once_nobody_waits_for_it() -> None:
    """As by Ctrl-C: the second fold is at its first epoch when whoever asked has gone."""
    begun, gone, epochs = Event(), Event(), Epochs(Heard())
    ended: list[str] = []

    def fold(_: None, item: int) -> int:
        if item == 0:
            assert begun.wait(30)
            return item
        begun.set()
        epochs.epochs("epochs of gru", 0, 20)
        try:
            while not gone.wait(0.001):
                epochs.epochs("epochs of gru", 1, 20)
        except DataError as error:
            ended.append(str(error))
        return item

    walk = Threads(2).map(fold, None, [0, 1])
    assert next(walk) == 0
    assert ended == []
    guard = Timer(30, gone.set)
    guard.start()
    walk.close()
    guard.cancel()
    assert len(ended) == 1
    assert "found that it was ended" in ended[0]


def test_what_is_no_net_is_told_in_folds() -> None:
    heard = Heard()
    epochs = Epochs(heard)
    for done in range(3):
        epochs.folds("training ridge", done, 2)
    assert heard.told == [("Training ridge", done, 2) for done in range(3)]


def test_a_net_keeps_its_epochs_in_a_folder_of_its_own_until_it_is_registered(tmp_path: Path) -> None:
    heard = Heard()
    ready(a_net("cnn", plan=ONCE), tmp_path, heard).fit(made_samples(), SPAN)
    assert len(list((tmp_path / "cnn").iterdir())) == 1
    assert heard.told[-1] == ("Training cnn", 1, 1)
    forget([a_card(forecaster="gru"), a_card(forecaster="ridge")], tmp_path)
    assert (tmp_path / "cnn").exists()
    forget([a_card(forecaster="cnn")], tmp_path)
    assert not (tmp_path / "cnn").exists()
    forget([a_card(forecaster="cnn")], None)


def test_without_a_folder_nothing_is_kept_and_rules_and_travellers_stay_as_they_are(tmp_path: Path) -> None:
    net, rule = a_net("cnn"), RidgeForecaster()
    assert ready(net, None, Heard()).checkpoints is None
    assert resumable([rule], tmp_path, Epochs(Heard()), Inline()) == (rule,)
    assert resumable([net, rule], tmp_path, Epochs(Heard()), Ray(1)) == (net, rule)


def test_an_epoch_that_cannot_be_kept_ends_the_training_with_what_to_do(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(DataError, match=r"expected to keep epoch 1 in .* free space"):
        ready(a_net("cnn", plan=ONCE), in_the_way, Heard()).fit(made_samples(), SPAN)

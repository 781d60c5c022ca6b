"""How nets learn: repeatably, from their own sessions only, in the order of time, and not at any price."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fund.errors import DataError
from fund.forecasting.artifact import read_artifact, write_artifact
from fund.forecasting.families.nets.collapse import CollapseError
from fund.forecasting.families.nets.fitted import FittedNet
from fund.forecasting.families.nets.lesson import make_lesson
from fund.forecasting.families.nets.losses import concordance, focal, squared
from fund.forecasting.families.nets.optimiser import AdamW
from fund.forecasting.recent import RecentFeatures
from fund.forecasting.samples import Samples
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.metrics.forecasts import rank_information_coefficients
from fund.metrics.inference import mean_interval
from support.nets import A_PLAN, SMALL, STEPS, a_net, made_samples, with_labels, with_values

SPAN = range(0, 60)
QUICK = replace(A_PLAN, epochs=2)
CHECKED = make_lesson(made_samples(), SPAN, STEPS, A_PLAN).check
FIT = make_lesson(made_samples(), SPAN, STEPS, A_PLAN).fit


class KilledError(Exception):
    """The process ended."""


def bits(fitted: FittedNet) -> bytes:
    return b"".join(fitted.weights[name].tobytes() for name in sorted(fitted.weights))


def out_of_sample_ic(fitted: FittedNet, samples: Samples) -> np.ndarray:
    scores = fitted.score(samples.table.values)[SPAN.stop :]
    return rank_information_coefficients(scores, samples.labels.values[SPAN.stop :])


@pytest.mark.parametrize("family", sorted(SMALL))
def test_every_net_finds_a_pattern_that_no_single_session_shows(family: str) -> None:
    samples = made_samples(90, pattern=6.0)
    found = mean_interval(out_of_sample_ic(a_net(family).fit(samples, SPAN), samples), lag=1)
    assert found is not None
    assert found.n == 30
    assert found.low > 0.2


def test_there_is_nothing_to_find_in_noise() -> None:
    daily = []
    for seed, family in enumerate(("gru", "cnn", "hybrid", "patchtst"), start=20):
        samples = made_samples(90, seed=seed)
        daily.append(out_of_sample_ic(a_net(family, plan=QUICK).fit(samples, SPAN), samples))
    found = mean_interval(np.concatenate(daily), lag=1)
    assert found is not None
    assert found.n == 120
    assert found.low < 0 < found.high


def test_the_same_seed_gives_the_same_net_beside_others_too() -> None:
    samples = made_samples()
    torch.manual_seed(1)
    chance, threads = torch.get_rng_state(), torch.get_num_threads()
    nets = [a_net("hybrid", plan=QUICK, seed=seed) for seed in (7, 7, 8)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        beside = list(pool.map(lambda each: bits(each.fit(samples, SPAN)), nets))
    assert beside[0] == beside[1] != beside[2]
    assert bits(nets[0].fit(samples, SPAN)) == beside[0]
    assert torch.equal(torch.get_rng_state(), chance)
    assert torch.get_num_threads() == threads


def test_a_killed_training_goes_on_to_the_same_result(tmp_path: Path) -> None:
    samples, heard = made_samples(pattern=2.0), []

    def kill(label: str, done: int, planned: int) -> None:
        if done == 2:
            raise KilledError

    def hear(label: str, done: int, planned: int) -> None:
        heard.append((label, done, planned))

    whole = a_net("hybrid").fit(samples, SPAN)
    with pytest.raises(KilledError):
        a_net("hybrid", checkpoints=tmp_path, progress=kill).fit(samples, SPAN)
    (kept,) = tmp_path.iterdir()
    begun = kept.read_bytes()
    kept.with_suffix(".part").write_bytes(begun[:100])
    resumed = a_net("hybrid", checkpoints=tmp_path, progress=hear).fit(samples, SPAN)
    assert bits(resumed) == bits(whole)
    assert resumed.note == whole.note
    assert heard == [("epochs of hybrid", 2, 3), ("epochs of hybrid", 3, 3)]
    assert bits(a_net("hybrid", checkpoints=tmp_path).fit(samples, SPAN)) == bits(whole)
    assert len(list(tmp_path.iterdir())) == 1

    kept.write_bytes(begun[:-30])
    with pytest.raises(DataError, match=rf"{kept.name}.* delete it to begin again"):
        a_net("hybrid", checkpoints=tmp_path).fit(samples, SPAN)


def test_a_checkpoint_of_another_training_is_not_gone_on_from(tmp_path: Path) -> None:
    samples = made_samples()
    once = replace(A_PLAN, epochs=1)
    a_net("cnn", plan=once, checkpoints=tmp_path).fit(samples, SPAN)
    values = samples.table.values.copy()
    values[3, 4, 5] += 0.01
    others = [
        (a_net("cnn", plan=once, seed=8), samples, SPAN),
        (a_net("cnn", plan=replace(once, clip=0.5)), samples, SPAN),
        (a_net("cnn", plan=once), with_values(samples, values), SPAN),
        (a_net("cnn", plan=once), with_labels(samples, -samples.labels.values), SPAN),
        (a_net("cnn", plan=once), samples, range(0, 59)),
    ]
    for forecaster, data, span in others:
        begun: list[int] = []
        hear = replace(
            forecaster, checkpoints=tmp_path, progress=lambda _, done, __, begun=begun: begun.append(done)
        )
        hear.fit(data, span)
        assert begun == [0, 1]
    assert len(list(tmp_path.iterdir())) == 1 + len(others)


def test_only_the_training_sessions_matter() -> None:
    samples = made_samples(70, pattern=2.0)
    values, labels = samples.table.values.copy(), samples.labels.values.copy()
    for other in (values, labels):
        other[SPAN.stop :] = 0.4
        other[:8] = -0.2
    changed = with_labels(with_values(samples, values), labels)
    inner = range(8, 60)
    assert bits(a_net(plan=QUICK).fit(changed, inner)) == bits(a_net(plan=QUICK).fit(samples, inner))


def test_the_later_part_says_when_to_stop_and_teaches_nothing() -> None:
    samples, once = made_samples(pattern=6.0), a_net(plan=replace(A_PLAN, epochs=1))
    labels = samples.labels.values.copy()
    labels[FIT[-1] + 1 :] *= -1
    turned = with_labels(samples, labels)
    assert bits(once.fit(turned, SPAN)) == bits(once.fit(samples, SPAN))
    assert CHECKED[0] - FIT[-1] > samples.labels.horizon_sessions + 1 + A_PLAN.embargo_sessions
    patient = replace(A_PLAN, epochs=6, patience=2)
    assert a_net(plan=patient).fit(samples, SPAN).note.endswith("epoch 6 of 6")
    epochs = re.fullmatch(r".* epoch (\d) of (\d)", a_net(plan=patient).fit(turned, SPAN).note)
    assert epochs is not None
    assert int(epochs[1]) + patient.patience == int(epochs[2]) < patient.epochs


def test_a_net_that_collapses_is_not_kept() -> None:
    decayed = replace(QUICK, weight_decay=1.0 / QUICK.learning_rate)
    with pytest.raises(CollapseError, match="the net collapsed"):
        a_net("cnn", plan=decayed).fit(made_samples(), SPAN)


def test_a_loss_that_is_no_number_ends_a_training() -> None:
    with pytest.raises(DataError, match="after epoch 1; lower the learning rate"):
        a_net("cnn", plan=replace(QUICK, learning_rate=1e30, loss="squared")).fit(made_samples(), SPAN)


def test_names_with_missing_features_are_learned_from_and_short_ones_left_out() -> None:
    samples = made_samples(pattern=6.0)
    values = samples.table.values.copy()
    values[:, 0] = np.nan
    values[::4, 1:5] = np.nan
    values[:, :, 7] = np.nan
    lesson = make_lesson(with_values(samples, values), SPAN, STEPS, A_PLAN)
    assert not lesson.usable[:, 0].any()
    assert lesson.usable[9, 1:5].all()
    assert not lesson.usable[8, 1:5].any()
    fitted = a_net(plan=QUICK).fit(with_values(samples, values), SPAN)
    assert np.isfinite(fitted.score(values)[9]).sum() == 19


@pytest.mark.parametrize(
    ("span", "names", "why"),
    [(range(0, 20), 20, "learn from windows of 6, found 20"), (SPAN, 4, "5 names .* found 0 and 0")],
)
def test_too_little_to_learn_from_is_refused(span: range, names: int, why: str) -> None:
    with pytest.raises(DataError, match=rf"{why}; "):
        a_net().fit(made_samples(names=names), span)


def test_a_walk_forward_of_nets_is_kept_and_speaks_for_today_as_for_the_past(tmp_path: Path) -> None:
    samples = made_samples(110)
    schedule = Schedule(horizon_sessions=1, min_train_sessions=40, min_calibration_sessions=15)
    (trained,) = train(
        samples,
        (a_net("cnn", plan=QUICK),),
        schedule,
        universe_name="made",
        data_version="made-1",
        baselines=(),
    )
    write_artifact(trained, tmp_path)
    loaded = read_artifact(tmp_path)
    assert (loaded.sessions, len(loaded.folds)) == (STEPS, 3)
    recent = RecentFeatures(
        table=replace(
            samples.table,
            sessions=samples.sessions[-STEPS:],
            values=samples.table.values[-STEPS:],
            present=samples.table.present[-STEPS:],
        ),
        volatility=samples.volatility[-1:],
        horizon_sessions=1,
    )
    assert loaded.forecast(recent) == trained.at(recent.session) != ()


def test_concordance_is_lins_within_each_session() -> None:
    draw = np.random.default_rng(0)
    scores, target = draw.normal(size=30), draw.normal(size=30)
    sessions = np.repeat([0, 1], [12, 18])
    expected = []
    for at in (0, 1):
        s, y = scores[sessions == at], target[sessions == at]
        shared = np.cov(s, y, ddof=0)
        apart = shared[0, 0] + shared[1, 1] + (s.mean() - y.mean()) ** 2
        expected.append(1 - 2 * shared[0, 1] / apart)
    found = concordance(*(torch.from_numpy(each) for each in (scores, target, sessions)))
    assert float(found) == pytest.approx(np.mean(expected))
    same = torch.from_numpy(target)
    assert float(concordance(same, same, torch.from_numpy(sessions))) == pytest.approx(0.0, abs=1e-6)


def test_the_other_losses_are_their_formulas() -> None:
    odds, up = np.array([-2.0, 0.5, 3.0]), np.array([True, False, True])
    right = 1 / (1 + np.exp(-np.where(up, odds, -odds)))
    expected = np.mean(-((1 - right) ** 2) * np.log(right))
    assert float(focal(torch.from_numpy(odds), torch.from_numpy(up))) == pytest.approx(expected)
    one, two = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.0])
    assert float(squared(one, two, torch.tensor([0, 0]))) == 2.0


def test_the_optimiser_steps_as_torchs_own_does() -> None:
    from torch.optim.adamw import adamw

    torch_module = torch.nn.Linear(4, 3)
    ours = AdamW(torch_module, learning_rate=0.01, weight_decay=0.1)
    theirs = [each.detach().clone() for each in torch_module.parameters()]
    first, second = ([torch.zeros_like(each) for each in theirs] for _ in range(2))
    steps = [torch.tensor(0.0) for _ in theirs]
    for size in (0.1, 5.0, 0.3):
        gradients = [
            torch.full_like(each, size) * torch.arange(each.numel()).reshape(each.shape) for each in theirs
        ]
        for each, gradient in zip(torch_module.parameters(), gradients, strict=True):
            each.grad = gradient.clone()
        norm = float(torch.cat([each.flatten() for each in gradients]).norm())
        clipped = [each * min(1.0, 2.0 / norm) for each in gradients]
        options = {"beta1": 0.9, "beta2": 0.999, "lr": 0.01, "weight_decay": 0.1, "eps": 1e-8}
        adamw(
            theirs, clipped, first, second, [], steps, foreach=False, amsgrad=False, maximize=False, **options
        )
        ours.step(clip=2.0)
    for each, expected in zip(torch_module.parameters(), theirs, strict=True):
        assert torch.allclose(each, expected, rtol=1e-6, atol=1e-7)
        assert each.grad is None

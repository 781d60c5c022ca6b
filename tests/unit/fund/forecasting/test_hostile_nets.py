"""Nets under attack: windows at the edges, second implementations in plain loops, checkpoints that lie."""

import json
import math
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from fund.errors import DataError
from fund.forecasting.families.nets.checkpoint import State, cause_of, read_checkpoint, write_checkpoint
from fund.forecasting.families.nets.fitted import BATCH, FittedNet, load_net
from fund.forecasting.families.nets.lesson import Lesson, make_lesson
from fund.forecasting.families.nets.losses import concordance, focal, squared
from fund.forecasting.families.nets.optimiser import AdamW
from fund.forecasting.families.nets.sequences import (
    MIN_CHECK_SESSIONS,
    MIN_FIT_SESSIONS,
    readable,
    time_ordered,
    windows,
)
from fund.forecasting.families.nets.threads import one_thread
from support.nets import A_PLAN, FEATURES, SMALL, STEPS, a_fitted_net, made_samples

SPAN = range(0, 60)
SAMPLES = made_samples()


def a_lesson(**changes: object) -> Lesson:
    return replace(make_lesson(SAMPLES, SPAN, STEPS, A_PLAN), **changes)


@given(
    sessions=st.integers(0, 20),
    names=st.integers(0, 4),
    steps=st.integers(1, 12),
    seed=st.integers(0, 99),
    gaps=st.sampled_from([0.0, 0.3, 0.6, 1.0]),
)
@settings(max_examples=40, deadline=None)
def test_who_has_a_window_is_told_by_a_plain_loop(
    sessions: int, names: int, steps: int, seed: int, gaps: float
) -> None:
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(sessions, names, 2)).astype(np.float32)
    values[draw.random(values.shape) < gaps] = draw.choice([np.nan, np.inf])
    found = readable(values, steps)
    assert found.shape == (sessions, names)
    for t in range(sessions):
        for n in range(names):
            known = [bool(np.isfinite(values[s, n]).any()) for s in range(max(t - steps + 1, 0), t + 1)]
            assert found[t, n] == (len(known) == steps and known[-1] and 2 * sum(known) >= steps)


@given(
    start=st.integers(0, 40),
    length=st.integers(0, 150),
    steps=st.integers(1, 20),
    share=st.floats(0.05, 0.9),
    gap=st.integers(1, 30),
    every=st.integers(1, 5),
)
@settings(max_examples=40, deadline=None)
def test_no_window_and_no_label_reaches_over_the_gap(
    start: int, length: int, steps: int, share: float, gap: int, every: int
) -> None:
    train = range(start, start + length)
    try:
        parts = time_ordered(train, steps=steps, check_share=share, gap_sessions=gap, every=every)
    except DataError:
        held = max(round(share * max(length - steps + 1, 0)), MIN_CHECK_SESSIONS)
        ends = length - held - gap - (steps - 1)
        assert math.ceil(max(ends, 0) / every) < MIN_FIT_SESSIONS
        return
    assert len(parts.fit) >= MIN_FIT_SESSIONS
    assert len(parts.check) >= MIN_CHECK_SESSIONS
    assert parts.fit[0] - steps + 1 >= train.start
    assert parts.fit[-1] + gap < parts.check[0]
    assert parts.fit[-1] + gap == parts.check[0] - 1
    assert parts.check[-1] == train[-1]
    assert set(np.diff(parts.fit)) <= {every}


def test_windows_hold_the_oldest_session_first_and_nothing_but_their_own() -> None:
    values = np.arange(10 * 3 * 2, dtype=np.float32).reshape(10, 3, 2) / 100
    cut = windows(values, np.array([9, 4]), np.array([2, 0]), 4)
    np.testing.assert_allclose(cut[0] / 12**0.5, values[6:10, 2], rtol=1e-6)
    np.testing.assert_allclose(cut[1] / 12**0.5, values[1:5, 0], rtol=1e-6)
    assert cut.dtype == np.float32
    assert windows(values, np.array([], dtype=int), np.array([], dtype=int), 4).shape == (0, 4, 2)


@pytest.mark.parametrize("count", [2, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH])
def test_a_batch_of_any_fill_scores_each_window_to_the_bit(count: int) -> None:
    fitted, values = a_fitted_net("tcn"), made_samples(STEPS, 2 * BATCH, seed=3).table.values
    whole = fitted.score(values)[-1]
    assert fitted.score(values[:, :count])[-1].tobytes() == whole[:count].tobytes()


@pytest.mark.parametrize("shape", [(0, 5), (STEPS, 0), (0, 0)], ids=["no session", "no name", "neither"])
@pytest.mark.parametrize("family", ["gru", "hybrid"])
def test_nothing_to_score_is_no_score(family: str, shape: tuple[int, int]) -> None:
    fitted = a_fitted_net(family)
    assert fitted.score(np.zeros((*shape, FEATURES), dtype=np.float32)).shape == shape


def test_nobody_has_a_spread_who_has_no_score() -> None:
    fitted, values = a_fitted_net("hybrid"), made_samples(STEPS + 2, 4, seed=4).table.values
    values[-1] = np.nan
    values[-2, 1:] = np.nan
    spread = fitted.spread(values)  # type: ignore[attr-defined]
    assert np.array_equal(np.isfinite(spread), np.isfinite(fitted.score(values)))
    assert spread[-2, 0] == 1.0


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


def by_hand(fitted: FittedNet, window: np.ndarray) -> float:
    """A GRU or an LSTM of two layers, read off at the last session, as its paper has it."""
    weights = {name: each.astype(np.float64) for name, each in fitted.weights.items()}
    steps = list(window.astype(np.float64))
    lstm = fitted.net.cell == "lstm"  # type: ignore[union-attr]
    for layer in range(2):
        inner, outer, bias, own = (
            weights[f"cells.{part}_l{layer}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        state, memory, states = np.zeros(8), np.zeros(8), []
        for x in steps:
            told, kept = inner @ x + bias, outer @ state + own
            if lstm:
                i, f, g, o = np.split(told + kept, 4)
                memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
                state = sigmoid(o) * np.tanh(memory)
            else:
                (r, z, n), (hr, hz, hn) = np.split(told, 3), np.split(kept, 3)
                update = sigmoid(z + hz)
                state = (1 - update) * np.tanh(n + sigmoid(r + hr) * hn) + update * state
            states.append(state)
        steps = states
    return float((weights["head.weight"] @ steps[-1] + weights["head.bias"])[0])


@pytest.mark.parametrize("family", ["gru", "lstm"])
def test_cells_are_those_of_their_papers(family: str) -> None:
    fitted, values = a_fitted_net(family), made_samples(STEPS, 5, seed=6).table.values
    scores = fitted.score(values)[-1]
    for name in range(5):
        assert scores[name] == pytest.approx(by_hand(fitted, values[:, name] * 12**0.5), abs=2e-6)


def test_causal_filters_are_those_of_a_plain_loop() -> None:
    fitted, values = a_fitted_net("tcn"), made_samples(STEPS, 3, seed=7).table.values
    w = {name: each.astype(np.float64) for name, each in fitted.weights.items()}
    for name in range(3):
        series = values[:, name].astype(np.float64) * 12**0.5
        state = series @ w["entrance.weight"][:, :, 0].T + w["entrance.bias"]
        for level in range(2):
            grown = np.zeros_like(state)
            for t in range(STEPS):
                total = w[f"filters.{level}.bias"].copy()
                for tap in range(3):
                    back = t - (2 - tap) * 2**level
                    if back >= 0:
                        total += w[f"filters.{level}.weight"][:, :, tap] @ state[back]
                grown[t] = np.maximum(total, 0)
            state = state + grown
        expected = float((w["head.weight"] @ state[-1] + w["head.bias"])[0])
        assert fitted.score(values)[-1, name] == pytest.approx(expected, abs=2e-6)


def test_the_spread_is_the_deviation_of_twenty_thinned_nets_in_torch() -> None:
    fitted, values = a_fitted_net("hybrid"), made_samples(STEPS, 6, seed=8).table.values
    module = fitted.net.module(FEATURES, STEPS)
    module.load_state_dict({name: torch.from_numpy(each.copy()) for name, each in fitted.weights.items()})
    x = torch.from_numpy(np.swapaxes(values, 0, 1) * np.float32(12**0.5))
    draw, share, said = np.random.default_rng(fitted.seed), fitted.net.dropout, []
    for _ in range(fitted.net.passes):
        keep = [torch.from_numpy((draw.random((1, w)) >= share) / (1 - share)).float() for w in (8, 8)]
        with torch.no_grad():
            said.append(module(x, *keep).sum(dim=1).numpy())
    apart = np.std(said, axis=0, ddof=1)
    found = fitted.spread(values)[-1]  # type: ignore[attr-defined]
    np.testing.assert_allclose(found, apart / np.median(apart), rtol=1e-3)


def test_concordance_is_least_for_the_target_and_most_for_its_opposite() -> None:
    target = torch.from_numpy(np.random.default_rng(0).normal(size=40))
    target = target - target.mean()
    sessions = torch.zeros(40, dtype=torch.int64)
    losses = [float(concordance(k * target, target, sessions)) for k in (1.0, 0.5, 3.0, 0.0, -1.0)]
    assert losses == sorted(losses)
    assert losses[0] == pytest.approx(0, abs=1e-6)
    assert losses[3] == 1.0
    assert losses[4] == pytest.approx(2, abs=1e-6)
    assert float(concordance(target + 1.0, target, sessions)) > 0.1


def test_losses_of_alike_scores_have_gradients_that_are_numbers() -> None:
    scores, target = torch.zeros(6, requires_grad=True), torch.zeros(6)
    sessions = torch.tensor([0, 0, 0, 1, 1, 2])
    for loss in (
        concordance(scores, target, sessions),
        squared(scores, target, sessions),
        focal(1e4 * scores - 1e3, target > 1),
        focal(scores + 1e3, target > 1),
    ):
        (gradient,) = torch.autograd.grad(loss, scores)
        assert torch.isfinite(loss)
        assert torch.isfinite(gradient).all()


def test_sessions_count_alike_in_a_loss_however_many_names_they_have() -> None:
    draw = np.random.default_rng(1)
    scores, target = (torch.from_numpy(draw.normal(size=30)) for _ in range(2))
    few, many = slice(0, 5), slice(5, 30)
    sessions = torch.tensor([0] * 5 + [1] * 25)
    alone = [
        float(concordance(scores[part], target[part], torch.zeros(n, dtype=torch.int64)))
        for part, n in ((few, 5), (many, 25))
    ]
    assert float(concordance(scores, target, sessions)) == pytest.approx(np.mean(alone))


CAUSE = cause_of(a_lesson(), SMALL["cnn"], A_PLAN, 7)
TARGET = a_lesson().target


@pytest.mark.parametrize(
    ("lesson", "plan", "net", "seed"),
    [
        (a_lesson(fit=a_lesson().fit[1:]), A_PLAN, "cnn", 7),
        (a_lesson(check=a_lesson().check[:-1]), A_PLAN, "cnn", 7),
        (a_lesson(steps=STEPS - 1), A_PLAN, "cnn", 7),
        (a_lesson(target=np.where(np.arange(20) == 3, -TARGET, TARGET)), A_PLAN, "cnn", 7),
        (a_lesson(), replace(A_PLAN, patience=2), "cnn", 7),
        (a_lesson(), A_PLAN, "tcn", 7),
        (a_lesson(), A_PLAN, "cnn", 8),
    ],
    ids=["fit", "check", "steps", "target", "plan", "net", "seed"],
)
def test_another_cause_has_another_checkpoint(lesson: Lesson, plan: object, net: str, seed: int) -> None:
    assert cause_of(lesson, SMALL[net], plan, seed) != CAUSE  # type: ignore[arg-type]
    assert cause_of(a_lesson(), SMALL["cnn"], A_PLAN, 7) == CAUSE


def test_a_longer_horizon_is_another_cause_though_labels_are_the_same() -> None:
    longer = replace(SAMPLES, labels=replace(SAMPLES.labels, horizon_sessions=4))
    assert cause_of(make_lesson(longer, SPAN, STEPS, A_PLAN), SMALL["cnn"], A_PLAN, 7) != CAUSE


def a_state(seed: int = 0) -> State:
    torch.manual_seed(seed)
    module = torch.nn.Linear(3, 2)
    return State(
        module=module,
        optimiser=AdamW(module, learning_rate=0.1, weight_decay=0.0),
        generator=torch.Generator().manual_seed(seed),
        best={name: each.detach().clone() for name, each in module.named_parameters()},
        best_loss=0.25 + seed,
        best_epoch=seed,
        epoch=seed + 1,
    )


def told(state: State) -> list[object]:
    tensors = [*state.module.parameters(), *state.best.values()]
    tensors += [*state.optimiser.first.values(), *state.optimiser.second.values()]
    figures = [state.epoch, state.best_epoch, state.best_loss, state.optimiser.steps]
    return [each.tolist() for each in tensors] + figures + [state.generator.get_state().tolist()]


def test_a_checkpoint_brings_everything_back(tmp_path: Path) -> None:
    saved, other = a_state(5), a_state(1)
    for each in saved.module.parameters():
        each.grad = torch.ones_like(each)
    saved.optimiser.step(clip=1.0)
    torch.rand(3, generator=saved.generator)
    path = tmp_path / "folder" / "of" / "cause.safetensors"
    write_checkpoint(path, saved)
    assert told(other) != told(saved)
    read_checkpoint(path, other)
    assert told(other) == told(saved)
    assert [each.name for each in path.parent.iterdir()] == ["cause.safetensors"]


def test_a_checkpoint_before_the_first_loss_is_one_too(tmp_path: Path) -> None:
    fresh, other = replace(a_state(), best_loss=math.inf), a_state(1)
    write_checkpoint(tmp_path / "cause.safetensors", fresh)
    read_checkpoint(tmp_path / "cause.safetensors", other)
    assert other.best_loss == math.inf


def changed(path: Path, tensors: dict[str, torch.Tensor], **figures: object) -> None:
    with safe_open(path, framework="pt") as stored:
        text = json.loads(stored.metadata()["state"]) | figures
    save_file(load_file(path) | tensors, path, metadata={"state": json.dumps(text)})


LIES = {
    "a shape that spreads out": ({"weights.weight": torch.ones(1, 3)}, {}),
    "a lone number": ({"first.bias": torch.ones(1)}, {}),
    "another shape": ({"best.weight": torch.ones(3, 3)}, {}),
    "a generator of four bytes": ({"generator": torch.zeros(4, dtype=torch.uint8)}, {}),
    "words for an epoch": ({}, {"epoch": "three"}),
    "no loss": ({}, {"best_loss": None}),
}


@pytest.mark.parametrize(("tensors", "figures"), LIES.values(), ids=LIES)
def test_a_checkpoint_that_lies_is_refused(
    tensors: dict[str, torch.Tensor], figures: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "cause.safetensors"
    write_checkpoint(path, a_state())
    changed(path, tensors, **figures)
    with pytest.raises(DataError, match=r"cause\.safetensors' unreadable; delete it to begin again"):
        read_checkpoint(path, a_state())


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
def test_a_net_s_file_cut_short_is_named(share: float, tmp_path: Path) -> None:
    path = a_fitted_net("patchtst").save(tmp_path / "fold-004")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DataError, match=r"fold-004\.safetensors' damaged or foreign"):
        load_net(path)


def test_weights_in_another_layout_are_saved_as_they_are_meant(tmp_path: Path) -> None:
    fitted = a_fitted_net("cnn")
    turned = {name: np.asfortranarray(each) for name, each in fitted.weights.items()}
    other = FittedNet(fitted.net, turned, features=FEATURES, steps=STEPS, seed=3, note="turned")
    loaded = load_net(other.save(tmp_path / "fold-000"))
    for name, each in fitted.weights.items():
        assert np.array_equal(loaded.weights[name], each)


def test_every_thread_that_learns_has_one_of_torchs_and_gets_back_what_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        entered, leave = threading.Event(), threading.Event()

        def other() -> None:
            with one_thread():
                entered.set()
                leave.wait()
                counts.append(torch.get_num_threads())
            counts.append(torch.get_num_threads())

        counts: list[int] = []
        beside = threading.Thread(target=other)
        with one_thread():
            beside.start()
            entered.wait()
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        leave.set()
        beside.join()
        assert counts == [1, 2]
        assert torch.get_num_threads() == 2
        with pytest.raises(ZeroDivisionError), one_thread(), one_thread():
            raise ZeroDivisionError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_step_without_gradients_to_clip_is_small_and_a_huge_one_is_bounded() -> None:
    module = torch.nn.Linear(2, 1, bias=False)
    kept = module.weight.detach().clone()
    ours = AdamW(module, learning_rate=0.01, weight_decay=0.0)
    module.weight.grad = torch.full_like(module.weight, 1e30)
    ours.step(clip=1.0)
    moved = (module.weight.detach() - kept).abs()
    assert moved.max() <= 0.01 * (1 + 1e-5)
    module.weight.grad = torch.zeros_like(module.weight)
    ours.step(clip=1.0)
    assert torch.isfinite(module.weight).all()

"""What a net that has learned does: score, spread, explain, be saved; nothing is trained here."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from fund.errors import DataError
from fund.forecasting.families.nets.collapse import CollapseError, check_scores
from fund.forecasting.families.nets.convolutional import Cnn, Tcn
from fund.forecasting.families.nets.fitted import BATCH, FittedNet, load_net
from fund.forecasting.families.nets.forecaster import NETS, NetForecaster
from fund.forecasting.families.nets.hybrid import Hybrid
from fund.forecasting.families.nets.kinds import Net, net_from_json, net_to_json
from fund.forecasting.families.nets.parity import check_parity
from fund.forecasting.families.nets.patches import Patches
from fund.forecasting.families.nets.plan import Plan
from fund.forecasting.families.nets.recurrent import Recurrent
from fund.forecasting.families.nets.sequences import readable, time_ordered, windows
from support.checkout import ROOT
from support.nets import FEATURES, SMALL, STEPS, a_fitted_net, a_net, made_samples

FAMILIES = sorted(SMALL)
Spoil = Callable[[Path], object]


def some_values(sessions: int = 12, names: int = 20, seed: int = 5) -> np.ndarray:
    return made_samples(sessions, names, seed=seed).table.values


def module_of(fitted: FittedNet) -> torch.nn.Module:
    module = fitted.net.module(FEATURES, STEPS)
    module.load_state_dict({name: torch.from_numpy(each) for name, each in fitted.weights.items()})
    return module


def test_the_small_nets_are_of_every_family() -> None:
    assert sorted(NETS) == FAMILIES
    assert {name: type(each.net) for name, each in NETS.items()} == {n: type(s) for n, s in SMALL.items()}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("count", [1, 16, 33])
def test_the_graph_says_what_torch_says(family: str, count: int) -> None:
    fitted = a_fitted_net(family)
    x = np.random.default_rng(0).normal(size=(count, STEPS, FEATURES)).astype(np.float32)
    assert 0 <= check_parity(fitted, module_of(fitted), x) < 2e-6
    assert count == 1 or fitted.run(x).std() > 1e-3


def test_a_graph_that_says_something_else_is_refused() -> None:
    fitted = a_fitted_net()
    module = module_of(fitted)
    with torch.no_grad():
        module.head.bias += 1e-4
    x = np.zeros((3, STEPS, FEATURES), dtype=np.float32)
    with pytest.raises(DataError, match="within 1e-05 of torch over 3 windows"):
        check_parity(fitted, module, x)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_score_depends_on_its_own_window_and_on_nothing_else(family: str) -> None:
    fitted, values = a_fitted_net(family), some_values()
    scores = fitted.score(values)
    assert scores.shape == (12, 20)
    assert np.isnan(scores[: STEPS - 1]).all()
    assert np.isfinite(scores[STEPS - 1 :]).all()
    assert fitted.score(values[3:9])[STEPS - 1].tobytes() == scores[8].tobytes()
    future = values.copy()
    future[9:] = 0.3
    assert fitted.score(future)[:9].tobytes() == scores[:9].tobytes()
    order = np.random.default_rng(1).permutation(20)
    assert fitted.score(values[:, order]).tobytes() == scores[:, order].tobytes()
    others = values.copy()
    others[:, 1:] = np.nan
    assert np.allclose(fitted.score(others)[:, 0], scores[:, 0], atol=2e-6, equal_nan=True)


def test_a_session_too_few_is_no_score() -> None:
    assert np.isnan(a_fitted_net().score(some_values(STEPS - 1))).all()
    assert a_fitted_net().sessions == STEPS


def test_a_name_by_itself_scores_as_beside_others() -> None:
    fitted, values = a_fitted_net(), some_values(STEPS)
    alone = [fitted.score(values[:, [at]])[-1, 0] for at in range(BATCH + 1)]
    assert np.allclose(alone, fitted.score(values)[-1, : BATCH + 1], atol=1e-6)


def test_names_with_too_little_in_their_window_have_no_view() -> None:
    fitted, values = a_fitted_net(), some_values(STEPS, 5)
    values[1:-1, 0] = np.nan
    values[-1, 1] = np.inf
    values[: STEPS // 2, 2] = np.nan
    values[:, 3, 1:] = np.nan
    scores = fitted.score(values)[-1]
    assert np.isfinite(scores).tolist() == [False, False, True, True, True]
    missing = np.where(np.isfinite(values), values, 0)
    assert scores[2:].tobytes() == fitted.score(missing)[-1, 2:].tobytes()


def test_windows_and_who_has_one_are_those_of_a_plain_loop() -> None:
    values = some_values(150, 3)
    draw = np.random.default_rng(2)
    values[draw.random(values.shape[:2]) < 0.45] = np.nan
    found = readable(values, STEPS)
    for t in range(150):
        for n in range(3):
            window = values[max(t - STEPS + 1, 0) : t + 1, n]
            seen = np.isfinite(window).any(axis=1)
            assert found[t, n] == (len(window) == STEPS and seen[-1] and seen.mean() >= 0.5)
    cut = windows(values, np.array([7, 100]), np.array([2, 0]), STEPS)
    assert np.array_equal(cut[1], np.nan_to_num(values[95:101, 0]) * np.float32(12**0.5))
    assert cut.shape == (2, STEPS, FEATURES)


def test_how_values_lie_in_memory_changes_no_window_and_what_is_infinite_is_unknown() -> None:
    values = some_values(40, 6)
    values[10, 2], values[11, 4, 0] = np.nan, np.inf
    last, names = np.array([12, 39, STEPS - 1]), np.array([4, 0, 2])
    cut, seen = windows(values, last, names, STEPS), readable(values, STEPS)
    assert cut[0, STEPS - 2, 0] == 0.0
    assert np.isfinite(cut).all()
    assert not seen[10, 2]
    wide = np.repeat(values, 2, axis=1)
    locked = values.copy()
    locked.flags.writeable = False
    for other in (wide[:, ::2], np.asfortranarray(values), locked, values.astype(np.float64)):
        assert windows(other, last, names, STEPS).tobytes() == cut.tobytes()
        assert readable(other, STEPS).tobytes() == seen.tobytes()
    nobody = np.array([], dtype=np.int64)
    assert windows(values, nobody, nobody, STEPS).shape == (0, STEPS, FEATURES)
    assert readable(values[:0], STEPS).shape == (0, 6)
    assert not readable(values[: STEPS - 1], STEPS).any()


@pytest.mark.parametrize("shape", [(STEPS, 4, FEATURES + 1), (STEPS, 4, FEATURES - 1), (STEPS, FEATURES)])
def test_other_features_than_learned_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match=r"expected \[sessions, names, 8\] .*; train again"):
        a_fitted_net().score(np.zeros(shape, dtype=np.float32))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_saved_net_scores_to_the_bit(family: str, tmp_path: Path) -> None:
    fitted, values = a_fitted_net(family), some_values()
    path = fitted.save(tmp_path / "fold-000")
    assert path.name == "fold-000.safetensors"
    loaded = NETS[family].load(path)
    assert loaded.score(values).tobytes() == fitted.score(values).tobytes()
    assert (loaded.note, loaded.sessions, loaded.net) == (fitted.note, STEPS, fitted.net)
    assert loaded.save(tmp_path / "again").read_bytes() == path.read_bytes()


def test_scoring_needs_no_torch(tmp_path: Path) -> None:
    path = a_fitted_net("hybrid").save(tmp_path / "fold")
    np.save(tmp_path / "values.npy", some_values(), allow_pickle=False)
    program = (
        "import sys, numpy\n"
        "from pathlib import Path\n"
        "from fund.forecasting.artifact import LOADERS\n"
        f"fitted = LOADERS['hybrid'](Path({str(path)!r}))\n"
        f"values = numpy.load({str(tmp_path / 'values.npy')!r})\n"
        "assert numpy.isfinite(fitted.score(values)[-1]).all() and fitted.spread(values).shape == (12, 20)\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def resaved(change: Callable[[dict[str, np.ndarray], str], tuple[dict[str, np.ndarray], str]]) -> Spoil:
    """Save other weights or other sizes in place of a net's own."""

    def spoil(path: Path) -> None:
        with safe_open(path, framework="numpy") as stored:
            told = stored.metadata()["conclave"]
        weights, told = change(load_file(path), told)
        save_file(weights, path, {"conclave": told})

    return spoil


def told(old: str, new: str) -> Spoil:
    """Change what the file says of its net."""
    return resaved(lambda weights, text: (weights, text.replace(old, new)))


def weighted(**changes: Callable[[np.ndarray], np.ndarray]) -> Spoil:
    """Change weights of the head."""
    return resaved(
        lambda weights, text: (
            weights | {f"head.{k}": f(weights[f"head.{k}"]) for k, f in changes.items()},
            text,
        )
    )


DAMAGE: dict[str, tuple[Spoil, str]] = {
    "empty": (lambda path: path.write_bytes(b""), "header"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-7]), "damaged or foreign"),
    "text": (lambda path: path.write_text("tree\nversion=v4\n"), "header"),
    "gone": (lambda path: path.unlink(), "No such file"),
    "foreign": (lambda path: save_file(load_file(path), path), "conclave"),
    "another format": (told("net-1", "net-9"), "net-9"),
    "an unknown kind": (told("recurrent", "oracle"), "oracle"),
    "another size": (told('\\"hidden\\": 8', '\\"hidden\\": 4'), "damaged or foreign"),
    "other features": (told('"features": 8', '"features": 9'), "damaged or foreign"),
    "a weight less": (resaved(lambda w, text: ({k: w[k] for k in w if k != "head.bias"}, text)), "head.bias"),
    "a weight more": (resaved(lambda w, text: (w | {"ear": w["head.bias"]}, text)), "ear"),
    "another shape": (weighted(weight=lambda w: w[:, :5].copy()), "damaged or foreign"),
    "no number": (weighted(bias=lambda w: w * np.float32(np.nan)), "not finite"),
}


@pytest.mark.parametrize(("spoil", "why"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_foreign_file_is_named(spoil: Spoil, why: str, tmp_path: Path) -> None:
    path = a_fitted_net().save(tmp_path / "fold-003")
    load_net(path)
    spoil(path)
    with pytest.raises(DataError, match=rf"(?s)fold-003\.safetensors.*{why}.*; train again"):
        load_net(path)


def test_an_exported_graph_serves_its_own_net_only(tmp_path: Path) -> None:
    fitted = a_fitted_net("cnn")
    graph = fitted.export(tmp_path / "fold")
    assert graph.suffix == ".onnx"
    assert fitted.served(graph) is fitted
    with pytest.raises(DataError, match=r"fold\.onnx"):
        a_fitted_net("cnn", seed=2).served(graph)
    with pytest.raises(DataError, match=r"none\.onnx"):
        fitted.served(tmp_path / "none.onnx")


def test_a_spread_is_how_much_thinned_nets_disagree() -> None:
    fitted, values = a_fitted_net("hybrid"), some_values()
    values[-1, 4] = np.nan
    spread = fitted.spread(values)
    assert np.isnan(spread[-1, 4])
    assert np.isnan(spread[: STEPS - 1]).all()
    known = spread[STEPS - 1 :]
    assert np.nanmedian(known, axis=1) == pytest.approx(np.ones(len(known)))
    assert np.nanmin(known) > 0
    assert np.nanmax(known) > 1.2
    assert fitted.spread(values).tobytes() == spread.tobytes()


def test_only_a_net_with_dropout_at_hand_has_a_spread() -> None:
    assert [name for name in FAMILIES if hasattr(a_fitted_net(name), "spread")] == ["hybrid"]


def test_the_later_part_judges_and_a_gap_lies_between() -> None:
    parts = time_ordered(range(100, 200), steps=10, check_share=0.2, gap_sessions=7, every=3)
    assert parts.check == range(182, 200)
    assert (parts.fit[0], parts.fit[-1]) == (111, 174)
    assert {later - earlier for earlier, later in zip(parts.fit, parts.fit[1:], strict=False)} == {3}
    with pytest.raises(DataError, match=r"expected about 45 sessions or more .* found 44"):
        time_ordered(range(44), steps=10, check_share=0.2, gap_sessions=7, every=3)
    assert len(time_ordered(range(45), steps=10, check_share=0.2, gap_sessions=7, every=3).fit) == 8


SESSIONS = np.repeat(np.arange(4), 25)


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        (np.full(100, 0.7), "deviation"),
        (np.repeat([-1.0, 1.0, -2.0, 2.0], 25), "deviation"),
        (1e-3 * np.random.default_rng(0).normal(size=100), "collapsed"),
        (3.0 + np.random.default_rng(0).normal(size=100), "100.0% above 0"),
        (np.where(np.arange(100) == 9, np.nan, 1.0), "1 of 100 that are not"),
    ],
    ids=["one", "one a session", "almost one", "one side", "no number"],
)
def test_scores_that_are_too_much_alike_are_refused(scores: np.ndarray, why: str) -> None:
    with pytest.raises(CollapseError, match=why):
        check_scores(scores, SESSIONS)


def test_scores_that_tell_names_apart_are_not() -> None:
    check_scores(np.random.default_rng(0).normal(0.5, 0.5, 100), SESSIONS)


@pytest.mark.parametrize("net", SMALL.values(), ids=SMALL)
def test_a_net_is_written_down_and_read_back(net: Net) -> None:
    assert net_from_json(net_to_json(net)) == net


@pytest.mark.parametrize(
    "text", ["", "[]", '{"kind": "oracle"}', '{"kind": "cnn", "ears": 2}', '{"channels": 2}']
)
def test_another_text_is_no_net(text: str) -> None:
    with pytest.raises(DataError, match="expected a net of"):
        net_from_json(text)


@pytest.mark.parametrize(
    ("net", "steps", "why"),
    [
        (Recurrent(cell="rnn"), 6, "cells"),  # type: ignore[arg-type]
        (Recurrent(hidden=0), 6, "cells"),
        (Recurrent(both_ways=True), 6, "attention"),
        (Recurrent(dropout=1.0), 6, "dropout"),
        (Recurrent(), 0, "session"),
        (Cnn(channels=0), 6, "channel"),
        (Tcn(levels=0), 6, "level"),
        (Hybrid(dropout=0.0), 6, "dropout"),
        (Patches(width=6, voices=4), 6, "share"),
        (Patches(patch_sessions=4), 6, "whole patches of 4 sessions, found 6"),
    ],
)
def test_sizes_that_make_no_net_are_refused(net: Net, steps: int, why: str) -> None:
    with pytest.raises(DataError, match=why):
        NetForecaster(name="net", net=net, steps=steps)


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ({"loss": "cubed"}, "found 'cubed'"),
        ({"check_share": 1.0}, "check_share between 0 and 1, found 1.0"),
        ({"epochs": 0}, "epochs at least 1, found 0"),
        ({"every": 0}, "every at least 1"),
        ({"names": 1}, "names at least 2, found 1"),
        ({"learning_rate": 0.0}, "learning_rate above 0"),
        ({"clip": float("nan")}, "clip above 0, found nan"),
        ({"weight_decay": -1.0}, "weight_decay at least 0"),
        ({"embargo_sessions": -1}, "embargo_sessions at least 0"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(setting: dict[str, object], why: str) -> None:
    with pytest.raises(DataError, match=why):
        Plan(**setting)  # type: ignore[arg-type]


def test_parameters_hold_what_decides_the_result() -> None:
    parameters = a_net("cnn").parameters
    assert parameters["kind"] == "cnn"
    assert parameters["steps"] == STEPS
    assert parameters["learning_rate"] == 0.02
    assert not {"seed", "name", "trials", "checkpoints", "progress"} & set(parameters)
    assert all(isinstance(each, float | int | str) for each in parameters.values())

"""How long nets over 60 sessions take to score one name and 500, on one thread, beside torch."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import process_time

import numpy as np
import torch

from fund.forecasting.families.nets.fitted import BATCH, FittedNet, fitted_net
from fund.forecasting.families.nets.forecaster import NETS
from fund.forecasting.families.nets.kinds import Net
from fund.forecasting.families.nets.recurrent import Recurrent
from support.benchmark import Figure, median, single
from support.nets import A_PLAN, a_net, made_samples

FEATURES, STEPS = 20, 60
DESK_FEATURES = 72
BOUNDS: dict[tuple[str, int], float] = {
    ("gru", 1): 0.2,
    ("gru", 500): 60.0,
    ("lstm", 1): 0.5,
    ("lstm", 500): 175.0,
}
"""Milliseconds."""
SIZES: dict[str, Net] = {"gru": Recurrent(cell="gru", hidden=64), "lstm": Recurrent(cell="lstm", hidden=128)}
ROUNDS = 5
IN_A_ROUND = {1: 40, 500: 3}


def measure() -> Iterator[Figure]:
    """Score windows of random ranks with random weights; the arithmetic is that of a trained net."""
    torch.set_num_threads(1)
    for family, net in SIZES.items():
        for names in (1, 500):
            yield from _beside_torch(family, net, names)
    for family, forecaster in NETS.items():
        fitted, _ = _drawn(forecaster.net, DESK_FEATURES)
        values = _values(500, DESK_FEATURES)
        spent = [_ms(lambda f=fitted, v=values: f.score(v)) for _ in range(5)]
        yield median(f"{family}, 500 names x {DESK_FEATURES} features, score(), processor time", "ms", spent)
    yield _epoch()


def _beside_torch(family: str, net: Net, names: int) -> Iterator[Figure]:
    """Take turns in rounds: what else the machine does falls on both, and each finds its own cache."""
    fitted, module = _drawn(net, FEATURES)
    values = _values(names, FEATURES)
    whole = torch.from_numpy(np.ascontiguousarray(values.transpose(1, 0, 2)) * np.float32(12**0.5))
    x = whole[:BATCH].numpy()
    ours: list[float] = []
    graph: list[float] = []
    theirs: list[float] = []
    with torch.inference_mode():
        for _ in range(ROUNDS):
            for spent, work in (
                (ours, lambda: fitted.score(values)),
                (graph, lambda: fitted.run(x)),
                (theirs, lambda: module(whole)),
            ):
                work()
                spent += [_ms(work) for _ in range(IN_A_ROUND[names])]
    what = f"{family} of {net.layers} x {net.hidden}" if isinstance(net, Recurrent) else family
    what += f", {STEPS} sessions x {FEATURES} features, {names} name{'s' if names > 1 else ''}"
    yield median(f"{what}, score(), processor time", "ms", ours, bound=BOUNDS[family, names])
    if names == 1:
        yield median(f"{what}, the graph alone, processor time", "ms", graph)
    yield median(f"{what}, torch eager, processor time", "ms", theirs)
    yield single(f"{what}, torch over ours, medians", "times", float(np.median(theirs) / np.median(ours)))


def _epoch() -> Figure:
    """Train one epoch of the usual GRU on made names."""
    samples = made_samples(200, 150)
    forecaster = replace(a_net("gru"), net=NETS["gru"].net, steps=STEPS, plan=replace(A_PLAN, epochs=1))
    spent = _ms(lambda: forecaster.fit(samples, range(0, 200))) / 1000
    return single(
        "gru of 2 x 64, one epoch of 106 sessions x 128 names x 8 features, processor time", "s", spent
    )


def _drawn(net: Net, features: int) -> tuple[FittedNet, torch.nn.Module]:
    draw = np.random.default_rng(0)
    module = net.module(features, STEPS)
    weights = {
        name: draw.uniform(-0.1, 0.1, tuple(each.shape)).astype(np.float32)
        for name, each in module.named_parameters()
    }
    module.load_state_dict({name: torch.from_numpy(each) for name, each in weights.items()})
    return fitted_net(net, weights, features=features, steps=STEPS, seed=0, note="drawn"), module


def _values(names: int, features: int) -> np.ndarray:
    return (np.random.default_rng(1).random((STEPS, names, features)) - 0.5).astype(np.float32)


def _ms(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return 1000 * (process_time() - started)

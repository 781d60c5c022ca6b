"""The one training loop of all nets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fund.errors import DataError
from fund.forecasting.families.nets.checkpoint import State, cause_of, read_checkpoint, write_checkpoint
from fund.forecasting.families.nets.collapse import check_scores
from fund.forecasting.families.nets.graph import Weights
from fund.forecasting.families.nets.kinds import Net
from fund.forecasting.families.nets.lesson import Batch, Lesson
from fund.forecasting.families.nets.losses import LOSSES, focal
from fund.forecasting.families.nets.optimiser import AdamW
from fund.forecasting.families.nets.plan import Plan
from fund.forecasting.families.nets.threads import one_thread

MIN_GAIN = 1e-4
"""Least fall of the validation loss that counts as better."""
CENTRED_SESSIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a training came to."""

    weights: Weights
    module: nn.Module
    """The same weights in torch, for whoever compares."""
    epoch: int
    """The epoch that was kept, from 1."""
    epochs: int
    loss: float
    """On the later part, at that epoch."""


def learn(
    net: Net,
    lesson: Lesson,
    plan: Plan,
    *,
    seed: int,
    checkpoints: Path | None = None,
    report: Callable[[int, int], None] = lambda done, planned: None,
) -> Learned:
    """Train until the later part no longer gains, and keep the best epoch.

    One thread and a generator of its own: the result is a function of the arguments, to the bit on one
    machine, however many trainings run beside it. With a folder for checkpoints a training that was
    killed goes on after its last whole epoch, to the same result. `CollapseError` when what was learned
    says the same of every name; `DataError` when the loss is no number any more.
    """
    with one_thread():
        state = _begun(net, lesson, plan, seed)
        path = (
            None if checkpoints is None else checkpoints / f"{cause_of(lesson, net, plan, seed)}.safetensors"
        )
        if path is not None and path.is_file():
            read_checkpoint(path, state)
        while state.epoch < plan.epochs and state.epoch - state.best_epoch < plan.patience:
            report(state.epoch, plan.epochs)
            _run_epoch(net, lesson, plan, state)
            if path is not None:
                write_checkpoint(path, state)
        report(plan.epochs, plan.epochs)
        state.module.load_state_dict(state.best)
        _centre(state.module, lesson)
        check_scores(*_held_out_scores(state.module, lesson, plan))
    return Learned(
        weights={name: each.detach().numpy().copy() for name, each in state.module.named_parameters()},
        module=state.module,
        epoch=state.best_epoch,
        epochs=state.epoch,
        loss=state.best_loss,
    )


def _begun(net: Net, lesson: Lesson, plan: Plan, seed: int) -> State:
    generator = torch.Generator().manual_seed(seed)
    with torch.device("meta"):
        bare = net.module(lesson.values.shape[2], lesson.steps)
    module = bare.to_empty(device="cpu")
    _initialise(module, generator)
    _centre(module, lesson)
    return State(
        module=module,
        optimiser=AdamW(module, learning_rate=plan.learning_rate, weight_decay=plan.weight_decay),
        generator=generator,
        best={name: each.detach().clone() for name, each in module.named_parameters()},
    )


@torch.no_grad()
def _initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw matrices within one over the root of their inputs, set biases to 0 and norms to 1.

    torch draws from a generator that the whole process shares, in whatever order its threads come.
    """
    for name, each in module.named_parameters():
        if each.ndim > 1:
            reach = each[0].numel() ** -0.5
            each.uniform_(-reach, reach, generator=generator)
        else:
            each.fill_(0.0 if "bias" in name else 1.0)


@torch.no_grad()
def _centre(module: nn.Module, lesson: Lesson) -> None:
    """Set the heads' biases so that the newest sessions that are learned from score 0 on the average.

    Ranks have no level, so nothing else says what the net's is, and signs are to mean something.
    """
    sums, count = torch.zeros_like(module.get_parameter("head.bias")), 0
    for t in lesson.fit[-CENTRED_SESSIONS:]:
        heads = module(torch.from_numpy(lesson.batch((t,), (np.flatnonzero(lesson.usable[t]),)).x))
        sums, count = sums + heads.sum(dim=0), count + len(heads)
    module.get_parameter("head.bias").sub_(sums / count)


def _run_epoch(net: Net, lesson: Lesson, plan: Plan, state: State) -> None:
    for batch in _drawn(lesson, plan, state.generator):
        keep = _masks(net, len(batch.x), state.generator)
        loss = _loss(net, plan, state.module(torch.from_numpy(batch.x), *keep), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        state.optimiser.step(plan.clip)
    state.epoch += 1
    checked = _held_out_loss(net, lesson, plan, state.module)
    if not np.isfinite(checked):
        raise DataError(
            f"expected a loss, found {checked!r} after epoch {state.epoch!r}; lower the learning rate"
        )
    if checked < state.best_loss - MIN_GAIN:
        state.best_loss, state.best_epoch = checked, state.epoch
        for name, each in state.module.named_parameters():
            state.best[name].copy_(each.detach())


def _drawn(lesson: Lesson, plan: Plan, generator: torch.Generator) -> Iterator[Batch]:
    """Give the sessions that are learned from in a new order, with names drawn anew."""
    order = [lesson.fit[at] for at in torch.randperm(len(lesson.fit), generator=generator).tolist()]
    for at in range(0, len(order), plan.batch_sessions):
        some = order[at : at + plan.batch_sessions]
        names = [np.flatnonzero(lesson.usable[t]) for t in some]
        drawn = [torch.randperm(len(each), generator=generator)[: plan.names].numpy() for each in names]
        yield lesson.batch(some, [each[which] for each, which in zip(names, drawn, strict=True)])


def _masks(net: Net, count: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    if net.dropout == 0:
        return ()
    return tuple(
        (torch.rand(count, width, generator=generator) >= net.dropout).float() / (1 - net.dropout)
        for width in net.thinned
    )


def _loss(net: Net, plan: Plan, heads: Tensor, batch: Batch) -> Tensor:
    target, sessions = torch.from_numpy(batch.target), torch.from_numpy(batch.sessions)
    loss = LOSSES[plan.loss](heads[:, 0], target, sessions)
    return loss + focal(heads[:, 1], target > 0) if net.heads == 2 else loss


@torch.no_grad()
def _held_out_loss(net: Net, lesson: Lesson, plan: Plan, module: nn.Module) -> float:
    losses, counts = [], []
    for batch in lesson.held_out(plan.batch_sessions):
        losses.append(float(_loss(net, plan, module(torch.from_numpy(batch.x)), batch)))
        counts.append(int(batch.sessions[-1]) + 1)
    return float(np.average(losses, weights=counts))


@torch.no_grad()
def _held_out_scores(
    module: nn.Module, lesson: Lesson, plan: Plan
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    scores, sessions = [], []
    for at, batch in enumerate(lesson.held_out(plan.batch_sessions)):
        scores.append(module(torch.from_numpy(batch.x)).sum(dim=1).double().numpy())
        sessions.append(batch.sessions + at * plan.batch_sessions)
    return np.concatenate(scores), np.concatenate(sessions)

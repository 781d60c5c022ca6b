"""A training as it stood after an epoch, in one file that it can go on from to the bit."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from fund.errors import DataError
from fund.forecasting.families.nets.kinds import Net, described
from fund.forecasting.families.nets.lesson import Lesson
from fund.forecasting.families.nets.optimiser import AdamW
from fund.forecasting.families.nets.plan import Plan

LOOP_VERSION = 1
"""Raise it when the loop changes its result: checkpoints of another one are not gone on from."""


@dataclass(slots=True, kw_only=True)
class State:
    """Everything a training's next epoch depends on, besides what never changes."""

    module: nn.Module
    optimiser: AdamW
    generator: torch.Generator
    best: dict[str, Tensor]
    best_loss: float = float("inf")
    best_epoch: int = 0
    epoch: int = 0


def cause_of(lesson: Lesson, net: Net, plan: Plan, seed: int) -> str:
    """Return the id of what a training follows from: its data, sizes, settings and seed."""
    causes = {"net": described(net), "plan": asdict(plan), "seed": seed, "loop": LOOP_VERSION}
    causes |= {"fit": lesson.fit, "check": lesson.check}
    causes |= {"steps": lesson.steps, "torch": torch.__version__, "shape": lesson.values.shape}
    digest = hashlib.sha256(json.dumps(causes, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(lesson.values).data)
    digest.update(np.ascontiguousarray(lesson.target).data)
    return digest.hexdigest()[:16]


def write_checkpoint(path: Path, state: State) -> None:
    """Put the state in place of the one before it; a process killed meanwhile leaves that one whole.

    `DataError` where it cannot be written.
    """
    tensors = {f"weights.{name}": each.detach() for name, each in state.module.named_parameters()}
    for part, held in _moments(state):
        tensors |= {f"{part}.{name}": each for name, each in held.items()}
    tensors["generator"] = state.generator.get_state()
    told = {"epoch": state.epoch, "steps": state.optimiser.steps, "best_epoch": state.best_epoch}
    text = json.dumps(told | {"best_loss": state.best_loss})
    fresh = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: each.clone() for name, each in tensors.items()}, fresh, metadata={"state": text})
        fresh.replace(path)
    except (SafetensorError, OSError) as error:
        raise DataError(
            f"expected to keep epoch {state.epoch!r} in {path.name!r}, found {str(error)!r}; free space, and "
            "the same training goes on from the epoch before"
        ) from error


def read_checkpoint(path: Path, state: State) -> None:
    """Set the state to what a file says; `DataError` naming the file when it is damaged."""
    try:
        with safe_open(path, framework="pt") as stored, torch.no_grad():
            told = json.loads(stored.metadata()["state"])
            for name, each in state.module.named_parameters():
                _put(each, stored.get_tensor(f"weights.{name}"))
            for part, held in _moments(state):
                for name, tensor in held.items():
                    _put(tensor, stored.get_tensor(f"{part}.{name}"))
            state.generator.set_state(stored.get_tensor("generator"))
        state.optimiser.steps = int(told["steps"])
        state.epoch, state.best_epoch = int(told["epoch"]), int(told["best_epoch"])
        state.best_loss = float(told["best_loss"])
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise DataError(
            f"expected the checkpoint of a training, found {path.name!r} unreadable; delete it to begin again"
        ) from error


def _put(to: Tensor, stored: Tensor) -> None:
    """Copy; a tensor of another shape, which torch would spread out, raises `ValueError`."""
    if to.shape != stored.shape:
        raise ValueError(f"shape {tuple(stored.shape)!r}")
    to.copy_(stored)


def _moments(state: State) -> tuple[tuple[str, dict[str, Tensor]], ...]:
    return (
        ("best", state.best),
        ("first", state.optimiser.first),
        ("second", state.optimiser.second),
    )

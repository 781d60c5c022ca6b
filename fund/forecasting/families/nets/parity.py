"""Whether the graph says what torch says."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fund.errors import DataError
from fund.forecasting.families.nets.fitted import FittedNet

MAX_DIFFERENCE = 1e-5
"""In scores, whose deviation is near 1 or below."""


@torch.no_grad()
def check_parity(fitted: FittedNet, module: nn.Module, x: NDArray[np.float32]) -> float:
    """Return the largest difference of scores over windows [n, steps, F]; `DataError` above the limit.

    A net with a spread is also compared thinned.
    """
    masks: list[dict[str, NDArray[np.float32]]] = [{}]
    if fitted.net.passes:
        draw = np.random.default_rng(fitted.seed)
        drawn = {f"keep_{at}": draw.random((1, width)) for at, width in enumerate(fitted.net.thinned)}
        masks.append({name: each.astype(np.float32) for name, each in drawn.items()})
    differences = []
    for keep in masks:
        ours = fitted.run(x, keep=keep or None)
        theirs = module(torch.from_numpy(x), *(torch.from_numpy(each) for each in keep.values())).sum(dim=1)
        differences.append(float(np.abs(ours - theirs.numpy()).max()))
    if not max(differences) <= MAX_DIFFERENCE:
        raise DataError(
            f"expected the ONNX graph within {MAX_DIFFERENCE!r} of torch over {len(x)!r} windows, found "
            f"{max(differences)!r}; the net is not kept"
        )
    return max(differences)

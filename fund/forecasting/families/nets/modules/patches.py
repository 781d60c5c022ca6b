"""The transformer over patches in torch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from fund.forecasting.families.nets.patches import NORM_EPSILON

if TYPE_CHECKING:
    from fund.forecasting.families.nets.patches import Patches


class PatchesModule(nn.Module):
    """Patches and their places, layers of attention, and a head on the mean."""

    def __init__(self, sizes: "Patches", features: int, steps: int) -> None:
        super().__init__()
        self.patches = steps // sizes.patch_sessions
        self.entrance = nn.Linear(sizes.patch_sessions * features, sizes.width)
        self.places = nn.Parameter(torch.empty(self.patches, sizes.width))
        self.blocks = nn.ModuleList(Block(sizes.width, sizes.voices) for _ in range(sizes.layers))
        self.after = nn.LayerNorm(sizes.width, eps=NORM_EPSILON)
        self.head = nn.Linear(sizes.width, 1)

    def forward(self, x: Tensor, *keep: Tensor) -> Tensor:
        """Score windows [N, steps, F], [N, 1]; `keep` is a mask of the mean."""
        state: Tensor = self.entrance(x.reshape(len(x), self.patches, -1)) + self.places
        for block in self.blocks:
            state = block(state)
        mean = self.after(state).mean(dim=1)
        scored: Tensor = self.head(mean * keep[0] if keep else mean)
        return scored


class Block(nn.Module):
    """Attention, then two layers per patch, each added to what came in (norm first)."""

    def __init__(self, width: int, voices: int) -> None:
        super().__init__()
        self.voices = voices
        self.before, self.between = (nn.LayerNorm(width, eps=NORM_EPSILON) for _ in range(2))
        self.asked, self.known, self.told, self.joined = (nn.Linear(width, width) for _ in range(4))
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Let the patches of each name hear each other, [N, patches, width] to the same."""
        normed = self.before(x)
        asked, known, told = (
            each(normed).unflatten(-1, (self.voices, -1)).transpose(1, 2)
            for each in (self.asked, self.known, self.told)
        )
        shares = torch.softmax(asked @ known.transpose(2, 3) * known.shape[-1] ** -0.5, dim=-1)
        x = x + self.joined((shares @ told).transpose(1, 2).flatten(2))
        grown: Tensor = x + self.narrow(torch.relu(self.wide(self.between(x))))
        return grown

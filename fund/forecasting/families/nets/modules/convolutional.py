"""Convolutions in torch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from fund.forecasting.families.nets.convolutional import TCN_WIDTH, WIDTHS

if TYPE_CHECKING:
    from fund.forecasting.families.nets.convolutional import Cnn, Tcn


class CnnModule(nn.Module):
    """Filters of several widths, a layer that mixes them, and a head."""

    def __init__(self, sizes: "Cnn", features: int) -> None:
        super().__init__()
        self.filters = nn.ModuleList(
            nn.Conv1d(features, sizes.channels, width, padding=width // 2) for width in WIDTHS
        )
        self.mixing = nn.Conv1d(sizes.width, sizes.width, 3, padding=1)
        self.head = nn.Linear(2 * sizes.width, 1)

    def forward(self, x: Tensor, *keep: Tensor) -> Tensor:
        """Score windows [N, steps, F], [N, 1]; `keep` is a mask of the pooled state."""
        series = x.transpose(1, 2)
        seen = torch.relu(torch.cat([each(series) for each in self.filters], dim=1))
        state = torch.relu(self.mixing(seen))
        pooled = torch.cat([state.mean(dim=2), state.amax(dim=2)], dim=1)
        scored: Tensor = self.head(pooled * keep[0] if keep else pooled)
        return scored


class TcnModule(nn.Module):
    """Dilated filters that look back only, each added to what it saw."""

    def __init__(self, sizes: "Tcn", features: int) -> None:
        super().__init__()
        channels = sizes.channels
        self.entrance = nn.Conv1d(features, channels, 1)
        self.filters = nn.ModuleList(
            nn.Conv1d(channels, channels, TCN_WIDTH, dilation=2**level) for level in range(sizes.levels)
        )
        self.head = nn.Linear(channels, 1)

    def forward(self, x: Tensor, *keep: Tensor) -> Tensor:
        """Score windows [N, steps, F], [N, 1]; `keep` is a mask of the last session's state."""
        state: Tensor = self.entrance(x.transpose(1, 2))
        for level, each in enumerate(self.filters):
            back = (TCN_WIDTH - 1) * 2**level
            state = state + torch.relu(each(pad(state, (back, 0))))
        last = state[:, :, -1]
        scored: Tensor = self.head(last * keep[0] if keep else last)
        return scored

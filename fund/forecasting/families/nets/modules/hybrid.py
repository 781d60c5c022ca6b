"""The hybrid in torch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from fund.forecasting.families.nets.hybrid import FILTER_SESSIONS

if TYPE_CHECKING:
    from fund.forecasting.families.nets.hybrid import Hybrid


class HybridModule(nn.Module):
    """Filters, an LSTM and two heads."""

    def __init__(self, sizes: "Hybrid", features: int) -> None:
        super().__init__()
        self.filters = nn.Conv1d(features, sizes.channels, FILTER_SESSIONS, padding=FILTER_SESSIONS // 2)
        self.cells = nn.LSTM(sizes.channels, sizes.hidden, batch_first=True)
        self.head = nn.Linear(sizes.hidden, 2)

    def forward(self, x: Tensor, *keep: Tensor) -> Tensor:
        """Score windows [N, steps, F], [N, 2]; `keep` are masks of the filters and of the last state."""
        seen = torch.relu(self.filters(x.transpose(1, 2)))
        thin = seen * keep[0][:, :, None] if keep else seen
        last = self.cells(thin.transpose(1, 2))[0][:, -1]
        scored: Tensor = self.head(last * keep[1] if keep else last)
        return scored

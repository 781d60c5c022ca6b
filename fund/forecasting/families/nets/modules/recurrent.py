"""Recurrent cells in torch."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from fund.forecasting.families.nets.recurrent import Recurrent


class RecurrentModule(nn.Module):
    """Cells, a way of pooling their states, and a head."""

    def __init__(self, sizes: "Recurrent", features: int) -> None:
        super().__init__()
        cell = {"gru": nn.GRU, "lstm": nn.LSTM}[sizes.cell]
        self.cells = cell(
            features, sizes.hidden, sizes.layers, batch_first=True, bidirectional=sizes.both_ways
        )
        if sizes.attention:
            self.query = nn.Linear(sizes.width, sizes.width)
            self.voice = nn.Linear(sizes.width, 1)
        self.attends = sizes.attention
        self.head = nn.Linear(sizes.width, 1)

    def forward(self, x: Tensor, *keep: Tensor) -> Tensor:
        """Score windows [N, steps, F], [N, 1]; `keep` is a mask of the pooled state."""
        states: Tensor = self.cells(x)[0]
        if self.attends:
            shares = torch.softmax(self.voice(torch.tanh(self.query(states))), dim=1)
            pooled = (shares.transpose(1, 2) @ states)[:, 0]
        else:
            pooled = states[:, -1]
        scored: Tensor = self.head(pooled * keep[0] if keep else pooled)
        return scored

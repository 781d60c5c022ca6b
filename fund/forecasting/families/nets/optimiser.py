"""Adam with decoupled weight decay, its state in the open.

torch's own loads its compiler when it is made, two seconds of it, and keeps its state by index.
Sources: Kingma and Ba (2015), ICLR; Loshchilov and Hutter (2019), ICLR.
"""

import torch
from torch import Tensor, nn

FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8


class AdamW:
    """Steps the parameters of a module; `first` and `second` are the moments by parameter name."""

    def __init__(self, module: nn.Module, *, learning_rate: float, weight_decay: float) -> None:
        self._parameters = dict(module.named_parameters())
        self._rate, self._decay = learning_rate, weight_decay
        self.first = {name: torch.zeros_like(each) for name, each in self._parameters.items()}
        self.second = {name: torch.zeros_like(each) for name, each in self._parameters.items()}
        self.steps = 0

    @torch.no_grad()
    def step(self, clip: float) -> None:
        """Move against the gradients, their common norm clipped, and forget them."""
        self.steps += 1
        gradients = {name: each.grad for name, each in self._parameters.items() if each.grad is not None}
        norm = torch.stack([gradient.norm() for gradient in gradients.values()]).norm()
        scale = torch.clamp(clip / (norm + 1e-12), max=1.0)
        for name, gradient in gradients.items():
            self._move(name, gradient * scale)
            self._parameters[name].grad = None

    def _move(self, name: str, gradient: Tensor) -> None:
        parameter, first, second = self._parameters[name], self.first[name], self.second[name]
        first.mul_(FIRST).add_(gradient, alpha=1 - FIRST)
        second.mul_(SECOND).addcmul_(gradient, gradient, value=1 - SECOND)
        root = (second / (1 - SECOND**self.steps)).sqrt_().add_(EPSILON)
        parameter.mul_(1 - self._rate * self._decay)
        parameter.addcdiv_(first, root, value=-self._rate / (1 - FIRST**self.steps))

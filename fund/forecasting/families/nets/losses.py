"""What a net is blamed for."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

FOCUS = 2.0


def squared(scores: Tensor, target: Tensor, sessions: Tensor) -> Tensor:
    """Mean squared error, [n] each."""
    return ((scores - target) ** 2).mean()


def concordance(scores: Tensor, target: Tensor, sessions: Tensor) -> Tensor:
    """Return 1 less the concordance of scores with the target, within each session, on the average.

    `sessions` numbers the batch's sessions from 0. Concordance is the correlation, less what differs in
    mean and variance: the order counts as in an IC, and a net that gives everybody the mean gets nothing.
    Source: Lin (1989), Biometrics 45.
    """
    one = torch.ones_like(scores)
    count = one.new_zeros(int(sessions.max()) + 1).index_add(0, sessions, one)

    def mean(values: Tensor) -> Tensor:
        return torch.zeros_like(count).index_add(0, sessions, values) / count

    mean_score, mean_target = mean(scores), mean(target)
    off_score, off_target = scores - mean_score[sessions], target - mean_target[sessions]
    apart = mean(off_score**2) + mean(off_target**2) + (mean_score - mean_target) ** 2
    return (1.0 - 2.0 * mean(off_score * off_target) / (apart + 1e-8)).mean()


def focal(log_odds: Tensor, up: Tensor) -> Tensor:
    """Return the focal loss of a direction: what is already right with some margin counts little.

    Source: Lin et al. (2017), ICCV, without class weights: half of the ranks are above 0.
    """
    right = torch.where(up, log_odds, -log_odds)
    return (-((1.0 - torch.sigmoid(right)) ** FOCUS) * logsigmoid(right)).mean()


LOSSES = {"concordance": concordance, "squared": squared}

"""Where in its window a net that attends looked."""

import numpy as np
from numpy.typing import NDArray

from fund.errors import DataError
from fund.forecasting.explaining.gradients import last_window
from fund.forecasting.families.nets.fitted import FittedNet
from fund.market.view import FloatArray


def attention_map(fitted: FittedNet, values: NDArray[np.float32], name: int) -> FloatArray:
    """Return what each session of a name's window gave to the pooled state, [steps] oldest first, sum 1.

    Of a net over patches the sessions of a patch share alike. It says where the net looked and not what
    it made of it: contributions do. `DataError` for a net that does not attend or a name without a score.
    """
    if not fitted.attends:
        raise DataError(
            f"expected a net that attends, found {fitted.net.kind!r}; ask for integrated gradients"
        )
    x = last_window(fitted, values, name)
    parts = fitted.run(x[None], "attention")[0].astype(np.float64)
    sessions = fitted.steps // len(parts)
    return np.repeat(parts / sessions, sessions)

"""Made prices for pairs: names that wander alone, and names that come back to each other."""

from dataclasses import replace

import numpy as np

from fund.features.universe import Universe
from support.panels import a_panel, a_universe


def wandering(seed: int, *, sessions: int = 340, names: int = 12) -> Universe:
    """A universe of one sector whose names are random walks that know nothing of each other."""
    steps = np.random.default_rng(seed).normal(0, 0.015, (sessions, names + 1))
    return of_log_prices(np.cumsum(steps, axis=0))


def paired(seed: int, *, pairs: int, sessions: int = 340, names: int = 12, keeps: float = 0.75) -> Universe:
    """The same, but each of the first names has a partner that returns to it by `1 - keeps` a session."""
    rng = np.random.default_rng(seed)
    walks = np.cumsum(rng.normal(0, 0.015, (sessions, names + 1)), axis=0)
    for pair in range(pairs):
        spread = np.zeros(sessions)
        for t in range(1, sessions):
            spread[t] = keeps * spread[t - 1] + rng.normal(0, 0.012)
        walks[:, 2 * pair + 1] = 0.8 * walks[:, 2 * pair] + spread
    return of_log_prices(walks)


def of_log_prices(walks: np.ndarray) -> Universe:
    """A universe of one sector with these log prices; the last column is the benchmark."""
    sessions, columns = walks.shape
    panel = a_panel(sessions, columns - 1)
    prices = 50.0 * np.exp(walks)
    flat = {name: prices for name in ("open", "high", "low", "close")}
    return a_universe(replace(panel, total_return_index=prices / prices[0], **flat), sectors=1)

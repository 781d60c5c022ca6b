"""How a net learns, whatever its architecture."""

from dataclasses import dataclass
from typing import Literal

from fund.errors import DataError

_COUNTS = ("epochs", "patience", "batch_sessions", "every")
_POSITIVE = ("learning_rate", "clip")
_NOT_NEGATIVE = ("weight_decay", "embargo_sessions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Settings of the training loop; all of them decide the result."""

    epochs: int = 20
    patience: int = 4
    """Epochs without a better validation loss after which a training ends; the best epoch is kept."""
    batch_sessions: int = 4
    """Whole cross-sections per step, because the loss compares names of one session."""
    names: int = 128
    """Names drawn of each session, anew in every epoch."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    """Largest norm of a step's gradient."""
    loss: Literal["concordance", "squared"] = "concordance"
    check_share: float = 0.2
    """Share of the training sessions, the last ones, that the loss of an epoch is taken on."""
    embargo_sessions: int = 5
    """Sessions left out before those, beyond the purge of horizon + 1."""
    every: int = 2
    """Learn from every n-th session: labels of neighbours overlap and say almost the same."""

    def __post_init__(self) -> None:
        if self.loss not in ("concordance", "squared"):
            raise DataError(f"expected loss 'concordance' or 'squared', found {self.loss!r}")
        if not 0 < self.check_share < 1:
            raise DataError(f"expected check_share between 0 and 1, found {self.check_share!r}")
        self._expect("at least 1", [name for name in _COUNTS if getattr(self, name) < 1])
        self._expect("at least 2", ["names"] if self.names < 2 else [])
        self._expect("above 0", [name for name in _POSITIVE if not getattr(self, name) > 0])
        self._expect("at least 0", [name for name in _NOT_NEGATIVE if not getattr(self, name) >= 0])

    def _expect(self, what: str, wrong: list[str]) -> None:
        for name in wrong:
            raise DataError(f"expected {name} {what}, found {getattr(self, name)!r}")

"""Walk-forward splits that keep what is learned apart from what it is judged on."""

from dataclasses import asdict, dataclass

from fund.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Session indices to learn from, and the later ones to forecast with what was learned."""

    train: range
    test: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When forecasters are refitted, on how much, and how far apart learning and judging stay."""

    horizon_sessions: int = 5
    refit_sessions: int = 21
    embargo_sessions: int = 5
    """Sessions left out beyond the purge, because neighbouring sessions still resemble each other."""
    min_train_sessions: int = 84
    max_train_sessions: int | None = None
    """Length of a rolling window; None lets the window grow."""
    min_calibration_sessions: int = 42
    """Out-of-sample sessions needed before a score may be called a probability."""

    def __post_init__(self) -> None:
        floors = asdict(self) | {"embargo_sessions": self.embargo_sessions - 4}
        for name, value in floors.items():
            if value is not None and value < 1:
                least = 5 if name == "embargo_sessions" else 1
                raise DataError(f"expected {name} of at least {least}, found {getattr(self, name)!r}")
        if self.max_train_sessions is not None and self.max_train_sessions < self.min_train_sessions:
            raise DataError(
                f"expected max_train_sessions of at least min_train_sessions ({self.min_train_sessions!r}), "
                f"found {self.max_train_sessions!r}"
            )

    @property
    def gap_sessions(self) -> int:
        """Sessions between the last one learned from and the first forecast: purge plus embargo.

        The purge is horizon + 1: a decision's label is complete only at the open that many sessions later.
        """
        return self.horizon_sessions + 1 + self.embargo_sessions

    def known_before(self, session: int) -> int:
        """Return the first session index that a fit or a calibration for `session` may not use."""
        return max(session - self.gap_sessions, 0)

    def splits(self, sessions: int, first: int = 0) -> tuple[Split, ...]:
        """Return the splits of `sessions` sessions, learning from session index `first` on.

        Tests follow each other without a hole up to the last session. Too short a history raises `DataError`.
        """
        start = first + self.min_train_sessions + self.gap_sessions
        if start >= sessions:
            raise DataError(
                f"expected more than {start!r} sessions for a first fold, found {sessions!r}; "
                "load more history or lower min_train_sessions"
            )
        return tuple(self._split(at, sessions, first) for at in range(start, sessions, self.refit_sessions))

    def _split(self, at: int, sessions: int, first: int) -> Split:
        stop = self.known_before(at)
        oldest = first if self.max_train_sessions is None else max(first, stop - self.max_train_sessions)
        return Split(train=range(oldest, stop), test=range(at, min(at + self.refit_sessions, sessions)))

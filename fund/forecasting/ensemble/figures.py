"""What a card says of an ensemble: who is heard, what each weighs, and whether it was worth it."""

from dataclasses import dataclass

from fund.metrics.inference import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPart:
    """A member as an ensemble pins it."""

    forecaster: str
    version: str
    sha256: str
    """Of its artifact's manifest: another artifact is not this member."""
    weight: float
    """Of the newest fold, whatever the market's regime."""
    weight_low: float
    weight_high: float
    """Least and most it weighed in any fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleFigures:
    """An ensemble beside its best member, chosen before, and beside the plain mean of its members."""

    members: tuple[MemberPart, ...]
    best: str = ""
    """The member with the highest rank IC of the earlier half; empty where too little is known to choose."""
    rank_ic: Interval | None = None
    """Of the later half, as are those below, all over the same names."""
    best_rank_ic: Interval | None = None
    equal_rank_ic: Interval | None = None
    """Of the members' mean without weights."""
    less_best: Interval | None = None
    """Ensemble less its best member, paired by session."""
    less_equal: Interval | None = None
    verdicts: tuple[str, ...] = ()
    """Whether it beats either, in words with the figures."""

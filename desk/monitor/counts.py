"""What the monitor has done since it was started, as numbers; each is written by one thread only."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Counts:
    """Counters and the last moments of what matters."""

    looks: int = 0
    """Questions to the source that were answered."""
    source_failures: int = 0
    roll_failures: int = 0
    ticks: int = 0
    triggers: Counter[str] = field(default_factory=Counter)
    """By kind."""
    submitted: int = 0
    accepted: int = 0
    known: int = 0
    """Of those accepted, the ones that the desk had already."""
    refused: int = 0
    lost: int = 0
    retried: int = 0
    last_look_at: datetime | None = None
    source_problem: str = ""
    """Why the source could not be asked the last time; empty when it was."""
    roll_problem: str = ""
    desk_problem: str = ""
    """Why the desk did not take the last submission; empty when it did."""

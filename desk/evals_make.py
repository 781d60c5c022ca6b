"""`desk evals make`: the datasets, cut from the past that a desk has played."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from agents.brief import Evidence
from db.decisions import Decisions
from db.engine import transaction
from db.record_codec import from_plain
from desk.bootstrap import Desk
from desk.progress import ProgressSink, silent
from evals.case import Dataset
from evals.making.past import Past
from evals.making.risk_management import risk_management
from evals.making.robustness import robustness
from evals.making.signal_quality import signal_quality
from evals.making.validator_patterns import validator_patterns
from evals.shelf import SHELF, keep
from fund.errors import NoDataError
from tools.memory import MemoryTools

LABEL = "Making datasets"
MAKERS: Final[Mapping[str, Callable[[Past], Dataset]]] = {
    "signal_quality": signal_quality,
    "risk_management": risk_management,
    "validator_patterns": validator_patterns,
    "robustness": robustness,
}


def make_datasets(desk: Desk, folder: Path = SHELF, progress: ProgressSink = silent) -> tuple[Dataset, ...]:
    """Write every dataset into a folder and return them; the desk must have played its past.

    The same past gives the same bytes. Raises `NoDataError` where nothing has been played.
    """
    past, made = past_of(desk), []
    for done, (name, make) in enumerate(MAKERS.items()):
        progress(LABEL, done, len(MAKERS))
        made.append(make(past))
        keep(made[-1], folder)
        assert made[-1].name == name
    progress(LABEL, len(MAKERS), len(MAKERS))
    return tuple(made)


def past_of(desk: Desk) -> Past:
    """Return what a desk has behind it, up to where its first start left the clock."""
    last = desk.last_replayed
    with transaction(desk.engine) as connection:
        records = {
            record.session: record for _, record in Decisions(connection).after(0) if record.session <= last
        }
    if not records:
        raise NoDataError("expected a desk that has played its past, found no decision; `desk up` plays it")
    recorded = tuple(
        from_plain(Evidence, record.proposal.evidence["evidence"])
        for _, record in sorted(records.items())
        if record.proposal is not None
    )
    return Past(
        history=desk.history,
        forecasts=desk.forecasts,
        memory=MemoryTools(desk.engine),
        mandate=desk.mandate,
        played=tuple(sorted(records)),
        recorded=recorded,
    )

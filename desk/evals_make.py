"""`desk evals make`: the datasets, cut from the past that a desk has played."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from agents.brief import Evidence
from db.decisions import Decisions
from db.engine import transaction
from db.record_codec import from_plain
from desk.bootstrap import Desk
from desk.progress import ProgressSink, silent
from evals.case import Dataset
from evals.leaks import refuse_leaks
from evals.making.end_to_end import end_to_end
from evals.making.past import Past
from evals.making.risk_management import risk_management
from evals.making.robustness import robustness
from evals.making.signal_quality import signal_quality
from evals.making.validator_patterns import validator_patterns
from evals.shelf import SHELF, keep
from fund.errors import ConfigError, NoDataError
from tools.memory import MemoryTools

LABEL, LOOKING = "Making datasets", "Looking for leaks"
MAKERS: Final[Mapping[str, Callable[[Past], Dataset]]] = {
    "signal_quality": signal_quality,
    "risk_management": risk_management,
    "validator_patterns": validator_patterns,
    "robustness": robustness,
    "end_to_end": end_to_end,
}


def make_datasets(
    desk: Desk, folder: Path = SHELF, progress: ProgressSink = silent, *, only: Sequence[str] = ()
) -> tuple[Dataset, ...]:
    """Write the datasets into a folder and return them, all of them or those named in `only`.

    All are made and looked through for the future before the first is written. The same past gives the same
    bytes, as a desk right after its first start on the bundle has it: forecasters that were trained since
    speak of the past with other versions. Takes a minute or two.
    Raises `NoDataError` where nothing has been played, or too little for a dataset, `DataError` for one
    with a leak, `ConfigError` for a name that none has.
    """
    if strangers := sorted(set(only) - MAKERS.keys()):
        raise ConfigError(f"expected datasets among {sorted(MAKERS)}, found {strangers!r}")
    past, made = past_of(desk), []
    names = [name for name in MAKERS if not only or name in only]
    for done, name in enumerate(names):
        progress(LABEL, done, len(names))
        made.append(MAKERS[name](past))
    progress(LABEL, len(names), len(names))
    progress(LOOKING, 0, 1)
    refuse_leaks(made)
    progress(LOOKING, 1, 1)
    for each in made:
        keep(each, folder)
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

"""The discovered half of the watchlist after a run, and what the owner is told of it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from db.discovery import Discoveries, StoredRun
from db.events import Event, Events
from db.watchlist import DISCOVERY, DiscoveredList
from fund.discovery.candidate import Candidate
from fund.discovery.ensemble import ENSEMBLE
from fund.discovery.random_picker import RandomPicker
from fund.discovery.rules import DiscoveryRules
from fund.discovery.shortlist import ListChange, next_changes

CHANGED, DIVERGED = "discovery_changed", "discovery_diverged"
LOT = RandomPicker.name


def bring_up_to_date(
    connection: Connection,
    run: StoredRun,
    suggested: Sequence[str],
    rules: DiscoveryRules,
    elsewhere: frozenset[str],
) -> tuple[ListChange, ...]:
    """Let names join and leave after a run that was just recorded, and append the event that says so.

    A run of an older moment than the last one changes nothing: the list follows the newest.
    """
    runs, listed = Discoveries(connection).runs(rules.patience_runs), DiscoveredList(connection)
    if runs[0].run_id != run.run_id:
        return ()
    by_run = Discoveries(connection).suggested(ENSEMBLE, [each.run_id for each in runs])
    standing = {
        each.ticker: _missed(each.ticker, [by_run[one.run_id] for one in runs]) for each in listed.current()
    }
    changes = next_changes(
        standing,
        suggested,
        most=rules.most_discovered,
        patience_runs=rules.patience_runs,
        elsewhere=elsewhere,
    )
    if changes:
        listed.change(changes, run_id=run.run_id, at=run.ran_at)
        Events(connection).append([_changed(run, changes)])
    return changes


def divergence(
    connection: Connection, run: StoredRun, lists: Mapping[str, Sequence[Candidate]], rules: DiscoveryRules
) -> bool:
    """Append an event when the pickers' lists have too little in common, and return whether they have."""
    if run.overlap is None or run.overlap >= rules.diverged_below:
        return False
    first = {name: listed[0].ticker for name, listed in sorted(lists.items()) if listed and name != LOT}
    named = ", ".join(f"{picker} has {ticker} first" for picker, ticker in first.items())
    event = Event(
        event_id=f"discovery-diverged-{run.run_id}",
        at=run.as_of,
        kind=DIVERGED,
        severity="info",
        text=(
            f"The pickers diverge: {run.overlap:.1%} of their names in common, less than "
            f"{rules.diverged_below:.1%}; {named}"
        ),
        data={"run": run.run_id, "overlap": run.overlap, "first": first, "topic": DIVERGED},
    )
    Events(connection).append([event])
    return True


def _missed(ticker: str, suggested: Sequence[frozenset[str]]) -> int:
    """Return in how many of the last runs, the newest first, a name was not suggested in a row."""
    return next((place for place, names in enumerate(suggested) if ticker in names), len(suggested))


def _changed(run: StoredRun, changes: Sequence[ListChange]) -> Event:
    joined = [each.ticker for each in changes if each.joined]
    left = [each.ticker for each in changes if not each.joined]
    said = [f"{', '.join(joined)} joined"] if joined else []
    said += [f"{', '.join(left)} left"] if left else []
    return Event(
        event_id=f"discovery-changed-{run.run_id}",
        at=run.as_of,
        kind=CHANGED,
        severity="info",
        text=f"The discovered half of the watchlist changed: {' and '.join(said)}",
        data={
            "run": run.run_id,
            "by": DISCOVERY,
            "joined": joined,
            "left": {each.ticker: each.reason for each in changes if not each.joined},
        },
    )

"""What the discovery found, and how well each of its pickers has picked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from db.discovery import Discoveries, Half, PickerTurn, StoredReturn, StoredRun
from db.engine import in_transaction
from db.watchlist import DiscoveredList, Watchlist
from fund.discovery.ensemble import ENSEMBLE
from fund.discovery.forward import HORIZONS
from fund.discovery.track import PickedReturn, PickerScore, picker_scores
from fund.errors import NoDataError, QueryRefusedError
from fund.mandate import Mandate
from fund.market.history_view import HistoryView
from tools.paper_lists import PaperList, paper_lists

DAY_VIEWS = Callable[[date | None], HistoryView]
"""The market as it was known on the close of a session; None is the desk's clock."""
RULE = (
    "bought at the first open after the run, sold at the close of the last session held, dividends "
    "reinvested, before costs; beyond the equal-weight mean of the index's members by the same rule"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryStatus:
    """Where the discovery stands."""

    runs: int
    last: StoredRun | None
    diverged: bool
    """Whether the pickers of the last run had less in common than the mandate's threshold."""
    diverged_below: float
    manual: int
    most_manual: int
    discovered: int
    most_discovered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """What a suggested name returned beyond the universe's mean; None while it is not known."""

    horizon_sessions: int
    excess: float | None
    why: str
    """Why there is none, or that the series ended early; empty otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedName:
    """One name of the merged list of a run."""

    ticker: str
    name: str
    rank: int
    score: float
    said: Mapping[str, str]
    """What each picker that gave it said, by picker."""
    listed: Half | None
    """On which half of the watchlist it stood before the run."""
    afterwards: tuple[Afterwards, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionReport:
    """What one run found."""

    run_id: str
    """Empty before the first run."""
    session: date
    as_of: datetime
    entry_session: date | None
    universe: int
    overlap: float | None
    pickers: tuple[PickerTurn, ...]
    names: tuple[SuggestedName, ...]
    rule: str = RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class PickerReport:
    """The pickers beside the lot, and the lists beside the universe."""

    horizon_sessions: int
    first: date | None
    last: date | None
    """Entry sessions of the first and the last run of which the returns are known."""
    scores: tuple[PickerScore, ...]
    cost: float | None
    """Mean cost of a round trip, as a fraction; not taken off above, because it is alike for all."""
    lists: tuple[PaperList, ...]
    lists_since: date | None
    rule: str = RULE


class DiscoveryTools:
    """Questions about the discovery."""

    def __init__(self, engine: Engine, views: DAY_VIEWS, mandate: Mandate) -> None:
        self._engine = engine
        self._views = views
        self._mandate = mandate

    def status(self) -> DiscoveryStatus:
        """Say when the discovery last ran, who spoke, how alike they were, and how long the lists are."""
        rules = self._mandate.discovery

        def read(connection: Connection) -> DiscoveryStatus:
            runs = Discoveries(connection)
            last = next(iter(runs.runs(1)), None)
            below = float(rules.diverged_below)
            return DiscoveryStatus(
                runs=runs.count(),
                last=last,
                diverged=last is not None and last.overlap is not None and last.overlap < below,
                diverged_below=below,
                manual=len(Watchlist(connection).current()),
                most_manual=rules.most_watched,
                discovered=len(DiscoveredList(connection).current()),
                most_discovered=rules.most_discovered,
            )

        return in_transaction(self._engine, read)

    def suggestions(self, run_id: str | None = None) -> SuggestionReport:
        """Return what a run of the discovery found, what each picker said of it, and what came of it.

        Args:
            run_id: The id of a run; left out, the last one.
        """
        return in_transaction(self._engine, lambda connection: self._suggestions(connection, run_id))

    def performance(self, horizon_sessions: int = 5) -> PickerReport:
        """Compare the pickers with names drawn by lot, and the two halves of the watchlist with the universe.

        Args:
            horizon_sessions: How many sessions after a suggestion: 1, 5 or 20.
        """
        if horizon_sessions not in HORIZONS:
            raise QueryRefusedError(
                f"suggestions are followed over {', '.join(map(str, HORIZONS))} sessions, was "
                f"{horizon_sessions!r}"
            )
        view = self._views(None)

        def read(connection: Connection) -> PickerReport:
            runs = Discoveries(connection)
            outcomes = runs.outcomes(horizon_sessions, known_by=view.session)
            places = {session: place for place, session in enumerate(view.panel().sessions)}
            first = runs.first_session()
            costs = [each.cost for each in outcomes]
            return PickerReport(
                horizon_sessions=horizon_sessions,
                first=outcomes[0].entry_session if outcomes else None,
                last=outcomes[-1].entry_session if outcomes else None,
                scores=picker_scores(
                    [
                        PickedReturn(
                            picker=each.picker, session=places[each.entry_session], excess=each.excess
                        )
                        for each in outcomes
                    ],
                    horizon_sessions,
                ),
                cost=sum(costs) / len(costs) if costs else None,
                lists=paper_lists(connection, self._views, self._mandate.costs, first) if first else (),
                lists_since=first,
            )

        return in_transaction(self._engine, read)

    def _suggestions(self, connection: Connection, run_id: str | None) -> SuggestionReport:
        runs = Discoveries(connection)
        run = next(iter(runs.runs(1)), None) if run_id is None else runs.run(run_id)
        if run is None and run_id is not None:
            raise QueryRefusedError(f"there is no run {run_id!r} on record")
        if run is None:
            return self._nothing()
        returns: dict[str, list[StoredReturn]] = {}
        for known in runs.returns_of(run.run_id):
            returns.setdefault(known.ticker, []).append(known)
        picks = runs.picks(run.run_id)
        weighed = {turn.picker for turn in run.pickers if turn.weight > 0}
        said: dict[str, dict[str, str]] = {}
        for each in (pick.candidate for pick in picks if pick.candidate.picker in weighed):
            said.setdefault(each.ticker, {})[each.picker] = "; ".join(each.reasons)
        names = tuple(
            SuggestedName(
                ticker=pick.candidate.ticker,
                name=self._name(pick.candidate.ticker),
                rank=pick.rank,
                score=pick.candidate.score,
                said=said.get(pick.candidate.ticker, {}),
                listed=pick.listed,
                afterwards=_afterwards(returns.get(pick.candidate.ticker, [])),
            )
            for pick in picks
            if pick.candidate.picker == ENSEMBLE
        )
        return SuggestionReport(
            run_id=run.run_id,
            session=run.session,
            as_of=run.as_of,
            entry_session=run.entry_session,
            universe=run.universe,
            overlap=run.overlap,
            pickers=run.pickers,
            names=names,
        )

    def _nothing(self) -> SuggestionReport:
        """Return what stands before the first run."""
        view = self._views(None)
        return SuggestionReport(
            run_id="",
            session=view.session,
            as_of=view.as_of,
            entry_session=None,
            universe=0,
            overlap=None,
            pickers=(),
            names=(),
        )

    def _name(self, ticker: str) -> str:
        try:
            return self._views(None).instrument(ticker).name
        except NoDataError:
            return ticker


def _afterwards(returns: list[StoredReturn]) -> tuple[Afterwards, ...]:
    known = {each.horizon_sessions: each for each in returns}
    return tuple(
        Afterwards(
            horizon_sessions=horizon,
            excess=known[horizon].excess if horizon in known else None,
            why=(known[horizon].why or "") if horizon in known else "not over yet",
        )
        for horizon in HORIZONS
    )

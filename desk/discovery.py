"""One run of the discovery: every picker is heard, their lists are merged, and all of it is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from sqlalchemy import Connection

from agents.brief import Evidence
from db.discovery import Discoveries, PickerTurn, StoredPick, StoredRun
from db.engine import in_transaction
from db.locks import Lock, hold
from db.past import Past
from db.watchlist import DiscoveredList, Watchlist
from desk.bootstrap import Desk
from desk.cycle import track_of
from desk.discovery_list import bring_up_to_date, divergence
from fund.discovery.candidate import Candidate
from fund.discovery.ensemble import ENSEMBLE, Suggestion, ensemble_weights, merged, overlap
from fund.discovery.forward import entry_after
from fund.discovery.fuzzy_picker import FuzzyPicker
from fund.discovery.metric_picker import MetricPicker
from fund.discovery.picker import Outcomes, PickContext, Picker
from fund.discovery.random_picker import RandomPicker
from fund.discovery.shortlist import ListChange
from fund.discovery.track import PickedReturn, picker_records
from fund.errors import DeskError, NoDataError, QueryRefusedError
from fund.market.history_view import HistoryView
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.session_mark import SessionMark
from graph.research import Attention, Researcher
from graph.scouting import MOST_SHOWN, ScoutPicker
from graph.setups import trade_setup
from tools.market import MarketTools
from tools.memory import MemoryTools

WEIGHED_OVER = 5
"""Sessions of the returns by which the ensemble weighs its pickers."""
RULES = "rules"
"""Who speaks for a picker that asks no LLM."""
SIMILAR = 8
LOT = RandomPicker.name


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryRun:
    """What a run came to."""

    run: StoredRun
    suggestions: tuple[StoredPick, ...]
    """The ensemble's list, the best first."""
    picks: tuple[StoredPick, ...]
    """Every picker's list, the ensemble's and the lot's among them."""
    changes: tuple[ListChange, ...]
    """What it changed on the discovered half of the watchlist."""
    fresh: bool
    """False when the run was on record already: nothing was done, and nobody was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a run looks at: the market and the book as they stood then."""

    view: HistoryView
    book: Book
    mark: SessionMark
    records: tuple[PickedReturn, ...]


def run_discovery(desk: Desk, as_of: datetime, run_id: str, *, by_rules: bool = False) -> DiscoveryRun:
    """Run the discovery for a moment under an id of its slot; a second time with the id does nothing.

    Everything is read as it was known at `as_of`. The scout is asked by the door of the committee, within its
    budget, under pseudonyms where the moment is past; with `by_rules` the rules speak for it whoever is
    configured. A picker that fails is silent, and the others go on. Nothing here trades.

    Raises `QueryRefusedError` for a moment that the desk's clock has not reached, `NoDataError` before the
    first session is played.
    """
    stored = in_transaction(desk.engine, lambda connection: _stored(connection, run_id))
    if stored is not None:
        return stored
    ground = _ground(desk, as_of)
    context = _context(desk, ground)
    rules, turns, lists = desk.mandate.discovery, [], dict[str, tuple[Candidate, ...]]()
    weights = ensemble_weights(
        (name for name in (MetricPicker.name, FuzzyPicker.name, ScoutPicker.name) if getattr(rules, name)),
        picker_records(ground.records, WEIGHED_OVER),
    )
    for picker in _pickers(desk, ground, run_id, lists, by_rules=by_rules):
        listed, silent = _heard(picker, ground.view, context, rules.suggestions)
        lists[picker.name] = listed
        turns.append(_turn(picker, weights.get(picker.name, 0.0), listed, silent))
    spoke = {name: listed for name, listed in lists.items() if name != LOT}
    run = StoredRun(
        run_id=run_id,
        session=ground.view.session,
        as_of=as_of,
        entry_session=entry_after(desk.history.calendar, as_of),
        ran_at=desk.clock.now(),
        universe=len(context.universe),
        overlap=overlap(spoke),
        pickers=tuple(turns),
        mandate_hash=desk.mandate.mandate_hash,
    )
    suggested = merged(spoke, weights, rules.suggestions)
    return in_transaction(
        desk.engine,
        lambda connection: _recorded(
            connection, desk, run, lists, suggested, frozenset(ground.book.positions)
        ),
    )


def _stored(connection: Connection, run_id: str) -> DiscoveryRun | None:
    runs = Discoveries(connection)
    run = runs.run(run_id)
    if run is None:
        return None
    picks = runs.picks(run_id)
    return DiscoveryRun(
        run=run,
        suggestions=tuple(each for each in picks if each.candidate.picker == ENSEMBLE),
        picks=picks,
        changes=DiscoveredList(connection).changes_of(run_id),
        fresh=False,
    )


def _ground(desk: Desk, as_of: datetime) -> _Ground:
    view = desk.history.view(as_of)
    last = desk.player.last_session()
    if last is None:
        raise NoDataError("no session has been played; `make up` plays the past first")
    ahead = as_of > desk.clock.now() if desk.is_live else view.session > last
    if ahead:
        raise QueryRefusedError(
            f"expected a moment that the desk's clock has reached, was {as_of.isoformat()}; the last session "
            f"it knows is {last}"
        )
    session = min(view.session, last)

    def read(connection: Connection) -> _Ground:
        past = Past(connection)
        mark = past.mark_at(session)
        if mark is None:
            raise NoDataError(f"the close of {session} is not on record; ask for a session that was played")
        outcomes = Discoveries(connection).outcomes(WEIGHED_OVER, known_by=view.session)
        first = desk.history.first_session
        return _Ground(
            view=view,
            book=past.book_at(session),
            mark=mark,
            records=tuple(
                PickedReturn(
                    picker=each.picker,
                    session=desk.history.calendar.distance(first, each.entry_session),
                    excess=each.excess,
                )
                for each in outcomes
                if each.picker not in (ENSEMBLE, LOT)
            ),
        )

    return in_transaction(desk.engine, read)


def _context(desk: Desk, ground: _Ground) -> PickContext:
    view, mark = ground.view, ground.mark
    sectors: dict[str, float] = {}
    for position in mark.positions:
        sector = _sector(view, position.ticker)
        sectors[sector] = sectors.get(sector, 0.0) + float(abs(position.value) / mark.equity)
    return PickContext(
        benchmark=desk.mandate.benchmark,
        universe=view.members() - ground.book.positions.keys(),
        sector_weights=sectors,
        max_sector=float(desk.mandate.limits.max_sector),
        similar=lambda tickers: _outcomes(desk, view, tickers),
    )


def _sector(view: MarketView, ticker: str) -> str:
    try:
        return view.instrument(ticker).sector
    except NoDataError:
        return ""


def _outcomes(desk: Desk, view: MarketView, tickers: Sequence[str]) -> Mapping[str, Outcomes]:
    """Return how the past trades most like one in each name ended, as far as it was known by then."""
    tools = MarketTools(view)
    market, macro = tools.market(desk.mandate.benchmark), tools.macro()
    forecasts = desk.forecasts.by_ticker(view.session)
    setups = [trade_setup(tools.snapshot(t), forecasts.get(t, ()), market, macro) for t in tickers]
    found = MemoryTools(desk.engine).similar_trades(setups, view.as_of, SIMILAR)
    return {
        ticker: Outcomes(
            count=len(trades), mean_return=sum(trade.return_fraction for trade in trades) / len(trades)
        )
        for ticker, trades in zip(tickers, found, strict=True)
        if trades
    }


def _pickers(
    desk: Desk, ground: _Ground, run_id: str, heard: Mapping[str, Sequence[Candidate]], *, by_rules: bool
) -> tuple[Picker, ...]:
    """Return who is asked, in their order: the scout after those whose names it is shown."""
    rules = desk.mandate.discovery
    strategy = desk.seating.rules if by_rules else desk.seating.strategy
    track, memory = track_of(ground.mark), MemoryTools(desk.engine)

    def research(view: MarketView, tickers: Sequence[str]) -> Evidence:
        attention = Attention(only=tuple(tickers))
        researcher = Researcher(desk.forecasts, memory, lambda: track, lambda: attention)
        return researcher(view, ground.book, desk.mandate)

    def pool() -> Sequence[str]:
        forecasts = desk.forecasts.by_ticker(ground.view.session)
        ranked = sorted(forecasts, key=lambda ticker: (-forecasts[ticker][0].rank, ticker))
        picked = [[each.ticker for each in heard.get(name, ())] for name in ("metric", "fuzzy")]
        rounds = zip_longest(*picked, ranked[:MOST_SHOWN])
        return [ticker for ticker in chain.from_iterable(rounds) if ticker is not None]

    made: list[Picker] = []
    if rules.metric:
        made.append(MetricPicker(rules))
    if rules.fuzzy:
        made.append(FuzzyPicker())
    if rules.scout:
        made.append(
            ScoutPicker(
                research, lambda evidence: strategy.ask_alone(ScoutPicker.name, run_id, evidence), pool
            )
        )
    return (*made, RandomPicker())


def _heard(
    picker: Picker, view: MarketView, context: PickContext, count: int
) -> tuple[tuple[Candidate, ...], str]:
    """Return a picker's list, or why it is silent."""
    try:
        return picker.pick(view, context, count), ""
    except DeskError as error:
        return (), str(error)


def _turn(picker: Picker, weight: float, listed: Sequence[Candidate], silent: str) -> PickerTurn:
    turn = picker.turn if isinstance(picker, ScoutPicker) else None
    return PickerTurn(
        picker=picker.name,
        speaker=turn.speaker if turn is not None else RULES,
        weight=weight,
        names=len(listed),
        silent=silent,
        notes=turn.notes if turn is not None else (),
    )


def _recorded(
    connection: Connection,
    desk: Desk,
    run: StoredRun,
    lists: Mapping[str, Sequence[Candidate]],
    suggested: Sequence[Suggestion],
    held: frozenset[str],
) -> DiscoveryRun:
    """Keep a run, bring the list up to date and tell of it; a run that is there meanwhile stays as it is."""
    hold(connection, Lock.WATCHLIST)
    found = _stored(connection, run.run_id)
    if found is not None:
        return found
    manual = frozenset(each.ticker for each in Watchlist(connection).current())
    discovered = frozenset(each.ticker for each in DiscoveredList(connection).current())

    def kept(listed: Sequence[Candidate]) -> list[StoredPick]:
        return [
            StoredPick(
                run_id=run.run_id,
                rank=rank,
                candidate=each,
                listed="manual"
                if each.ticker in manual
                else "discovered"
                if each.ticker in discovered
                else None,
            )
            for rank, each in enumerate(listed, start=1)
        ]

    suggestions = kept([_as_candidate(each) for each in suggested])
    picks = [pick for listed in lists.values() for pick in kept(listed)] + suggestions
    Discoveries(connection).record(run, picks)
    changes = bring_up_to_date(
        connection, run, [each.ticker for each in suggested], desk.mandate.discovery, manual | held
    )
    divergence(connection, run, lists, desk.mandate.discovery)
    return DiscoveryRun(
        run=run, suggestions=tuple(suggestions), picks=tuple(picks), changes=changes, fresh=True
    )


def _as_candidate(suggestion: Suggestion) -> Candidate:
    return Candidate(
        ticker=suggestion.ticker,
        score=suggestion.score,
        reasons=tuple(f"{each.picker}: {'; '.join(each.reasons)}" for each in suggestion.said),
        picker=ENSEMBLE,
    )

"""What the layers below a decision cost: bundle, lake, features, training, ledger."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter, process_time

from sqlalchemy import Connection

from db.chain_check import Tally, check_chains
from db.decisions import Decisions
from db.embedded import EmbeddedPostgres
from db.engine import connect, transaction
from db.events import Events
from db.lake import Lake
from db.ledger import Ledger
from db.migrate import migrate
from db.verify import audit_books, verify_ledger
from desk.forecaster_catalogue import FORECASTERS
from desk.ingest import ingest_bundle
from desk.mandate import load_mandate
from desk.played import events_of
from desk.progress import silent
from desk.universes import universe_at
from fund.backtest.engine import run_backtest
from fund.backtest.strategies import Momentum121
from fund.cycle import CycleRecord
from fund.features.panel import FEATURES, HISTORY_SESSIONS, feature_table
from fund.features.universe import Universe
from fund.forecasting.executing import Threads
from fund.forecasting.recent import recent_features
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.market.calendar import nyse
from fund.market.history import History
from fund.portfolio.postings import post_deposit
from fund.session import SessionStep
from support.bench_desk import scratch
from support.benchmark import Figure, median, single, timed
from support.checkout import ROOT
from support.long_books import keep_long_books

BUNDLE = ROOT / "data" / "bundle"
WORKERS = 2
LONG_SESSIONS = 300
ROWS_A_SECOND = 50_000


def measure() -> Iterator[Figure]:
    """Bring the bundle in, compute and learn from it, and write a rule's trades into a ledger."""
    lake = Lake(scratch() / "lake")
    calendar = nyse()
    yield median("ingest of the bundle into a lake", "s", timed(_ingested, repeats=3))
    ingest_bundle(BUNDLE, lake, silent, calendar)
    yield median("the lake's files against their digests", "s", timed(lake.verify, repeats=5))
    yield median("loading the history", "s", timed(lambda: lake.load_history(calendar), repeats=5))
    history = lake.load_history(calendar)
    yield from _learning(history)
    yield from _ledger(history)
    yield from _verified()


def _ingested() -> None:
    folder = scratch() / "ingested"
    shutil.rmtree(folder, ignore_errors=True)
    ingest_bundle(BUNDLE, Lake(folder), silent, nyse())


def _learning(history: History) -> Iterator[Figure]:
    universe = universe_at(history, history.last_session, "SPY")
    shape = f"{len(FEATURES)} features, {len(universe.panel.tickers)} tickers"
    sessions = len(universe.panel.sessions)
    whole = timed(lambda: feature_table(universe), repeats=3, cpu=True)
    yield median(f"feature panel, {shape}, {sessions} sessions, processor time", "s", whole)
    newest = universe.rows(sessions - HISTORY_SESSIONS, sessions)
    live = timed(lambda: recent_features(newest, 5), repeats=7, cpu=True)
    yield median(f"{shape}, the newest session only, processor time", "s", live)
    samples = make_samples(universe, 5)
    started, worked = perf_counter(), process_time()
    trained = train(
        samples,
        FORECASTERS,
        Schedule(),
        universe_name="bench",
        data_version="bench",
        executor=Threads(WORKERS),
    )
    names = " and ".join(forecaster.name for forecaster in FORECASTERS)
    yield single(f"training {names} walk-forward", "s", perf_counter() - started)
    yield single("training, processor time", "s", process_time() - worked)
    yield from _asked(newest, trained, names)


def _asked(newest: Universe, trained: Sequence[TrainedForecaster], names: str) -> Iterator[Figure]:
    """Ask everyone who was trained for the newest session, its features included."""

    def ask() -> None:
        recent = recent_features(newest, Schedule().horizon_sessions)
        assert all(each.forecast(recent) for each in trained)

    asked = [1000 * seconds for seconds in timed(ask, repeats=9, cpu=True)]
    label = f"a forecast of {len(newest.panel.tickers)} tickers by {names}, features included, processor time"
    yield median(label, "ms", asked, bound=250)


def _ledger(history: History) -> Iterator[Figure]:
    mandate = load_mandate(ROOT / "mandate.toml")
    played: list[tuple[SessionStep, CycleRecord]] = []
    first, last = history.panel.sessions[100], history.panel.sessions[250]
    run_backtest(Momentum121(), history, mandate, first, last, lambda *step: played.append(step))
    deposit = post_deposit(mandate.initial_cash, first, history.calendar.open_at(first), "initial")
    with EmbeddedPostgres(scratch() / "ledger") as server:
        migrate(server.url)
        engine = connect(server.url)
        try:
            with transaction(engine) as connection:
                Ledger(connection).append([deposit])
            times = []
            for step, record in played:
                started = perf_counter()
                with transaction(engine) as connection:
                    _write(connection, step, record)
                times.append(1000 * (perf_counter() - started))
            yield median("one session into ledger and records, committed to disk", "ms", times)
            with transaction(engine) as connection:
                checks = timed(lambda: verify_ledger(connection), repeats=3)
            yield median(f"journal and records of {len(played)} sessions replayed and checked", "s", checks)
        finally:
            engine.dispose()


def _verified() -> Iterator[Figure]:
    """How many rows a second the chains, and the whole check, get through on a long journal."""
    with EmbeddedPostgres(scratch() / "long") as server:
        migrate(server.url)
        engine = connect(server.url)
        try:
            with transaction(engine) as connection:
                keep_long_books(connection, LONG_SESSIONS)
            with transaction(engine) as connection:
                audit = audit_books(connection)
                assert audit.findings == ()
                chains = timed(lambda: check_chains(connection, Tally()), repeats=5)
                whole = timed(lambda: audit_books(connection), repeats=3)
        finally:
            engine.dispose()
    rows = audit.hashed_rows
    rates = [rows / seconds for seconds in chains]
    yield median("rows of three chains verified, a second", "rows/s", rates, least=ROWS_A_SECOND)
    yield median(f"a journal and records of {rows:,} hashed rows: verified whole", "s", whole)


def _write(connection: Connection, step: SessionStep, record: CycleRecord) -> None:
    """Write what a session came to, as the desk does, memories aside."""
    ledger, decisions = Ledger(connection), Decisions(connection)
    settled = replace(step.settlement, book=step.book, transactions=step.transactions, closed=step.closed)
    ledger.record_settlement(settled)
    ledger.mark_session(step.mark)
    decisions.record_cycle(record, job="bench", slot=record.cycle_id, recorded_at=record.as_of)
    ledger.record_orders(record.orders)
    Events(connection).append(events_of(step, record))

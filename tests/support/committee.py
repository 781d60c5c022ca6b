"""The offline committee at work in a market of one's own: forecasters, memories and a book with defaults."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import Engine

from agents.llm import LLMDoor
from agents.roster import Roster
from db.engine import transaction
from db.lake import Lake
from db.memory import Memory, MemoryStore
from desk.ingest import ingest_bundle
from desk.market import Market
from desk.trained_sources import LiveFeatures, TrainedSource
from desk.universes import universe_at
from fund.clock import FixedClock
from fund.cycle import CycleRecord, decide
from fund.features.setup import CONDITIONS_EMBEDDER, CONDITIONS_SCALES, TRADE_EMBEDDER, TRADE_SCALES
from fund.forecasting.families.baseline import MomentumForecaster
from fund.forecasting.forecast import Forecast
from fund.forecasting.samples import make_samples
from fund.forecasting.training import train
from fund.mandate import Mandate
from fund.market.calendar import nyse
from fund.market.history import History
from fund.portfolio.book import Book
from graph.asking import DoorAsk
from graph.committee import build_committee
from graph.loop import LoopThread
from graph.research import Researcher, TrackRecord
from graph.strategy import CommitteeStrategy
from support.books import a_book
from support.call_log import InMemoryCallLog
from support.forecasters import A_GBM, A_SCHEDULE
from support.mandates import a_mandate, real_costs, some_limits
from support.small_bundle import make_small_bundle
from tools.forecasts import ForecasterRecord, ForecastTools
from tools.memory import MemoryTools

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD = ("AAPL", "JPM", "CAT")
MANDATE = a_mandate(
    min_trade=Decimal("0.005"),
    limits=some_limits(max_position=Decimal("0.1"), max_sector=Decimal("0.3"), min_cash=Decimal("0.05")),
    costs=real_costs(),
)


@cache
def small_history() -> History:
    """Return a few dozen names of the bundle as a history; read once a test run."""
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder) / "lake")
        bundle = make_small_bundle(Path(folder) / "bundle", per_sector=3)
        ingest_bundle(bundle, lake, lambda label, done, total: None)
        return lake.load_history(nyse())


def trained_forecasts(history: History, last: date) -> ForecastTools:
    """Train small forecasters on what was known on the close of `last`, and let them speak."""
    universe = universe_at(history, last, "SPY")
    data_version = history.version_at(history.calendar.decision_time(last))
    trained = train(
        make_samples(universe, A_SCHEDULE.horizon_sessions),
        (A_GBM, MomentumForecaster()),
        A_SCHEDULE,
        universe_name="a few names",
        data_version=data_version,
        baselines=(),
    )
    live = LiveFeatures(Market(history), "SPY", A_SCHEDULE.horizon_sessions)
    return ForecastTools([TrainedSource(each, live) for each in trained])


def a_small_book(history: History, session: date) -> Book:
    """Return a book that was bought at the close of a session: three names and cash."""
    view = history.view(history.calendar.decision_time(session))
    return a_book({ticker: (50, view.mark(ticker).price) for ticker in HELD}, cash=90_000)


@dataclass(frozen=True)
class Table:
    """The offline rules around a table, asked about any history."""

    engine: Engine
    loop: LoopThread

    def decide(
        self,
        history: History,
        session: date,
        *,
        forecasts: ForecastTools,
        book: Book,
        track: TrackRecord | None = None,
        mandate: Mandate = MANDATE,
    ) -> CycleRecord:
        """Let the committee decide on the close of a session, from memory as it is in the database."""
        door = LLMDoor(roster=Roster.of(["offline"]), log=InMemoryCallLog(), clock=FixedClock(NOW))
        strategy = CommitteeStrategy(
            name="committee/offline",
            committee=build_committee(),
            research=Researcher(forecasts, MemoryTools(self.engine), lambda: track or TrackRecord()),
            ask_for=lambda cycle_id, _: DoorAsk(door, cycle_id),
            loop=self.loop,
        )
        view = history.view(history.calendar.decision_time(session))
        inputs = {"data_version": view.data_version, "mandate_hash": mandate.mandate_hash}
        cycle_id = f"daily-{session.isoformat()}"
        return decide(strategy, view, book, mandate, cycle_id=cycle_id, inputs=inputs)


@contextmanager
def a_table(engine: Engine) -> Iterator[Table]:
    """Give a table whose loop ends with the context."""
    loop = LoopThread()
    try:
        yield Table(engine, loop)
    finally:
        loop.close()


def remember_at_random(
    engine: Engine, seed: int, count: int, *, first: datetime, last: datetime, prefix: str = "m"
) -> None:
    """Fill memory with trades and sessions that became known between two moments, some on the same one."""
    rng = np.random.default_rng(seed)
    spans = rng.integers(0, int((last - first).total_seconds()) + 1, count)
    moments = [first + timedelta(seconds=int(span)) for span in spans]
    trades = [_trade(f"{prefix}-trade-{n}", rng, moment) for n, moment in enumerate(moments)]
    markets = [_market(f"{prefix}-market-{n}", rng, moment) for n, moment in enumerate(moments)]
    with transaction(engine) as connection:
        store = MemoryStore(connection)
        store.remember(TRADE_EMBEDDER, trades, _vectors(rng, count, len(TRADE_SCALES)))
        store.remember(CONDITIONS_EMBEDDER, markets, _vectors(rng, count, len(CONDITIONS_SCALES)))


def _vectors(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    return np.column_stack([np.tanh(rng.normal(0, 0.7, (count, size))), np.full(count, 0.5)])


def _trade(memory_id: str, rng: np.random.Generator, known_at: datetime) -> Memory:
    outcome = {
        "opened": (known_at - timedelta(days=20)).date().isoformat(),
        "held_sessions": int(rng.integers(1, 30)),
        "return_fraction": float(rng.normal(0, 0.05)),
    }
    return Memory(
        memory_id=memory_id,
        kind="trade",
        ticker=str(rng.choice(HELD)),
        session=known_at.date(),
        known_at=known_at,
        text="a trade",
        outcome=outcome,
    )


def _market(memory_id: str, rng: np.random.Generator, known_at: datetime) -> Memory:
    outcome = {"next_20": float(rng.normal(0, 0.04))}
    trade = _trade(memory_id, rng, known_at)
    return replace(trade, kind="conditions", ticker=None, text="a market", outcome=outcome)


def a_forecast(ticker: str = "AAPL", session: date = date(2016, 5, 2), **changes: object) -> Forecast:
    """Return a forecast of the first forecaster."""
    plain: dict[str, object] = {
        "horizon_sessions": 5,
        "expected": 0.004,
        "low": -0.03,
        "high": 0.04,
        "probability_up": 0.54,
        "rank": 0.9,
        "forecaster": "gbm",
        "version": "gbm-1",
    }
    return Forecast(ticker=ticker, session=session, **{**plain, **changes})  # type: ignore[arg-type]


@dataclass
class SpokenForecasts:
    """A source that says what it was given for each session, and remembers which it was asked for."""

    said: Mapping[date, Sequence[Forecast]]
    name: str = "gbm"

    def __post_init__(self) -> None:
        self.asked: list[date] = []

    def at(self, session: date) -> Sequence[Forecast]:
        self.asked.append(session)
        return self.said.get(session, ())

    def record(self, session: date) -> ForecasterRecord:
        return ForecasterRecord(
            forecaster=self.name,
            version=f"{self.name}-1",
            rank_ic=0.01,
            rank_ic_low=-0.01,
            rank_ic_high=0.03,
            sessions=len([day for day in self.said if day < session]),
            hit_rate=0.51,
        )

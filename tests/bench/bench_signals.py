"""What the rules' signals and an ensemble were worth, over the bundle and a longer panel, beside chance."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import process_time

import polars as pl

from desk.bundle_rows import report
from fund.backtest.accounting import adjusted_tape
from fund.backtest.research import ResearchReport, TradingRule, study
from fund.errors import DataError
from fund.features.panel import FeatureTable
from fund.features.universe import Universe
from fund.forecasting.ensemble.stacked import ensemble_of
from fund.forecasting.ensemble.training import Pinned, train_ensemble
from fund.forecasting.ensemble.weights import InverseError, Stacking, Weigh, equal
from fund.forecasting.families.baseline import MomentumForecaster, ReversalForecaster, RidgeForecaster
from fund.forecasting.families.gbm import GbmForecaster
from fund.forecasting.samples import make_samples
from fund.forecasting.trained import TrainedForecaster
from fund.forecasting.training import train
from fund.forecasting.validation import Schedule
from fund.market.facts import Report
from fund.metrics.inference import MINIMUM, Interval
from fund.signals.event_driven import EarningsDrift, Gaps
from fund.signals.judging import judge
from fund.signals.mean_reversion import MeanReversion
from fund.signals.momentum import Momentum
from fund.signals.pairs import Pairs
from fund.signals.signal import RuleStrategy, SignalTable
from support.benchmark import Figure, counted, median, timed
from support.pairs import wandering
from support.panels import BUNDLE, bundle_universe
from support.shared_panel import shared_reports, shared_universe

HORIZONS = (1, 5, 20)
NULL_UNIVERSES = 200
BPS = 10.0
"""A side, for the comparison with equal weight."""
WAYS: dict[str, Weigh] = {"equal": equal, "inverse error": InverseError(), "stacking": Stacking()}


def measure() -> Iterator[Figure]:
    """Judge every rule by the excess returns that followed, trade it, and combine forecasters."""
    filings = tuple(_filings(BUNDLE / "reports.parquet"))
    bundle = bundle_universe()
    drift = EarningsDrift(reports=filings, decision_time=_decided, scale="equity")
    yield from _rules("bundle", bundle, (Momentum(), MeanReversion(), Gaps(), drift))
    yield from _pairs("bundle", bundle)
    yield _chance()
    yield from _ensembles("bundle", bundle, Schedule())
    longer = shared_universe()
    if longer is None:
        return
    drift = EarningsDrift(reports=tuple(shared_reports()), decision_time=_decided)
    what = "2012 to 2022, survivors"
    yield from _rules(what, longer, (Momentum(), MeanReversion(), Gaps(), drift))
    yield from _pairs(what, longer)
    yield from _ensembles(what, longer, Schedule(refit_sessions=252, min_train_sessions=252))


def _rules(what: str, universe: Universe, rules: Sequence[RuleStrategy]) -> Iterator[Figure]:
    for rule in rules:
        seconds = timed(lambda rule=rule: rule.signals(universe), repeats=3, cpu=True)  # type: ignore[misc]
        yield median(f"{what}: {rule.name} over {len(universe.panel.tickers)} tickers", "CPU-s", seconds)
        table = rule.signals(universe)
        yield from _judged(what, table, universe)
        tape = adjusted_tape(universe.panel)
        yield _traded(study(table.source, table.conviction, tape, TradingRule()), what)


def _judged(what: str, table: SignalTable, universe: Universe) -> Iterator[Figure]:
    for horizon in HORIZONS:
        record = judge(table, universe, horizon)
        if record.rank_ic is None:
            continue
        few = " (too few to tell)" if record.independent < MINIMUM else ""
        beside = ", ".join(f"{name} {ic.value:+.4f}" for name, ic in record.baseline_rank_ic.items())
        yield Figure(
            what=f"{what}: {table.source}, rank IC, horizon {horizon}",
            value=record.rank_ic.value,
            unit="",
            statistic=f"{_span(record.rank_ic)}, {record.independent} apart{few}; on the same names {beside}",
        )


def _traded(found: ResearchReport, what: str) -> Figure:
    at = next(net for net in found.net if net.bps == BPS)
    assert at.over_equal_weight is not None
    ratios = "; ".join(
        f"{net.bps:g} bp {net.sharpe.value:.2f} ({net.sharpe.low:.2f} to {net.sharpe.high:.2f}), "
        f"equal weight {net.equal_weight_sharpe.value:.2f}"
        for net in found.net
        if net.sharpe is not None and net.equal_weight_sharpe is not None
    )
    return Figure(
        what=f"{what}: {found.name}, {found.rule}, at {BPS:g} bp a side: over equal weight a year",
        value=100 * at.over_equal_weight.value,
        unit="%",
        statistic=f"{_span(at.over_equal_weight, 100)}; turnover {found.turnover:.1f} a year, equal weight "
        f"{found.equal_weight_turnover:.1f}; {found.orders:,} orders; Sharpe at {ratios}",
    )


def _pairs(what: str, universe: Universe) -> Iterator[Figure]:
    rule = Pairs()
    formations = rule.formations(universe)
    scanned, named = sum(f.scanned for f in formations), sum(len(f.pairs) for f in formations)
    yield Figure(
        what=f"{what}: cointegrated pairs named, false discovery rate 5 %",
        value=named,
        unit="",
        statistic=f"of {scanned:,} tested in {len(formations)} quarters",
    )
    table = rule.signals(universe)
    yield from _judged(what, table, universe) if named else ()


def _chance() -> Figure:
    scans = [Pairs().formations(wandering(seed, sessions=262))[0] for seed in range(NULL_UNIVERSES)]
    return counted(
        f"{NULL_UNIVERSES} universes of random walks, {scans[0].scanned} pairs each: with a pair named",
        "",
        sum(bool(scan.pairs) for scan in scans),
        bound=0.05 * NULL_UNIVERSES,
    )


def _ensembles(what: str, universe: Universe, schedule: Schedule) -> Iterator[Figure]:
    samples = make_samples(universe, schedule.horizon_sessions)
    families = (GbmForecaster(), RidgeForecaster(), MomentumForecaster(), ReversalForecaster())
    trained = train(samples, families, schedule, universe_name=what, data_version="bench", baselines=())
    for each in trained:
        if each.card.rank_ic is not None:
            yield Figure(
                what=f"{what}: {each.card.forecaster} alone, rank IC, horizon 5",
                value=each.card.rank_ic.value,
                unit="",
                statistic=_span(each.card.rank_ic),
            )
    for name, weigh in WAYS.items():
        found = ensemble_of(
            [each.table for each in trained], samples.volatility, schedule, weigh
        ).against_best
        if found.difference is not None:
            yield Figure(
                what=f"{what}: ensemble by {name} less its best member ({found.best}), rank IC",
                value=found.difference.value,
                unit="",
                statistic=f"{_span(found.difference)}; {found.verdict.partition(':')[0]}",
            )
    yield from _as_the_desk_does(what, trained, universe, schedule)


def _as_the_desk_does(
    what: str, trained: Sequence[TrainedForecaster], universe: Universe, schedule: Schedule
) -> Iterator[Figure]:
    """Make the ensemble that `desk train --family ensemble` makes: stacked, and weighed by regime."""
    members = [Pinned(trained=each, sha256="") for each in trained]

    def features(version: str) -> FeatureTable:
        raise DataError(
            f"expected members that learned up to the end, found one that reads {version!r} since"
        )

    begun = process_time()
    made = train_ensemble(members, universe, schedule, features, universe_name=what, data_version="bench")
    yield Figure(
        what=f"{what}: an ensemble of {len(members)} made of members on the register",
        value=process_time() - begun,
        unit="CPU-s",
        statistic=f"{len(made.folds)} folds, one run",
    )
    found = made.card.ensemble
    if found is None:
        return
    for rival, figure, verdict in zip(
        (f"its best member ({found.best})", "its members' plain mean"),
        (found.less_best, found.less_equal),
        found.verdicts,
        strict=True,
    ):
        if figure is not None:
            yield Figure(
                what=f"{what}: ensemble by stacking in each regime less {rival}, rank IC",
                value=figure.value,
                unit="",
                statistic=f"{_span(figure)}; {verdict.partition(':')[0]}",
            )


def _filings(path: Path) -> Iterator[Report]:
    for row in pl.read_parquet(path).iter_rows(named=True):
        yield report(row)


def _decided(session: date) -> datetime:
    """A quarter of an hour before the earliest close there is: what is filed later waits a session."""
    return datetime.combine(session, time(17, 45), UTC)


def _span(found: Interval, scale: float = 1.0) -> str:
    return f"95 % {scale * found.low:+.4f} to {scale * found.high:+.4f}, {found.n:,} sessions"

"""What the features of the lab cost: the whole table, the last session, and a table that was kept."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from desk.universes import universe_for
from fund.features.cache import FeatureCache
from fund.features.panel import feature_table
from fund.features.sets import SETS
from fund.features.universe import Universe
from fund.metrics.ranks import average_ranks
from support.benchmark import Figure, counted, median, single, timed
from support.contexts import with_context
from support.markets import bundle_history
from support.panels import BENCHMARK, a_panel, a_universe

NAMES, SESSIONS = 500, 400


def measure() -> Iterator[Figure]:
    """Compute every set of made bars for its last session, then keep the largest and let it grow."""
    universe = with_context(a_universe(a_panel(SESSIONS, NAMES)))
    for name, features in SETS.items():
        longest = max(feature.window for feature in features)
        recent = universe.rows(SESSIONS - longest, SESSIONS)
        feature_table(recent, features, last=1)
        seconds = timed(lambda of=features, bars=recent: feature_table(bars, of, last=1), repeats=5, cpu=True)
        what = f"last session of `{name}`, {len(features)} features, {NAMES} names, processor time"
        yield median(what, "ms", [1000 * each for each in seconds])
    yield from _ranks(universe)
    yield from _kept(universe.rows(0, SESSIONS - 1), universe)
    yield _context()


def _context() -> Figure:
    """What was known beside the bars of the bundle, of as many sessions as `lab` reads for its last one."""
    history = bundle_history()
    count = max(feature.window for feature in SETS["lab"])
    asked = history.panel.sessions[-9:]
    seconds = []
    for session in asked:
        started = process_time()
        universe_for("lab", history, session, BENCHMARK, count)
        seconds.append(process_time() - started)
    what = f"bars, members and context of a session of the bundle, {len(history.reports):,} reports"
    return median(f"{what}, processor time", "ms", [1000 * each for each in seconds])


def _ranks(universe: Universe) -> Iterator[Figure]:
    """What the table of the desk costs in all, and its ranks alone, of names without a tie."""
    desk = SETS["desk"]
    shape = f"{len(desk)} features, {NAMES} names x {SESSIONS} sessions, processor time"
    seconds = timed(lambda: feature_table(universe, desk), repeats=5, cpu=True)
    yield median(f"table of `desk`, {shape}", "s", seconds)
    for sessions, repeats in ((1, 200), (SESSIONS, 9)):
        values = universe.panel.volume[-sessions:]
        seconds = timed(lambda of=values: average_ranks(of), repeats=repeats, cpu=True)
        what = f"ranks of {NAMES} names x {sessions} sessions, processor time"
        yield median(what, "ms", [1000 * each for each in seconds])


def _kept(before: Universe, universe: Universe) -> Iterator[Figure]:
    lab = SETS["lab"]
    shape = f"{len(lab)} features, {NAMES} names x {SESSIONS} sessions"
    with TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder))

        steps = {
            f"{shape}, computed and kept": before,
            "the same with one session more": universe,
            "the same read again": universe,
        }
        for what, asked in steps.items():
            started = process_time()
            found = cache.table(asked, lab, universe_name="made")
            yield single(f"{what}, processor time", "s", process_time() - started)
        whole = feature_table(universe, lab)
        different = int((found.table.values.view("i4") != whole.values.view("i4")).sum())
        yield counted("values that are not the whole table's to the bit", "", different, bound=0)

"""What the pickers' names returned over the bundle beyond its universe, beside names drawn by lot."""

from collections.abc import Iterator, Sequence

from fund.discovery.candidate import Candidate
from fund.discovery.ensemble import ENSEMBLE, ensemble_weights, merged, overlap
from fund.discovery.forward import HORIZONS, entry_after, exit_of, forward_returns, mean_return
from fund.discovery.fuzzy_picker import FuzzyPicker
from fund.discovery.metric_picker import MetricPicker
from fund.discovery.picker import PickContext, Picker
from fund.discovery.random_picker import RandomPicker
from fund.discovery.rules import DiscoveryRules
from fund.discovery.track import PickedReturn, PickerScore, picker_records, picker_scores
from fund.market.history import History
from support.benchmark import Figure, median, timed
from support.markets import bundle_history

FIRST = 430
"""The first session of the bundle with 121 sessions of every member before it."""
COUNT = 10
GAPS = {"monthly": 20, "weekly": 5}
WEIGHED_OVER = 5
RULES = DiscoveryRules()
PICKERS: tuple[Picker, ...] = (MetricPicker(RULES), FuzzyPicker(), RandomPicker())
LOTS = tuple(RandomPicker(seed) for seed in range(40))
"""One lot is luck: that of seed 0 lies two standard deviations above the mean of these."""


def measure() -> Iterator[Figure]:
    """Pick on many sessions of the bundle and follow each name from the next open on, before costs."""
    history = bundle_history()
    for often, gap in GAPS.items():
        picked = _picked(history, gap)
        for horizon in HORIZONS:
            yield from _figures(often, horizon, picker_scores(picked[horizon], horizon))
        if often == "weekly":
            shared = [100 * each for each in _shared(history)]
            yield median("names the two rule pickers have in common", "%", shared)
    view = history.view(history.calendar.decision_time(history.panel.sessions[600]))
    context = PickContext(benchmark="SPY", universe=view.members(), max_sector=0.3)
    for picker in PICKERS:
        runs = timed(lambda picker=picker: picker.pick(view, context, COUNT), repeats=10)  # type: ignore[misc]
        what = f"the {picker.name} picker over {len(context.universe)} names"
        yield median(what, "ms", [1000 * seconds for seconds in runs])


def _figures(often: str, horizon: int, scores: Sequence[PickerScore]) -> Iterator[Figure]:
    for score in scores:
        interval = "no interval" if score.low is None else f"95 % {_bp(score.low)} to {_bp(score.high)}"
        beyond = f", beyond the lot {_bp(score.beyond_lot)}" if score.beyond_lot is not None else ""
        if score.beyond_low is not None:
            beyond += f" ({_bp(score.beyond_low)} to {_bp(score.beyond_high)})"
        yield Figure(
            what=f"{often}, {horizon} sessions on: excess of the {score.picker} picker",
            value=10_000 * score.mean,
            unit="bp",
            statistic=f"mean of {score.sessions} sessions ({score.independent} apart), {interval}{beyond}",
        )


def _bp(value: float | None) -> str:
    return "unknown" if value is None else f"{10_000 * value:+.0f}"


def _picked(history: History, gap: int) -> dict[int, list[PickedReturn]]:
    """Return what every picker's names came to by horizon; the ensemble weighs by what was known by then."""
    sessions = history.panel.sessions
    found: dict[int, list[PickedReturn]] = {horizon: [] for horizon in HORIZONS}
    weighing: list[tuple[int, PickedReturn]] = []
    for row in range(FIRST, len(sessions) - max(HORIZONS) - 1, gap):
        lists = _lists(history, row)
        as_of = history.calendar.decision_time(sessions[row])
        records = picker_records([each for known, each in weighing if known <= row], WEIGHED_OVER)
        spoke = {name: listed for name, listed in lists.items() if name != RandomPicker.name}
        weights = ensemble_weights(spoke, records)
        names = {name: [each.ticker for each in listed] for name, listed in lists.items()}
        names[RandomPicker.name] = [each.ticker for lot in LOTS for each in _picks(history, row, lot)]
        names[ENSEMBLE] = [each.ticker for each in merged(spoke, weights, COUNT)]
        entry = entry_after(history.calendar, as_of)
        for horizon in HORIZONS:
            members = history.view(as_of).members()
            leaving = exit_of(history.calendar, entry, horizon)
            returns = forward_returns(history, members, entry, leaving)
            mean, _ = mean_return(returns)
            assert mean is not None
            for name, tickers in names.items():
                for ticker in tickers:
                    value = returns[ticker].value
                    if value is None:
                        continue
                    each = PickedReturn(picker=name, session=row, excess=value - mean)
                    found[horizon].append(each)
                    if horizon == WEIGHED_OVER and name in spoke:
                        weighing.append((row + horizon, each))
    return found


def _lists(history: History, row: int) -> dict[str, tuple[Candidate, ...]]:
    return {picker.name: _picks(history, row, picker) for picker in PICKERS}


def _picks(history: History, row: int, picker: Picker) -> tuple[Candidate, ...]:
    view = history.view(history.calendar.decision_time(history.panel.sessions[row]))
    context = PickContext(benchmark="SPY", universe=view.members(), max_sector=0.3)
    return picker.pick(view, context, COUNT)


def _shared(history: History) -> list[float]:
    found = []
    for row in range(FIRST, len(history.panel.sessions) - 1, 20):
        lists = {name: listed for name, listed in _lists(history, row).items() if name != RandomPicker.name}
        found.append(overlap(lists) or 0.0)
    return found

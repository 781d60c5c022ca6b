"""How the discovery is told: what it found, who said so, and what that was worth."""

from collections.abc import Iterator

from fund.discovery.random_picker import RandomPicker
from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, number, percent, plural, quote, say, table
from tools.discovery import (
    Afterwards,
    DiscoveryStatus,
    PickerReport,
    SuggestedName,
    SuggestionReport,
)

LOT = RandomPicker.name
NONE_YET = "No discovery has run yet; `desk discover` runs one now."
LISTED = {"manual": "yours", "discovered": "discovered", None: "no"}


def status_reply(status: DiscoveryStatus) -> Iterator[ChatEvent]:
    """Say when the discovery last ran, who spoke, and how long the two lists are."""
    last = status.last
    if last is None:
        yield from say(NONE_YET)
        return
    yield from say(
        f"The discovery has run {plural(status.runs, 'time')}, last at {last.as_of:%Y-%m-%d %H:%M} UTC over "
        f"{plural(last.universe, 'name')}. On the watchlist: {status.discovered} of at most "
        f"{plural(status.most_discovered, 'discovered name')}, {status.manual} of at most "
        f"{status.most_manual} of yours."
    )
    if last.overlap is not None:
        yield from say(
            f" The pickers' lists had {percent(last.overlap, digits=1)} of their names in common, two by two"
            + (": they diverge." if status.diverged else ".")
        )
    yield from table(
        "Who spoke in the last run",
        ("Picker", "Spoken by", "Weight", "Names", "Silent because"),
        [
            (
                turn.picker,
                cell(turn.speaker),
                number(turn.weight) if turn.picker != LOT else "only compared with",
                turn.names,
                cell(turn.silent or MISSING),
            )
            for turn in last.pickers
        ],
    )


def suggestions_reply(report: SuggestionReport) -> Iterator[ChatEvent]:
    """Say which names a run found, what each picker said of them and what came of it."""
    if not report.run_id:
        yield from say(NONE_YET)
        return
    day = report.session.isoformat()
    tradable = report.entry_session.isoformat() if report.entry_session else MISSING
    silent = [turn for turn in report.pickers if turn.silent]
    if not report.names:
        yield from say(f"The discovery of {day} found no name.")
    else:
        first = ", ".join(quote(each.ticker) for each in report.names[:5])
        yield from say(
            f"On the close of {day} the discovery found {plural(len(report.names), 'name')} among "
            f"{report.universe:,}; first {first}."
        )
    for turn in silent:
        yield from say(f" The {turn.picker} picker was silent: {quote(turn.silent)}.")
    spoke = [turn.speaker for turn in report.pickers if turn.picker == "scout" and not turn.silent]
    if spoke:
        yield from say(f" The scout spoke by {quote(spoke[0])}.")
    horizons = [each.horizon_sessions for each in report.names[0].afterwards] if report.names else []
    yield from table(
        f"Found on the close of {day}, first tradable at the open of {tradable}",
        (
            "Rank",
            "Ticker",
            "Name",
            "Score",
            "On the watchlist",
            "Found by",
            *(f"Excess after {horizon}" for horizon in horizons),
        ),
        [_row(each) for each in report.names],
    )
    yield from table(
        "What each picker said",
        ("Ticker", "Picker", "Said"),
        [(each.ticker, picker, cell(said)) for each in report.names for picker, said in each.said.items()],
    )
    if report.names:
        yield from say(f"Excess: {report.rule}. Nothing here is bought: the committee only looks there.")


def pickers_reply(report: PickerReport) -> Iterator[ChatEvent]:
    """Say how the pickers stand beside the lot, and the lists beside the universe."""
    over = plural(report.horizon_sessions, "session")
    if not report.scores:
        yield from say(f"It is not known yet what any suggestion returned after {over}.")
    else:
        best = report.scores[0]
        yield from say(
            f"Over {over} the names of the {best.picker} picker came to "
            f"{percent(best.mean, signed=True)} on average beyond the universe, over "
            f"{plural(best.sessions, 'session')} of which {best.independent} do not overlap; drawn by lot: "
            f"{_lot(report)}. {_verdict(report)} The rule: {report.rule}."
        )
        if report.cost is not None:
            yield from say(f" A round trip costs {percent(report.cost)}, alike for all.")
    yield from _scores_table(report)
    yield from _lists_table(report)


def _scores_table(report: PickerReport) -> Iterator[ChatEvent]:
    yield from table(
        f"Pickers over {plural(report.horizon_sessions, 'session')}",
        (
            "Picker",
            "Mean excess",
            "95% interval",
            "Beyond the lot",
            "95% interval of that",
            "Sessions",
            "Not overlapping",
            "Names",
        ),
        [
            (
                each.picker,
                percent(each.mean, signed=True),
                _interval(each.low, each.high),
                percent(each.beyond_lot, signed=True),
                _interval(each.beyond_low, each.beyond_high),
                each.sessions,
                each.independent,
                each.names,
            )
            for each in report.scores
        ],
    )


def _lists_table(report: PickerReport) -> Iterator[ChatEvent]:
    since = report.lists_since.isoformat() if report.lists_since else MISSING
    yield from table(
        f"Held on paper in equal weights since {since}, costs taken off",
        (
            "List",
            "Return",
            "Beyond the universe a session",
            "95% interval",
            "Sessions held",
            "Turnover",
            "Costs",
        ),
        [
            (
                each.name,
                percent(each.value, signed=True),
                percent(each.beyond, signed=True, digits=3),
                _interval(each.beyond_low, each.beyond_high, digits=3),
                each.sessions,
                number(each.turnover),
                percent(each.costs),
            )
            for each in report.lists
        ],
    )


def _row(each: SuggestedName) -> tuple[str | int | float | None, ...]:
    return (
        each.rank,
        each.ticker,
        cell(each.name),
        number(each.score),
        LISTED[each.listed],
        ", ".join(each.said),
        *(_afterwards(one) for one in each.afterwards),
    )


def _afterwards(one: Afterwards) -> str:
    return percent(one.excess, signed=True) if one.excess is not None else cell(one.why or MISSING)


def _interval(low: float | None, high: float | None, digits: int = 2) -> str:
    if low is None or high is None:
        return "too few sessions"
    return f"{percent(low, signed=True, digits=digits)} to {percent(high, signed=True, digits=digits)}"


def _lot(report: PickerReport) -> str:
    found = next((each for each in report.scores if each.picker == LOT), None)
    return percent(found.mean, signed=True) if found else MISSING


def _verdict(report: PickerReport) -> str:
    """Say whether any picker is told from the lot by its interval."""
    known = [each for each in report.scores if each.beyond_low is not None]
    if not known:
        return "That is too few sessions to tell any of them from the lot."
    better = [each.picker for each in known if each.beyond_low is not None and each.beyond_low > 0]
    if better:
        return f"Told from the lot by its interval: {', '.join(better)}."
    return "None of them can be told from the lot."

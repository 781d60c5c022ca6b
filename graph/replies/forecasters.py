"""How the forecasters themselves are told: who leads, what each is worth, who drifts, who is better."""

from collections.abc import Iterator

from fund.forecasting.life.comparison import Comparison
from fund.metrics.inference import Interval
from fund.signals.blend import Consensus
from graph.chat_events import ChatEvent
from graph.desk_outlook import NameOutlook, Outlook
from graph.replies.luck import luck_reply
from graph.replies.phrases import MISSING, cell, number, percent, plural, quote, say, table
from tools.forecasters import ForecastersCompared, ForecastersReport, Standing
from tools.forecasts import ForecasterRecord

Cell = str | int | float | None
PINNED = "It is pinned: what is trained later is a challenger until you promote it or `desk unpin`. "
NO_FORECASTER = "No forecaster is on the register yet; `desk train` makes the first."


def forecasters_reply(found: ForecastersReport) -> Iterator[ChatEvent]:
    """Say who leads and what that is worth, who is drifting or unavailable, then list everybody."""
    if not found.forecasters:
        yield from say(NO_FORECASTER)
        return
    for leader in (each for each in found.forecasters if each.role == "champion"):
        yield from say(
            f"Over {plural(leader.horizon_sessions, 'session')} {leader.version} leads. "
            f"Out of sample it has {leader.edge}. " + (PINNED if leader.pinned else "")
        )
    yield from say(_faring(found))
    yield from table(
        "Forecasters",
        ("Forecaster", "Version", "Ahead", "Role", "Rank IC out of sample", "Live", "Coverage", "Drift"),
        [_row(each) for each in found.forecasters],
    )
    yield from luck_reply(found.forecasters)
    yield from table(
        "Last put to use",
        ("When (UTC)", "How", "Version", "In place of", "Why"),
        [
            (
                f"{each.at:%Y-%m-%d %H:%M}",
                each.kind.replace("_", " ") + (", pinned" if each.pinned else ""),
                each.version,
                each.previous or MISSING,
                cell(each.why),
            )
            for each in found.promotions
        ],
    )
    yield from table(
        "Trained anew by itself",
        ("When (UTC)", "Forecaster", "Ahead", "Cause", "Learned from", "Became", "Because"),
        [
            (
                f"{each.at:%Y-%m-%d %H:%M}",
                each.name,
                each.horizon_sessions,
                f"{each.cause} of {each.because_of}",
                f"{each.train_first} to {each.train_last}" if each.version else MISSING,
                each.version or f"{each.status}: {cell(each.said)}",
                cell(each.why),
            )
            for each in found.retrainings
        ],
    )


def compared_reply(found: ForecastersCompared) -> Iterator[ChatEvent]:
    """Say which of two is better, or that it cannot be told, out of sample in training and live."""
    yield from say(f"In training, out of sample: {found.walk_forward.verdict}. ")
    yield from say(f"Live, since both were trained: {found.live.verdict}. ")
    yield from say(
        "Only a difference that holds however often one looks counts; that of a single look is beside it."
    )
    for title, compared in (("Out of sample", found.walk_forward), ("Live", found.live)):
        yield from table(
            f"{title}: daily rank IC over the same sessions and names",
            ("", "Mean", "95% interval", "Sessions"),
            _compared(compared),
        )
    yield from luck_reply((found.first, found.second))


def outlook_reply(found: Outlook) -> Iterator[ChatEvent]:
    """Say what is expected of names, what would have to be true for it to pay, and what it is worth."""
    first = found.track_records[0] if found.track_records else None
    worth = f" The {first.forecaster} forecaster's worth: {found.worth}." if first else ""
    said = plural(len(found.names), "name")
    yield from say(f"What is expected of {said} on the close of {found.session.isoformat()}.{worth} ")
    for why in found.unavailable:
        yield from say(f"Unavailable: {quote(why)}. ")
    yield from table(
        "Outlook",
        (
            "Ticker",
            "Expected",
            "10% to 90%",
            "P(beats average)",
            "Disagreement",
            "Pays from rank IC",
            "Alike",
        ),
        [_outlook(each) for each in found.names],
    )
    yield from table("What they have been worth", _WORTH, [_worth(each) for each in found.track_records])
    reasons = [(each.ticker, cell(reason.words)) for each in found.names for reason in each.reasons]
    yield from table("What moved the rank most", ("Ticker", "Reason"), list(reasons))
    together = [_together(each.consensus) for each in found.names if each.consensus is not None]
    if together:
        yield from say(
            "Together: forecasters, rules and the committee's last decision on each name, -1 short, 0 no "
            "edge and 1 long; each counts by its record, and half where it has none."
        )
    yield from table("Heard together", ("Ticker", "Consensus", "Disagreement", "Parts"), together)


_WORTH = ("Forecaster", "Rank IC out of sample", "Coverage of 80%", "Calibration error", "Drift")


def _worth(record: ForecasterRecord) -> tuple[Cell, ...]:
    known = record.rank_ic is not None and record.rank_ic_low is not None and record.rank_ic_high is not None
    between = f"{record.rank_ic_low:+.3f} to {record.rank_ic_high:+.3f}" if known else ""
    return (
        record.forecaster,
        f"{record.rank_ic:+.3f} ({between}, n = {record.sessions})" if known else "too few sessions",
        percent(record.coverage, digits=0),
        percent(record.calibration_error, digits=1),
        record.drift,
    )


def _faring(found: ForecastersReport) -> str:
    told = []
    for each in found.forecasters:
        if each.unavailable:
            told.append(f"{each.version} is unavailable: {quote(each.unavailable)}.")
        if each.drift in ("drifting", "watch") and each.drift_session is not None:
            reasons = quote("; ".join(each.drift_reasons))
            state = "is drifting" if each.drift == "drifting" else "is to be watched"
            told.append(f"{each.version} {state} ({each.drift_session.isoformat()}): {reasons}.")
    unseen = sum(each.drift == "unknown" for each in found.forecasters)
    if unseen:
        told.append(f"Whether {plural(unseen, 'version')} drift is not known yet.")
    return " ".join(told) or "None of them is drifting."


def _row(each: Standing) -> tuple[str | int, ...]:
    live = _interval(each.live_rank_ic) if each.live_rank_ic else plural(each.live_sessions, "session")
    return (
        each.forecaster,
        each.version,
        each.horizon_sessions,
        each.role if each.speaks or each.role == "retired" else f"{each.role}, silent",
        _interval(each.rank_ic),
        live,
        percent(each.coverage.value, digits=0) if each.coverage else MISSING,
        "unavailable" if each.unavailable else each.drift,
    )


def _interval(figure: Interval | None) -> str:
    if figure is None:
        return "too few sessions"
    return f"{figure.value:+.3f} ({figure.low:+.3f} to {figure.high:+.3f}, n = {figure.n})"


def _compared(found: Comparison) -> list[tuple[Cell, ...]]:
    rows = (
        (found.first, found.first_rank_ic),
        (found.second, found.second_rank_ic),
        ("difference, one look", found.difference),
    )
    told: list[tuple[Cell, ...]] = [(name, *_cells(figure)) for name, figure in rows]
    often = found.sequential
    if often is not None:
        bounds = MISSING
        if often.low is not None and often.high is not None:
            bounds = f"{often.low:+.4f} to {often.high:+.4f}"
        told.append(("difference, any number of looks", f"{often.value:+.4f}", bounds, often.n))
    return told


def _cells(figure: Interval | None) -> tuple[Cell, ...]:
    if figure is None:
        return (MISSING, MISSING, MISSING)
    return (f"{figure.value:+.4f}", f"{figure.low:+.4f} to {figure.high:+.4f}", figure.n)


def _together(found: Consensus) -> tuple[Cell, ...]:
    """One name: the sources' views with the share of the whole that each has."""
    parts = "; ".join(
        f"{part.source} {part.conviction:+.2f} ({percent(part.share, digits=0)})" for part in found.parts
    )
    return (found.ticker, f"{found.conviction:+.2f}", number(found.disagreement), cell(parts, 400))


def _outlook(each: NameOutlook) -> tuple[str | int, ...]:
    alike = f"{each.alike.won} of {each.alike.n} won" if each.alike else MISSING
    if not each.forecasts:
        return (each.ticker, "no forecast", MISSING, MISSING, MISSING, MISSING, alike)
    own = each.forecasts[0]
    between = f"{percent(own.low, signed=True)} to {percent(own.high, signed=True)}"
    return (
        each.ticker,
        percent(own.expected, signed=True),
        between,
        percent(own.probability_up, digits=0),
        "; ".join(
            [number(each.disagreement), *(f"{name} {n:.2f}" for name, n in each.members_apart.items())]
        ),
        number(each.pays.rank_ic, 3) if each.pays and each.pays.rank_ic is not None else "never",
        alike,
    )

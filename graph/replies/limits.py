"""Answers about limits: what the book uses of each, nearest to its cap first, and what was refused."""

from collections.abc import Iterator

from fund.market.refusal import Refusal
from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, number, percent, plural, quote, say, table, usd
from tools.exposure import LimitsReport, LimitUse
from tools.refused import Refused

LIMIT_NAMES = {
    "max_position": "largest position",
    "max_sector": "largest sector",
    "max_gross": "gross exposure",
    "max_net": "net exposure",
    "min_cash": "cash",
    "max_names": "names held",
    "max_daily_increase": "growth in one session",
    "max_daily_turnover": "turnover in one session",
    "max_volume_share": "share of a day's volume",
    "max_loss_to_stop": "loss at the stop",
    "max_var": "VaR of one session",
    "max_cvar": "CVaR of one session",
    "max_beta": "beta of the book held",
    "max_cluster": "names that move together",
    "max_core": "core names",
    "max_growth": "growth names",
    "max_speculative": "speculative names",
    "max_hedge": "hedges",
    "daily_loss": "loss of the last session",
    "drawdown": "drawdown",
}
PLAIN = {"max_names": 0, "max_beta": 2}
"""Limits that are no fraction, and the digits they are shown with."""
IN_MONEY = frozenset({"max_var", "max_cvar", "max_loss_to_stop"})


def limits_reply(report: LimitsReport, asked: str = "") -> Iterator[ChatEvent]:
    """Say how much of every limit is used, of the one that is `asked` for before anything else."""
    by_name = {use.limit: use for use in report.limits}
    if asked in by_name:
        yield from say(_at_length(by_name[asked], report))
    elif asked:
        yield from say(f"The mandate sets no limit on {LIMIT_NAMES[asked]}, so it is not measured. ")
    yield from say(
        f"At the closes of {report.session.isoformat()} {_state(report)}. {_nearest(report)}"
        f"Gross exposure is {percent(report.exposure.gross)} and cash {percent(report.exposure.cash)} of "
        f"equity. Short positions are {'allowed' if report.shorts_allowed else 'not allowed'}. "
        f'The limits come from the mandate "{quote(report.mandate)}" and cannot be changed from the chat.'
    )
    yield from table(
        "Limits",
        ("Limit", "Now", "Cap", "Used", "Measured on"),
        [
            (limit_name(use), shown(use, use.value), cap_of(use), percent(use.used, digits=0), sample_of(use))
            for use in report.limits
        ],
    )
    sectors = [(sector, percent(weight)) for sector, weight in report.exposure.sectors.items()]
    yield from table("Sectors", ("Sector", "Weight"), list(sectors))


def refused_reply(found: Refused) -> Iterator[ChatEvent]:
    """Say what was refused in the last session and why; nothing of it is in the books."""
    if found.session is None:
        yield from say("No session has been played yet, so nothing was refused.")
        return
    day, count = found.session.isoformat(), len(found.refusals)
    was = "was" if count == 1 else "were"
    said = f"{plural(count, 'thing')} {was} refused" if count else "Nothing was refused"
    kept = "; it is in quarantine with its reason, and in no book" if count else ""
    yield from say(f"{said} in the session of {day}{kept}.")
    if not count and found.earlier:
        yield from say(f" The last refusal is of {found.earlier[0].session.isoformat()}.")
    columns = ("Session", "What", "Ticker", "Reason", "Detail")
    yield from table("Refused", columns, [refusal_row(each) for each in found.refusals])
    yield from table("Refused earlier", columns, [refusal_row(each) for each in found.earlier])


def refusal_row(each: Refusal) -> tuple[str, str, str, str, str]:
    """Return a refusal as cells."""
    reason = each.reason.replace("_", " ")
    return each.session.isoformat(), each.kind, each.ticker or "", reason, cell(each.detail)


def limit_name(use: LimitUse) -> str:
    """Return what people call a limit, with the name or the method its figure belongs to."""
    return LIMIT_NAMES.get(use.limit, use.limit) + (f" ({cell(use.detail)})" if use.detail else "")


def shown(use: LimitUse, value: object) -> str:
    """Return a figure of a limit in its unit."""
    if value is None:
        return MISSING
    digits = PLAIN.get(use.limit)
    figure = float(value)  # type: ignore[arg-type]
    return percent(figure) if digits is None else number(figure, digits)


def cap_of(use: LimitUse) -> str:
    """Return the cap of a limit, or its floor."""
    return ("at least " if use.kind == "least" else "at most ") + shown(use, use.cap)


def sample_of(use: LimitUse) -> str:
    """Return what a statistic was measured on; nothing for what is no statistic."""
    return plural(use.sample, "session") if use.sample else ""


def _state(report: LimitsReport) -> str:
    over = [use for use in report.limits if use.kept is False]
    passed = " and ".join(
        f"{limit_name(use)}, {shown(use, use.value)} against {shown(use, use.cap)}" for use in over
    )
    if not over:
        return "every limit is kept"
    if any(use.limit in ("daily_loss", "drawdown") for use in over):
        return f"{plural(len(over), 'figure')} {'is' if len(over) == 1 else 'are'} past a limit ({passed})"
    return (
        f"prices have moved {plural(len(over), 'figure')} past a limit ({passed}); the next orders cut back"
    )


def _nearest(report: LimitsReport) -> str:
    """Name the limit nearest to its cap, and what could not be measured."""
    said = ""
    inside = [use for use in report.limits if use.kept and use.used is not None]
    if inside:
        use = inside[0]
        said = f"Nearest to its cap: {limit_name(use)}, {shown(use, use.value)} of {cap_of(use)}. "
    unknown = [limit_name(use) for use in report.limits if use.value is None]
    return said + (f"Not measured, for want of past returns: {', '.join(unknown)}. " if unknown else "")


def _at_length(use: LimitUse, report: LimitsReport) -> str:
    """Tell one limit with its amount in money and what it rests on."""
    name = limit_name(use)
    name = name[:1].upper() + name[1:]
    if use.value is None:
        return f"{name} cannot be measured yet; the mandate allows {cap_of(use)}. "
    money = f" of equity, {usd(use.value * report.equity)}" if use.limit in IN_MONEY else ""
    sample = f", measured on {sample_of(use)}" if use.sample else ""
    return f"{name} is {shown(use, use.value)}{money}{sample}; the mandate allows {cap_of(use)}. "

"""Answers about what a decision lost on its way to orders: exits, sizing, and the cuts of the limits."""

from collections.abc import Iterator, Sequence

from fund.portfolio.arranging import Resized
from fund.risk.exits import EXITS, OWNER_RULE, Exit, ExitSkip
from fund.risk.limits import Clamp
from graph.chat_events import ChatEvent
from graph.replies.phrases import cell, percent, plural, quote, say, table, usd
from tools.told import CycleSummary
from tools.verdict import BY_WORD, EXIT_NAMES, NOT_ASKED

TOLD = 5


def cuts_reply(summary: CycleSummary) -> Iterator[ChatEvent]:
    """Say what sizing, exits and limits made of a session's targets: limit, before, after, why."""
    day = summary.session.isoformat()
    found = limits_cut(summary)
    if summary.status != "decided":
        yield from say(
            f"On {day} nothing was decided ({summary.status}): {quote(summary.cause)}; "
            "so no limit cut anything."
        )
    elif not found:
        yield from say(f"On {day} no limit cut anything: the proposal was within all of them.")
    else:
        limits = sorted({clamp.limit for clamp in found})
        yield from say(
            f"On {day} {plural(len(found), 'cut')} by {', '.join(limits)} changed "
            f"{plural(len({clamp.ticker for clamp in found}), 'target')}."
        )
    if summary.exits:
        yield from say(f" {exits_said(summary.exits)}")
    if summary.note:
        yield from say(f" {summary.note}")
    yield from changes_table(summary)


def changes_table(summary: CycleSummary) -> Iterator[ChatEvent]:
    """Show the exits of a session, and everything that changed a target, in the order in which it did."""
    day = summary.session.isoformat()
    yield from table(
        f"Closed by an exit on {day}",
        ("Ticker", "Rule", "Close", "Level", "Entry", "Sessions held"),
        [
            (
                each.ticker,
                EXIT_NAMES.get(each.rule, each.rule),
                usd(each.price),
                usd(each.level) if each.level is not None else "",
                usd(each.entry),
                each.sessions_held,
            )
            for each in summary.exits
        ],
    )
    yield from what_changed(f"Cuts of {day}", limits_cut(summary), summary.resized, named=True)
    notes = [f"Sizing: {quote(note)}." for note in summary.sizing_notes]
    if summary.exits_skipped:
        notes.append(not_judged(summary.exits_skipped))
    if notes:
        yield from say("\n\n" + " ".join(notes))


def what_changed(
    title: str, clamps: Sequence[Clamp], resized: Sequence[Resized], *, named: bool = False
) -> Iterator[ChatEvent]:
    """Show each change of a target: limit or rule, before, after, why; with its ticker where `named`."""
    changes = [(r.ticker, f"sizing: {r.rule}", r.before, r.after, r.why) for r in resized]
    changes += [(c.ticker, limit_title(c.limit), c.before, c.after, c.reason) for c in clamps]
    columns = ("Limit", "Before", "After", "Reason")
    rows = [(limit, percent(before), percent(after), cell(why)) for _, limit, before, after, why in changes]
    if not named:
        yield from table(title, columns, list(rows))
        return
    named_rows = [(each[0], *row) for each, row in zip(changes, rows, strict=True)]
    yield from table(title, ("Ticker", *columns), list(named_rows))


def limit_title(limit: str) -> str:
    """Return the mandate's word for a limit, and people's word for an exit."""
    return EXIT_NAMES.get(limit, limit)


def limits_cut(summary: CycleSummary) -> tuple[Clamp, ...]:
    """Return the cuts of a session that are no exits: those are told with their prices."""
    return tuple(clamp for clamp in summary.clamps if clamp.limit not in EXITS)


def exits_said(exits: Sequence[Exit]) -> str:
    """Say which positions are closed by which exit, and that nobody was asked for it."""
    named = [f"{each.ticker} by the {EXIT_NAMES.get(each.rule, each.rule)}" for each in exits[:TOLD]]
    more = f" and {len(exits) - TOLD} more" if len(exits) > TOLD else ""
    are = "position is" if len(exits) == 1 else "positions are"
    asked = BY_WORD if any(each.rule == OWNER_RULE for each in exits) else NOT_ASKED
    return f"{len(exits)} {are} closed by an exit: {', '.join(named)}{more}. {asked}"


def not_judged(skipped: Sequence[ExitSkip]) -> str:
    """Say which exits could not be judged and why."""
    told = "; ".join(
        f"{each.ticker}, {'every exit' if each.rule == 'all' else EXIT_NAMES.get(each.rule, each.rule)}: "
        f"{quote(each.reason)}"
        for each in skipped[:TOLD]
    )
    more = f"; {len(skipped) - TOLD} more" if len(skipped) > TOLD else ""
    return f"Could not be judged, so nothing is closed for it: {told}{more}."

"""Answers to "why": the decision first, then what it rests on."""

from collections.abc import Iterator

from graph.chat_events import ChatEvent
from graph.replies.cuts import changes_table, exits_said, limits_cut, not_judged, what_changed
from graph.replies.decision_card import decision_card
from graph.replies.order_words import order_said
from graph.replies.phrases import (
    SHORT_CHARACTERS,
    cell,
    in_full,
    number,
    percent,
    plural,
    quote,
    role_title,
    say,
    table,
)
from tools.heard import RoleWord, SeenForecast, SeenRecord, SeenTicker, SeenTrade
from tools.told import CycleSummary, TickerDecision


def why_reply(decision: TickerDecision, role: str = "") -> Iterator[ChatEvent]:
    """Say what was decided about a ticker and on what evidence; first a role's own words, where asked for."""
    day = decision.session.isoformat()
    if role:
        yield from say(f"{_word_asked(decision, role)}\n\n")
    yield from say(f"{quote(decision.verdict.sentence)} ({quote(decision.name)}, decision of {day}.)")
    if decision.note:
        yield from say(f" {decision.note}")
    if decision.reason and decision.verdict.cause == "exit":
        yield from say("\n\nThe committee, asked beside it, said of this name:")
    if decision.reason:
        yield from say(f"\n\n> {quote(decision.reason)}")
    yield decision_card(decision)
    if decision.seen is not None:
        yield from say("\n\n" + _evidence(decision, decision.seen))
        yield from table(
            f"Forecasts for {decision.ticker}, {day}",
            (
                "Forecaster",
                "Expected excess",
                "10% to 90%",
                "P(beats average)",
                "Rank",
                "Rank IC so far (95%, sessions)",
            ),
            [_forecast_row(f, decision.seen.track_records) for f in decision.seen.forecasts],
        )
        yield from table(
            "Similar past trades",
            ("Ticker", "Opened", "Sessions held", "Return", "Distance"),
            [_similar_row(trade) for trade in decision.seen.similar],
        )
    yield from _words("What each role said", decision.words)
    yield from what_changed("Limits that cut it", decision.clamps, decision.resized)
    yield from say(_path(decision) + "".join(order_said(order) for order in decision.orders))
    if decision.exits_skipped:
        yield from say("\n\n" + not_judged(decision.exits_skipped))


def decision_reply(summary: CycleSummary) -> Iterator[ChatEvent]:
    """Say what the committee concluded in a whole session."""
    day = summary.session.isoformat()
    yield from say(_outcome(summary))
    if summary.revisions:
        yield from say(f" The validator sent the proposal back {plural(summary.revisions, 'time')}.")
    yield from _words("What each role concluded", summary.words)
    yield from table(
        f"Targets of {day}",
        ("Ticker", "Before", "Proposed", "After limits", "Order", "Reason"),
        [
            (
                t.ticker,
                percent(t.before),
                percent(t.proposed),
                percent(t.after),
                t.ordered,
                cell(t.reason, SHORT_CHARACTERS),
            )
            for t in summary.targets
        ],
    )
    yield from changes_table(summary)


def _outcome(summary: CycleSummary) -> str:
    """Say in a paragraph what came of a session: orders, exits, cuts, and how the breaker stood."""
    day = summary.session.isoformat()
    listed = ", ".join(f"{target.ordered} {target.ticker}" for target in summary.targets if target.ordered)
    orders = f"{plural(summary.orders, 'order')}{f' ({listed})' if listed else ''}"
    if summary.status == "decided":
        cut = len({clamp.ticker for clamp in limits_cut(summary)})
        cuts = f"; {plural(cut, 'target')} {'was' if cut == 1 else 'were'} cut by a limit" if cut else ""
        names = plural(summary.candidates, "name")
        said = f"On {day} the committee looked at {names} and placed {orders}{cuts}."
    else:
        said = f"On {day} nothing was decided ({summary.status}): {quote(summary.cause)}."
        said += f" It placed {orders}." if summary.orders else ""
    said += f" {exits_said(summary.exits)}" if summary.exits else ""
    state = summary.breaker.split("@")[0]
    if state and state != "closed":
        said += f" The circuit breaker was {state}."
    return said + (f" {summary.note}" if summary.note else "")


def _word_asked(decision: TickerDecision, role: str) -> str:
    """Quote what one role said of the ticker, or say that it said nothing."""
    said = next((word for word in decision.words if word.role == role), None)
    day, who = decision.session.isoformat(), f"The {role_title(role).lower()}"
    if said is None:
        return f"{who} said nothing of {decision.ticker} in the decision of {day}."
    figure_said = f" ({said.figure} {number(said.value)})" if said.value is not None else ""
    words = f": {quote(said.said)}" if said.said else " no words, only a figure."
    return f"{who} said of {decision.ticker} in the decision of {day}{figure_said}{words}"


def _evidence(decision: TickerDecision, seen: SeenTicker) -> str:
    said = [
        f"It saw {decision.ticker} at {_price(seen.price)}, {percent(seen.return_20, signed=True)} over 20 "
        f"sessions and {percent(seen.return_60, signed=True)} over 60, with a volatility of "
        f"{percent(seen.volatility_20)} a year."
    ]
    if decision.forecast_place is not None:
        place, names = decision.forecast_place
        said.append(f"Its forecast ranked number {place} of {names}.")
    if not seen.forecasts:
        said.append("There was no forecast for it.")
    outcomes = [t.return_fraction for t in seen.similar if t.return_fraction is not None]
    if outcomes:
        mean, won = sum(outcomes) / len(outcomes), sum(1 for each in outcomes if each > 0)
        said.append(
            f"{plural(len(outcomes), 'similar past trade')} returned {percent(mean, signed=True)} on "
            f"average, {won} of {len(outcomes)} at a profit; that is too few to prove anything."
        )
    else:
        said.append("Memory held no similar past trade yet.")
    return " ".join(said)


def _price(price: float | None) -> str:
    return f"${price:,.2f}" if price is not None else "an unknown price"


def _forecast_row(forecast: SeenForecast, records: tuple[SeenRecord, ...]) -> tuple[str, ...]:
    record = next((r for r in records if r.forecaster == forecast.forecaster), None)
    ic = record.rank_ic if record is not None else None
    worth = (
        f"{ic.value:+.3f} ({ic.low:+.3f} to {ic.high:+.3f}, n = {ic.n})"
        if ic is not None
        else "not known yet"
    )
    return (
        f"{forecast.forecaster}, {plural(forecast.horizon_sessions, 'session')}",
        percent(forecast.expected, signed=True),
        f"{percent(forecast.low, signed=True)} to {percent(forecast.high, signed=True)}",
        percent(forecast.probability_up, digits=0),
        number(forecast.rank),
        worth,
    )


def _similar_row(trade: SeenTrade) -> tuple[str | int | None, ...]:
    return (
        trade.ticker,
        trade.opened.isoformat() if trade.opened else None,
        trade.held_sessions,
        percent(trade.return_fraction, signed=True),
        number(trade.distance, 3),
    )


def _words(title: str, words: tuple[RoleWord, ...]) -> Iterator[ChatEvent]:
    yield from table(title, ("Role", "Figure", "Said", "By"), [_word_row(word) for word in words])
    yield from in_full((role_title(word.role), word.said) for word in words)


def _word_row(word: RoleWord) -> tuple[str, ...]:
    shown = f"{word.figure} {number(word.value)}" if word.value is not None else ""
    return (role_title(word.role), shown, cell(word.said, SHORT_CHARACTERS), cell(word.speaker))


def _path(decision: TickerDecision) -> str:
    """Tell the way from the weight held to the weight after the limits."""
    if decision.proposed is None and decision.weight_after is None:
        return ""
    proposed = percent(decision.proposed) if decision.proposed is not None else "no target"
    return (
        f"\n\nWeight: {percent(decision.weight_before)} held, {proposed} proposed, "
        f"{percent(decision.weight_after)} after the limits."
    )

"""The card of one decision about one ticker: plain display text and places on a scale, nothing to compute."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from graph.chat_events import Card
from graph.replies.cuts import limit_title
from graph.replies.order_words import order_said
from graph.replies.phrases import (
    SHORT_CHARACTERS,
    cell,
    number,
    percent,
    plural,
    quote,
    role_title,
)
from tools.decision_reasons import ForecastReasons
from tools.heard import RoleWord, SeenForecast, SeenRecord, SeenTicker, SeenTrade
from tools.told import TickerDecision

OUTCOMES = {"bought": "Bought", "sold": "Sold", "kept": "Kept", "not_bought": "Not bought"}
MOST = 6
"""Rows of each part of a card."""
REASON_CHARACTERS = 240
Json = dict[str, object]


def decision_card(decision: TickerDecision) -> Card:
    """Return the card: proposal, forecasts with their record, similar trades, cuts, orders and roles."""
    day = decision.session.isoformat()
    seen = decision.seen
    content: Json = {
        "ticker": decision.ticker,
        "name": cell(decision.name, 80),
        "session": day,
        "outcome": OUTCOMES[decision.verdict.outcome],
        "sentence": cell(decision.verdict.sentence, 2 * REASON_CHARACTERS),
        "reason": cell(decision.reason, REASON_CHARACTERS),
        "speaker": _speakers(decision.words),
        "weights": _weights(decision),
        "forecasts": _forecasts(seen) if seen is not None else [],
        "scale": "Excess over the average member; the bar runs from the 10% to the 90% quantile, the dot is "
        "what is expected.",
        "behind": _behind(decision.behind),
        "similar": [_similar(trade) for trade in seen.similar[:MOST]] if seen is not None else [],
        "similar_said": _similar_said(seen),
        "clamps": _clamps(decision),
        "orders": [cell(order_said(order).strip(), REASON_CHARACTERS) for order in decision.orders[:MOST]],
        "roles": [_role(word) for word in decision.words],
        "more": _more(decision),
    }
    title = f"{decision.ticker}, decision of {day}"
    return Card(kind="decision", title=title, content=content, text=_text(title, content))


def _speakers(words: Sequence[RoleWord]) -> str:
    names = dict.fromkeys(cell(word.speaker, 80) for word in words if word.speaker)
    return ", ".join(names)


def _weights(decision: TickerDecision) -> list[Json]:
    """Return the way of the weight, each with its length on one scale."""
    steps: list[tuple[str, Decimal | None, str]] = [
        ("Before", decision.weight_before, ""),
        ("Proposed", decision.proposed, "no target"),
        ("After limits", decision.weight_after, "no target"),
    ]
    longest = max((abs(value) for _, value, _ in steps if value is not None), default=Decimal(0))
    return [
        {
            "label": label,
            "value": percent(value) if value is not None else missing,
            "length": float(round(abs(value) / longest * 100, 1)) if value and longest else 0.0,
        }
        for label, value, missing in steps
    ]


def _forecasts(seen: SeenTicker) -> list[Json]:
    """Return the forecasts on one common scale, so that their intervals can be compared by eye."""
    ends = [
        abs(value)
        for each in seen.forecasts
        for value in (each.low, each.expected, each.high)
        if value is not None
    ]
    reach = max(ends, default=0.0)
    return [_forecast(each, seen.track_records, reach) for each in seen.forecasts[:MOST]]


def _forecast(forecast: SeenForecast, records: Sequence[SeenRecord], reach: float) -> Json:
    record = next((each for each in records if each.forecaster == forecast.forecaster), None)
    low, high = percent(forecast.low, signed=True), percent(forecast.high, signed=True)
    return {
        "forecaster": cell(forecast.forecaster, 40),
        "horizon": plural(forecast.horizon_sessions, "session"),
        "expected": percent(forecast.expected, signed=True),
        "between": f"{low} to {high}",
        "probability": percent(forecast.probability_up, digits=0),
        "rank": number(forecast.rank),
        "record": _record(record),
        "places": {
            "low": _place(forecast.low, reach),
            "middle": _place(forecast.expected, reach),
            "high": _place(forecast.high, reach),
        },
    }


def _place(value: float | None, reach: float) -> float | None:
    """Return where a value stands between -reach (0) and reach (100)."""
    return None if value is None or reach <= 0 else round(50 + value / reach * 50, 1)


def _record(record: SeenRecord | None) -> str:
    if record is None or record.rank_ic is None:
        return "no record yet"
    ic = record.rank_ic
    proven = "" if ic.low > 0 or ic.high < 0 else ", not to be told from no skill"
    return f"rank IC {ic.value:+.3f} ({ic.low:+.3f} to {ic.high:+.3f}, n = {ic.n} sessions{proven})"


def _behind(reasons: ForecastReasons | None) -> Json | None:
    """Return why the forecaster that led ranked the name where it did, and what that adds up to."""
    if reasons is None:
        return None
    title, found = f"Why {cell(reasons.forecaster, 40)} ranked it there", reasons.explanation
    if found is None:
        missing = f"No reasons can be told: {cell(reasons.missing, REASON_CHARACTERS)}."
        return {"title": title, "lines": [], "sum": "", "source": "", "missing": missing}
    window = found.window.words if found.window is not None else ()
    return {
        "title": title,
        "lines": [{"said": cell(each.words), "up": each.added > 0} for each in found.reasons],
        "sum": cell(" ".join((found.told, *window)), 4 * REASON_CHARACTERS),
        "source": f"By {cell(reasons.version, 60)}, told again from what was known then; an association, no "
        "cause.",
        "missing": "",
    }


def _similar(trade: SeenTrade) -> Json:
    held = plural(trade.held_sessions, "session") if trade.held_sessions is not None else "n/a"
    return {
        "ticker": cell(trade.ticker, 16),
        "opened": trade.opened.isoformat() if trade.opened else "",
        "held": held,
        "returned": percent(trade.return_fraction, signed=True),
        "won": trade.return_fraction is not None and trade.return_fraction > 0,
    }


def _similar_said(seen: SeenTicker | None) -> str:
    known = [t.return_fraction for t in seen.similar if t.return_fraction is not None] if seen else []
    if not known:
        return "Memory held no similar past trade."
    won = sum(1 for each in known if each > 0)
    return f"{won} of {len(known)} ended at a profit: too few to prove anything."


def _clamps(decision: TickerDecision) -> list[Json]:
    changes = [(f"sizing: {each.rule}", each.before, each.after, each.why) for each in decision.resized]
    changes += [(limit_title(c.limit), c.before, c.after, c.reason) for c in decision.clamps]
    return [
        {
            "limit": cell(limit, 60),
            "change": f"{percent(before)} to {percent(after)}",
            "reason": cell(why, REASON_CHARACTERS),
        }
        for limit, before, after, why in changes[:MOST]
    ]


def _role(word: RoleWord) -> Json:
    told = percent(word.value) if word.figure == "weight" else number(word.value)
    return {
        "role": role_title(word.role),
        "figure": f"{word.figure} {told}" if word.value is not None else "",
        "said": cell(word.said, SHORT_CHARACTERS),
    }


def _more(decision: TickerDecision) -> str:
    """Say what did not fit; a card never leaves something out in silence."""
    parts = (
        (len(decision.resized) + len(decision.clamps), "cut"),
        (len(decision.orders), "order"),
        (len(decision.seen.similar) if decision.seen is not None else 0, "similar trade"),
        (len(decision.seen.forecasts) if decision.seen is not None else 0, "forecast"),
    )
    left = [plural(count - MOST, noun) for count, noun in parts if count > MOST]
    return f"Not shown: {', '.join(left)}." if left else ""


def _text(title: str, content: Mapping[str, object]) -> str:
    """Write the card as Markdown; somebody else's words are escaped."""
    lines = [f"**{quote(title)}: {content['outcome']}**", "", quote(str(content["sentence"]))]
    lines += _listed(content, "weights", lambda each: f"{each['label']}: {each['value']}")
    lines += _listed(
        content,
        "forecasts",
        lambda each: (
            f"{each['forecaster']}, {each['horizon']}: {each['expected']} ({each['between']}), "
            f"{each['probability']} to beat the average; {each['record']}"
        ),
    )
    lines += _reasons(content["behind"])
    lines += ["", quote(str(content["similar_said"]))]
    lines += _listed(
        content,
        "similar",
        lambda each: f"{each['ticker']} {each['opened']}, {each['held']}: {each['returned']}",
    )
    lines += _listed(content, "clamps", lambda each: f"{each['limit']}: {each['change']} ({each['reason']})")
    lines += _listed(content, "orders", str)
    lines += _listed(content, "roles", lambda each: f"{each['role']} {each['figure']}: {each['said']}")
    lines += ["", quote(f"{content['speaker']}. {content['more']}".strip())]
    return "\n".join(lines)


def _reasons(behind: object) -> list[str]:
    """Return the reasons of the forecaster as Markdown; nothing where nobody was asked for them."""
    if not isinstance(behind, dict):
        return []
    told = quote(" ".join(filter(None, (behind["sum"], behind["source"], behind["missing"]))), 2000)
    return [
        "",
        f"{quote(str(behind['title']))}:",
        *_listed(behind, "lines", lambda each: each["said"]),
        "",
        told,
    ]


def _listed(content: Mapping[str, object], part: str, told: Callable[[Any], str]) -> list[str]:
    """Return one part of the card as a list, nothing where it is empty."""
    items = content[part]
    if not isinstance(items, list) or not items:
        return []
    return ["", *(f"- {quote(told(item))}" for item in items)]

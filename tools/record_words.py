"""What is on record, said in sentences that can be searched: decisions, reasons, events, news, lessons."""

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta

from db.events import Event
from db.record_sources import CYCLE, EVENT, TRADE, EndedTrade
from db.record_texts import RecordKind, RecordText
from fund.cycle import CycleRecord
from fund.market.facts import Headline
from tools.heard import Heard, RoleWord
from tools.told import CycleSummary, summarise
from tools.verdict import verdict_on

AFTERWARDS = timedelta(microseconds=1)
"""What a decision left behind is known after it: taken again, it finds what it found then."""
WORTH_TELLING = frozenset(
    {"ordered", "exit", "limit", "validator", "risk_officer", "too_small", "not_tradable"}
)
"""Causes of a verdict that say more than the reasons of the roles do."""
MARKET = "^"
"""How the name of an index begins; such a headline is about the market as a whole."""
HASHES = "; heads: "
"""What follows it in a daily summary pins the records and says nothing to a reader."""

Named = Callable[[str], str]
"""A ticker with its company's name and sector, as people speak of it: XOM (Exxon Mobil, Energy)."""


def texts_of_cycle(record: CycleRecord, named: Named = str) -> Iterator[RecordText]:
    """Yield a decision as a whole, what became of each ticker it moved, and what every role said."""
    heard = Heard(record)
    yield _of_cycle(record, f"{CYCLE}{record.cycle_id}", "decision", _whole(summarise(record)))
    for ticker in sorted({*heard.candidates, *(order.ticker for order in record.orders)}):
        verdict = verdict_on(record, ticker)
        if verdict.cause in WORTH_TELLING:
            told = f"{record.session.isoformat()}, {named(ticker)}: {verdict.sentence}"
            yield _of_cycle(record, f"{CYCLE}{record.cycle_id}/{ticker}", "decision", told, ticker=ticker)
    for word in heard.summaries:
        if word.said:
            yield _said(record, word, None, "")
    for ticker in heard.candidates:
        for word in heard.words(ticker):
            if word.said and word.role != "macro_researcher":
                yield _said(record, word, ticker, f" on {named(ticker)}")


def text_of_event(event: Event) -> RecordText:
    """Return an event in words, without the hashes a daily summary ends with."""
    named = event.data.get("ticker")
    ticker = named if isinstance(named, str) else None
    if event.kind == "series_ended":
        ticker = event.text.split(" ", 1)[0]
    return RecordText(
        text_id=f"{EVENT}{event.event_id}",
        kind="event",
        ticker=ticker,
        role=None,
        session=event.at.astimezone(UTC).date(),
        at=event.at,
        known_at=event.at + AFTERWARDS,
        origin=event.kind,
        source_id=event.event_id,
        cycle_id=event.cycle_id,
        text=f"{_title(event.kind)}: {event.text.partition(HASHES)[0]}",
    )


def texts_of_headline(headline: Headline) -> Iterator[RecordText]:
    """Yield a headline, once for each ticker it names; for the market as a whole under none."""
    named = [ticker for ticker in headline.tickers if not ticker.startswith(MARKET)]
    for place, ticker in enumerate(named or [None]):
        yield RecordText(
            text_id=headline_text_id(headline) + (f"/{ticker}" if place else ""),
            kind="news",
            ticker=ticker,
            role=None,
            session=headline.known_at.astimezone(UTC).date(),
            at=headline.known_at,
            known_at=headline.known_at,
            origin=headline.source,
            source_id=headline.headline_id,
            cycle_id=None,
            text=headline.title,
        )


def headline_text_id(headline: Headline) -> str:
    """Return the id under which a headline is on record."""
    return f"news-{headline.headline_id}"


def text_of_trade(ended: EndedTrade, named: Named = str) -> RecordText:
    """Return what a closed trade taught: what it earned, what closed it, who had warned, why it was begun."""
    memory = ended.memory
    return RecordText(
        text_id=f"{TRADE}{memory.memory_id}",
        kind="lesson",
        ticker=memory.ticker,
        role=None,
        session=memory.session,
        at=memory.known_at,
        known_at=memory.known_at,
        origin="closed trade",
        source_id=next(iter(memory.source_ids), memory.memory_id),
        cycle_id=ended.closed_by.cycle_id if ended.closed_by is not None else None,
        text=" ".join(_lesson(ended, named)),
    )


def _lesson(ended: EndedTrade, named: Named) -> Iterator[str]:
    memory, first, last = ended.memory, ended.opened_by, ended.closed_by
    earned = (memory.outcome or {}).get("return_fraction")
    profit = earned if isinstance(earned, int | float) else 0.0
    lost = profit < 0
    ticker = memory.ticker or ""
    came = ", a loss" if lost else ", a gain" if profit > 0 else ""
    yield f"Closed trade in {named(ticker)}{came}: {memory.text}."
    if last is not None:
        yield f"How it ended: {verdict_on(last, ticker).sentence}"
    if first is None:
        return
    warned = next((w for w in Heard(first).words(ticker) if w.role == "validator" and w.said), None)
    if warned is not None:
        proved = "which came true" if lost else "which did not come true"
        yield f"The validator had warned: {warned.said.rstrip('.')}, {proved}."
    reason = first.proposal.reasons.get(ticker) if first.proposal is not None else None
    if reason:
        yield f"It was begun because: {reason.rstrip('.')}."


def _whole(summary: CycleSummary) -> str:
    """Return a decision of a whole session in one line."""
    told = [f"Decision of {summary.session.isoformat()}:"]
    orders = [f"{target.ordered} {target.ticker}" for target in summary.targets if target.ordered]
    if summary.status == "decided":
        told.append(f"{summary.candidates} names were looked at, {summary.orders} orders placed")
    else:
        told.append(
            f"nothing was decided ({summary.status}), {summary.cause}; {summary.orders} orders placed"
        )
    told.append(f"({', '.join(orders)})." if orders else "and no target was moved.")
    if cut := sorted({clamp.ticker for clamp in summary.clamps}):
        told.append(f"Limits cut {', '.join(cut)}.")
    if closed := sorted({each.ticker for each in summary.exits}):
        told.append(f"Exits closed {', '.join(closed)}.")
    if summary.revisions:
        told.append("The validator sent the proposal back.")
    return " ".join(told)


def _said(record: CycleRecord, word: RoleWord, ticker: str | None, about: str) -> RecordText:
    figure = f" ({word.figure} {word.value:g})" if word.value is not None else ""
    return _of_cycle(
        record,
        f"rationale-{record.cycle_id}/{word.role}" + (f"/{ticker}" if ticker else ""),
        "rationale",
        f"{_title(word.role)}{about}: {word.said}{figure}",
        ticker=ticker,
        role=word.role,
        origin=word.speaker,
    )


def _of_cycle(
    record: CycleRecord,
    text_id: str,
    kind: RecordKind,
    said: str,
    *,
    ticker: str | None = None,
    role: str | None = None,
    origin: str = "",
) -> RecordText:
    return RecordText(
        text_id=text_id,
        kind=kind,
        ticker=ticker,
        role=role,
        session=record.session,
        at=record.as_of,
        known_at=record.as_of + AFTERWARDS,
        origin=origin or record.strategy,
        source_id=record.cycle_id,
        cycle_id=record.cycle_id,
        text=said,
    )


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()

"""The dashboard as a page: everything on it is there before any script runs."""

import json
from collections.abc import Sequence
from html import escape
from itertools import accumulate, zip_longest
from operator import mul
from pathlib import Path
from string import Template

from desk.web.dashboard_chart import Line, bar, chart, scale_of
from desk.web.dashboard_data import Dashboard
from desk.web.face import StatusPage
from desk.web.landing import TRADING_WORDS, breaker_section, day, health_section
from fund.portfolio.fill import Fill
from graph.replies.limits import cap_of, limit_name, sample_of, shown
from graph.replies.phrases import percent, plural, shares, usd
from tools.exposure import LimitsReport
from tools.portfolio import Holding, Portfolio
from tools.told import CycleSummary, TargetLine
from tools.track_record import DailyValue, TradeList

_PAGE = Template((Path(__file__).with_name("dashboard.html")).read_text(encoding="utf-8"))
LATEST_FILLS = 25
NOTHING = '<p class="note">No session has been played yet.</p>'


def dashboard_page(dashboard: Dashboard) -> str:
    """Write the whole page."""
    return _PAGE.substitute(parts=dashboard_parts(dashboard))


def dashboard_parts(dashboard: Dashboard) -> str:
    """Write what changes with the desk."""
    page = dashboard.page
    sections = (
        ("wide", "Equity and drawdown", _equity(dashboard)),
        ("half", "Positions", _positions(dashboard.portfolio)),
        ("half", "Limits used", _limits(dashboard.limits)),
        ("half", "Signals of the last decision", _decision(dashboard.decision)),
        ("half", "Trade log", _trades(dashboard.trades)),
        ("wide", "System health", _health(page)),
    )
    cards = "".join(
        f'<section class="card {width}"><h2>{escape(title)}</h2>{body}</section>'
        for width, title, body in sections
    )
    first = _top(page) + _tiles(dashboard)
    return f'<div data-mark="{dashboard.mark}">{first}<div class="cards">{cards}</div></div>'


def _top(page: StatusPage) -> str:
    clock = "has not played a session yet" if page.session is None else f"stands at {day(page.session)}"
    warn = "" if page.trading == "running" else " warn"
    waits = f" It is {page.waits_for}." if page.waits_for else ""
    left = (
        f" {page.unplayed_sessions} sessions are left to play." if page.unplayed_sessions is not None else ""
    )
    return (
        f'<h1>The desk {escape(clock)}</h1><p class="badges">'
        f'<span class="badge">{page.mode.capitalize()}</span>'
        f'<span class="badge{warn}">{escape(TRADING_WORDS[page.trading])}</span></p>'
        f'<p class="lead">The money is paper. Who thinks: {escape(page.provider)}.{escape(waits + left)}</p>'
    )


def _tiles(dashboard: Dashboard) -> str:
    page, record, limits = dashboard.page, dashboard.page.record, dashboard.limits
    cells = [("Equity", "unknown" if page.equity is None else usd(page.equity), "")]
    if record is not None:
        over = f"over {record.sessions} session{'' if record.sessions == 1 else 's'}, net of deposits"
        cells.append(("Return", percent(record.return_fraction, signed=True), over))
        if record.benchmark_fraction is not None:
            cells.append(
                (record.benchmark, percent(record.benchmark_fraction, signed=True), "over the same sessions")
            )
    if dashboard.closes:
        deepest = min(close.drawdown for close in dashboard.closes)
        cells.append(("Drawdown", percent(dashboard.closes[-1].drawdown), f"deepest {percent(deepest)}"))
    if limits is not None:
        exposure = limits.exposure
        net = f"net {percent(exposure.net)} of equity"
        cells.append(("Gross exposure", percent(exposure.gross), net))
    if page.cash is not None:
        share = f"{percent(page.cash / page.equity)} of equity" if page.equity else ""
        cells.append(("Cash", usd(page.cash), share))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><small>{escape(told)}</small></div>"
        for name, value, told in cells
    )
    return f'<dl class="tiles">{items}</dl>'


def _equity(dashboard: Dashboard) -> str:
    record, closes = dashboard.page.record, dashboard.closes
    if record is None or len(closes) < 2:
        return '<p class="note">Two closes are needed to draw a line.</p>'
    start = float(closes[0].equity)
    lines = [Line(kind="book", name="Book", values=_grown(start, [each.return_fraction for each in closes]))]
    beside = [each.benchmark_return for each in closes]
    if None not in beside[1:]:
        lines.append(Line(kind="benchmark", name=record.benchmark, values=_grown(start, beside)))
    drawdown = Line(kind="drawdown", name="Drawdown", values=[close.drawdown for close in closes])
    first, last = closes[0].session.isoformat(), closes[-1].session.isoformat()
    readings = [_reading(i, close, lines) for i, close in enumerate(closes)]
    equity, below = scale_of(lines), scale_of([drawdown], top=0.0)
    legend = "".join(
        f'<span class="key {line.kind}">{escape(line.name)}</span>' for line in (*lines, drawdown)
    )
    label = f"Equity net of deposits beside {record.benchmark}, {first} to {last}"
    return (
        f'<div class="chart" data-points="{escape(json.dumps(readings), quote=True)}">'
        f'<p class="legend">{legend}<span class="readout">{escape(readings[-1])}</span></p>'
        f'<div class="framed">{axis(*(_dollars(value) for value in equity.marks))}'
        f"{chart(lines, equity, label=label)}</div>"
        f'<div class="framed low">{axis("0%", "", percent(below.low, digits=1))}'
        f"{chart([drawdown], below, label=f'Drawdown, {first} to {last}', filled=True)}</div>"
        f'<p class="days"><span>{first}</span><span>{last}</span></p></div>'
    )


def _grown(start: float, returns: Sequence[float | None]) -> tuple[float, ...]:
    """Return what the first close's equity came to at each close, net of deposits since."""
    factors = (1 + (each or 0.0) for each in returns[1:])
    return tuple(accumulate(factors, mul, initial=start))


def _reading(i: int, close: DailyValue, lines: Sequence[Line]) -> str:
    values = ", ".join(f"{line.name} ${line.values[i]:,.0f}" for line in lines)
    return f"{close.session.isoformat()}: {values}, drawdown {percent(close.drawdown)}"


def axis(*labels: str) -> str:
    """Write the labels beside a chart, from its top to its bottom."""
    return f'<p class="axis">{"".join(f"<span>{escape(label)}</span>" for label in labels)}</p>'


def _dollars(value: float) -> str:
    return f"${value / 1e6:.2f}M" if abs(value) >= 1e6 else f"${value / 1e3:,.0f}k"


def _positions(portfolio: Portfolio | None) -> str:
    if portfolio is None:
        return NOTHING
    if not portfolio.holdings:
        return '<p class="note">Nothing is held; everything is cash.</p>'
    waiting = len(portfolio.open_orders)
    orders = f"{plural(waiting, 'order')} {'waits' if waiting == 1 else 'wait'} for the next open."
    columns = ("Ticker", "Value", "Unrealised")
    return table(columns, [_position(each) for each in portfolio.holdings]) + note(orders if waiting else "")


def _position(held: Holding) -> Sequence[str]:
    stale = ' <span class="badge warn">stale mark</span>' if held.stale else ""
    name = f"<b>{escape(held.ticker)}</b>{stale}<small>{escape(held.name)}, {escape(held.sector)}</small>"
    share = f"<small>{percent(held.weight)} of equity</small>"
    gain = f"<small>{percent(held.unrealised_fraction, signed=True)}</small>"
    return (
        name,
        usd(held.value) + share,
        _signed(usd(held.unrealised, signed=True), held.unrealised_fraction) + gain,
    )


def _limits(limits: LimitsReport | None) -> str:
    if limits is None:
        return NOTHING
    rows = []
    for use in limits.limits:
        share = None if use.used is None else float(use.used)
        kind = "over" if use.kept is False else "near" if share is not None and share >= 0.9 else "kept"
        used = "not measured" if use.value is None else "" if share is None else f"{share:.0%} used"
        sample = sample_of(use)
        told = f"{shown(use, use.value)}, {cap_of(use)}" + (f", over {sample}" if sample else "")
        rows.append(
            f'<li><span class="limit">{escape(limit_name(use))}</span><span class="used">{used}</span>'
            f"{bar(share, kind=kind)}<small>{escape(told)}</small></li>"
        )
    broken = sum(use.kept is False for use in limits.limits)
    said = "Every limit is kept." if not broken else f"{broken} past its limit; the next orders cut back."
    return f'<p>{said}</p><ul class="gauges">{"".join(rows)}</ul>'


def _decision(decision: CycleSummary | None) -> str:
    if decision is None:
        return NOTHING
    ordered = f"{decision.orders} order{'' if decision.orders == 1 else 's'}"
    said = f"{decision.session.isoformat()}: {decision.status}, {decision.candidates} candidates, {ordered}."
    why = note(decision.cause)
    if not decision.targets:
        return f"<p>{escape(said)}</p>{why}"
    columns = ("Ticker", "Before", "Wanted", "After", "Order")
    rows = [_target(line) for line in decision.targets]
    reasons = [line.reason for line in decision.targets]
    return f"<p>{escape(said)}</p>{why}" + table(columns, rows, reasons)


def _target(line: TargetLine) -> Sequence[str]:
    weights = tuple("" if w is None else percent(w) for w in (line.before, line.proposed, line.after))
    return (f"<b>{escape(line.ticker)}</b>", *weights, escape(line.ordered))


def _trades(trades: TradeList | None) -> str:
    if trades is None:
        return NOTHING
    if not trades.fills:
        return f'<p class="note">Nothing was traded over {escape(trades.span)}.</p>'
    columns = ("Ticker", "Side", "Shares", "Price")
    more = len(trades.fills) - LATEST_FILLS
    told = f"The latest {LATEST_FILLS} of {len(trades.fills)} fills over {trades.span}." if more > 0 else ""
    return table(columns, [_fill(fill) for fill in trades.fills[:LATEST_FILLS]]) + note(told)


def _fill(fill: Fill) -> Sequence[str]:
    ticker = f"<b>{escape(fill.ticker)}</b><small>{fill.session.isoformat()}</small>"
    return ticker, fill.side, shares(fill.quantity), usd(fill.price)


def _health(page: StatusPage) -> str:
    breaker = breaker_section(page.breaker) or "<p>The circuit breaker is closed: trading runs.</p>"
    refused = len(page.refused)
    said = f"{plural(refused, 'thing')} {'was' if refused == 1 else 'were'} refused in the last session."
    return breaker + health_section(page.health) + note(said if refused else "")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> str:
    """Write a table of cells that are markup already; `below` is a text under each row."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = ""
    for row, text in zip_longest(rows, below, fillvalue=""):
        body += f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
        if text:
            body += f'<tr class="below"><td colspan="{len(columns)}"><small>{escape(text)}</small></td></tr>'
    written = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{written}</div>'


def _signed(text: str, value: float) -> str:
    kind = "gain" if value > 0 else "loss" if value < 0 else "flat"
    return f'<span class="{kind}">{escape(text)}</span>'


def note(text: str) -> str:
    """Write a remark; nothing where there is none."""
    return f'<p class="note">{escape(text)}</p>' if text else ""

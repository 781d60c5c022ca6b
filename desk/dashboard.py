"""The dashboard as a page: everything on it is there before any script runs."""

import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template

from desk.dashboard_chart import Line, bar, chart, scale_of
from desk.dashboard_data import Dashboard
from desk.face import StatusPage
from desk.landing import TRADING_WORDS, breaker_section, day, health_section, money, percent
from fund.portfolio.fill import Fill
from graph.replies.limits import cap_of, limit_name, sample_of, shown
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
        ("half", "System health", health_section(page.health)),
        ("half", "Circuit breaker", breaker_section(page.breaker) or "<p>Closed: trading runs.</p>"),
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
    cells = [("Equity", "unknown" if page.equity is None else money(page.equity), "")]
    if record is not None:
        over = f"over {record.sessions} session{'' if record.sessions == 1 else 's'}, net of deposits"
        cells.append(("Return", percent(record.return_fraction), over))
        if record.benchmark_fraction is not None:
            cells.append((record.benchmark, percent(record.benchmark_fraction), "over the same sessions"))
    if dashboard.closes:
        deepest = min(close.drawdown for close in dashboard.closes)
        cells.append(("Drawdown", percent(dashboard.closes[-1].drawdown), f"deepest {percent(deepest)}"))
    if limits is not None:
        exposure = limits.exposure
        net = f"net {float(exposure.net):.1%} of equity"
        cells.append(("Gross exposure", f"{float(exposure.gross):.1%}", net))
    if page.cash is not None:
        share = f"{float(page.cash / page.equity):.1%} of equity" if page.equity else ""
        cells.append(("Cash", money(page.cash), share))
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><small>{escape(note)}</small></div>"
        for name, value, note in cells
    )
    return f'<dl class="tiles">{items}</dl>'


def _equity(dashboard: Dashboard) -> str:
    record, closes = dashboard.page.record, dashboard.closes
    if record is None or len(closes) < 2 or len(record.equity) != len(closes):
        return '<p class="note">Two closes are needed to draw a line.</p>'
    lines = [Line(kind="book", name="Book", values=record.equity)]
    if record.benchmark_equity:
        lines.append(Line(kind="benchmark", name=record.benchmark, values=record.benchmark_equity))
    drawdown = Line(kind="drawdown", name="Drawdown", values=[close.drawdown for close in closes])
    first, last = closes[0].session.isoformat(), closes[-1].session.isoformat()
    readings = [_reading(i, close, lines) for i, close in enumerate(closes)]
    equity, below = scale_of(lines), scale_of([drawdown], top=0.0)
    legend = "".join(f'<span class="key {line.kind}">{escape(line.name)}</span>' for line in lines)
    label = f"Equity net of deposits beside {record.benchmark}, {first} to {last}"
    return (
        f'<div class="chart" data-points="{escape(json.dumps(readings), quote=True)}">'
        f'<p class="legend">{legend}<span class="readout">{escape(readings[-1])}</span></p>'
        f'<div class="framed">{_axis(*(_dollars(value) for value in equity.marks))}'
        f"{chart(lines, equity, label=label)}</div>"
        f'<div class="framed low">{_axis("0 %", "", f"{below.low:.1%}")}'
        f"{chart([drawdown], below, label=f'Drawdown, {first} to {last}', filled=True)}</div>"
        f'<p class="days"><span>{first}</span><span>{last}</span></p></div>'
    )


def _reading(i: int, close: DailyValue, lines: Sequence[Line]) -> str:
    values = ", ".join(f"{line.name} ${line.values[i]:,.0f}" for line in lines)
    return f"{close.session.isoformat()}: {values}, drawdown {close.drawdown:.2%}"


def _axis(*labels: str) -> str:
    return f'<p class="axis">{"".join(f"<span>{escape(label)}</span>" for label in labels)}</p>'


def _dollars(value: float) -> str:
    return f"${value / 1e6:.2f} M" if abs(value) >= 1e6 else f"${value / 1e3:,.1f} k"


def _positions(portfolio: Portfolio | None) -> str:
    if portfolio is None:
        return NOTHING
    if not portfolio.holdings:
        return '<p class="note">Nothing is held; everything is cash.</p>'
    orders = f"{len(portfolio.open_orders)} orders wait for the next open." if portfolio.open_orders else ""
    columns = ("Ticker", "Weight", "Value", "Unrealised", "")
    return _table(columns, [_position(each) for each in portfolio.holdings]) + _note(orders)


def _position(held: Holding) -> Sequence[str]:
    stale = ' <span class="badge warn">stale mark</span>' if held.stale else ""
    name = f"<b>{escape(held.ticker)}</b>{stale}<small>{escape(held.name)}, {escape(held.sector)}</small>"
    gain = _signed(percent(held.unrealised_fraction), held.unrealised_fraction)
    weight = f"{float(held.weight):.2%}"
    return name, weight, money(held.value), _signed(money(held.unrealised), held.unrealised_fraction), gain


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
    why = _note(decision.cause)
    if not decision.targets:
        return f"<p>{escape(said)}</p>{why}"
    columns = ("Ticker", "Before", "Wanted", "After limits", "Order")
    return f"<p>{escape(said)}</p>{why}" + _table(columns, [_target(line) for line in decision.targets])


def _target(line: TargetLine) -> Sequence[str]:
    weights = tuple("" if w is None else f"{float(w):.2%}" for w in (line.before, line.proposed, line.after))
    reason = f"<small>{escape(line.reason[:160])}</small>" if line.reason else ""
    return (f"<b>{escape(line.ticker)}</b>{reason}", *weights, escape(line.ordered))


def _trades(trades: TradeList | None) -> str:
    if trades is None:
        return NOTHING
    if not trades.fills:
        return f'<p class="note">Nothing was traded over {escape(trades.span)}.</p>'
    columns = ("Session", "Ticker", "Side", "Shares", "Price")
    more = len(trades.fills) - LATEST_FILLS
    note = f"The latest {LATEST_FILLS} of {len(trades.fills)} fills over {trades.span}." if more > 0 else ""
    return _table(columns, [_fill(fill) for fill in trades.fills[:LATEST_FILLS]]) + _note(note)


def _fill(fill: Fill) -> Sequence[str]:
    shares = f"{fill.quantity.normalize():,f}"
    ticker = f"<b>{escape(fill.ticker)}</b>"
    return fill.session.isoformat(), ticker, fill.side, shares, f"${fill.price:,.2f}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table of cells that are markup already."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _signed(text: str, value: float) -> str:
    kind = "gain" if value > 0 else "loss" if value < 0 else "flat"
    return f'<span class="{kind}">{escape(text)}</span>'


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>' if text else ""

"""How results look in a terminal."""

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from db.finding import Finding
from desk.bootstrap import Desk
from desk.owner import OwnerGate
from desk.web.face import StatusPage
from fund.backtest.report import BacktestReport
from fund.cycle import CycleRecord
from fund.market.refusal import Refusal
from fund.metrics.inference import Interval
from fund.risk.breaker import CAUSES
from fund.risk.resumption import Evidence
from graph.desk_control import AdvanceSummary
from tools.breaker import BreakerStanding

MOST_REFUSED = 5


def welcome(desk: Desk, gate: OwnerGate, address: str) -> tuple[RenderableType, ...]:
    """Return where the desk is to be found, and how to get in; the link stays on one line to be clicked."""
    link = gate.entry_link(address)
    lines = [
        Text.assemble(("Conclave is up. ", "bold green"), "Open this link, it logs you in:"),
        Text(f"  {link}", style=f"bold cyan link {link}", no_wrap=True, overflow="ignore"),
    ]
    if gate.first_password:
        lines.append(
            Text.assemble("  Or log in as owner with ", (gate.first_password, "bold"), " (shown only now).")
        )
    lines += [
        Text(f"{_mode_of(desk)} Speaking: {desk.seating.label}."),
        Text("Ctrl-C ends the desk; the next start goes on from here.", style="dim"),
    ]
    return tuple(lines)


def _mode_of(desk: Desk) -> str:
    last = desk.player.last_session()
    if desk.is_live:
        return f"Live mode: the last session is {last}; the next ones are played when they are due."
    return f"Replay mode: the clock stands at {last}; {len(desk.unplayed())} sessions can be played."


def status_table(page: StatusPage) -> Table:
    """Return the desk's state, one line a fact."""
    table = Table(show_header=False, box=None)
    record = page.record
    earned = benchmark = "unknown"
    if record is not None:
        earned = f"{record.return_fraction:+.2%} over {record.sessions} sessions, net of costs and deposits"
        if record.benchmark_fraction is not None:
            benchmark = f"{record.benchmark_fraction:+.2%} ({record.benchmark}, dividends reinvested)"
    rows = (
        ("Mode", page.mode),
        (
            "Clock stands at" if page.mode == "replay" else "Last session",
            str(page.session or "nothing has been played"),
        ),
        _ahead(page),
        ("Equity", f"{page.equity:,.2f} USD" if page.equity is not None else "unknown"),
        ("Cash", f"{page.cash:,.2f} USD" if page.cash is not None else "unknown"),
        ("Positions", str(page.positions)),
        ("Return", earned),
        ("Benchmark", benchmark),
        ("Trading", page.trading),
        *_breaker_rows(page.breaker),
        *_refused_rows(page.refused),
        ("Speaking", page.provider),
        *(
            (item.name.capitalize(), f"{'works' if item.ok else 'fails'}: {item.detail}")
            for item in page.health
        ),
    )
    for name, value in rows:
        table.add_row(name, value)
    return table


def _breaker_rows(standing: BreakerStanding | None) -> tuple[tuple[str, str], ...]:
    if standing is None or standing.status.state == "closed":
        return (("Breaker", "closed"),) if standing is not None else ()
    status = standing.status
    latched = ", latched" if status.latched else ""
    since = f"since {status.since:%Y-%m-%d %H:%M} UTC by {status.changed_by}"
    rows = [("Breaker", f"{status.state}{latched}, {since} ({CAUSES[status.cause]}): {status.reason}")]
    rows += [("To resume" if not n else "", each.sentence) for n, each in enumerate(standing.evidence)]
    proposed = "proposed by the desk; " if standing.proposed else ""
    return (*rows, ("", f"{proposed}`desk resume`, or say resume trading in the chat"))


def _refused_rows(refusals: Sequence[Refusal]) -> tuple[tuple[str, str], ...]:
    """Return the refusals of the last session, a line each; none where nothing was refused."""
    rows = [
        ("Refused" if not n else "", f"{r.kind} {r.ticker or ''} ({r.reason.replace('_', ' ')}): {r.detail}")
        for n, r in enumerate(refusals[:MOST_REFUSED])
    ]
    more = len(refusals) - MOST_REFUSED
    return (*rows, ("", f"and {more} more; ask what was refused?")) if more > 0 else tuple(rows)


def evidence_lines(evidence: Sequence[Evidence]) -> tuple[RenderableType, ...]:
    """Return every level for a resume as a line."""
    return tuple(f"- {each.sentence}" for each in evidence)


def _ahead(page: StatusPage) -> tuple[str, str]:
    if page.mode == "replay" or page.decides_at is None:
        return "Sessions left", str(page.unplayed_sessions)
    decided = f"{page.next_session}, decided at {page.decides_at:%Y-%m-%d %H:%M} UTC"
    return "Next session", f"{decided}; {page.waits_for}" if page.waits_for else decided


def advanced(summary: AdvanceSummary, asked: int) -> tuple[RenderableType, ...]:
    """Return what an advance came to; a sentence alone where nothing was played."""
    why = f": {summary.stopped}" if summary.stopped else ""
    if not summary.played:
        return (f"No session was played, {summary.unplayed or 'none'} left{why}.",)
    note = f"{len(summary.played)} of {asked} sessions played, {summary.unplayed} left{why}"
    return (advance_table(summary), note)


def advance_table(summary: AdvanceSummary) -> RenderableType:
    """Return what was played, one line a session, and below it why a session was held or halted."""
    table = Table("Session", "Decision", "Equity USD", "Return", "Benchmark", "Fills", "Orders")
    for each in summary.played:
        table.add_row(
            each.session.isoformat(),
            each.status,
            f"{each.equity:,.2f}",
            _percent(each.return_fraction, "unknown"),
            _percent(each.benchmark_return, "unknown"),
            str(each.fills),
            str(each.orders),
        )
    return Group(table, *(f"{p.session} {p.status}: {p.cause}" for p in summary.played if p.cause))


def decision_table(record: CycleRecord) -> Table:
    """Return a decision, one line for every ticker that was proposed or is ordered."""
    table = Table("Ticker", "Held", "Proposed", "After limits", "Order", "Why")
    asked = record.proposal.weights if record.proposal else {}
    reasons = dict(record.proposal.reasons) if record.proposal else {}
    reasons |= {each.ticker: each.why for each in record.exits}
    allowed = record.review.weights if record.review else {}
    for ticker in sorted(asked.keys() | {order.ticker for order in record.orders}):
        orders = [f"{o.side} {o.quantity:f}" for o in record.orders if o.ticker == ticker]
        table.add_row(
            ticker,
            f"{record.weights_before.get(ticker, Decimal(0)):.2%}",
            f"{asked[ticker]:.2%}" if ticker in asked else "",
            f"{allowed[ticker]:.2%}" if ticker in allowed else "refused",
            ", ".join(orders),
            reasons.get(ticker, ""),
        )
    return table


def cuts_table(record: CycleRecord) -> tuple[RenderableType, ...]:
    """Return what sizing, exits and limits changed, in this order, and what could not be judged."""
    clamps = record.review.clamps if record.review else ()
    changes = [(f"sizing: {r.rule}", r.ticker, r.before, r.after, r.why) for r in record.resized]
    changes += [(c.limit, c.ticker, c.before, c.after, c.reason) for c in clamps]
    table = Table("Limit", "Ticker", "Before", "After", "Why")
    for limit, ticker, before, after, why in changes:
        table.add_row(limit, ticker, f"{before:.2%}", f"{after:.2%}", why)
    skipped = [
        f"{each.ticker}: {each.rule} could not be judged: {each.reason}" for each in record.exits_skipped
    ]
    return (*((table,) if changes else ()), *record.sizing_notes, *skipped)


def backtest_table(report: BacktestReport) -> RenderableType:
    """Return a backtest beside its baselines, every figure with what it rests on."""
    table = Table("", report.strategy, report.benchmark.name, report.equal_weight.name)
    sides = (report.net, report.benchmark, report.equal_weight)
    rows = (
        ("Total return", [_percent(side.total) for side in sides]),
        ("Return a year", [_percent(side.annual) for side in sides]),
        ("Mean a year (95 %)", [_estimate(side.mean, "{:+.1%}", side.sessions) for side in sides]),
        ("Volatility a year", [_percent(side.volatility) for side in sides]),
        ("Sharpe ratio (95 %)", [_estimate(side.sharpe, "{:+.2f}", side.sessions) for side in sides]),
        ("Maximum drawdown", [_percent(side.max_drawdown) for side in sides]),
    )
    for name, cells in rows:
        table.add_row(name, *cells)
    notes = [
        f"{report.first} to {report.last}, {report.net.sessions} daily returns. {report.fill_rule}",
        f"A year over equal weight: {_estimate(report.over_equal_weight, '{:+.2%}', report.net.sessions)}; "
        f"over {report.benchmark.name}: {_estimate(report.over_benchmark, '{:+.2%}', report.net.sessions)}.",
        f"{report.trades} closed trades, win rate {_estimate(report.win_rate, '{:.1%}', report.trades)}; "
        f"turnover {report.turnover:.1f} a year; costs {report.costs.yearly_fraction:.2%} a year.",
        *([f"No answer in {report.silent_sessions} sessions: held."] if report.silent_sessions else []),
        *(f"Doubt: {doubt}" for doubt in report.doubts),
    ]
    return Group(table, *notes)


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """Return what does not add up, or that everything does."""
    if not findings:
        return (
            "The journal, the marks, the fills and the chain of decisions add up; every data file is whole."
        )
    table = Table("Table", "First wrong row", "What is wrong")
    for finding in findings:
        table.add_row(finding.table, finding.row, finding.problem)
    return table


def _percent(fraction: float | None, otherwise: str = "too few sessions") -> str:
    return otherwise if fraction is None else f"{fraction:+.2%}"


def _estimate(estimate: Interval | None, form: str, n: int) -> str:
    if estimate is None:
        return f"too few to say (n = {n})"
    low, high = form.format(estimate.low), form.format(estimate.high)
    return f"{form.format(estimate.value)} ({low} to {high}, n = {estimate.n})"

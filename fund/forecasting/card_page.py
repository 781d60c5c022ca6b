"""A forecaster's card as a page: its figures with their intervals, and four plots, as Markdown and SVG."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from fund.forecasting.card import implausible
from fund.forecasting.ensemble.told import ensemble_lines
from fund.forecasting.forecast import ForecasterCard
from fund.forecasting.life.decay import RECENT_SESSIONS, rolling_mean
from fund.forecasting.luck import ALONE, Luck, luck_of
from fund.forecasting.table import ForecastTable
from fund.market.view import FloatArray
from fund.metrics.forecasts import interval_coverage
from fund.metrics.inference import Interval, mean_interval

WIDTH, HEIGHT, MARGIN = 640.0, 240.0, 44.0
Point = tuple[float, float]


def card_page(card: ForecasterCard, table: ForecastTable, luck: Luck | None = None) -> dict[str, str]:
    """Return the files of a card's page by name: `card.md`, and the plots that it shows.

    `luck` tells what was tried until it was judged; without it the page is of the only claim ever made.
    """
    years = by_year(table)
    plots = {
        "rolling-ic.svg": _rolling(table),
        "year-ic.svg": _bars({year: figure for year, (figure, _) in years.items()}, 0.0, "rank IC by year"),
        "coverage.svg": _bars(
            {year: figure for year, (_, figure) in years.items()},
            0.8,
            "coverage of 80 % intervals by year",
        ),
        "reliability.svg": _reliability(card),
    }
    return {"card.md": _text(card, years, luck or luck_of(card, ALONE))} | plots


def by_year(table: ForecastTable) -> dict[int, tuple[Interval | None, Interval | None]]:
    """Return rank IC and coverage of each year of sessions, with intervals; None below 20 sessions."""
    years = np.array([session.year for session in table.sessions])
    covered = interval_coverage(table.low, table.high, table.realised)
    lag = table.horizon_sessions
    return {
        int(year): (
            mean_interval(table.daily_rank_ic[years == year], lag=lag),
            mean_interval(covered[years == year], lag=lag),
        )
        for year in np.unique(years[np.isfinite(table.daily_rank_ic)])
    }


def _text(
    card: ForecasterCard, years: Mapping[int, tuple[Interval | None, Interval | None]], luck: Luck
) -> str:
    figures = (
        ("IC", card.ic),
        ("Rank IC", card.rank_ic),
        ("Hit rate", card.hit_rate),
        ("Always up, same names", card.always_up),
        ("Coverage of the 80 % interval", card.coverage),
        *((f"Rank IC of {name}, same sessions", each) for name, each in card.baseline_rank_ic.items()),
        *(
            (f"Sharpe, {book.book}, {each.cost_bps:.0f} bp a side", each.sharpe)
            for book in card.books
            for each in book.net
        ),
        ("Sharpe, equal weight of all names, before costs", card.equal_weight_sharpe),
    )
    tested = f"{card.test_first} to {card.test_last}" if card.test_first else "no session"
    lines = [
        f"# {card.version}",
        "",
        f"{card.forecaster}, {card.horizon_sessions} sessions ahead, {card.universe}. Learned from "
        f"{card.train_first} to {card.train_last}; judged out of sample on {tested}. "
        f"{len(card.features)} features, {card.trials} configurations tried before it, seed {card.seed}.",
        "",
        f"Worth: {luck.edge.told}.",
        *(f"\nToo good to believe: {reason}." for reason in implausible(card)),
        *([f"\nExplained: {card.explanation}"] if card.explanation else []),
        *(ensemble_lines(card.ensemble) if card.ensemble else ()),
        "",
        "| figure | mean (95 %) | n |",
        "|---|---|---|",
        *(f"| {name} | {_told(figure)} | {figure.n if figure else 0} |" for name, figure in figures),
        "",
        "## How much of this is luck",
        "What was tried until it was judged; `desk forecasters` counts what was tried since.",
        "",
        *(f"- {each[0].upper()}{each[1:]}." for each in luck.told),
        "",
        "| year | rank IC (95 %) | n | coverage (95 %) |",
        "|---|---|---|---|",
        *(
            f"| {year} | {_told(ic)} | {ic.n if ic else 0} | {_told(covered)} |"
            for year, (ic, covered) in years.items()
        ),
        "",
        "![rolling rank IC](rolling-ic.svg)",
        "![rank IC by year](year-ic.svg)",
        "![coverage by year](coverage.svg)",
        "![reliability](reliability.svg)",
        "",
        _calibration_told(card),
        "",
        f"Data {card.data_version}.",
        "",
    ]
    return "\n".join(lines)


def _calibration_told(card: ForecasterCard) -> str:
    """Say how far stated probabilities lie from frequencies, beside what chance alone gives."""
    error, chance = card.calibration_error, card.calibration_error_by_chance
    if error is None or chance is None:
        return "Calibration error: too few forecasts."
    forecasts = sum(n for _, _, n in card.calibration)
    return (
        f"Calibration error {error:.4f} over {forecasts} forecasts; a perfect forecaster's stays below "
        f"{chance:.4f} in 95 of 100 cases."
    )


def _told(figure: Interval | None) -> str:
    if figure is None:
        return "too few sessions"
    return f"{figure.value:+.4f} ({figure.low:+.4f} to {figure.high:+.4f})"


def _rolling(table: ForecastTable) -> str:
    rolling = rolling_mean(table.daily_rank_ic)
    known = np.flatnonzero(np.isfinite(rolling))
    label = f"mean rank IC of the last {RECENT_SESSIONS} sessions"
    if len(known) < 2:
        return _drawing(f"{label}: too few sessions", [])
    place = _scaled(np.append(rolling[known], 0.0))
    steps = np.linspace(MARGIN, WIDTH - MARGIN, len(known))
    points = " ".join(f"{x:.1f},{place(y):.1f}" for x, y in zip(steps, rolling[known], strict=True))
    ends = (table.sessions[known[0]].isoformat(), table.sessions[known[-1]].isoformat())
    return _drawing(
        label,
        [
            _level(place(0.0), "0"),
            f'<polyline points="{points}" fill="none" stroke="#1f6feb" stroke-width="1.5"/>',
            _word(MARGIN, HEIGHT - 8, ends[0]),
            _word(WIDTH - MARGIN - 70, HEIGHT - 8, ends[1]),
        ],
    )


def _bars(figures: Mapping[int, Interval | None], wanted: float, label: str) -> str:
    known = {year: figure for year, figure in figures.items() if figure is not None}
    if not known:
        return _drawing(f"{label}: too few sessions", [])
    bounds = [bound for figure in known.values() for bound in (figure.low, figure.high)]
    place = _scaled(np.array([*bounds, wanted]))
    steps = np.linspace(MARGIN, WIDTH - MARGIN, len(known) + 2)[1:-1]
    parts = [_level(place(wanted), f"{wanted:g}")]
    for x, (year, figure) in zip(steps, known.items(), strict=True):
        low, value, high = (place(each) for each in (figure.low, figure.value, figure.high))
        parts += [
            f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="#1f6feb"/>',
            f'<circle cx="{x:.1f}" cy="{value:.1f}" r="4" fill="#1f6feb"/>',
            _word(x - 14, HEIGHT - 8, str(year)),
        ]
    return _drawing(f"{label}, 95 %", parts)


def _reliability(card: ForecasterCard) -> str:
    """Stated probability to the right, what happened upwards; on the diagonal they are the same."""
    label = "reliability: stated probability and frequency"
    if len(card.calibration) < 2:
        return _drawing(f"{label}: too few forecasts", [])
    points: Sequence[Point] = [(stated, came) for stated, came, _ in card.calibration]
    both = np.array(points).ravel()
    place = _scaled(both)
    low, high = float(both.min()), float(both.max())
    step = (WIDTH - 2 * MARGIN) / max(high - low, 1e-12)

    def across(value: float) -> float:
        return MARGIN + (value - low) * step

    return _drawing(
        f"{label}, {sum(n for _, _, n in card.calibration)} forecasts",
        [
            f'<path d="M{across(low):.1f} {place(low):.1f}L{across(high):.1f} {place(high):.1f}" '
            'stroke="#8b949e" stroke-dasharray="4"/>',
            *(f'<circle cx="{across(x):.1f}" cy="{place(y):.1f}" r="4" fill="#1f6feb"/>' for x, y in points),
            _word(MARGIN, HEIGHT - 8, f"{low:.3f}"),
            _word(WIDTH - MARGIN - 30, HEIGHT - 8, f"{high:.3f}"),
        ],
    )


def _scaled(values: FloatArray) -> Callable[[float], float]:
    """Return what places a figure on the drawing, the largest at the top."""
    low, high = float(values.min()), float(values.max())
    step = (HEIGHT - 2 * MARGIN) / max(high - low, 1e-12)
    return lambda value: HEIGHT - MARGIN - (value - low) * step


def _level(y: float, name: str) -> str:
    line = f'<path d="M{MARGIN:g} {y:.1f}H{WIDTH - MARGIN:g}" stroke="#8b949e" stroke-dasharray="4"/>'
    return line + _word(8, y + 4, name)


def _word(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="#8b949e">{escape(text)}</text>'


def _drawing(label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        f'font-family="sans-serif" aria-label="{escape(label, quote=True)}">'
        f"{_word(MARGIN, 20, label)}{''.join(parts)}</svg>\n"
    )

"""The page of trends: how the nightly evaluations went, dataset by dataset, without a script."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape
from pathlib import Path
from string import Template

from db.eval_nights import BadCase, EvalNight, EvalScore
from desk.web.dashboard import axis, note, table
from desk.web.trend_chart import TrendPoint, trend_chart, trend_scale
from graph.replies.phrases import plural, usd
from tools.evaluations import Evaluations, contestants_of

_PAGE = Template((Path(__file__).with_name("trends.html")).read_text(encoding="utf-8"))
NO_NIGHT = "No night yet; <code>desk evals night</code> makes one."
LISTED = 30
"""So many nights stand in the list; the charts hold all that were read."""
_LEGEND = (
    ("score", "Score"),
    ("band", "95 % interval"),
    ("baseline", "Baseline"),
    ("changed", "Something changed"),
    ("dot green", "Green"),
    ("dot amber", "Amber"),
    ("dot block", "Blocked"),
)


def trends_page(found: Evaluations) -> str:
    """Write the whole page."""
    return _PAGE.substitute(parts=_parts(found))


def _parts(found: Evaluations) -> str:
    if not found.nights:
        return f'<h1>Evaluations</h1><p class="lead">{NO_NIGHT}</p>'
    last, oldest_first = found.nights[0], found.nights[::-1]
    changes = {each.day: each.changed for each in found.changes}
    charts = "".join(
        _card("half trend", f"{dataset}: {contestant}", _trend(oldest_first, dataset, contestant, changes))
        for dataset, contestant in contestants_of(found.nights)
    )
    cards = (
        charts
        + _card("wide words", f"Worst cases of {last.day.isoformat()}", _worst(last.worst))
        + _card("wide words", "Nights", _nights(found.nights, changes))
    )
    return f'{_top(last)}{_tiles(found.nights)}{_legend()}<div class="cards">{cards}</div>'


def _card(kind: str, title: str, body: str) -> str:
    return f'<section class="card {kind}"><h2>{escape(title)}</h2>{body}</section>'


def _top(last: EvalNight) -> str:
    why = "".join(f"<li>{escape(reason)}</li>" for reason in last.reasons)
    reasons = f'<ul class="reasons">{why}</ul>' if why else ""
    return (
        f'<h1>Evaluations</h1><p class="lead">The night of {last.day.isoformat()} is {_gate(last)}. '
        f"Each score is a mean over frozen cases of the past, 1 is best; two datasets are not comparable.</p>"
        f"{reasons}"
    )


def _tiles(nights: Sequence[EvalNight]) -> str:
    counted = Counter(night.colour for night in nights)
    total = sum((night.cost_usd for night in nights), Decimal(0))
    last = nights[0]
    cells = (
        ("Nights", str(len(nights)), f"{nights[-1].day.isoformat()} to {last.day.isoformat()}"),
        ("Green", str(counted["green"]), f"{counted['amber']} amber, {counted['block']} blocked"),
        ("Cost of the last night", usd(last.cost_usd), f"{usd(total)} over {plural(len(nights), 'night')}"),
        ("Baseline", last.baseline_id or "none", "promoted with a reason, never by itself"),
    )
    items = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd><small>{escape(told)}</small></div>"
        for name, value, told in cells
    )
    return f'<dl class="tiles">{items}</dl>'


def _legend() -> str:
    keys = "".join(f'<span class="key {kind}">{escape(name)}</span>' for kind, name in _LEGEND)
    return f'<p class="legend">{keys}</p>'


def _trend(
    nights: Sequence[EvalNight], dataset: str, contestant: str, changes: Mapping[date, tuple[str, ...]]
) -> str:
    points = [
        _point(night, score, changes.get(night.day, ()))
        for night in nights
        for score in night.scores
        if (score.dataset, score.contestant) == (dataset, contestant)
    ]
    scale, last = trend_scale(points), points[-1]
    if scale is None:
        return note("No case could be scored in any of these nights.")
    first_day, last_day = points[0].day.isoformat(), last.day.isoformat()
    label = f"{dataset} of {contestant}, {first_day} to {last_day}. Last: {last.reading}"
    days = f"<span>{first_day}</span>" + (f"<span>{last_day}</span>" if len(points) > 1 else "")
    return (
        f"<p>{escape(last.reading)}</p>"
        f'<div class="framed">{axis(*(f"{value:.3f}" for value in scale.marks))}'
        f'{trend_chart(points, scale, label=label)}</div><p class="days">{days}</p>'
    )


def _point(night: EvalNight, score: EvalScore, changed: tuple[str, ...]) -> TrendPoint:
    ours = f"cases of {score.dataset}"
    return TrendPoint(
        day=night.day,
        colour=night.colour,
        value=score.value,
        low=score.low,
        high=score.high,
        baseline=score.baseline,
        changed=tuple(each for each in changed if each == ours or not each.startswith("cases of ")),
        reading=_reading(night.day, score),
    )


def _reading(day: date, score: EvalScore) -> str:
    """Return a score in words, never without its size."""
    if score.value is None:
        return f"{day.isoformat()}: {score.scorer} not scorable"
    within = "too few for an interval" if score.low is None else f"[{score.low:.3f}, {score.high:.3f}]"
    beside = (("the baseline", score.over_baseline), ("the night before", score.over_last))
    known = "; ".join(f"{each + 0.0:+.3f} to {name}" for name, each in beside if each is not None)
    compared = known or "nothing to compare with"
    return f"{day.isoformat()}: {score.scorer} {score.value:.3f} {within}, n = {score.cases}; {compared}"


def _worst(worst: Sequence[BadCase]) -> str:
    rows = [(escape(each.case), escape(each.told)) for each in worst]
    return table(("Case", "Score and why"), rows) if rows else note("No case could be scored.")


def _nights(nights: Sequence[EvalNight], changes: Mapping[date, tuple[str, ...]]) -> str:
    shown = nights[:LISTED]
    rows = [
        (
            f"<b>{night.day.isoformat()}</b>",
            _gate(night),
            usd(night.cost_usd),
            escape(", ".join(changes.get(night.day, ())) or "nothing"),
        )
        for night in shown
    ]
    more = f"The latest {LISTED} of {len(nights)} nights." if len(nights) > LISTED else ""
    reasons = ["; ".join(night.reasons) for night in shown]
    return table(("Night", "Gate", "Cost", "Changed before it"), rows, reasons) + note(more)


def _gate(night: EvalNight) -> str:
    return f'<span class="gate {night.colour}">{night.colour}</span>'

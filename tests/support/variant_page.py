"""The page that tells what came of every variant, with how many were looked at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import numpy as np

from fund.forecasting.catalogue import Variant
from fund.metrics.association import holm
from fund.metrics.false_discoveries import benjamini_yekutieli
from fund.metrics.inference import Interval
from support.long_panel import BIAS
from support.variant_runs import VariantRun

LEVEL = 0.05
HEAD = "| variant | rank IC | 95 % | n | p | p by Holm | Sharpe net of 5 bp | inside 80 % | s |"
RULE = "|---|---|---|---|---|---|---|---|---|"
ABOUT = (
    "Written by `tests/bench/train_variants.py` on {day} beside other work: {where}. Of {asked} variants "
    "(family, horizon, set of features) {trained} were trained over the whole of the long panel, {bias}. "
    "Nobody should take the highest line for the best: they stand in the catalogue's order, and p "
    "is corrected for every variant that was tested. No correction takes out the list itself: it holds who "
    "survived to 2026, and whatever leans towards risk that was survived looks better on it than it was."
)
HOW = (
    "Every variant of a horizon is judged on the same sessions by the same folds: a fit learns from the last "
    "756 sessions and speaks for two years (a desk fits monthly), a calibration is made every 63 sessions (a "
    "desk: 21), with purge plus embargo between. Intervals and p allow for overlap. Sharpe: yearly, "
    "best tenth less the worst. `lab` goes without its figures beside the bars (macro, filings, news), "
    "which this panel does not have. s: of the processor."
)


def variant_page(
    asked: Sequence[Variant],
    whole: Mapping[str, VariantRun],
    short: Mapping[str, VariantRun],
    *,
    where: str,
    day: date,
) -> str:
    """Return the Markdown of docs/variants.md; both spans by the name of the variant."""
    trained = [whole[each.name] for each in asked if each.name in whole and not whole[each.name].fault]
    corrected = corrected_p(trained)
    told = ABOUT.format(day=day.isoformat(), where=where, asked=len(asked), trained=len(trained), bias=BIAS)
    lines = ["# Variants", "", told, "", _summary(trained, corrected), "", HOW]
    for horizon in sorted({each.horizon_sessions for each in asked}):
        of_horizon = [each.name for each in asked if each.horizon_sessions == horizon]
        runs = [each for each in trained if each.variant in of_horizon]
        if runs:
            lines += ["", f"## {_sessions(horizon)}", _equal_weight(runs), "", HEAD, RULE]
            lines += [_row(run, corrected.get(run.key)) for run in runs]
    lines += _short(asked, whole, short)
    lines += _faults([*whole.values(), *short.values()])
    lines += _missing(asked, {run.variant for run in [*whole.values(), *short.values()]})
    return "\n".join(lines) + "\n"


def corrected_p(runs: Iterable[VariantRun]) -> dict[str, float]:
    """Return p-values by key, adjusted by Holm for how many of the runs were tested."""
    tested = [(run.key, run.p_value) for run in runs if run.p_value is not None]
    return dict(zip((key for key, _ in tested), holm([p for _, p in tested]), strict=True))


def _summary(runs: Sequence[VariantRun], corrected: Mapping[str, float]) -> str:
    tested = [run for run in runs if run.p_value is not None]
    if not tested:
        return "None was tested."
    alone = [run for run in tested if run.p_value is not None and run.p_value <= LEVEL]
    kept = benjamini_yekutieli(np.array([run.p_value for run in tested], dtype=np.float64), rate=LEVEL)
    found = [run.variant for run in tested if corrected[run.key] <= LEVEL]
    named = [run.variant for run, good in zip(tested, kept, strict=True) if good]
    return (
        f"Of {len(tested)} tested, {len(alone)} have p of at most {LEVEL} by themselves, where chance gives "
        f"{LEVEL * len(tested):.0f}; by Holm {_named(found)}; by Benjamini and Yekutieli, at most one in 20 "
        f"of them false, {_named(named)}. Many are near copies of each other, so these are not that many "
        "findings."
    )


def _named(names: Sequence[str]) -> str:
    return f"{len(names)} ({', '.join(names)})" if names else "none"


def _equal_weight(runs: Sequence[VariantRun]) -> str:
    held = runs[0].equal_weight
    beside = "" if held is None else f" Equal weight: Sharpe {_of(held, '+.2f')}, before costs."
    return f"Tested {runs[0].test_first} to {runs[0].test_last}.{beside}"


def _row(run: VariantRun, corrected: float | None) -> str:
    found = run.rank_ic
    ic = ("none", "", "") if found is None else (f"{found.value:+.4f}", _bounds(found, "+.4f"), str(found.n))
    chance, of_all = _chance(run.p_value), _chance(corrected)
    sharpe = "none" if run.net_sharpe is None else _of(run.net_sharpe, "+.2f")
    inside = "none" if run.coverage is None else _of(_percent(run.coverage), ".1f")
    mark = " (alarm)" if run.alarms else ""
    cells = (f"{run.variant}{mark}", *ic, chance, of_all, sharpe, inside, f"{run.seconds:.0f}")
    return f"| {' | '.join(cells)} |"


def _chance(p_value: float | None) -> str:
    if p_value is None:
        return ""
    return "< 0.001" if p_value < 0.0005 else f"{p_value:.3f}"


def _short(
    asked: Sequence[Variant], whole: Mapping[str, VariantRun], short: Mapping[str, VariantRun]
) -> list[str]:
    left = [short[each.name] for each in asked if each.name in short and each.name not in whole]
    runs = [run for run in left if not run.fault]
    if not runs:
        return []
    lines = [
        "",
        "## Trained over a short span only",
        f"{len(runs)} runs: enough to see that they train, too little to judge them. p is not corrected. An "
        "alarm marks a figure too good to believe, which so few sessions and names give by chance.",
    ]
    for panel in sorted({run.panel for run in runs}):
        of_panel = [_row(run, None) for run in runs if run.panel == panel]
        lines += ["", f"{panel[:1].upper()}{panel[1:]}:", "", HEAD, RULE, *of_panel]
    return lines


def _faults(runs: Sequence[VariantRun]) -> list[str]:
    failed = [f"| {run.variant} | {run.panel} | {run.fault} |" for run in runs if run.fault]
    return (
        ["", "## Not trained: refused", "| variant | span | why |", "|---|---|---|", *failed]
        if failed
        else []
    )


def _missing(asked: Sequence[Variant], seen: Collection[str]) -> list[str]:
    left = [each.name for each in asked if each.name not in seen]
    return ["", "## Not trained for lack of time", f"{len(left)}: {', '.join(left)}."] if left else []


def _sessions(horizon: int) -> str:
    return f"{horizon} session{'s' if horizon > 1 else ''}"


def _percent(share: Interval) -> Interval:
    return Interval(value=100 * share.value, low=100 * share.low, high=100 * share.high, n=share.n)


def _of(figure: Interval, form: str) -> str:
    return f"{figure.value:{form}} ({_bounds(figure, form)})"


def _bounds(figure: Interval, form: str) -> str:
    return f"{figure.low:{form}} to {figure.high:{form}}"

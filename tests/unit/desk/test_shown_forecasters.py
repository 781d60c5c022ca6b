"""How forecasters look at the terminal: no figure without its interval and its sample."""

import io
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from rich.console import Console, RenderableType

from desk.shown_forecasters import compared_tables, forecasters_tables, interval
from desk.shown_luck import luck_lines, luck_table
from fund.forecasting.book_figures import BookFigures, NetFigure
from fund.forecasting.life.comparison import compare
from fund.forecasting.luck import Tried, luck_of
from fund.metrics.overfitting import Overfitting, Superiority
from support.forecasters import a_card, an_interval
from support.standings import a_standing
from tools.forecasters import ForecastersCompared, ForecastersReport, Standing

SESSION = date(2016, 11, 30)
GBM = a_standing("gbm-1", role="champion", edge="no edge", drift="unknown", drift_session=None)


def shown(parts: tuple[RenderableType, ...]) -> str:
    console = Console(file=io.StringIO(), width=240, markup=False)
    for part in parts:
        console.print(part)
    return " ".join(console.file.getvalue().replace("│", " ").split())  # type: ignore[attr-defined]


def report(*standings: Standing, retired: int = 0) -> ForecastersReport:
    return ForecastersReport(session=SESSION, forecasters=standings, retired=retired, promotions=())


def test_a_version_is_a_row_with_its_interval_and_what_it_is_worth() -> None:
    told = shown(forecasters_tables(report(GBM)))
    assert "+0.0100 (-0.0100 to +0.0300, n = 250) no edge" in told
    assert "2015-01-02 to 2016-10-20" in told
    beside = replace(GBM, baseline_rank_ic={"momentum": an_interval(0.02)})
    assert "momentum +0.0200 (+0.0000 to +0.0400, n = 250)" in shown(forecasters_tables(report(beside)))
    assert "none yet" in told
    assert "--all" not in told


def test_a_silent_one_a_lame_one_and_hidden_ones_are_said() -> None:
    silent = replace(GBM, version="ridge-1", role="challenger", speaks=False, live_sessions=4)
    lame = replace(GBM, version="xgb-1", role="challenger", unavailable="expected hash 'a'")
    drifting = replace(GBM, drift="drifting", drift_reasons=("its rank IC fell",), drift_session=SESSION)
    told = shown(forecasters_tables(report(drifting, silent, lame, retired=3)))
    assert "challenger, silent" in told
    assert "4 sessions" in told
    assert "xgb-1 is unavailable: expected hash 'a'" in told
    assert "gbm-1 on 2016-11-30: its rank IC fell. A training is due." in told
    assert "3 versions are retired; --all lists them too." in told


def test_an_empty_register_says_how_to_fill_it() -> None:
    assert shown(forecasters_tables(report())) == (
        "No forecaster is on the register yet; `desk train` makes the first."
    )


def test_a_comparison_shows_both_looks_and_the_verdict() -> None:
    days = [date(2015, 1, 1) + timedelta(days=n) for n in range(300)]
    rng = np.random.default_rng(0)
    one = dict(zip(days, rng.normal(0.05, 0.02, 300).tolist(), strict=True))
    two = dict(zip(days, rng.normal(0.0, 0.02, 300).tolist(), strict=True))
    names = ("gbm-1", "ridge-1")
    found = ForecastersCompared(
        first=GBM,
        second=replace(GBM, version="ridge-1", forecaster="ridge"),
        walk_forward=compare(one, two, names=names, horizon_sessions=5),
        live=compare({}, {}, names=names, horizon_sessions=5),
    )
    told = shown(compared_tables(found))
    assert "gbm-1 is better than ridge-1 over 300 sessions." in told
    assert "n = 300" in told
    assert "difference, looked at daily +0.0" in told
    assert ", decided after " in told
    assert "gbm-1 and ridge-1 have no session in common." in told
    assert "gbm: 3 and ridge: 3 configurations were judged over this horizon" in told


def test_a_figure_of_too_few_sessions_is_no_figure() -> None:
    assert interval(None) == "too few sessions"
    assert interval(an_interval(0.02), 2) == "+0.02 (+0.00 to +0.04, n = 250)"


def test_what_was_tried_and_what_it_leaves_stands_under_the_versions() -> None:
    sizes = Overfitting(probability=0.4, loss=0.3, strategies=12, halves=70, n=240)
    best = Superiority(best=0, value=0.001, p_value=0.31, strategies=4, n=150)
    book = BookFigures(
        book="long-short",
        turnover=an_interval(2.0),
        net=(NetFigure(cost_bps=5.0, mean=an_interval(0.03), sharpe=an_interval(0.02)),),
    )
    card = a_card(books=(book,), overfitting=sizes, superiority=best)
    whole = a_standing(luck=luck_of(card, Tried(of_name=14, total=90, claims=6, ratios=())))
    text = shown((luck_table([whole, a_standing("ridge-1", rank_ic=None)]),))
    for said in ("14, 90, 6", "(n = 250)", "PBO 0.40 (12 sizes, n = 240)", "p = 0.310 (n = 150)"):
        assert said in text
    for said in ("too few sessions", "no book", "no sizes chosen", "too few books"):
        assert said in text
    lines = luck_lines(whole)
    assert len(lines) == 5
    assert all(line.startswith("gbm-1: ") and line.endswith(".") for line in lines)

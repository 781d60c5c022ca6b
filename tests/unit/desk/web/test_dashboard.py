"""The dashboard's page: true figures, honest gaps, nothing of a text's own, drawn without a script."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from desk.web.dashboard import dashboard_page, dashboard_parts
from desk.web.dashboard_chart import HEIGHT, Line, bar, chart, scale_of
from desk.web.dashboard_data import Dashboard
from desk.web.face import TrackRecord
from support.fake_desk import a_status
from support.tool_results import DAY, a_holding
from tools.exposure import Exposure, LimitsReport, LimitUse
from tools.portfolio import Portfolio
from tools.told import CycleSummary, TargetLine
from tools.track_record import DailyValue

EXPOSURE = Exposure(
    gross=Decimal("0.22"), net=Decimal("0.2"), cash=Decimal("0.78"), sectors={"Technology": Decimal("0.22")}
)


def a_close(i: int, drawdown: float = 0.0) -> DailyValue:
    return DailyValue(
        session=date(2016, 12, 1) + timedelta(days=i),
        equity=Decimal(100_000),
        deposits=Decimal(0),
        return_fraction=None,
        benchmark_return=None,
        drawdown=drawdown,
    )


def a_limit(name: str = "max_position", value: str | None = "0.05", **changes: object) -> LimitUse:
    worth = None if value is None else Decimal(value)
    use = LimitUse(limit=name, value=worth, cap=Decimal("0.10"), kind="most", detail="AAPL")
    return replace(use, **changes)  # type: ignore[arg-type]


def a_dashboard(**changes: object) -> Dashboard:
    record = TrackRecord(
        return_fraction=0.02,
        benchmark="SPY",
        benchmark_fraction=0.01,
        sessions=2,
        equity=(100_000.0, 99_000.0, 102_000.0),
        benchmark_equity=(100_000.0, 100_500.0, 101_000.0),
    )
    whole = Dashboard(
        page=replace(a_status(), record=record),
        portfolio=Portfolio(
            session=DAY,
            equity=Decimal(100_000),
            cash=Decimal(78_000),
            unrealised=Decimal(2_000),
            holdings=(a_holding(),),
            exposure=EXPOSURE,
            open_orders=(),
        ),
        limits=LimitsReport(
            session=DAY,
            equity=Decimal(100_000),
            mandate="paper",
            mandate_hash="m",
            limits=(a_limit(),),
            exposure=EXPOSURE,
            shorts_allowed=False,
        ),
        decision=None,
        trades=None,
        closes=(a_close(0), a_close(1, -0.01), a_close(2)),
        mark="abc",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_first_paint_holds_every_figure() -> None:
    said = words_of(dashboard_page(a_dashboard()))
    for figure in ("$1,041,234", "+2.00%", "+1.00%", "deepest -1.00%", "22.00%", "AAPL", "50% used"):
        assert figure in said, figure
    assert "over 2 sessions, net of deposits" in said


def test_a_desk_that_has_played_nothing_says_so_everywhere() -> None:
    page = replace(a_status(), record=None, session=None, equity=None, cash=None)
    nothing = a_dashboard(page=page, portfolio=None, limits=None, closes=())
    said = words_of(dashboard_page(nothing))
    assert "The desk has not played a session yet" in said
    assert said.count("No session has been played yet.") == 4
    assert "Equity unknown" in said
    assert "0.00" not in said


def test_the_lines_are_what_the_first_closes_money_came_to() -> None:
    closes = (
        a_close(0),
        replace(a_close(1), return_fraction=0.1, benchmark_return=-0.5),
        replace(a_close(2), return_fraction=-0.5, benchmark_return=1.0),
    )
    page = dashboard_parts(a_dashboard(closes=closes))
    assert "2016-12-02: Book $110,000, SPY $50,000, drawdown 0.00%" in page
    assert "2016-12-03: Book $55,000, SPY $100,000, drawdown 0.00%" in page
    unknown = (a_close(0), replace(a_close(1), return_fraction=0.1))
    assert "SPY $" not in dashboard_parts(a_dashboard(closes=unknown))


def test_a_single_close_draws_no_line() -> None:
    assert "Two closes are needed" in dashboard_parts(a_dashboard(closes=(a_close(0),)))


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'--&"])
def test_texts_are_shown_and_never_obeyed(hostile: str) -> None:
    target = TargetLine(
        ticker="AAPL", before=Decimal(0), proposed=None, after=None, ordered=hostile, reason=hostile
    )
    decision = CycleSummary(
        session=DAY,
        cycle_id="c",
        strategy="committee",
        status="decided",
        cause=hostile,
        note="",
        candidates=3,
        revisions=0,
        words=(),
        targets=(target,),
        clamps=(),
        orders=1,
    )
    held = a_holding(name=hostile, sector=hostile)
    portfolio = a_dashboard().portfolio
    assert portfolio is not None
    page = dashboard_page(a_dashboard(decision=decision, portfolio=replace(portfolio, holdings=(held,))))
    assert hostile not in page
    assert page.count("<script") == 1
    assert " style=" not in page
    assert " onerror=" not in re.sub(r"&[a-z#0-9]+;[^<]*", "", page)


@pytest.mark.parametrize(
    ("use", "kind", "said"),
    [
        (a_limit(value="0.05"), "kept", "50% used"),
        (a_limit(value="0.095"), "near", "95% used"),
        (a_limit(value="0.12"), "over", "120% used"),
        (a_limit(value=None), "kept", "not measured"),
    ],
)
def test_a_gauge_says_how_near_its_cap_a_limit_is(use: LimitUse, kind: str, said: str) -> None:
    limits = a_dashboard().limits
    assert limits is not None
    page = dashboard_parts(a_dashboard(limits=replace(limits, limits=(use,))))
    assert f'class="{kind}"' in page
    assert said in page
    assert ("Every limit is kept." in page) == (use.kept is not False)


@pytest.mark.parametrize(("share", "width"), [(None, 0), (-1, 0), (0.25, 25), (1, 100), (7, 100)])
def test_a_bar_never_leaves_its_rail(share: float | None, width: float) -> None:
    assert f'width="{width:.1f}"' in bar(share, kind="kept")


def test_every_value_of_a_line_is_inside_the_drawing() -> None:
    lines = [
        Line(kind="book", name="Book", values=(1.0, 5.0, 3.0)),
        Line(kind="b", name="B", values=(2, 9, 4)),
    ]
    scale = scale_of(lines)
    assert all(0 < scale.at(value) < HEIGHT for line in lines for value in line.values)
    assert scale.at(9) < scale.at(1)
    drawn = chart(lines, scale, label='a "label" <b>')
    assert "a &quot;label&quot; &lt;b&gt;" in drawn
    assert drawn.count("<path") == 3 + len(lines)


def test_a_flat_line_and_a_desk_without_a_drawdown_can_be_drawn() -> None:
    flat = [Line(kind="book", name="Book", values=(5.0, 5.0))]
    assert scale_of(flat).at(5.0) == pytest.approx(HEIGHT / 2)
    none = [Line(kind="drawdown", name="Drawdown", values=(0.0, 0.0))]
    assert scale_of(none, top=0.0).at(0.0) == 0.0

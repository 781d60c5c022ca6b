"""The page of trends: every score with its size, gaps where nothing was measured, no text's own markup."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from db.eval_nights import BadCase
from desk.web.dashboard_chart import WIDTH
from desk.web.trends import LISTED, trends_page
from support.recorded_nights import (
    FIRST,
    LLM,
    RULES,
    a_recorded_night,
    a_recorded_score,
    some_recorded_nights,
)
from tools.evaluations import Evaluations, NightChanges


def of(*nights: object, changes: tuple[NightChanges, ...] = ()) -> str:
    return trends_page(Evaluations(nights=nights, changes=changes))  # type: ignore[arg-type]


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def drawn(page: str, kind: str) -> list[str]:
    return re.findall(rf'<path class="{kind}" d="([^"]*)"', page)


def test_without_a_night_the_page_says_how_one_is_made() -> None:
    assert "No night yet; desk evals night makes one." in re.sub(r"</?code>", "", of())


def test_every_score_is_told_with_its_interval_and_size_beside_the_baseline() -> None:
    said = words_of(of(*some_recorded_nights((0.9, 0.8))))
    assert (
        "2026-11-03: shrunk_right 0.800 [0.750, 0.850], n = 96; -0.100 to the baseline; "
        "-0.100 to the night before"
    ) in said
    assert f"risk_management: {RULES}" in said
    assert "The night of 2026-11-03 is amber" in said
    assert "1 amber, 0 blocked" in said
    assert "risk_management risk-007" in said


def test_a_night_without_a_score_is_a_gap_in_the_line_and_not_a_zero() -> None:
    page = of(*some_recorded_nights((0.9, 0.8, None, 0.85, 0.9)))
    assert len(drawn(page, "line score")) == 2
    assert len(re.findall(r'class="dot (?:green|amber|block)"', page)) == 4
    assert len(drawn(page, "band")) == 4
    assert "2026-11-04: shrunk_right not scorable" not in words_of(page), "only the last night is told"


def test_nights_stand_by_the_calendar_and_one_alone_in_the_middle() -> None:
    one, two, late = (a_recorded_night(FIRST + timedelta(days=days)) for days in (0, 1, 4))
    dots = [float(path[1:].split()[0]) for path in drawn(of(late, two, one), "dot green")]
    assert dots[1] - dots[0] < (dots[2] - dots[1]) / 2
    (alone,) = drawn(of(one), "dot green")
    assert alone.startswith(f"M{WIDTH / 2:.1f} ")


def test_what_changed_is_marked_on_its_own_dataset_and_listed() -> None:
    score = a_recorded_score(dataset="robustness", contestant=LLM)
    nights = [
        a_recorded_night(FIRST + timedelta(days=days), scores=(a_recorded_score(), score)) for days in (1, 0)
    ]
    changed = NightChanges(day=FIRST + timedelta(days=1), changed=("cases of robustness",))
    page = of(*nights, changes=(changed,))
    assert len(drawn(page, "changed")) == 1
    assert "changed before it: cases of robustness" in page
    assert "2026-11-03 green $0.00 cases of robustness" in words_of(page)
    assert "2026-11-02 green $0.00 nothing" in words_of(page)


def test_what_nobody_could_score_has_no_chart() -> None:
    said = words_of(of(a_recorded_night()))
    assert "No case could be scored in any of these nights." in said


def test_a_text_from_outside_is_only_a_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    night = a_recorded_night(
        reasons=(hostile,),
        worst=(BadCase(case=hostile, told=hostile),),
        scores=(a_recorded_score(contestant=f'"{hostile}'),),
        baseline_id=hostile,
    )
    page = of(night)
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 6


def test_many_nights_are_all_drawn_and_the_latest_listed() -> None:
    nights = some_recorded_nights([0.9] * (LISTED + 5))
    page = of(*(replace(each, cost_usd=Decimal("0.10")) for each in nights))
    assert len(drawn(page, "dot green")) == LISTED + 5
    assert f"The latest {LISTED} of {LISTED + 5} nights." in page
    assert f"$3.50 over {LISTED + 5} nights" in page

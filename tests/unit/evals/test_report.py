"""Reports: the same bytes for the same trials, nothing without its size, and no text that becomes markup."""

import re
from dataclasses import replace

from evals.forest import Row, forest
from evals.report import Question, Report, report_of, told
from evals.report_page import report_page
from evals.trial import Score, Trial
from support.eval_runs import an_experiment, an_output

QUESTION = Question(dataset="made", about="Which way?", primary="value", no_skill=0.5)


def a_report(contestant: str = "first", cases: int = 24, **named: object) -> Report:
    trials = [
        Trial(
            dataset="made",
            case_id=str(n),
            contestant=contestant,
            number=0,
            output=an_output(float(n % 2), ms=n),
            scores=(Score(scorer="value", value=float(n % 2), why=""),),
        )
        for n in range(cases)
    ]
    return report_of(an_experiment(), [QUESTION], trials, **named)  # type: ignore[arg-type]


def test_the_same_trials_are_the_same_report_byte_for_byte() -> None:
    assert a_report().text() == a_report().text()
    assert report_page(a_report()) == report_page(a_report())


def test_a_score_is_told_with_its_size_and_interval() -> None:
    (summary,) = a_report().summaries
    assert re.fullmatch(r"0\.500 \[0\.\d{3}, 0\.\d{3}\], n = 24", told(summary.score("value")))
    (few,) = a_report(cases=3).summaries
    assert told(few.score("value")) == "0.333, n = 3, too few for an interval"
    assert told(None) == "not scorable"


def test_the_page_shows_contestants_verdicts_who_was_skipped_and_what_was_run() -> None:
    page = report_page(a_report(skipped={"openai": "no key is set"}, verdicts=("no difference",)))
    for expected in ("first", "no difference", "openai: no key is set", "abc", "Which way?", "no skill"):
        assert expected in page


def test_what_a_contestant_is_called_is_no_markup() -> None:
    page = report_page(a_report("<script>alert(1)</script>"))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_picture_has_a_line_for_each_row_and_says_what_is_not_scorable() -> None:
    rows = [
        Row(label="good", value=0.6, low=0.55, high=0.65),
        Row(label="short", value=0.5),
        Row(label="mute", value=None),
    ]
    drawn = forest(rows, "direction", 0.5)
    assert drawn.count("<circle") == 2
    assert drawn.count('class="reach"') == 1
    assert drawn.count("not scorable") == 1
    assert forest([Row(label="mute", value=None)], "direction", 0.5) == ""


def test_the_picture_keeps_every_end_inside() -> None:
    drawn = forest([Row(label="good", value=0.6, low=-5, high=9)], "value", 0.0)
    places = [float(x) for x in re.findall(r'(?:cx|x1|x2)="([-\d.]+)"', drawn)]
    assert min(places) >= 230
    assert max(places) <= 760


def test_a_report_without_trials_says_nothing_it_does_not_know() -> None:
    empty = replace(a_report(), summaries=())
    assert "<circle" not in report_page(empty)

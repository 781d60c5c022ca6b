"""Reports: the same bytes for the same trials, nothing without its size, and no text that becomes markup."""

import re
from dataclasses import replace
from decimal import Decimal

from evals.forest import Row, forest
from evals.memorisation import Memorisation
from evals.re_identification import Named
from evals.report import Question, Report, report_of, told
from evals.report_page import report_page
from evals.steadiness import NO_LLM, Steadiness
from evals.summary import ScoreSummary
from evals.trial import Score, Trial
from fund.metrics.inference import share_interval
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


def test_the_page_and_the_text_tell_what_a_decision_costs_and_a_right_one() -> None:
    report = a_report()
    (cost,) = report.costs
    assert (cost.contestant, cost.each, cost.right, cost.scored) == ("first", Decimal(0), Decimal(0), 24)
    assert '"costs":[{"contestant":"first"' in report.text()
    never = report_of(an_experiment(), [QUESTION], a_trial_of(0.0))
    assert never.costs[0].right is None
    assert "<td>n/a: none was right</td></tr>" in report_page(never)


def test_a_right_decision_costs_as_much_more_as_fewer_are_right() -> None:
    trials = [replace(a_trial_of(float(n % 4 > 0))[0], case_id=str(n)) for n in range(40)]
    (cost,) = report_of(an_experiment(), [QUESTION], trials).costs
    assert cost.right == Decimal("0.5") / Decimal("0.75")
    assert cost.right_low is not None
    assert cost.right_high is not None
    assert Decimal("0.5") < cost.right_low < cost.right < cost.right_high
    page = report_page(report_of(an_experiment(), [QUESTION], trials))
    assert f"0.66667 [{cost.right_low:.5f}, {cost.right_high:.5f}], n = 40" in page


def a_trial_of(value: float) -> list[Trial]:
    score = Score(scorer="value", value=value, why="")
    output = an_output(value, cost_usd=Decimal("0.5"))
    return [
        Trial(dataset="made", case_id="one", contestant="first", number=0, output=output, scores=(score,))
    ]


def test_controls_have_a_section_of_their_own_with_what_chance_would_name() -> None:
    share = share_interval(12, 40)
    assert share is not None
    found = Memorisation(
        contestant="first",
        masked=0.5,
        real=0.5,
        flipped=share,
        stayed=None,
        reordered=share,
        agreement=0.9,
        company=Named(right=share, by_chance=0.1),
    )
    page = report_page(a_report(memorisation=(found, replace(found, contestant="rules", company=None))))
    for expected in (
        "30% [18%, 45%], n = 40 (10%)",
        "two trials of the same agree on 90%",
        "rules name nobody",
    ):
        assert expected in page
    assert "it names 30% of the companies behind the pseudonyms, where 10%" in page
    assert "Reasoning or memory" not in report_page(a_report())


def test_a_case_that_was_shown_otherwise_is_no_line_among_the_contestants() -> None:
    page = report_page(a_report("first (inverted)"))
    assert "first (inverted)" not in page


def test_steadiness_is_told_or_why_it_cannot_be() -> None:
    found = Steadiness(
        dataset="made",
        contestant="first",
        trials=4,
        all_right=ScoreSummary(scorer="pass^4", value=0.25, interval=None, scored=8, not_scorable=0),
        agreement=ScoreSummary(scorer="agreement", value=0.5, interval=None, scored=8, not_scorable=0),
    )
    none = replace(found, contestant="rules", all_right=None, agreement=None, why=NO_LLM)
    page = report_page(replace(a_report(), steadiness=(found, none)))
    assert "<td>0.250, n = 8, too few for an interval</td>" in page
    assert f"<td>not measurable</td><td>not measurable</td><td>{NO_LLM}</td>" in page

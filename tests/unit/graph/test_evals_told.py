"""Evaluations and bakeoffs as they are read and told: bounds, gaps, hostile names, missing figures."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.evidence.figure_matching import same_size
from graph.evidence.figures_said import said_figures
from graph.evidence.grounding import Evidence
from graph.ratings import RatedContestant, RatingStanding
from graph.replies.bakeoff import bakeoff_reply
from graph.replies.evaluations import evaluations_reply
from graph.replies.rating import finished_reply
from graph.topics.evals import is_about_evals, picks_scores
from support.bakeoffs import a_bakeoff, a_score
from support.recorded_nights import FIRST, a_recorded_night, a_recorded_score
from support.talk import tables_of, text_of
from tools import evaluations as module
from tools.bakeoffs import BakeoffDataset, BakeoffNow
from tools.evaluations import Evaluations, EvaluationTools

HOSTILE = "x|<img src=//evil.example>`[a](b)"


def kept(monkeypatch: pytest.MonkeyPatch, nights: list[Any]) -> EvaluationTools:
    """Return the tools over nights of one list, the newest first, without a database."""

    class Nights:
        def __init__(self, connection: object) -> None: ...

        def latest(self, count: int) -> tuple[Any, ...]:
            assert count > 0
            return tuple(nights[:count])

    monkeypatch.setattr(module, "EvalNights", Nights)
    monkeypatch.setattr(module, "in_transaction", lambda engine, ask: ask(engine))
    return EvaluationTools(object())  # type: ignore[arg-type]


@pytest.mark.parametrize(("asked", "told"), [(-5, 1), (0, 1), (1, 1), (7, 7), (10**12, 10)])
def test_as_many_nights_as_were_asked_and_the_change_before_the_oldest_of_them(
    monkeypatch: pytest.MonkeyPatch, asked: int, told: int
) -> None:
    nights = [a_recorded_night(FIRST + timedelta(days=n), prompts=f"p{n}") for n in reversed(range(10))]
    found = kept(monkeypatch, nights).evaluations(asked)
    assert list(found.nights) == nights[:told]
    changed = [each.day for each in nights[: min(told, 9)]]
    assert [each.day for each in found.changes] == changed, "the first night ever has none before it"


def test_a_change_that_is_undone_is_told_both_times(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = ["a", "b", "a", "a"]
    nights = [
        a_recorded_night(FIRST + timedelta(days=2 * n), scores=(a_recorded_score(digest=digest),))
        for n, digest in enumerate(digests)
    ][::-1]
    found = kept(monkeypatch, nights).evaluations(7)
    assert [each.day.day for each in found.changes] == [6, 4]
    assert {each.changed for each in found.changes} == {("cases of risk_management",)}
    assert kept(monkeypatch, []).evaluations() == Evaluations(nights=(), changes=())


def test_a_fall_too_small_to_see_is_not_told_as_minus_nothing() -> None:
    night = a_recorded_night(scores=(a_recorded_score(over_baseline=-0.0, over_last=-0.0004),))
    events = list(evaluations_reply(Evaluations(nights=(night,), changes=())))
    assert "-0.000" not in f"{text_of(events)} {tables_of(events)}"
    assert "No score is below the night before" in text_of(events)


def test_a_contestant_cannot_write_into_the_page() -> None:
    night = a_recorded_night(scores=(a_recorded_score(contestant=HOSTILE, over_last=-0.1),))
    dataset = BakeoffDataset(
        dataset="robustness", verdict=HOSTILE, score="right", no_skill=None, scores=(a_score(HOSTILE),)
    )
    last = a_bakeoff(datasets=(dataset,), unspoken=(HOSTILE,), skipped=(HOSTILE,))
    counted = RatedContestant(contestant=HOSTILE, counts=(("sound", 2),))
    rated = RatingStanding(
        experiment=HOSTILE,
        seed=1,
        rated=2,
        of=2,
        following=None,
        raters=(HOSTILE, "b"),
        contestants=(counted,),
        agreement=("kappa 0.5, n = 2.",),
    )
    for events in (
        list(evaluations_reply(Evaluations(nights=(night,), changes=()))),
        list(bakeoff_reply(BakeoffNow(under_way=None, last=last))),
        list(finished_reply(rated)),
    ):
        cells = [str(value) for each in tables_of(events).values() for row in each.rows for value in row]
        assert not [value for value in cells if set(value) & set("<>|`")]
        assert "](b)" not in text_of(events).replace("\\]", "")
        assert "<img" not in text_of(events).replace("\\<", "")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("HOW DID THE EVALS GO", True),
        ("What were the results of last night's evaluation?", True),
        ("Please run the evaluation and tell me how it went", False),
        ("did the re-evaluation of Apple come?", True),
        ("evaluate Apple", False),
        ("how is the valuation going", False),
        ("retrieval evals", False),
        ("", False),
    ],
)
def test_which_texts_are_about_the_evaluations(text: str, about: bool) -> None:
    assert is_about_evals(text) is about
    assert not picks_scores(text)


@given(
    values=st.lists(st.floats(-1e6, 1e6, allow_nan=False, width=32), min_size=1, max_size=6),
    at=st.integers(0, 5),
    scale=st.sampled_from([1.0, 100.0, 10_000.0]),
    form=st.sampled_from(["{:.0f}", "{:.2f}%", "{:.1f} bp", "${:,.2f}", "{:.1f} points", "{:.1f} times"]),
)
@settings(max_examples=60, deadline=None)
def test_the_few_figures_that_are_looked_at_are_all_that_fit(
    values: list[float], at: int, scale: float, form: str
) -> None:
    keys = ("return_fraction", "equity", "sharpe", "count", "cost_bps", "weight")
    evidence = Evidence([dict(zip(keys, values, strict=False))])
    for figure in said_figures(f"It is {form.format(abs(values[at % len(values)]) * scale)} now."):
        all_held = [held for held in evidence._held.figures if same_size(figure, held)]
        assert [held for held in evidence._of_that_size(figure) if same_size(figure, held)] == all_held

"""The shadows in the chat: how a question on them is understood, and how they are told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from db.shadows import IN_FORCE
from graph.chat_events import ChatEvent, Table
from graph.examples.likeness import Likeness
from graph.intent import Focus, Intent
from graph.replies.shadows import shadow_day_reply, shadows_reply
from graph.routing.router import route
from support.instruments import bundle_directory
from support.questions import TODAY
from support.shadows import SESSION, SHADOW
from support.talk import text_of
from tools.figures import Figure
from tools.shadow_scores import ShadowScore
from tools.shadows import ShadowDay, ShadowedDecision, ShadowReport, ShadowTrade

LIKENESS = Likeness()
SKIPPED = {"anthropic:x": "no key: DESK_ANTHROPIC_API_KEY is not set"}


def read(text: str) -> Intent:
    return route(text, bundle_directory(), TODAY, Focus(), LIKENESS)


@pytest.mark.parametrize(
    ("text", "name", "day"),
    [
        ("how do the shadow LLMs do?", "shadows", None),
        ("How are the shadows doing?", "shadows", None),
        ("are the shadows any better than the committee?", "shadows", None),
        ("what does each shadow cost?", "shadows", None),
        ("is there a shadow set", "shadows", None),
        ("who would have bought what today?", "shadow_day", None),
        ("who would have sold what", "shadow_day", None),
        ("what would the shadows have bought yesterday?", "shadow_day", date(2017, 1, 30)),
        ("what did the shadows decide?", "shadow_day", None),
        ("which names would a shadow have sold", "shadow_day", None),
    ],
)
def test_a_question_on_the_shadows_is_understood(text: str, name: str, day: date | None) -> None:
    intent = read(text)
    assert (intent.name, intent.day, intent.problem) == (name, day, None)


@pytest.mark.parametrize(
    "text", ["what would you buy today?", "who decides?", "show the trades", "why did you buy AAPL?"]
)
def test_what_speaks_of_no_shadow_is_no_question_on_them(text: str) -> None:
    assert read(text).name not in ("shadows", "shadow_day")


def figure(value: float | None, n: int, low: float | None = None, high: float | None = None) -> Figure:
    note = "" if low is not None else f"too few to say ({n} of 20)"
    return Figure(
        name="x", value=value, unit="fraction", n=n, counted="trades", low=low, high=high, note=note
    )


def a_score(shadow: str = SHADOW, **changes: object) -> ShadowScore:
    beside = None if shadow == IN_FORCE else figure(0.0012, 60, 0.0003, 0.0021)
    score = ShadowScore(
        shadow=shadow,
        in_force=shadow == IN_FORCE,
        speaker=shadow,
        decided=58,
        held=2,
        absent=3,
        win_rate=figure(0.6, 120, 0.51, 0.683),
        excess=figure(0.002, 60, 0.0001, 0.004),
        sharpe=replace(figure(1.1, 60, -0.2, 2.4), unit="ratio"),
        probabilistic_sharpe=0.93,
        beside=beside,
        p_value=None if beside is None else 0.012,
        verdict="" if beside is None else "better",
        latency_p50_ms=4200.0,
        latency_p95_ms=9100.0,
        timed=60,
        cost_usd=Decimal("1.23"),
        cost_per_decision_usd=Decimal("0.0205"),
        tokens_per_decision=10_250.0,
    )
    return replace(score, **changes)  # type: ignore[arg-type]


def a_report(*scores: ShadowScore, **changes: object) -> ShadowReport:
    report = ShadowReport(
        shadows=(SHADOW, "anthropic:x"),
        skipped=SKIPPED,
        horizon_sessions=5,
        first=SESSION,
        last=SESSION,
        scores=scores,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def tables(events: list[ChatEvent]) -> list[Table]:
    return [event for event in events if isinstance(event, Table)]


def test_where_no_shadow_is_set_the_answer_says_how_to_set_one() -> None:
    said = text_of(list(shadows_reply(a_report(shadows=(), skipped={}))))
    assert said.startswith("No shadow is set.")
    assert 'shadows = ["offline"]' in said
    day = ShadowDay(shadows=(), skipped={}, session=SESSION, decisions=())
    assert text_of(list(shadow_day_reply(day))) == said


def test_before_the_first_decision_that_is_said_and_who_is_skipped() -> None:
    said = text_of(list(shadows_reply(a_report())))
    assert said.startswith("No decision has been put to a shadow yet")
    assert "Skipped: anthropic:x (no key: " in said


def test_every_figure_comes_with_its_sample_and_its_interval() -> None:
    events = list(shadows_reply(a_report(a_score(IN_FORCE), a_score())))
    said = text_of(events)
    assert "won 60.0% of 120 trades (51.00% to 68.30%)" in said
    assert (
        "+0.12% a decision beside the committee's (+0.03% to +0.21%, 60 decisions): better than the" in said
    )
    assert "Skipped: anthropic:x" in said
    results, costs = tables(events)
    assert [row[0] for row in results.rows] == [IN_FORCE, SHADOW]
    told = dict(zip(results.columns, results.rows[1], strict=True))
    assert (told["Absent"], told["Trades"], told["Pairs"], told["Verdict"]) == (3, 120, 60, "better")
    told = dict(zip(costs.columns, costs.rows[1], strict=True))
    assert (told["p50 seconds"], told["p95 seconds"], told["Timed"]) == ("4.20", "9.10", 60)
    assert (told["Sharpe"], told["95% interval"], told["Chance it is above 0"]) == (
        "1.10", "-0.20 to 2.40", "93.0%",
    )  # fmt: skip
    assert (told["USD a decision"], told["Tokens a decision"]) == ("0.0205", "10250")


def test_too_few_is_said_and_nothing_known_is_not_zero() -> None:
    bare = a_score(
        win_rate=figure(None, 0), excess=figure(None, 0), beside=figure(None, 0), p_value=None,
        verdict="too few to tell", latency_p50_ms=None, latency_p95_ms=None, timed=0,
        cost_per_decision_usd=None, tokens_per_decision=None,
    )  # fmt: skip
    events = list(shadows_reply(a_report(bare)))
    assert "won nothing that is known yet: too few to tell." in text_of(events)
    costs = dict(zip(tables(events)[1].columns, tables(events)[1].rows[0], strict=True))
    assert (costs["p50 seconds"], costs["USD a decision"], costs["Tokens a decision"]) == (
        "n/a",
        "n/a",
        "n/a",
    )


def a_said(shadow: str, *tickers: str, **changes: object) -> ShadowedDecision:
    trades = tuple(
        ShadowTrade(
            ticker=ticker.lstrip("-"),
            side=-1 if ticker.startswith("-") else 1,
            conviction=0.4,
            held=Decimal(0),
            wanted=Decimal("0.08"),
            allowed=Decimal("0.05"),
        )
        for ticker in tickers
    )
    said = ShadowedDecision(
        shadow=shadow,
        in_force=shadow == IN_FORCE,
        speaker=shadow,
        status="decided",
        cause="",
        trades=trades,
        shared=None if shadow == IN_FORCE else 1,
    )
    return replace(said, **changes)  # type: ignore[arg-type]


def test_who_would_have_traded_what_is_told_beside_what_was_done() -> None:
    absent = a_said("anthropic:x", status="absent", cause="<b>nobody</b> asked it", shared=0)
    made = (a_said(IN_FORCE, "AAPL"), a_said(SHADOW, "AAPL", "-XOM"), a_said("idle", shared=0), absent)
    day = ShadowDay(shadows=(SHADOW,), skipped=SKIPPED, session=SESSION, decisions=made)
    events = list(shadow_day_reply(day))
    said = text_of(events)
    assert f"- **{IN_FORCE}** bought AAPL\n" in said
    assert "would have bought AAPL and sold XOM; 1 as the committee" in said
    assert "**idle** would have changed nothing" in said
    assert "was not there: \\<b\\>nobody" in said, "the words of others are no markup"
    assert "Only the committee in force trades. Skipped: anthropic:x" in said
    (table,) = tables(events)
    assert table.rows[2] == (SHADOW, "XOM", "sell", "0.40", "0.00%", "8.00%", "5.00%")

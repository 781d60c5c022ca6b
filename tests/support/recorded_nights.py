"""Nights of the evaluation as they are on record, to read and to draw."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from db.eval_nights import BadCase, EvalNight, EvalScore

FIRST = date(2026, 11, 2)
RULES, LLM = "offline rules, no LLM", "compatible:some"


def a_recorded_score(**changes: object) -> EvalScore:
    """Return a score of the rules beside a baseline."""
    plain = EvalScore(
        dataset="risk_management",
        contestant=RULES,
        digest="digest-of-the-cases",
        scorer="shrunk_right",
        value=0.9,
        low=0.85,
        high=0.95,
        cases=96,
        baseline=0.9,
        over_baseline=0.0,
        over_last=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_recorded_night(day: date = FIRST, **changes: object) -> EvalNight:
    """Return a green night of two datasets; one of them could not be scored."""
    plain = EvalNight(
        day=day,
        experiment_id=f"night-{day.isoformat()}",
        recorded_at=datetime(day.year, day.month, day.day, 5, tzinfo=UTC),
        colour="green",
        reasons=(),
        baseline_id="gate-1",
        commit_id="abc",
        prompts="p1",
        cost_usd=Decimal(0),
        worst=(
            BadCase(case="risk_management risk-007", told="0.00 (baseline 1.00), rules: dangers: 0 of 1"),
        ),
        scores=(
            a_recorded_score(),
            a_recorded_score(
                dataset="robustness",
                scorer="schema_valid",
                value=None,
                low=None,
                high=None,
                cases=0,
                baseline=None,
                over_baseline=None,
            ),
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def some_recorded_nights(values: Sequence[float | None]) -> tuple[EvalNight, ...]:
    """Return a night a day with these scores of the rules, the newest first; amber where it fell."""
    nights: list[EvalNight] = []
    before: float | None = None
    for number, value in enumerate(values):
        change = None if value is None or before is None else value - before
        score = a_recorded_score(
            value=value,
            low=None if value is None else value - 0.05,
            high=None if value is None else value + 0.05,
            over_baseline=None if value is None else value - 0.9,
            over_last=change,
        )
        colour = "amber" if change is not None and change < 0 else "green"
        nights.append(a_recorded_night(FIRST + timedelta(days=number), colour=colour, scores=(score,)))
        before = value
    return tuple(reversed(nights))

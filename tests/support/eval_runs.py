"""Cases, contestants and calls to try the evaluations with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from agents.calls import RecordedCall
from evals.case import Case, Dataset
from evals.experiment import Experiment
from evals.night import Night, NightScore, WorstCase
from evals.trial import Output, Score

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def a_case(case_id: str = "one", **changes: object) -> Case:
    """Return a case of the quant researcher."""
    plain = Case(
        case_id=case_id,
        subject="quant_researcher",
        given={"evidence": {"session": "2016-03-01", "price": 1.5}},
        label={"direction": 1, "why": None},
        strata={"regime": "calm"},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_dataset(*cases: Case, name: str = "made") -> Dataset:
    """Return a dataset of some cases, by default two."""
    return Dataset(name=name, about="Made for a test.", cases=cases or (a_case(), a_case("two")))


def an_experiment(**changes: object) -> Experiment:
    """Return a bakeoff of two over one dataset."""
    plain = Experiment(
        name="bakeoff",
        datasets={"made": "digest"},
        contestants={"first": "anthropic:some", "hold": "always holds"},
        trials=4,
        prompts={"validator": "hash"},
        commit="abc",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_call(call_id: str = "call-1", **changes: object) -> RecordedCall:
    """Return a finished call."""
    plain = RecordedCall(
        call_id=call_id,
        cycle_id="one#0/raw",
        role="quant_researcher",
        attempt=0,
        provider="anthropic",
        llm="some",
        prompt_hash="hash",
        prompt_characters=10,
        status="answered",
        answer="{}",
        error="",
        input_tokens=100,
        output_tokens=10,
        cost_usd=Decimal("0.002"),
        latency_ms=321,
        started_at=AT,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def an_output(value: float | None = 1.0, **changes: object) -> Output:
    """Return an output that says one figure, or one of a silent contestant."""
    plain = Output(
        answer=None if value is None else {"value": value}, silent="away" if value is None else None
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


class Says:
    """A contestant that answers from case and number, and keeps what it was asked."""

    def __init__(self, name: str, output: Callable[[Case, int], Output] = lambda *_: an_output()) -> None:
        self.name = name
        self._output = output
        self.asked: list[tuple[str, int]] = []

    async def answer(self, case: Case, number: int) -> Output:
        self.asked.append((case.case_id, number))
        return self._output(case, number)


class ValueScorer:
    """Scores an output by the figure it says; a silent one is not scorable."""

    name = "value"

    def __call__(self, case: Case, output: Output) -> Score:
        value = None if output.answer is None else float(output.answer["value"])
        return Score(scorer=self.name, value=value, why="as said")


def a_signal_case(case_id: str = "one", side: str = "good", **changes: object) -> Case:
    """Return a case about one name that did well, badly or neither."""
    excess = {"good": 0.02, "neutral": 0.001, "bad": -0.02}[side]
    candidate = {"ticker": "AAA", "weight": 0.0, "return_60": 0.1}
    known = {"side": side, "z": excess / 0.02, "net_excess": excess - 0.0005, "cost": 0.0005}
    plain = Case(
        case_id=case_id,
        subject="quant_researcher",
        given={"evidence": {"candidates": [candidate], "market": {"return_60": 0.05}}, "earlier": {}},
        label={
            "horizons": {str(horizon): known for horizon in (1, 5, 20)},
            "baselines": {"always_hold": 0, "always_buy": 1, "momentum": 1, "forecaster": -1},
        },
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def a_night(**changes: object) -> Night:
    """Return a night on which one score fell."""
    fell = NightScore(
        dataset="risk_management",
        digest="digest",
        contestant="rules",
        scorer="shrunk_right",
        value=0.877,
        scored=96,
        over_baseline=-0.061,
        over_last=0.01,
    )
    worst = tuple(
        WorstCase(
            dataset="risk_management",
            case_id=f"risk-{number:03}",
            contestant="rules",
            value=0.0,
            baseline=1.0,
            why="dangers shrunk: 0 of 1",
        )
        for number in range(5)
    )
    plain = Night(
        day=date(2026, 11, 29),
        experiment_id="night-1",
        colour="block",
        reasons=("it fell",),
        baseline="gate-1",
        last=date(2026, 11, 28),
        cost_usd=Decimal(0),
        scores=(fell,),
        worst=worst,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]

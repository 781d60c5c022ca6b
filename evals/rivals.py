"""Baselines that need no LLM and no thought: what a contestant must beat to be worth anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evals.case import Case
from evals.trial import Output


@dataclass(frozen=True, slots=True)
class SignalRival:
    """Says the same kind of view for every case of one name, by one figure of its evidence or by none."""

    name: str
    leans: Callable[[Mapping[str, Any]], float]

    async def answer(self, case: Case, number: int) -> Output:
        """Answer as the quant researcher would be answered for."""
        evidence = case.given["evidence"]
        (candidate,) = evidence["candidates"]
        leaning = self.leans(evidence)
        view = {
            "ticker": candidate["ticker"],
            "conviction": float((leaning > 0) - (leaning < 0)),
            "reason": "",
        }
        return Output(answer={"views": [view], "summary": self.name})


def signal_rivals() -> tuple[SignalRival, ...]:
    """Return who always holds, who always buys, who follows the trend, and who follows the forecaster."""
    return (
        SignalRival("always hold", lambda evidence: 0.0),
        SignalRival("always buy", lambda evidence: 1.0),
        SignalRival("momentum", _momentum),
        SignalRival("forecaster only", _forecast),
    )


def _momentum(evidence: Mapping[str, Any]) -> float:
    """Return how far the name has outrun the market over 60 sessions; 0 where that is not known."""
    (candidate,) = evidence["candidates"]
    own, market = candidate["return_60"], evidence["market"]["return_60"]
    return 0.0 if own is None or market is None else own - market


def _forecast(evidence: Mapping[str, Any]) -> float:
    """Return what the first forecaster expects beyond the universe; 0 without one."""
    (candidate,) = evidence["candidates"]
    return next((float(forecast["expected"]) for forecast in candidate["forecasts"]), 0.0)

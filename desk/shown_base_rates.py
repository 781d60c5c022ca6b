"""Base rates as tables: what those who do not think would score, and with labels that are not theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from db.record_codec import to_plain
from evals.base_rates import BaseRate, base_rates
from evals.case import Dataset
from evals.label_control import DealtAnew, dealt_anew
from fund.errors import DataError
from fund.metrics.inference import Interval

OUTCOMES = "signal_quality"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside every score of a dataset of outcomes."""

    dataset: str
    rates: tuple[BaseRate, ...]
    control: tuple[DealtAnew, ...]
    missing: str = ""
    """Why there are none."""

    @classmethod
    def of(cls, dataset: Dataset) -> "Beside":
        """Return the base rates and the control of a dataset; too few cases state nothing."""
        try:
            rates = base_rates(dataset)
        except DataError as error:
            return cls(dataset=dataset.name, rates=(), control=(), missing=str(error))
        return cls(dataset=dataset.name, rates=rates, control=dealt_anew(dataset))

    def shown(self) -> tuple[RenderableType, ...]:
        """Return a table and what follows from the control."""
        if self.missing:
            return (f"{self.dataset} has no base rates: {self.missing}",)
        table = Table(
            "Baseline",
            "Sessions",
            "Right where the outcome is clear",
            "Earned a case beyond the benchmark",
            "Agreement",
            "with labels dealt out anew",
            title=f"Base rates of {self.dataset}",
        )
        for rate, control in zip(self.rates, self.control, strict=True):
            table.add_row(
                rate.baseline.replace("_", " "),
                str(rate.horizon_sessions),
                "says nothing" if rate.right is None else _told(rate.right, "{:.3f}"),
                _told(rate.earned, "{:+.2%}"),
                f"{control.agreement:+.3f}",
                _told(control.dealt, "{:+.3f}"),
            )
        return table, self.verdict

    @property
    def verdict(self) -> str:
        """Say whether labels that belong to other cases tell anybody from chance, as they must not."""
        strays = [f"{c.baseline} over {c.horizon_sessions} sessions" for c in self.control if not c.at_chance]
        deals = self.control[0].deals
        if strays:
            return f"With labels dealt out anew {deals} times these are not at chance: {', '.join(strays)}."
        return f"With labels dealt out anew {deals} times everybody is at chance, as must be."


def beside(datasets: Sequence[Dataset]) -> tuple[Beside, ...]:
    """Return what stands beside the scores of those datasets that have outcomes."""
    return tuple(Beside.of(each) for each in datasets if each.name == OUTCOMES)


def base_rate_data(found: Sequence[Beside]) -> dict[str, Any]:
    """Return base rates and controls as plain data, by dataset."""
    return {"base_rates": {each.dataset: to_plain(each) for each in found}}


def _told(found: Interval, form: str) -> str:
    value, low, high = (form.format(each) for each in (found.value, found.low, found.high))
    return f"{value} [{low}, {high}], n = {found.n}"

"""A decision ticker by ticker, as rows that can be counted; written with the decision, never changed.

The record itself stays the truth. Read out of its JSON, a count over a year of forecasts took 200 ms and
grew with every session; as rows it takes 5.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from db.ask_tables import cycle_clamps, cycle_forecasts, cycle_signals
from db.column_types import storable
from db.plain_json import Json, as_number, as_object, as_objects
from fund.cycle import CycleRecord

Row = dict[str, Any]
PER_TICKER = (
    ("quant_researcher", "views", "conviction"),
    ("portfolio_manager", "targets", "weight"),
    ("validator", "concerns", "severity"),
    ("risk_officer", "factors", "factor"),
)
"""Which list of a role's answer speaks of tickers, and the number it gives each."""


def project(connection: Connection, record: CycleRecord) -> None:
    """Write the rows of a decision that was just recorded, in the caller's transaction."""
    heard = record.proposal.evidence if record.proposal is not None else None
    clamps = record.review.clamps if record.review is not None else ()
    cuts: list[Json] = [{name: getattr(cut, name) for name in cut.__dataclass_fields__} for cut in clamps]
    for table, rows in (
        (cycle_signals, signal_rows(record.cycle_id, heard)),
        (cycle_forecasts, forecast_rows(record.cycle_id, heard)),
        (cycle_clamps, clamp_rows(record.cycle_id, cuts)),
    ):
        if rows:
            connection.execute(insert(table), rows)


def signal_rows(cycle_id: str, heard: object) -> list[Row]:
    """Return a row for every number a role gave: for the market by the macro researcher, else by ticker."""
    recorded = as_object(heard)
    answers = as_object(recorded.get("answers"))
    speakers = as_object(recorded.get("speakers") or recorded.get("provider"))
    said = [*_macro(answers), *_by_ticker(answers)]
    for number, row in enumerate(said):
        row |= {"cycle_id": cycle_id, "line": number, "speaker": _text(speakers.get(row["role"]))}
    return said


def _macro(answers: Json) -> Iterator[Row]:
    macro = as_object(answers.get("macro_researcher"))
    if macro:
        exposure = as_number(macro.get("exposure"))
        reason = f"{macro.get('regime', '')}: {macro.get('summary', '')}"
        yield _signal("macro_researcher", None, "exposure", exposure, None, reason)


def _by_ticker(answers: Json) -> Iterator[Row]:
    for role, items, figure in PER_TICKER:
        for item in as_objects(as_object(answers.get(role)).get(items)):
            concern = _text(item.get("kind")) or None
            value = as_number(item.get(figure))
            yield _signal(role, _text(item.get("ticker")), figure, value, concern, _text(item.get("reason")))


def _signal(
    role: str, ticker: str | None, figure: str, value: float | None, concern: str | None, reason: str
) -> Row:
    return {
        "role": role,
        "ticker": ticker,
        "figure": figure,
        "value": value,
        "concern": concern,
        "reason": reason,
    }


def forecast_rows(cycle_id: str, heard: object) -> list[Row]:
    """Return a row for every forecast that the committee was shown."""
    evidence = as_object(as_object(heard).get("evidence"))
    shown = (
        (_text(candidate.get("ticker")), forecast)
        for candidate in as_objects(evidence.get("candidates"))
        for forecast in as_objects(candidate.get("forecasts"))
    )
    return [
        {
            "cycle_id": cycle_id,
            "line": number,
            "ticker": ticker,
            "forecaster": _text(forecast.get("forecaster")),
            "horizon_sessions": _whole(as_number(forecast.get("horizon_sessions"))),
            **{
                name: as_number(forecast.get(name))
                for name in ("expected", "low", "high", "probability_up", "rank")
            },
        }
        for number, (ticker, forecast) in enumerate(shown)
    ]


def clamp_rows(cycle_id: str, clamps: object) -> list[Row]:
    """Return a row for every cut of the review; amounts may be decimals or their JSON text."""
    return [
        {
            "cycle_id": cycle_id,
            "line": number,
            "ticker": cut["ticker"],
            "limit_name": cut["limit"],
            "before": Decimal(str(cut["before"])),
            "after": Decimal(str(cut["after"])),
            "reason": cut["reason"],
        }
        for number, cut in enumerate(_cuts(clamps))
    ]


def _cuts(clamps: object) -> Iterable[Mapping[str, Any]]:
    return as_objects(clamps)


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and abs(value) < 2**31 else None

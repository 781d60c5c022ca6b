"""The decisions on record as patterns are looked for in them: each read once, as a record never changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from db.decisions import Decisions
from db.plain_json import NOTHING, Json, as_object, as_objects
from fund.cycle import CycleRecord

OF_A_CANDIDATE = ("ticker", "sector")
OF_A_FORECAST = ("forecaster", "horizon_sessions", "probability_up", "rank")
WORDS = frozenset({"reason", "summary", "drivers"})


class DecisionsOnce:
    """Keeps what it has read, without words and market data; for one thread at a time."""

    def __init__(self) -> None:
        self._records: list[CycleRecord] = []
        self._last = 0

    def every(self, connection: Connection) -> tuple[CycleRecord, ...]:
        """Return every decision on record, in order of the market they saw; only new ones are read."""
        self.read(connection)
        return tuple(sorted(self._records, key=lambda record: record.as_of))

    def read(self, connection: Connection, most: int | None = None) -> int:
        """Read new decisions, the earliest first, and return how many there were."""
        before = len(self._records)
        for seq, record in Decisions(connection).after(self._last, most):
            self._records.append(in_short(record))
            self._last = seq
        return len(self._records) - before


def in_short(record: CycleRecord) -> CycleRecord:
    """Return a decision without what no pattern is looked for in: most of its evidence, and all reasons."""
    proposal = record.proposal
    if proposal is None:
        return record
    told = proposal.evidence
    candidates = as_objects(as_object(told.get("evidence")).get("candidates"))
    seen = [
        _only(OF_A_CANDIDATE, each)
        | {"forecasts": [_only(OF_A_FORECAST, forecast) for forecast in as_objects(each.get("forecasts"))]}
        for each in candidates
    ]
    answers = as_object(told.get("answers"))
    return replace(
        record,
        proposal=replace(
            proposal,
            reasons={},
            odds={},
            evidence={
                "evidence": {"candidates": seen},
                "answers": {role: _without_words(as_object(said)) for role, said in answers.items()},
            },
        ),
        marks={},
        inputs={},
    )


def _only(names: Sequence[str], told: Json) -> dict[str, object]:
    return {name: told[name] for name in names if name in told}


def _without_words(said: Json) -> Json:
    """Return an answer's figures."""
    kept: dict[str, object] = {}
    for name, value in said.items():
        if name in WORDS:
            continue
        if isinstance(value, list):
            kept[name] = [_without_words(each) if isinstance(each, Mapping) else each for each in value]
        else:
            kept[name] = value
    return kept or NOTHING

"""What a recorded committee saw and said of one ticker, read back from the plain JSON of its record."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from db.plain_json import NOTHING, Json
from db.plain_json import as_number as _number
from db.plain_json import as_object as _object
from db.plain_json import as_objects as _objects
from fund.cycle import CycleRecord
from fund.metrics.inference import Interval

ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenForecast:
    """A forecast as the committee was shown it; excess returns over the horizon, as fractions."""

    forecaster: str
    horizon_sessions: int
    expected: float | None
    low: float | None
    high: float | None
    """10 % and 90 % quantile."""
    probability_up: float | None
    rank: float | None
    """0 is the worst of the universe, 1 the best."""


class Promise(NamedTuple):
    """What a forecaster gave for a name beating the average over the horizon."""

    forecaster: str
    horizon_sessions: int
    probability_up: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRecord:
    """How much a forecaster had been worth when the committee heard it."""

    forecaster: str
    rank_ic: Interval | None
    sessions: int
    hit_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTrade:
    """A past trade that began alike, with how it ended."""

    ticker: str
    opened: date | None
    held_sessions: int | None
    return_fraction: float | None
    distance: float | None
    """Cosine distance of the set-ups, 0 is the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTicker:
    """The evidence on one candidate."""

    price: float | None
    return_5: float | None
    return_20: float | None
    return_60: float | None
    volatility_20: float | None
    forecasts: tuple[SeenForecast, ...]
    track_records: tuple[SeenRecord, ...]
    similar: tuple[SeenTrade, ...]
    sector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWord:
    """What one role said of a ticker; of the market as a whole where it speaks of that only."""

    role: str
    said: str
    """The role's reason in its own words; untrusted text when an LLM wrote it."""
    figure: str
    """The number the role gave, with its meaning: conviction, weight, severity, factor, exposure."""
    value: float | None
    speaker: str
    """Who answered for the role, for example "offline rules, no LLM"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenConcern:
    """One thing the validator held against a ticker."""

    ticker: str
    kind: str
    severity: float


class Heard:
    """One cycle's evidence and answers."""

    def __init__(self, record: CycleRecord | Json) -> None:
        """Read a record, or the evidence of its proposal where that is all that is at hand."""
        if isinstance(record, CycleRecord):
            recorded = record.proposal.evidence if record.proposal is not None else NOTHING
        else:
            recorded = record
        self._evidence = _object(recorded.get("evidence"))
        self._answers = _object(recorded.get("answers"))
        self._speakers = _object(recorded.get("speakers") or recorded.get("provider"))
        self.revisions = int(_number(recorded.get("revisions")) or 0)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Return the tickers the committee looked at."""
        return tuple(str(c.get("ticker")) for c in _objects(self._evidence.get("candidates")))

    def answered(self, role: str) -> bool:
        """Return whether an answer of a role is on record."""
        return bool(_object(self._answers.get(role)))

    @property
    def summaries(self) -> tuple[RoleWord, ...]:
        """Return what each role said of the session as a whole."""
        return tuple(
            self._word(role, str(_object(self._answers[role]).get("summary", "")), "", None)
            for role in ROLES
            if role in self._answers
        )

    def missing(self, ticker: str) -> str | None:
        """Return why evidence on a ticker was missing, if it was."""
        reason = _object(self._evidence.get("missing")).get(ticker)
        return str(reason) if reason is not None else None

    def seen(self, ticker: str) -> SeenTicker | None:
        """Return the evidence on a ticker, None where it was not a candidate."""
        found = _about(self._evidence.get("candidates"), ticker)
        if found is None:
            return None
        return SeenTicker(
            price=_number(found.get("price")),
            return_5=_number(found.get("return_5")),
            return_20=_number(found.get("return_20")),
            return_60=_number(found.get("return_60")),
            volatility_20=_number(found.get("volatility_20")),
            forecasts=tuple(_forecast(item) for item in _objects(found.get("forecasts"))),
            track_records=tuple(_track(item) for item in _objects(self._evidence.get("forecasters"))),
            similar=tuple(_trade(item) for item in _objects(found.get("similar"))),
            sector=str(found.get("sector") or ""),
        )

    def probabilities(self) -> Iterator[tuple[str, tuple[Promise, ...]]]:
        """Yield each candidate with its forecasts' probabilities, in their order, and read nothing else."""
        for each in _objects(self._evidence.get("candidates")):
            yield (
                str(each.get("ticker")),
                tuple(
                    Promise(
                        str(item.get("forecaster", "")),
                        int(_number(item.get("horizon_sessions")) or 0),
                        _number(item.get("probability_up")),
                    )
                    for item in _objects(each.get("forecasts"))
                ),
            )

    @property
    def regime(self) -> str:
        """Return the macro researcher's word for the market; empty where it was silent."""
        return str(_object(self._answers.get("macro_researcher")).get("regime", ""))

    def concerns(self, ticker: str | None = None) -> tuple[SpokenConcern, ...]:
        """Return what the validator held against a ticker, or against any; one without a number is 0."""
        spoken = _objects(_object(self._answers.get("validator")).get("concerns"))
        return tuple(
            SpokenConcern(
                ticker=str(each.get("ticker", "")),
                kind=str(each.get("kind", "")),
                severity=_number(each.get("severity")) or 0.0,
            )
            for each in spoken
            if ticker is None or each.get("ticker") == ticker
        )

    def convictions(self) -> Mapping[str, float]:
        """Return the quant researcher's conviction by ticker, where it gave one."""
        views = _objects(_object(self._answers.get("quant_researcher")).get("views"))
        found = {str(view.get("ticker", "")): _number(view.get("conviction")) for view in views}
        return {ticker: value for ticker, value in found.items() if value is not None}

    def targets(self) -> Mapping[str, Decimal]:
        """Return the portfolio manager's own targets, before anybody shrank them."""
        wanted = _objects(_object(self._answers.get("portfolio_manager")).get("targets"))
        found = {str(each.get("ticker", "")): _number(each.get("weight")) for each in wanted}
        return {ticker: Decimal(repr(weight)) for ticker, weight in found.items() if weight is not None}

    def words(self, ticker: str) -> tuple[RoleWord, ...]:
        """Return what each role said of a ticker, in the order they speak; silent roles are left out."""
        words: list[RoleWord] = []
        macro = _object(self._answers.get("macro_researcher"))
        if macro:
            regime = f"{macro.get('regime', '')}: {macro.get('summary', '')}"
            words.append(self._word("macro_researcher", regime, "exposure", _number(macro.get("exposure"))))
        for role, items, figure in (
            ("quant_researcher", "views", "conviction"),
            ("portfolio_manager", "targets", "weight"),
            ("validator", "concerns", "severity"),
            ("risk_officer", "factors", "factor"),
        ):
            found = _about(_object(self._answers.get(role)).get(items), ticker)
            if found is not None:
                said = str(found.get("reason", ""))
                words.append(self._word(role, said, figure, _number(found.get(figure))))
        return tuple(words)

    def figure(self, role: str, ticker: str) -> float | None:
        """Return the number a role gave for a ticker, None where it gave none."""
        return next((word.value for word in self.words(ticker) if word.role == role), None)

    def _word(self, role: str, said: str, figure: str, value: float | None) -> RoleWord:
        speaker = str(self._speakers.get(role, ""))
        return RoleWord(role=role, said=said, figure=figure, value=value, speaker=speaker)


def _forecast(item: Json) -> SeenForecast:
    return SeenForecast(
        forecaster=str(item.get("forecaster", "")),
        horizon_sessions=int(_number(item.get("horizon_sessions")) or 0),
        expected=_number(item.get("expected")),
        low=_number(item.get("low")),
        high=_number(item.get("high")),
        probability_up=_number(item.get("probability_up")),
        rank=_number(item.get("rank")),
    )


def _track(item: Json) -> SeenRecord:
    value, low, high = (_number(item.get(f"rank_ic{end}")) for end in ("", "_low", "_high"))
    sessions = int(_number(item.get("sessions")) or 0)
    rank_ic = None
    if value is not None and low is not None and high is not None:
        rank_ic = Interval(value=value, low=low, high=high, n=sessions)
    return SeenRecord(
        forecaster=str(item.get("forecaster", "")),
        rank_ic=rank_ic,
        sessions=sessions,
        hit_rate=_number(item.get("hit_rate")),
    )


def _trade(item: Json) -> SeenTrade:
    held = _number(item.get("held_sessions"))
    return SeenTrade(
        ticker=str(item.get("ticker", "")),
        opened=_day(item.get("opened")),
        held_sessions=int(held) if held is not None else None,
        return_fraction=_number(item.get("return_fraction")),
        distance=_number(item.get("distance")),
    )


def _about(items: object, ticker: str) -> Json | None:
    return next((item for item in _objects(items) if item.get("ticker") == ticker), None)


def _day(value: object) -> date | None:
    """Return a day written as ISO has it; briefs of a blind cycle speak of days in other words."""
    with suppress(ValueError):
        return date.fromisoformat(value) if isinstance(value, str) else None
    return None

"""The card of a trained forecaster: what it claims, and when the claim is too good to believe."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from fund.errors import DataError
from fund.forecasting.forecast import ForecasterCard
from fund.metrics.inference import Interval

MAX_PLAUSIBLE_IC = 0.10
MAX_PLAUSIBLE_HIT_RATE = 0.56

_DATES = ("train_first", "train_last", "test_first", "test_last")
_INTERVALS = ("ic", "rank_ic", "hit_rate", "coverage")


def implausible(card: ForecasterCard) -> tuple[str, ...]:
    """Return why the card's figures look like a leak; empty when they do not.

    On daily equity data a mean |IC| above 0.10 or a hit rate above 56 % is far beyond what the field has
    found without seeing the future.
    """
    reasons = [
        f"mean {name} is {figure.value:.3f} over {figure.n} sessions, beyond {MAX_PLAUSIBLE_IC:.2f}"
        for name, figure in (("IC", card.ic), ("rank IC", card.rank_ic))
        if figure is not None and abs(figure.value) > MAX_PLAUSIBLE_IC
    ]
    if card.hit_rate is not None and card.hit_rate.value > MAX_PLAUSIBLE_HIT_RATE:
        reasons.append(f"hit rate is {card.hit_rate.value:.1%}, beyond {MAX_PLAUSIBLE_HIT_RATE:.0%}")
    return tuple(reasons)


def card_to_json(card: ForecasterCard) -> str:
    """Write a card as JSON, the same bytes for the same card."""
    return json.dumps(asdict(card), default=str, indent=1, sort_keys=True, allow_nan=False)


def card_from_json(text: str) -> ForecasterCard:
    """Read a card back; `DataError` when a field is missing, unknown or of the wrong kind."""
    try:
        stored = json.loads(text)
        names = {f.name for f in fields(ForecasterCard)}
        if set(stored) != names:
            raise DataError(
                f"expected the fields of a forecaster card, found {sorted(set(stored) ^ names)!r} off"
            )
        return ForecasterCard(**_typed(stored))
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"expected a forecaster card, found {error!s}; train again") from error


def _typed(stored: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(stored)
    values |= {name: stored[name] and date.fromisoformat(stored[name]) for name in _DATES}
    values |= {name: stored[name] and Interval(**stored[name]) for name in _INTERVALS}
    values["features"] = tuple(stored["features"])
    values["calibration"] = tuple((float(p), float(up), int(n)) for p, up, n in stored["calibration"])
    values["baseline_rank_ic"] = {
        name: Interval(**figure) for name, figure in stored["baseline_rank_ic"].items()
    }
    return values

"""The card of a trained forecaster: what it claims, and when the claim is too good to believe."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from datetime import date
from typing import Any

from fund.errors import DataError
from fund.forecasting.book_figures import CARD_COST_BPS, BookFigures, NetFigure, sharpe_at
from fund.forecasting.ensemble.figures import EnsembleFigures, MemberPart
from fund.forecasting.forecast import ForecasterCard
from fund.metrics.inference import Interval
from fund.metrics.overfitting import Overfitting, Superiority

MAX_PLAUSIBLE_IC = 0.10
MAX_PLAUSIBLE_HIT_RATE = 0.56
MAX_PLAUSIBLE_SHARPE = 3.0

_DATES = ("train_first", "train_last", "test_first", "test_last")
_INTERVALS = ("ic", "rank_ic", "hit_rate", "coverage", "always_up", "equal_weight_sharpe")


def implausible(card: ForecasterCard) -> tuple[str, ...]:
    """Return why the card's figures look like a leak; empty when they do not.

    On daily equity data a mean |IC| above 0.10 or a hit rate above 56 % is far beyond what the field has
    found without seeing the future; so is a book whose Sharpe ratio is above 3 after costs.
    """
    reasons = [
        f"mean {name} is {figure.value:.3f} over {figure.n} sessions, beyond {MAX_PLAUSIBLE_IC:.2f}"
        for name, figure in (("IC", card.ic), ("rank IC", card.rank_ic))
        if figure is not None and abs(figure.value) > MAX_PLAUSIBLE_IC
    ]
    if card.hit_rate is not None and card.hit_rate.value > MAX_PLAUSIBLE_HIT_RATE:
        reasons.append(f"hit rate is {card.hit_rate.value:.1%}, beyond {MAX_PLAUSIBLE_HIT_RATE:.0%}")
    for book in card.books:
        sharpe = sharpe_at(card.books, book.book, CARD_COST_BPS)
        if sharpe is not None and sharpe.value > MAX_PLAUSIBLE_SHARPE:
            reasons.append(
                f"{book.book} Sharpe ratio net of {CARD_COST_BPS:.0f} bp a side is {sharpe.value:.1f} "
                f"over {sharpe.n} sessions, beyond {MAX_PLAUSIBLE_SHARPE:.0f}"
            )
    return tuple(reasons)


def card_to_json(card: ForecasterCard) -> str:
    """Write a card as JSON, the same bytes for the same card."""
    return json.dumps(asdict(card), default=str, indent=1, sort_keys=True, allow_nan=False)


def card_from_json(text: str) -> ForecasterCard:
    """Read a card back; `DataError` when a field is missing, unknown or of the wrong kind.

    Figures that cards did not have yet when it was written are left at their defaults.
    """
    try:
        stored = json.loads(text)
        known = {f.name: f for f in fields(ForecasterCard)}
        needed = {name for name, f in known.items() if f.default is MISSING}
        off = (needed - set(stored)) | (set(stored) - set(known))
        if off:
            raise DataError(f"expected the fields of a forecaster card, found {sorted(off)!r} off")
        return ForecasterCard(**_typed(stored))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise DataError(f"expected a forecaster card, found {error!s}; train again") from error


def _typed(stored: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(stored)
    values |= {name: stored[name] and date.fromisoformat(stored[name]) for name in _DATES}
    values |= {name: _interval(stored[name]) for name in _INTERVALS if name in stored}
    values["features"] = tuple(stored["features"])
    values["calibration"] = tuple((float(p), float(up), int(n)) for p, up, n in stored["calibration"])
    values["baseline_rank_ic"] = {
        name: Interval(**figure) for name, figure in stored["baseline_rank_ic"].items()
    }
    values["coverage_by_year"] = tuple(
        (int(year), float(share), int(n)) for year, share, n in stored.get("coverage_by_year", ())
    )
    values["ensemble"] = _ensemble(stored.get("ensemble"))
    values["books"] = tuple(_book(book) for book in stored.get("books", ()))
    if stored.get("overfitting"):
        values["overfitting"] = Overfitting(**stored["overfitting"])
    if stored.get("superiority"):
        values["superiority"] = Superiority(**stored["superiority"])
    return values


def _interval(stored: Mapping[str, Any] | None) -> Interval | None:
    return None if stored is None else Interval(**stored)


def _ensemble(stored: Mapping[str, Any] | None) -> EnsembleFigures | None:
    if stored is None:
        return None
    figures = {f.name for f in fields(EnsembleFigures)} - {"members", "best", "verdicts"}
    return EnsembleFigures(
        members=tuple(MemberPart(**each) for each in stored["members"]),
        best=str(stored["best"]),
        verdicts=tuple(str(each) for each in stored["verdicts"]),
        **{name: _interval(stored[name]) for name in figures},
    )


def _book(stored: Mapping[str, Any]) -> BookFigures:
    net = (
        each | {"mean": Interval(**each["mean"]), "sharpe": _interval(each["sharpe"])}
        for each in stored["net"]
    )
    return BookFigures(
        book=str(stored["book"]),
        turnover=Interval(**stored["turnover"]),
        net=tuple(NetFigure(**each) for each in net),
    )

"""What a training puts to use, and what a person has pinned: that stays until a person says otherwise."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from db.engine import in_transaction
from db.events import Event, Events
from db.forecasters import Forecasters, RegisteredForecaster
from db.promotions import Promotions
from fund.forecasting.forecast import ForecasterCard

DESK = "the desk"
"""Who puts to use what a training made."""


def pinned_version(engine: Engine, horizon_sessions: int) -> str | None:
    """Return the version that is pinned over a horizon, None where none is."""
    found = in_transaction(engine, lambda connection: Promotions(connection).pinned(horizon_sessions))
    return None if found is None else found.version


def put_trained(
    connection: Connection,
    cards: Sequence[ForecasterCard],
    last: date,
    *,
    at: datetime,
    readable: Callable[[RegisteredForecaster], bool],
) -> None:
    """Let newly trained versions take the place of those of their names; that of a pinned one challenges it.

    A pinned version that is not `readable` is replaced like any other, and the owner is told: it can say
    nothing any more. Call it with the register held.
    """
    store, promotions = Forecasters(connection), Promotions(connection)
    lost: list[Event] = []
    for card in cards:
        pin = promotions.pinned(card.horizon_sessions)
        held = store.known(pin.version) if pin is not None and pin.name == card.forecaster else None
        if held is not None and readable(held):
            if held.version != card.version:
                store.challenge(card.version)
            continue
        placed = store.activate(card.version)
        if placed.previous is not None or placed.role == "champion":
            why = f"trained on what was known on {last.isoformat()}"
            promotions.record(placed, "trained", by=DESK, why=why, at=at)
        if held is not None:
            lost.append(_lost(held, card, at))
    Events(connection).append(lost)


def is_older(chosen: RegisteredForecaster, rows: Sequence[RegisteredForecaster]) -> bool:
    """Tell whether a newer version of its name and horizon is on the register."""
    return any(
        (each.name, each.horizon_sessions) == (chosen.name, chosen.horizon_sessions)
        and _age(each) > _age(chosen)
        for each in rows
    )


def _age(row: RegisteredForecaster) -> tuple[date, datetime]:
    return row.card.test_last or row.card.train_last, row.registered_at


def _lost(held: RegisteredForecaster, card: ForecasterCard, at: datetime) -> Event:
    return Event(
        event_id=f"pin-lost-{held.version}-{card.version}",
        at=at,
        kind="forecaster_pin_lost",
        severity="warning",
        text=f"{held.version} was pinned and cannot be read any more; {card.version} was trained and speaks "
        "in its place",
        data={"version": held.version, "by": card.version},
    )

"""Which forecasters exist, what pins their artifacts, and which one of each name is in use."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from db.ledger_rows import aware
from db.record_codec import from_json, to_json
from db.tables import forecasters
from fund.errors import DataError, NoDataError
from fund.forecasting.forecast import ForecasterCard


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredForecaster:
    """A trained forecaster on record."""

    version: str
    name: str
    card: ForecasterCard
    manifest_sha256: str
    """Hash of its artifact's manifest; checked before anything is loaded."""
    active: bool
    registered_at: datetime


class Forecasters:
    """The register of forecasters over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, card: ForecasterCard, *, manifest_sha256: str, at: datetime) -> bool:
        """Put a trained forecaster on record, not yet in use; False when it was there already.

        Raises `DataError` when the version is taken by another artifact.
        """
        known = self.get(card.version)
        if known is not None:
            if (known.card, known.manifest_sha256) != (card, manifest_sha256):
                raise DataError(
                    f"forecaster version {card.version!r} is registered with other content; "
                    "a version names one artifact, give the new one its own"
                )
            return False
        row = {
            "version": card.version,
            "name": card.forecaster,
            "card": to_json(card),
            "manifest_sha256": manifest_sha256,
            "active": False,
            "registered_at": aware(at),
        }
        self._connection.execute(insert(forecasters), row)
        return True

    def activate(self, version: str) -> None:
        """Put a version to use instead of the one of its name that was; raises `NoDataError` if unknown."""
        chosen = self.get(version)
        if chosen is None:
            raise NoDataError(
                f"expected a registered forecaster, found none of version {version!r}; train one"
            )
        same_name = forecasters.c.name == chosen.name
        self._connection.execute(
            update(forecasters).where(same_name, forecasters.c.active).values(active=False)
        )
        self._connection.execute(
            update(forecasters).where(forecasters.c.version == version).values(active=True)
        )

    def get(self, version: str) -> RegisteredForecaster | None:
        """Return one version, None when it was never registered."""
        chosen = select(forecasters).where(forecasters.c.version == version)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else _registered(row)

    def active(self, name: str) -> RegisteredForecaster | None:
        """Return the version of a name that is in use, None when there is none."""
        chosen = select(forecasters).where(forecasters.c.name == name, forecasters.c.active)
        row = self._connection.execute(chosen).mappings().one_or_none()
        return None if row is None else _registered(row)


def _registered(row: RowMapping) -> RegisteredForecaster:
    card = from_json(ForecasterCard, row["card"])
    return RegisteredForecaster(**{**row, "card": card})

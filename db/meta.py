"""Small facts about the desk itself: data version, bundle digest, format, where a replay's clock stands."""

from collections.abc import Mapping

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from db.tables import meta


class Meta:
    """Names and values over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> str | None:
        """Return a value, None when it was never set."""
        return self._connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()

    def set(self, values: Mapping[str, str]) -> None:
        """Set values, replacing what they were."""
        if not values:
            return
        fresh = insert(meta)
        rows = [{"key": key, "value": value} for key, value in sorted(values.items())]
        self._connection.execute(
            fresh.on_conflict_do_update(index_elements=["key"], set_={"value": fresh.excluded.value}), rows
        )

    def all(self) -> dict[str, str]:
        """Return every value by name."""
        found = self._connection.execute(select(meta.c.key, meta.c.value).order_by(meta.c.key))
        return {row.key: row.value for row in found}

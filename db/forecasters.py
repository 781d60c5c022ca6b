"""Which forecasters exist, what pins their artifacts, which of them speak, and who leads each horizon."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from db.ledger_rows import aware
from db.record_codec import from_json, to_json
from db.tables import forecasters
from fund.errors import DataError, NoDataError
from fund.forecasting.forecast import ForecasterCard

Role = Literal["champion", "challenger", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredForecaster:
    """A trained forecaster on record."""

    version: str
    name: str
    horizon_sessions: int
    card: ForecasterCard
    manifest_sha256: str
    """Hash of its artifact's manifest; checked before anything is loaded."""
    active: bool
    """Whether the committee hears it; one version of a name and horizon at most."""
    role: Role
    """The champion ranks the candidates, a challenger is scored beside it, a retired one is only kept."""
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What a version became, and whose place it took."""

    version: str
    name: str
    horizon_sessions: int
    role: Role
    previous: str | None
    """The version that led, or spoke under its name, before it; None where there was none."""


class Forecasters:
    """The register of forecasters over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, card: ForecasterCard, *, manifest_sha256: str, at: datetime) -> bool:
        """Put a trained forecaster on record as a silent challenger; False when it was there already.

        Raises `DataError` when the version is taken by another artifact.
        """
        known = self.get(card.version)
        if known is not None:
            explained = replace(card, explanation=known.card.explanation)
            if (known.card, known.manifest_sha256) != (explained, manifest_sha256):
                raise DataError(
                    f"forecaster version {card.version!r} is registered with other content; "
                    "a version names one artifact, give the new one its own"
                )
            return False
        row = {
            "version": card.version,
            "name": card.forecaster,
            "horizon_sessions": card.horizon_sessions,
            "card": to_json(card),
            "manifest_sha256": manifest_sha256,
            "active": False,
            "role": "challenger",
            "registered_at": aware(at),
        }
        self._connection.execute(insert(forecasters), row)
        return True

    def activate(self, version: str) -> Placed:
        """Let a version speak instead of the one of its name and horizon that did, and inherit its role.

        Where nobody leads the horizon it leads. Others of its name and horizon are retired. Raises
        `NoDataError` if unknown.
        """
        chosen = self.known(version)
        before, leader = self.active(chosen.name, chosen.horizon_sessions), self.champion(chosen)
        leads = leader is None or leader.name == chosen.name
        self._set(_namesakes(chosen), active=False, role="retired")
        role: Role = "champion" if leads else "challenger"
        self._set(forecasters.c.version == version, active=True, role=role)
        return _placed(chosen, role, before)

    def challenge(self, version: str) -> None:
        """Let a version be scored beside the champion; silent challengers of its name are retired.

        One that speaks goes on speaking. Raises `NoDataError` if unknown.
        """
        chosen = self.known(version)
        self._set(_namesakes(chosen) & ~forecasters.c.active, role="retired")
        if not chosen.active:
            self._set(forecasters.c.version == version, role="challenger")

    def lead(self, version: str, *, silence: bool = False) -> Placed:
        """Let a version lead its horizon; who led becomes a challenger, silent where `silence` says so.

        Raises `NoDataError` if unknown, `DataError` when it leads already.
        """
        chosen = self.known(version)
        before = self.champion(chosen)
        if before is not None and before.version == version:
            raise DataError(
                f"{version} is the champion over {chosen.horizon_sessions} sessions already; "
                "`desk forecasters` shows the others"
            )
        if before is not None:
            speaks = not silence and before.name != chosen.name
            self._set(forecasters.c.version == before.version, role="challenger", active=speaks)
        self._set(_namesakes(chosen) & forecasters.c.active, active=False, role="challenger")
        self._set(forecasters.c.version == version, role="champion", active=True)
        return _placed(chosen, "champion", before)

    def explain(self, version: str, explanation: str) -> None:
        """Write on a version's card why a figure too good to believe was accepted; its artifact stays."""
        chosen = self.known(version)
        card = replace(chosen.card, explanation=explanation)
        self._set(forecasters.c.version == version, card=to_json(card))

    def get(self, version: str) -> RegisteredForecaster | None:
        """Return one version, None when it was never registered."""
        return self._one(forecasters.c.version == version)

    def known(self, version: str) -> RegisteredForecaster:
        """Return one version; `NoDataError` when it was never registered."""
        found = self.get(version)
        if found is None:
            raise NoDataError(
                f"expected a registered forecaster, found none of version {version!r}; "
                "`desk forecasters --all` lists them, `desk train` makes new ones"
            )
        return found

    def active(self, name: str, horizon_sessions: int) -> RegisteredForecaster | None:
        """Return the version of a name that speaks over a horizon, None when there is none."""
        same = (forecasters.c.name == name) & (forecasters.c.horizon_sessions == horizon_sessions)
        return self._one(same & forecasters.c.active)

    def champion(self, of: RegisteredForecaster | int) -> RegisteredForecaster | None:
        """Return who leads a horizon, or the horizon of a version; None when nobody does."""
        horizon = of if isinstance(of, int) else of.horizon_sessions
        same = forecasters.c.horizon_sessions == horizon
        return self._one(same & (forecasters.c.role == "champion"))

    def speaking(self, horizon_sessions: int) -> tuple[RegisteredForecaster, ...]:
        """Return who speaks over a horizon, the champion first, then in the order of registration."""
        same = forecasters.c.horizon_sessions == horizon_sessions
        found = self._all(same & forecasters.c.active)
        return tuple(sorted(found, key=lambda each: each.role != "champion"))

    def scored(self) -> tuple[RegisteredForecaster, ...]:
        """Return champions and challengers of every horizon, in the order of registration."""
        return self._all(forecasters.c.role != "retired")

    def all(self) -> tuple[RegisteredForecaster, ...]:
        """Return every version, in the order of registration."""
        return self._all()

    def _set(self, chosen: ColumnElement[bool], **values: object) -> None:
        self._connection.execute(update(forecasters).where(chosen).values(**values))

    def _one(self, chosen: ColumnElement[bool]) -> RegisteredForecaster | None:
        row = self._connection.execute(select(forecasters).where(chosen)).mappings().one_or_none()
        return None if row is None else _registered(row)

    def _all(self, *chosen: ColumnElement[bool]) -> tuple[RegisteredForecaster, ...]:
        ordered = select(forecasters).where(*chosen).order_by(forecasters.c.registered_at, forecasters.c.name)
        return tuple(_registered(row) for row in self._connection.execute(ordered).mappings())


def _namesakes(chosen: RegisteredForecaster) -> ColumnElement[bool]:
    """The other versions of a name and horizon."""
    return (
        (forecasters.c.name == chosen.name)
        & (forecasters.c.horizon_sessions == chosen.horizon_sessions)
        & (forecasters.c.version != chosen.version)
    )


def _placed(chosen: RegisteredForecaster, role: Role, before: RegisteredForecaster | None) -> Placed:
    previous = None if before is None or before.version == chosen.version else before.version
    return Placed(
        version=chosen.version,
        name=chosen.name,
        horizon_sessions=chosen.horizon_sessions,
        role=role,
        previous=previous,
    )


def _registered(row: RowMapping) -> RegisteredForecaster:
    card = from_json(ForecasterCard, row["card"])
    return RegisteredForecaster(**{**row, "card": card})

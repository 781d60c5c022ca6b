"""A trained ensemble: it asks its members, pinned by version and hash, and weighs what they say."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from fund.errors import DataError
from fund.forecasting.ensemble.figures import MemberPart
from fund.forecasting.ensemble.forecaster import FittedEnsemble
from fund.forecasting.ensemble.heard import heard_table, heard_version, placed
from fund.forecasting.ensemble.members import UNIT, apart
from fund.forecasting.explaining.explanation import Explanation, explained
from fund.forecasting.explaining.reasons import Reason, place_of
from fund.forecasting.forecast import Forecast
from fund.forecasting.recent import RecentFeatures
from fund.forecasting.trained import TrainedForecaster
from fund.market.view import FloatArray
from fund.metrics.ranks import average_ranks

Find = Callable[[str, str], TrainedForecaster]
"""From a version and the hash of its manifest to what lies there; `DataError` where it is not whole."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainedEnsemble(TrainedForecaster):
    """The folds are weights; a forecast asks every member first, so a member that is gone silences it."""

    find: Find
    read: Mapping[str, int]
    """Versions of the sets of features its members read, with the sessions of each."""

    @property
    def reads(self) -> Mapping[str, int]:
        """What the members read between them."""
        return self.read

    @property
    def parts(self) -> tuple[MemberPart, ...]:
        """Who is heard, in the order of the weights."""
        return _parts(self)

    def members(self) -> tuple[TrainedForecaster, ...]:
        """Return the members; `DataError` naming the first that is missing, damaged or another's."""
        return tuple(_found(self.find, part) for part in self.parts)

    def forecast(self, recent: RecentFeatures) -> tuple[Forecast, ...]:
        """Forecast the members' names as any other does; `DataError` where a member cannot be heard."""
        return TrainedForecaster.forecast(self, self.heard(recent))

    def apart(self, recent: RecentFeatures) -> dict[str, float]:
        """Return by ticker how far apart the members rank it: 0 all alike, 1 half at either end."""
        heard = self.heard(recent)
        places = np.moveaxis(heard.table.values[-1:, :, :-1].astype(np.float64), -1, 0) + 0.5
        (row,) = apart(places)
        return {heard.table.tickers[at]: float(row[at]) for at in np.flatnonzero(np.isfinite(row))}

    def explanations(self, recent: RecentFeatures, tickers: Collection[str]) -> dict[str, Explanation]:
        """Return what each member added to a name's score by its weight, the most first."""
        heard = self.heard(recent)
        _, fitted = self._speaking(heard.session)
        if not isinstance(fitted, FittedEnsemble):
            raise DataError(f"expected weights of members in {self.card.version}, found {fitted!r}")
        values = heard.table.values
        scores = fitted.score(values)[-1]
        weights, weather = fitted.weights(values)[-1], fitted.regime(values)
        found = {}
        for at, ticker in enumerate(heard.table.tickers):
            if ticker in tickers and heard.table.present[-1, at] and np.isfinite(scores[at]):
                ranks = values[-1, at, :-1].astype(np.float64)
                parts = _reasons(fitted.members, ranks, weights, weather)
                found[ticker] = explained("weighted members", parts, 0.0, float(scores[at]))
        return found

    def heard(self, recent: RecentFeatures) -> RecentFeatures:
        """Ask every member about the session and return what they say as the features of a forecast."""
        members = self.members()
        table, market = recent.table, recent.market
        if market is None:
            raise DataError(f"expected the benchmark's returns up to {recent.session!s}, found none")
        rows = len(market.sessions)
        ranks = np.full((len(members), rows, len(table.tickers)), np.nan)
        for at, (member, part) in enumerate(zip(members, self.parts, strict=True)):
            own = recent.of(member.feature_version)
            try:
                said = average_ranks(member.scores(own))
            except DataError as error:
                raise _silenced(part, error) from error
            ranks[at, -1:] = placed(said, (own.session,), own.table.tickers, (recent.session,), table.tickers)
        present = np.repeat(table.present[-1:], rows, axis=0)
        names = [part.forecaster for part in self.parts]
        return replace(
            recent,
            table=heard_table(
                names=names,
                version=self.feature_version,
                sessions=market.sessions,
                tickers=table.tickers,
                ranks=ranks,
                market=market.values,
                present=present,
            ),
        )


def with_members(trained: TrainedForecaster, find: Find) -> TrainedEnsemble:
    """Return an ensemble that finds its members, each looked at once now.

    `DataError` naming the member that is missing, damaged, of another horizon or an ensemble itself, and
    where the weights are of others than the card names.
    """
    parts, read = _parts(trained), dict[str, int]()
    if trained.feature_version != heard_version([part.version for part in parts]):
        raise DataError(
            f"expected {trained.card.version} to hear the members of its card, found weights of others; "
            "train it again"
        )
    for part in parts:
        member = _found(find, part)
        horizons = (trained.card.horizon_sessions, member.card.horizon_sessions)
        if horizons[0] != horizons[1] or member.card.ensemble is not None:
            raise DataError(
                f"expected {part.version} to be a forecaster over {horizons[0]!r} sessions and no ensemble, "
                f"found one over {horizons[1]!r}; train {trained.card.forecaster!r} again"
            )
        for version, sessions in member.reads.items():
            read[version] = max(sessions, read.get(version, 0))
    kept = {each.name: getattr(trained, each.name) for each in fields(TrainedForecaster)}
    return TrainedEnsemble(**kept, find=find, read=read)


def _parts(trained: TrainedForecaster) -> tuple[MemberPart, ...]:
    return trained.card.ensemble.members if trained.card.ensemble is not None else ()


def _found(find: Find, part: MemberPart) -> TrainedForecaster:
    try:
        return find(part.version, part.sha256)
    except DataError as error:
        raise _silenced(part, error) from error


def _silenced(part: MemberPart, error: DataError) -> DataError:
    return DataError(f"its member {part.version} cannot be heard: {error}")


def _reasons(
    names: Sequence[str], ranks: FloatArray, weights: FloatArray, weather: str | None
) -> tuple[Reason, ...]:
    """Tell a name's score apart; for a member without a view the others' weights count for more."""
    known = np.isfinite(ranks)
    share = np.where(known, weights, 0.0)
    share = share / share.sum()
    added = share * np.where(known, ranks, 0.0) * UNIT
    order = [at for at in np.argsort(-np.abs(added), kind="stable").tolist() if share[at] > 0.0]
    when = f" in {weather} markets" if weather else ""
    return tuple(
        Reason(
            feature=names[at],
            rank=float(ranks[at] + 0.5),
            added=float(added[at]),
            words=f"{names[at]}, {100 * share[at]:.0f} % of the weight{when}, ranks it "
            f"{place_of(ranks[at], 'names')}: {added[at]:+.3f}",
        )
        for at in order
    )

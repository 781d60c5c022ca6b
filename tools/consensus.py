"""What forecasters, rules and the committee think of the same names, heard as one by what each is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Engine

from db.decisions import Decisions
from fund.features.universe import Universe
from fund.forecasting.forecast import Forecast
from fund.market.facts import Report
from fund.metrics.inference import Interval
from fund.signals.blend import Consensus, Source, confidence_of, consensus, of_forecasts, of_signals
from fund.signals.event_driven import EarningsDrift, Gaps
from fund.signals.mean_reversion import MeanReversion
from fund.signals.momentum import Momentum
from fund.signals.signal import RuleStrategy
from tools.forecasts import ForecasterRecord
from tools.heard import Heard

SESSIONS_READ = 260
"""Sessions that every rule can be told from: a year of momentum and a few to spare."""
COMMITTEE = "committee"
"""The source that holds the convictions of the committee's last decision."""
RULE = "rule "
"""What stands before a rule's name, as a forecaster may go by the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalGround:
    """What the rules read, as known on a session's close."""

    universe: Universe
    """Its last `SESSIONS_READ` sessions."""
    reports: Sequence[Report]
    """Those of a later moment are not read."""
    decision_time: Callable[[date], datetime]


class ConsensusTools:
    """One question: what everything that has a view of a name comes to."""

    def __init__(self, engine: Engine, ground: Callable[[date], SignalGround]) -> None:
        self._engine = engine
        self._ground = ground
        self._rules_at = lru_cache(maxsize=2)(self._rules_of)

    def consensus(
        self,
        session: date,
        forecasts: Mapping[str, Sequence[Forecast]],
        records: Sequence[ForecasterRecord],
    ) -> Mapping[str, Consensus]:
        """Return by ticker the weighed view of forecasters, rules and the committee's last decision.

        A forecaster counts by its rank IC out of sample, a rule and the committee as one without a record.
        The committee has read the forecasts, so its voice is not wholly its own.

        Args:
            session: The session on whose close all of them are read.
            forecasts: What forecasters say of each ticker.
            records: What each has been worth; one that is not among them counts as without a record.
        """
        heard = (*_forecasters(forecasts, records), *self._rules_at(session), *self._committee(session))
        return {each.ticker: each for each in consensus(heard)}

    def _rules_of(self, session: date) -> tuple[Source, ...]:
        ground = self._ground(session)
        rules: tuple[RuleStrategy, ...] = (Momentum(), MeanReversion(), Gaps())
        if ground.reports:
            # Over equity: a surprise over its own errors needs three years of filings of each company.
            drift = EarningsDrift(reports=ground.reports, decision_time=ground.decision_time, scale="equity")
            rules = (*rules, drift)
        said = [(rule.name, rule.signals(ground.universe).at(session)) for rule in rules]
        return tuple(of_signals(f"{RULE}{name}", signals) for name, signals in said)

    def _committee(self, session: date) -> tuple[Source, ...]:
        with self._engine.connect() as connection:
            record = Decisions(connection).latest()
        if record is None or record.session > session:
            return ()
        return (Source(name=COMMITTEE, convictions=Heard(record).convictions()),)


def _forecasters(
    forecasts: Mapping[str, Sequence[Forecast]], records: Sequence[ForecasterRecord]
) -> tuple[Source, ...]:
    worth = {each.forecaster: confidence_of(_rank_ic(each)) for each in records}
    said: dict[str, list[Forecast]] = {}
    for each in (each for several in forecasts.values() for each in several):
        said.setdefault(each.forecaster, []).append(each)
    unknown = confidence_of(None)
    return tuple(of_forecasts(name, told, worth.get(name, unknown)) for name, told in said.items())


def _rank_ic(record: ForecasterRecord) -> Interval | None:
    if record.rank_ic is None or record.rank_ic_low is None or record.rank_ic_high is None:
        return None
    return Interval(value=record.rank_ic, low=record.rank_ic_low, high=record.rank_ic_high, n=record.sessions)

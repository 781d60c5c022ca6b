"""Picks by plain figures: what is too small, too dear to trade or too wild is out, the rest is ranked."""

from collections.abc import Mapping, Sequence
from typing import Final

from fund.discovery.candidate import Candidate, best
from fund.discovery.name_figures import NameFigures, measured
from fund.discovery.picker import PickContext
from fund.discovery.rules import DiscoveryRules
from fund.market.view import MarketView

MILLION = 1e6


class MetricPicker:
    """Filters by the mandate's [discovery], then ranks by momentum, rising volume and a narrow spread.

    The score is the mean of three ranks over the names that pass, from 0 to 1 each: the return from 120
    sessions ago to five ago, the dollar volume of five sessions over that of sixty, and the estimated spread,
    the narrowest first. A name of which a filter's figure is unknown passes that filter, and it is said.
    """

    name: Final = "metric"

    def __init__(self, rules: DiscoveryRules) -> None:
        self._rules = rules

    def pick(self, view: MarketView, context: PickContext, count: int) -> tuple[Candidate, ...]:
        """Return the names that pass every filter and rank best."""
        figures = measured(view, context.universe, context.benchmark)
        passed = {ticker: each for ticker, each in figures.items() if self.passes(each)}
        if not passed:
            return ()
        momentum = _ranks({t: each.momentum for t, each in passed.items()})
        surge = _ranks({t: each.surge for t, each in passed.items()})
        narrow = _ranks({t: -each.spread for t, each in passed.items() if each.spread is not None})
        scored = (
            Candidate(
                ticker=ticker,
                score=(momentum[ticker] + surge[ticker] + narrow.get(ticker, 0.5)) / 3,
                reasons=_reasons(each),
                picker=self.name,
            )
            for ticker, each in passed.items()
        )
        return best(scored, count)

    def passes(self, figures: NameFigures) -> bool:
        """Say whether a name passes every filter."""
        rules = self._rules
        return (
            figures.price >= rules.min_price
            and figures.dollar_volume >= rules.min_dollar_volume
            and (figures.spread is None or figures.spread <= rules.max_spread)
            and (figures.market_cap is None or figures.market_cap >= rules.min_market_cap)
            and rules.min_beta <= figures.beta <= rules.max_beta
        )


def _ranks(values: Mapping[str, float]) -> dict[str, float]:
    """Return the share of the others that each value is above, equal values counting half."""
    ordered: Sequence[float] = sorted(values.values())
    if len(ordered) < 2:
        return dict.fromkeys(values, 0.5)
    below: dict[float, int] = {}
    for place, value in enumerate(ordered):
        below.setdefault(value, place)
    above = {value: len(ordered) - 1 - place for place, value in enumerate(ordered)}
    span = 2 * (len(ordered) - 1)
    return {
        ticker: (below[value] + len(ordered) - 1 - above[value]) / span for ticker, value in values.items()
    }


def _reasons(figures: NameFigures) -> tuple[str, ...]:
    spread = "unknown spread" if figures.spread is None else f"spread about {figures.spread:.2%}"
    worth = figures.market_cap
    return (
        f"momentum {figures.momentum:+.1%} from 120 to 5 sessions ago",
        f"{figures.dollar_volume / MILLION:,.0f}M USD a session, lately {figures.surge:.2f} times usual",
        f"{spread}, beta {figures.beta:.2f}",
        "market value not in its reports" if worth is None else f"market value {worth / 1e9:,.1f}bn USD",
    )

"""How far names may move and what state the market is in, told with what that rests on."""

from collections.abc import Iterator

from fund.forecasting.regime import RegimeForecast
from fund.metrics.inference import Interval
from graph.chat_events import ChatEvent
from graph.replies.phrases import plural, quote, say, table
from tools.volatility import VolatilityOutlook


def volatility_reply(found: VolatilityOutlook) -> Iterator[ChatEvent]:
    """Tell each name's deviation with its interval, and whether the forecast has earned its keep."""
    yield from say(
        f"How far names may move over {plural(found.horizon_sessions, 'session')} after "
        f"{found.session.isoformat()}, up or down alike; the range holds four of five realised deviations. "
        "A forecast that is not better than the weighted mean is no reason to prefer it."
    )
    yield from table(
        "Deviation over the horizon",
        ("Ticker", "GARCH", "Range", "Weighted mean", "Better out of sample", "Sessions"),
        [
            (
                each.ticker,
                f"{each.deviation:.2%}",
                f"{each.low:.2%} to {each.high:.2%}",
                f"{each.ewma_deviation:.2%}",
                f"{'yes' if each.record.is_better else 'not shown'}, by {_interval(each.record.gain)} QLIKE",
                each.samples,
            )
            for each in found.forecasts
        ],
    )
    for missing in found.unavailable:
        yield from say(f"There is none for {missing.ticker}: {quote(missing.reason)}.")


def regime_reply(found: RegimeForecast) -> Iterator[ChatEvent]:
    """Tell the states, their chances, and whether the data ask for states at all."""
    likely = found.likeliest
    supported = "The data ask for" if found.supported else "The data do not ask for"
    gain = found.log_score_gain
    record = (
        "there is too little history to judge them out of sample"
        if gain is None
        else f"out of sample they say {_interval(gain)} nats a session more than a weighted mean does, "
        f"n = {gain.n}"
    )
    yield from say(
        f"On {found.session.isoformat()} the market was most probably {likely.name} "
        f"({likely.probability:.0%}), by what was known then. {supported} "
        f"{plural(len(found.states), 'state')} (n = {found.returns}); {record}."
    )
    yield from table(
        "States of the market",
        ("State", "Volatility a year", "Now", f"In {plural(found.horizon_sessions, 'session')}", "Lasts"),
        [
            (
                state.name,
                f"{state.volatility:.1%}",
                f"{state.probability:.0%}",
                f"{state.probability_ahead:.0%}",
                f"{state.expected_sessions:.0f} sessions",
            )
            for state in found.states
        ],
    )


def _interval(figure: Interval) -> str:
    return f"{figure.value:+.2f} (95% interval {figure.low:+.2f} to {figure.high:+.2f})"

"""Answers about what may come: forecasts with their track records, similar trades, the market."""

from collections.abc import Iterator, Sequence

from fund.forecasting.explaining.explanation import Explanation
from fund.forecasting.forecast import Forecast
from graph.chat_events import ChatEvent
from graph.desk_answers import ForecastAnswer, MarketAnswer, SimilarAnswer, TopForecasts
from graph.replies.phrases import cell, number, percent, plural, quote, say, table
from tools.forecasts import ForecasterRecord


def forecast_reply(answer: ForecastAnswer) -> Iterator[ChatEvent]:
    """Say what is forecast for a ticker, and how much such forecasts have been worth."""
    day = answer.session.isoformat()
    for why in answer.unavailable:
        yield from say(f"A forecaster is unavailable: {quote(why)}. ")
    if not answer.forecasts and answer.unavailable:
        return
    if not answer.forecasts:
        yield from say(
            f"There is no forecast for {answer.ticker} ({quote(answer.name)}) on {day}: it is outside the "
            "universe or has too little history."
        )
        return
    own = answer.forecasts[0]
    place = f", number {answer.place[0]} of {answer.place[1]} names" if answer.place else ""
    between = f"{percent(own.low, signed=True)} to {percent(own.high, signed=True)}"
    yield from say(
        f"On the close of {day} the {own.forecaster} forecaster expects {answer.ticker} to "
        f"{_expected(own.expected)} the average member over "
        f"{own.horizon_sessions} sessions (10% to 90%: {between}; "
        f"{percent(own.probability_up, digits=0)} likely to beat it{place}). "
    )
    yield from say(_worth(answer.track_records) + " It is one input of the committee, not advice.")
    yield from adding_up(answer.explanation)
    yield from table(f"Forecasts for {answer.ticker}, {day}", _FORECASTS, [_row(f) for f in answer.forecasts])
    reasons = [(cell(each.words),) for each in answer.explanation.reasons] if answer.explanation else []
    yield from table(f"What moved the rank of {answer.ticker} most", ("Reason",), list(reasons))
    yield from table("Track records", _RECORDS, [_record_row(r) for r in answer.track_records])


def adding_up(explanation: Explanation | None) -> Iterator[ChatEvent]:
    """Say how reasons add up to a score, and of a net which sessions of its window mattered."""
    if explanation is None:
        return
    window = explanation.window
    sentences = (explanation.told, *(window.words if window else ()))
    yield from say("\n\nWhat moved its rank, an association and no cause: " + " ".join(sentences))
    yield from say("".join(f"\n\n{picture}" for picture in (window.pictures if window else ())))


def top_reply(answer: TopForecasts) -> Iterator[ChatEvent]:
    """Say which names are ranked highest."""
    first, day = answer.forecasts[0], answer.session.isoformat()
    yield from say(
        f"On the close of {day} the {first.forecaster} forecaster ranks {first.ticker} highest of "
        f"{plural(answer.names, 'name')}, with {percent(first.expected, signed=True)} expected above the "
        f"average member over {first.horizon_sessions} sessions. {_worth(answer.track_records)}"
    )
    rows = [(f.ticker, *_row(f)) for f in answer.forecasts]
    yield from table("Highest-ranked forecasts", ("Ticker", *_FORECASTS), list(rows))
    yield from table("Track records", _RECORDS, [_record_row(r) for r in answer.track_records])


def skill_reply(records: tuple[ForecasterRecord, ...]) -> Iterator[ChatEvent]:
    """Say how good the forecasters have been, the desk's own first."""
    if not records:
        yield from say("The desk has no forecaster, so there is no track record.")
        return
    first = records[0]
    hits = f" Its hit rate is {percent(first.hit_rate, digits=1)}." if first.hit_rate is not None else ""
    yield from say(f"The desk's own forecaster is {first.forecaster}. {_worth(records)}{hits}")
    yield from table("Track records", _RECORDS, [_record_row(r) for r in records])


def similar_reply(answer: SimilarAnswer) -> Iterator[ChatEvent]:
    """Say how trades that began alike have ended."""
    day = answer.session.isoformat()
    returns = [trade.return_fraction for trade in answer.trades]
    if not returns:
        yield from say(f"Memory holds no closed trade to compare {answer.ticker} with on {day}.")
        return
    mean, won = sum(returns) / len(returns), sum(1 for each in returns if each > 0)
    yield from say(
        f"The {plural(len(returns), 'closed trade')} that began most like {answer.ticker} on {day} returned "
        f"{percent(mean, signed=True)} on average, {won} of {len(returns)} at a profit. "
        f"The sample of n = {len(returns)} is too small to prove an edge."
    )
    yield from table(
        f"Trades that began like {answer.ticker}",
        ("Ticker", "Opened", "Sessions held", "Return net of costs", "Distance"),
        [
            (
                t.ticker,
                t.opened.isoformat(),
                t.held_sessions,
                percent(t.return_fraction, signed=True),
                number(t.distance, 3),
            )
            for t in answer.trades
        ],
    )


def market_reply(answer: MarketAnswer) -> Iterator[ChatEvent]:
    """Say how the market stands, with macro readings and headlines."""
    market = answer.market
    above = (
        f" {percent(market.breadth, digits=0)} of {market.members} members stand above their 50-session mean."
        if market.breadth is not None
        else ""
    )
    yield from say(
        f"{market.benchmark} returned {percent(market.return_5, signed=True)} over 5 and "
        f"{percent(market.return_20, signed=True)} over 20 sessions to {market.session.isoformat()}, "
        f"{percent(market.drawdown_120)} from its 120-session high, at a volatility of "
        f"{percent(market.volatility_20)} a year.{above}"
    )
    yield from table(
        "Macro readings",
        ("Series", "Day", "Value", "Change over 20", "z-score, 1 year"),
        [
            (r.name, r.day.isoformat(), number(r.value), number(r.change_20), number(r.z_score))
            for r in answer.readings
        ],
    )
    yield from table(
        "Headlines known to the desk",
        ("Known at (UTC)", "Headline", "Source"),
        [(f"{h.known_at:%Y-%m-%d %H:%M}", cell(h.title), cell(h.source, 80)) for h in answer.headlines],
    )


_FORECASTS = ("Forecaster", "Expected excess", "10% to 90%", "P(beats average)", "Rank")
_RECORDS = ("Forecaster", "Rank IC", "95% interval", "Sessions", "Hit rate")


def _worth(records: Sequence[ForecasterRecord]) -> str:
    """Say plainly whether the first forecaster has shown any skill so far."""
    first = records[0] if records else None
    if first is None or first.rank_ic is None or first.rank_ic_low is None or first.rank_ic_high is None:
        return "Its track record is not known yet."
    skill = (
        "which cannot be told from no skill: no edge"
        if first.rank_ic_low <= 0 <= first.rank_ic_high
        else "an interval that does not include zero"
    )
    return (
        f"Its out-of-sample rank IC so far is {first.rank_ic:+.3f} (95% interval {first.rank_ic_low:+.3f} to "
        f"{first.rank_ic_high:+.3f}, n = {first.sessions} sessions), {skill}."
    )


def _expected(excess: float) -> str:
    """Say an excess return in words that a sign can be read from; one that rounds to nothing has none."""
    size = percent(abs(excess))
    if size == percent(0):
        return "do no better and no worse than"
    return f"return {size} {'more' if excess > 0 else 'less'} than"


def _row(forecast: Forecast) -> tuple[str, ...]:
    return (
        f"{forecast.forecaster}, {plural(forecast.horizon_sessions, 'session')}",
        percent(forecast.expected, signed=True),
        f"{percent(forecast.low, signed=True)} to {percent(forecast.high, signed=True)}",
        percent(forecast.probability_up, digits=0),
        number(forecast.rank),
    )


def _record_row(record: ForecasterRecord) -> tuple[str | int, ...]:
    known = record.rank_ic_low is not None and record.rank_ic_high is not None
    return (
        record.forecaster,
        number(record.rank_ic, 3),
        f"{number(record.rank_ic_low, 3)} to {number(record.rank_ic_high, 3)}" if known else "not known yet",
        record.sessions,
        percent(record.hit_rate, digits=1),
    )

"""How the shadows are told: who would have done what, and how they stand beside the committee."""

from collections.abc import Iterator, Mapping

from graph.chat_events import ChatEvent
from graph.replies.phrases import MISSING, cell, figure, interval, number, percent, plural, quote, say, table
from tools.figures import ENOUGH, Figure
from tools.shadow_scores import ShadowScore
from tools.shadows import ShadowDay, ShadowedDecision, ShadowReport, ShadowTrade

NONE_SET = (
    "No shadow is set. A shadow is an LLM that is asked beside the committee, on the evidence of each of "
    'its decisions, and never trades. Name one in [llm] of the mandate, such as shadows = ["offline"] '
    'or ["openai:gpt-5.4"], and start the desk again; `desk shadow --help` tells the rest.'
)
NOT_ASKED_YET = "No decision has been put to a shadow yet; the next one of the committee is."


def shadows_reply(report: ShadowReport) -> Iterator[ChatEvent]:
    """Say how each shadow stands beside the committee in force."""
    if not report.scores:
        yield from say(_nobody(report.shadows))
        yield from _skipped(report.skipped)
        return
    over = plural(report.horizon_sessions, "session")
    yield from say(f"Shadows never trade. Over {over} after a decision: ")
    for score in report.scores:
        yield from say(f"{_sentence(score)} ")
    yield from say(f"The rule: {report.rule}. Below {ENOUGH} a figure is too few to tell.")
    yield from _skipped(report.skipped)
    yield from table(
        f"The committee in force and its shadows over {over}",
        (
            "Who", "Spoken by", "Decided", "Held", "Absent", "Win rate", "95% interval", "Trades",
            "Mean excess", "95% interval of that", "Sessions", "Beside the committee", "95% interval beside",
            "Pairs", "p, adjusted", "Verdict",
        ),
        [_result_row(score) for score in report.scores],
    )  # fmt: skip
    yield from table(
        "Risk, time and cost",
        (
            "Who", "Sharpe", "95% interval", "Sessions", "Chance it is above 0", "p50 seconds", "p95 seconds",
            "Timed", "USD a decision", "USD in all", "Tokens a decision",
        ),
        [_cost_row(score) for score in report.scores],
    )  # fmt: skip


def shadow_day_reply(day: ShadowDay) -> Iterator[ChatEvent]:
    """Say who would have bought and sold what on a session."""
    if not day.decisions:
        if day.shadows:
            yield from say(f"No decision of {day.session.isoformat()} was put to a shadow. ")
        yield from say(_nobody(day.shadows))
        yield from _skipped(day.skipped)
        return
    yield from say(f"On the close of {day.session.isoformat()}:\n")
    for each in day.decisions:
        yield from say(f"- **{quote(each.shadow)}** {_done(each)}\n")
    yield from say("\nOnly the committee in force trades.")
    yield from _skipped(day.skipped)
    yield from table(
        f"Who would have traded what on {day.session.isoformat()}",
        ("Who", "Ticker", "Side", "Conviction", "Held", "Wanted", "After the limits"),
        [_trade_row(each, trade) for each in day.decisions for trade in each.trades],
    )


def _nobody(shadows: tuple[str, ...]) -> str:
    return NOT_ASKED_YET if shadows else NONE_SET


def _skipped(skipped: Mapping[str, str]) -> Iterator[ChatEvent]:
    for name, why in sorted(skipped.items()):
        yield from say(f" Skipped: {quote(name)} ({quote(why)}).")


def _sentence(score: ShadowScore) -> str:
    who = quote(score.shadow)
    if score.in_force:
        return f"{who} won {_rate(score.win_rate)}."
    beside = score.beside
    against = f"{score.verdict} than the committee" if score.verdict in ("better", "worse") else score.verdict
    if beside is None or beside.value is None:
        return f"{who} won {_rate(score.win_rate)}: {against}."
    n = plural(beside.n, "decision")
    return (
        f"{who} won {_rate(score.win_rate)}; its changes were worth {percent(beside.value, signed=True)} a "
        f"decision beside the committee's ({interval(beside)}, {n}): {against}."
    )


def _rate(rate: Figure) -> str:
    if rate.value is None:
        return "nothing that is known yet"
    return f"{percent(rate.value, digits=1)} of {plural(rate.n, 'trade')} ({interval(rate, signed=False)})"


def _result_row(score: ShadowScore) -> tuple[str | int | float | None, ...]:
    beside = score.beside
    return (
        cell(score.shadow),
        cell(score.speaker),
        score.decided,
        score.held,
        score.absent,
        figure(score.win_rate),
        interval(score.win_rate, signed=False),
        score.win_rate.n,
        figure(score.excess, signed=True),
        interval(score.excess),
        score.excess.n,
        figure(beside, signed=True) if beside else MISSING,
        interval(beside) if beside else MISSING,
        beside.n if beside else 0,
        number(score.p_value, 3),
        score.verdict or MISSING,
    )


def _cost_row(score: ShadowScore) -> tuple[str | int | float | None, ...]:
    cost = score.cost_per_decision_usd
    return (
        cell(score.shadow),
        figure(score.sharpe),
        interval(score.sharpe),
        score.sharpe.n,
        percent(score.probabilistic_sharpe, digits=1),
        number(_seconds(score.latency_p50_ms)),
        number(_seconds(score.latency_p95_ms)),
        score.timed,
        number(None if cost is None else float(cost), 4),
        number(float(score.cost_usd), 4),
        number(score.tokens_per_decision, 0),
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _done(each: ShadowedDecision) -> str:
    would = "" if each.in_force else "would have "
    if each.status != "decided":
        return f"{'had no usable answer' if each.status == 'held' else 'was not there'}: {quote(each.cause)}"
    bought = ", ".join(trade.ticker for trade in each.trades if trade.side > 0)
    sold = ", ".join(trade.ticker for trade in each.trades if trade.side < 0)
    if not bought and not sold:
        return f"{would}changed nothing"
    told = " and ".join(f"{verb} {names}" for verb, names in (("bought", bought), ("sold", sold)) if names)
    return f"{would}{told}" + ("" if each.shared is None else f"; {each.shared} as the committee")


def _trade_row(each: ShadowedDecision, trade: ShadowTrade) -> tuple[str | int | float | None, ...]:
    return (
        cell(each.shadow),
        trade.ticker,
        "buy" if trade.side > 0 else "sell",
        number(trade.conviction),
        percent(trade.held),
        percent(trade.wanted),
        percent(trade.allowed),
    )

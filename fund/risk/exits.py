"""Protective exits: ATR stop, trailing stop, take-profit and time stop, from prices alone (INV-13).

Judged on the close; what is due is sold at the next open. Of several rules that are due at once the
first of `PRECEDENCE` is named: a stop before a profit, a price before the calendar.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from fund.errors import ConfigError, NoDataError
from fund.market.bars import PRICE_STEP, Mark
from fund.market.splits import shares_since
from fund.market.true_range import average_true_range
from fund.market.view import MarketView
from fund.portfolio.book import Book, Position
from fund.portfolio.proposal import Proposal
from fund.risk.limits import ZERO, Clamp, is_weight

PRECEDENCE = ("atr_stop", "trailing_stop", "take_profit", "time_stop")
OWNER_RULE = "owner"
"""Names an exit that no price wants, but the owner of the account."""
EXITS = (OWNER_RULE, *PRECEDENCE)
DISTANCE_STEP = Decimal("0.000001")
LONGEST_HOLD = 2520
"""Sessions, ten years: the longest time stop, and how far back a best close is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    """When a position is closed whatever anybody thinks of it; a rule that is None is off."""

    atr_stop: Decimal | None = None
    """Multiples of the average true range against the entry price."""
    trailing_stop: Decimal | None = None
    """Multiples of the average true range against the best close since the entry."""
    take_profit: Decimal | None = None
    """Fraction of the entry price in favour."""
    time_stop_sessions: int | None = None
    atr_sessions: int = 14
    """Wilder (1978), New Concepts in Technical Trading Systems, takes 14."""

    def __post_init__(self) -> None:
        bounds = (("atr_stop", 100), ("trailing_stop", 100), ("take_profit", 10))
        for name, most in bounds:
            value: Decimal | None = getattr(self, name)
            if value is not None and not (value.is_finite() and ZERO < value <= most):
                raise ConfigError(
                    f"exits.{name} must be above 0 and at most {most}, was {value}; "
                    "leave it out to turn it off"
                )
        sessions = self.time_stop_sessions
        if sessions is not None and not 1 <= sessions <= LONGEST_HOLD:
            raise ConfigError(
                f"exits.time_stop_sessions must be between 1 and {LONGEST_HOLD}, was {sessions}; "
                "leave it out to turn it off"
            )
        if not 2 <= self.atr_sessions <= 252:
            raise ConfigError(f"exits.atr_sessions must be between 2 and 252, was {self.atr_sessions}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A position that is to be closed at the next open, by which rule and why."""

    ticker: str
    rule: str
    level: Decimal | None
    """The price the close had to reach, USD; None for the time stop."""
    price: Decimal
    entry: Decimal
    """USD a share of today, less the dividends that went ex since the position was opened."""
    sessions_held: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitSkip:
    """A rule that could not be judged today, and why; `all` stands for every rule."""

    ticker: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCheck:
    """What is due at a close, and what could not be told."""

    due: tuple[Exit, ...]
    skipped: tuple[ExitSkip, ...]
    left: Mapping[str, Decimal] = field(default_factory=dict)
    """Of a position that is closed in part: the fraction of it that stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitLevel:
    """Where a rule would close a position: at a price, or after so many sessions."""

    ticker: str
    rule: str
    level: Decimal | None
    """The price a close has to reach, USD; None for the time stop."""
    sessions_left: int | None
    """Until the time stop is due, 0 where it is; None for a price."""
    meaning: str


def exit_levels(
    view: MarketView, book: Book, marks: Mapping[str, Mark], rules: ExitRules
) -> tuple[tuple[ExitLevel, ...], tuple[ExitSkip, ...]]:
    """Return the level of every rule in force for every position, and the rules that could not be judged."""
    levels: list[ExitLevel] = []
    skipped: list[ExitSkip] = []
    for ticker, position in sorted(book.positions.items()):
        if (reason := unusable(marks.get(ticker))) is not None:
            skipped.append(ExitSkip(ticker=ticker, rule="all", reason=reason))
            continue
        entry, held = _entry(view, position), _sessions_held(view, position)
        priced, untold = _levels(view, position, entry, rules, held)
        skipped += [ExitSkip(ticker=ticker, rule=rule, reason=reason) for rule, reason in untold]
        for rule in (rule for rule in PRECEDENCE[:3] if rule in priced):
            level, meaning = priced[rule]
            step = level.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)
            levels.append(
                ExitLevel(ticker=ticker, rule=rule, level=step, sessions_left=None, meaning=meaning)
            )
        if (limit := rules.time_stop_sessions) is not None:
            left, meaning = max(limit - held, 0), f"the time stop is {limit} sessions"
            levels.append(
                ExitLevel(ticker=ticker, rule="time_stop", level=None, sessions_left=left, meaning=meaning)
            )
    return tuple(levels), tuple(skipped)


def exits_due(view: MarketView, book: Book, marks: Mapping[str, Mark], rules: ExitRules) -> tuple[Exit, ...]:
    """Return the positions to be closed at the next open, at most one exit each, in order of tickers."""
    return check_exits(view, book, marks, rules).due


def check_exits(view: MarketView, book: Book, marks: Mapping[str, Mark], rules: ExitRules) -> ExitCheck:
    """Judge every position, long or short; a stale, missing or absurd price never triggers (INV-11)."""
    due: list[Exit] = []
    skipped: list[ExitSkip] = []
    for ticker, position in sorted(book.positions.items()):
        if (reason := unusable(marks.get(ticker))) is not None:
            skipped.append(ExitSkip(ticker=ticker, rule="all", reason=reason))
            continue
        exits, untold = _judged(view, position, marks[ticker].price, rules)
        due += exits[:1]
        skipped += untold
    return ExitCheck(due=tuple(due), skipped=tuple(skipped))


def stop_distance(view: MarketView, ticker: str, rules: ExitRules) -> Decimal | None:
    """Return how far the ATR stop of a purchase at the last close would be, as a fraction of that price.

    None where the stop is off, or nothing reliable can be said: a stale price, or too few bars.
    """
    try:
        mark = view.mark(ticker)
        atr = average_true_range(view, ticker, rules.atr_sessions)
    except NoDataError:
        return None
    if rules.atr_stop is None or atr is None or unusable(mark) is not None:
        return None
    return (rules.atr_stop * atr / mark.price).quantize(DISTANCE_STEP, rounding=ROUND_HALF_EVEN)


def stops_in_force(
    view: MarketView, tickers: Iterable[str], rules: ExitRules
) -> Mapping[str, Decimal] | None:
    """Return the distance to the ATR stop of every name that has one; None where the mandate has no stop."""
    if rules.atr_stop is None:
        return None
    distances = {ticker: stop_distance(view, ticker, rules) for ticker in sorted(tickers)}
    return {ticker: distance for ticker, distance in distances.items() if distance is not None}


def exit_by_word(view: MarketView, position: Position, price: Decimal, why: str) -> Exit:
    """Return the exit of a position that a person wants closed; no level has to be reached for it."""
    return Exit(
        ticker=position.ticker,
        rule=OWNER_RULE,
        level=None,
        price=price,
        entry=_entry(view, position).quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN),
        sessions_held=_sessions_held(view, position),
        why=why,
    )


def closing(proposal: Proposal, left: Mapping[str, Decimal]) -> Proposal:
    """Return the proposal with every due exit at the weight that is left there, whatever it asked for."""
    return replace(proposal, weights={**proposal.weights, **left})


def exit_clamps(
    proposal: Proposal,
    due: Iterable[Exit],
    current: Mapping[str, Decimal],
    left: Mapping[str, Decimal],
) -> tuple[Clamp, ...]:
    """Return for every exit what was asked for or held there, what is `left` of it instead, and why."""
    asked = {each: proposal.weights.get(each.ticker, current[each.ticker]) for each in due}
    return tuple(
        Clamp(
            limit=each.rule,
            ticker=each.ticker,
            before=weight if is_weight(weight) else ZERO,
            after=left[each.ticker],
            reason=each.why,
        )
        for each, weight in asked.items()
        if weight != left[each.ticker]
    )


def unusable(mark: Mark | None) -> str | None:
    """Return why a price cannot close a position, None where it can."""
    if mark is None:
        return "no price is known"
    if not (mark.price.is_finite() and mark.price > 0):
        return f"the price is not a finite number above 0: {mark.price}"
    return f"the price is stale, of {mark.session.isoformat()}" if mark.stale else None


def _judged(
    view: MarketView, position: Position, price: Decimal, rules: ExitRules
) -> tuple[list[Exit], list[ExitSkip]]:
    """Return the exits of a position that are due, first in precedence first, and the rules not judged."""
    ticker = position.ticker
    side = 1 if position.quantity > 0 else -1
    entry, held = _entry(view, position), _sessions_held(view, position)
    levels, untold = _levels(view, position, entry, rules, held)
    due: list[Exit] = []
    for rule in PRECEDENCE[:3]:
        if rule not in levels:
            continue
        level, meaning = levels[rule]
        beyond = (price - level) * side
        if beyond >= 0 if rule == "take_profit" else beyond <= 0:
            due.append(_exit(ticker, rule, level, price, entry, held, meaning))
    limit = rules.time_stop_sessions
    if limit is not None and held >= limit:
        due.append(_exit(ticker, "time_stop", None, price, entry, held, f"the time stop is {limit} sessions"))
    return due, [ExitSkip(ticker=ticker, rule=rule, reason=reason) for rule, reason in untold]


def _levels(
    view: MarketView, position: Position, entry: Decimal, rules: ExitRules, held: int
) -> tuple[dict[str, tuple[Decimal, str]], list[tuple[str, str]]]:
    side = 1 if position.quantity > 0 else -1
    levels: dict[str, tuple[Decimal, str]] = {}
    if rules.take_profit is not None:
        target = entry * (1 + side * rules.take_profit)
        levels["take_profit"] = (target, f"{rules.take_profit:.2%} in favour of the entry")
    stops = (("atr_stop", rules.atr_stop), ("trailing_stop", rules.trailing_stop))
    wanted = [(rule, multiple) for rule, multiple in stops if multiple is not None]
    if not wanted:
        return levels, []
    atr = average_true_range(view, position.ticker, rules.atr_sessions)
    if atr is None:
        reason = f"no average true range over {rules.atr_sessions} sessions: too few bars, or none that move"
        return levels, [(rule, reason) for rule, _ in wanted]
    for rule, multiple in wanted:
        start = entry if rule == "atr_stop" else _best_close(view, position, held)
        against = "the entry" if rule == "atr_stop" else f"the best close since, {start:,.2f}"
        levels[rule] = (start - side * multiple * atr, f"{multiple} average true ranges against {against}")
    return levels, []


def _entry(view: MarketView, position: Position) -> Decimal:
    """Return what a share of it cost, less the dividends that went ex since, USD a share of today."""
    dividends = _dividends_per_share(view, position.ticker, position.opened)
    return position.cost / position.quantity - dividends


def _sessions_held(view: MarketView, position: Position) -> int:
    sessions = view.sessions(LONGEST_HOLD)
    return len(sessions) - bisect_right(sessions, position.opened)


def _dividends_per_share(view: MarketView, ticker: str, after: date) -> Decimal:
    """Return the cash dividends that went ex after a day, USD a share of the view's session."""
    actions = view.actions(ticker, after)
    return sum((a.value / shares_since(actions, a.ex_date) for a in actions if a.kind == "dividend"), ZERO)


def _best_close(view: MarketView, position: Position, held: int) -> Decimal:
    """Return the best close since the position was opened, in today's shares and net of dividends."""
    bars = view.bars(position.ticker, held + 1)
    since = [bar for bar in bars if bar.session >= position.opened] or [bars[-1]]
    index = view.total_return_index(position.ticker, len(since))
    best = index.max() if position.quantity > 0 else index.min()
    return bars[-1].close * Decimal(repr(float(best / index[-1])))


def _exit(
    ticker: str, rule: str, level: Decimal | None, price: Decimal, entry: Decimal, held: int, meaning: str
) -> Exit:
    step = None if level is None else level.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN)
    reached = f"closed at {price:,.2f}, level {step:,.2f}" if step is not None else f"held {held} sessions"
    return Exit(
        ticker=ticker,
        rule=rule,
        level=step,
        price=price,
        entry=entry.quantize(PRICE_STEP, rounding=ROUND_HALF_EVEN),
        sessions_held=held,
        why=f"{rule}: {reached}; {meaning}",
    )

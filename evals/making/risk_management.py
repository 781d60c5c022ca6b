"""Makes `risk_management`: proposals with one planted danger, or none, over real names and made books."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Literal

from agents.answers import MacroAnswer, ManagerAnswer, TargetWeight, ValidatorAnswer
from agents.brief import Evidence
from db.record_codec import to_plain
from evals.case import Case, Dataset
from evals.making.draw import Name, as_late_roles_see, changed, drawn, held, names_at, picked
from evals.making.outcomes import Outcomes, told_of
from evals.making.past import Holding, Past
from evals.making.strata import regime_of
from fund.errors import NoDataError
from graph.committee import MACRO, MANAGER, VALIDATOR
from graph.research import TrackRecord
from tools.market import MarketTools

SEED = 20162
EACH, CLEAN = 12, 24
EQUITY, LARGE_EQUITY = Decimal(20_000_000), Decimal(100_000_000)
"""USD of the made book; a few per cent of the large one are days of trading in a small name."""
OUTCOME_SESSIONS = 5
WILD, CALM = 3.5, 2.0
"""Volatility as a multiple of the market's; the mean S&P 500 member has about twice the index's."""
USUAL_MARKET = 0.15
"""Long-run volatility of US large caps: a market that sleeps makes no name dangerous."""
LARGE_SHARE, SMALL_SHARE = 0.10, 0.01
"""A position over average dollar volume: a tenth takes days to leave, a hundredth is not noticed."""
DEEP, SHALLOW = -0.20, -0.02
"""From the book's high: a fifth is a bear market by anyone's count."""
CONCENTRATED, SPREAD = 0.50, 0.25
"""One sector's share of the book."""
SMALLEST, LARGEST, IN_SECTOR = 0.045, 0.055, 0.095
"""Weights of targets; the last one where a sector is to be filled."""
Danger = Literal["volatility", "liquidity", "drawdown", "sector", "leveraged", "young"]
DANGERS: tuple[Danger, ...] = ("volatility", "liquidity", "drawdown", "sector", "leveraged", "young")
ABOUT = (
    "Proposals over a made book of real names: an endangered target by published convention (volatility 3.5 "
    "times the market's, a position above a tenth of average dollar volume, a book a fifth below its high, "
    "half the book in one sector, a leveraged note, a name without a history) beside plain ones, or only "
    "plain ones. `shrink` and `leave` are the process: a target of `leave` has none of these, by a wide "
    "margin. `outcomes` is what the targets came to in 5 sessions, kept apart: a danger that paid is one. "
    "Leveraged and young names are planted in the evidence of real ones and have no outcome."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """What one case is put together from."""

    names: Sequence[Name]
    usual: float
    """The market's volatility."""
    equity: Decimal
    chance: Random

    def plain(self, name: Name) -> bool:
        return name.volatility <= CALM * self.usual and self._share(LARGEST, name) <= SMALL_SHARE

    def plain_when_large(self, name: Name) -> bool:
        return self.plain(name) and self._share(IN_SECTOR, name) <= SMALL_SHARE

    def wild(self, name: Name) -> bool:
        return name.volatility >= WILD * self.usual and self._share(LARGEST, name) <= SMALL_SHARE

    def thin(self, name: Name) -> bool:
        return name.volatility <= CALM * self.usual and self._share(SMALLEST, name) >= LARGE_SHARE

    def _share(self, weight: float, name: Name) -> float:
        return weight * float(self.equity) / name.dollar_volume

    def draw(
        self, count: int, fits: Callable[[Name], bool], taken: Iterable[Name], **more: Any
    ) -> tuple[Name, ...]:
        return drawn(self.names, self.chance, count, fits, without=[n.ticker for n in taken], **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    holdings: tuple[Holding, ...]
    targets: Mapping[str, float]
    shrink: tuple[str, ...]
    danger: Danger | None
    edited: Mapping[str, Mapping[str, object]]


def risk_management(past: Past) -> Dataset:
    """Return the dataset of a past that was played; the same past gives the same cases."""
    outcomes = Outcomes(past.history, past.mandate.benchmark, past.mandate.costs)
    sessions = [s for s in past.played if outcomes.known(s, OUTCOME_SESSIONS)]
    cases: list[Case] = []
    for danger, session, chance in _wanted(sessions):
        where, plan = _first_plan(past, sessions, session, danger, chance)
        cases.append(_case(past, outcomes, where, plan, number=len(cases)))
    Random(SEED).shuffle(cases)  # noqa: S311 - must repeat, hides nothing
    named = (replace(case, case_id=f"risk-{number:03}") for number, case in enumerate(cases))
    return Dataset(name="risk_management", about=ABOUT, cases=tuple(named))


def _wanted(sessions: Sequence[date]) -> Iterator[tuple[Danger | None, date, Random]]:
    kinds: list[tuple[Danger | None, int]] = [*((danger, EACH) for danger in DANGERS), (None, CLEAN)]
    for danger, count in kinds:
        for n in range(count):
            yield danger, picked(sessions, n, count), Random(f"{SEED} {danger} {n}")  # noqa: S311


def _first_plan(
    past: Past, sessions: Sequence[date], session: date, danger: Danger | None, chance: Random
) -> tuple[date, _Plan]:
    """Return a plan for the session, or for the next one whose market has such names."""
    begin = sessions.index(session)
    for later in (*sessions[begin:], *sessions[:begin]):
        view = past.view(later)
        market = MarketTools(view).market(past.mandate.benchmark).volatility_20
        table = _Table(
            names=names_at(past, later, view),
            usual=max(market or 0.0, USUAL_MARKET),
            equity=equity_of(danger),
            chance=chance,
        )
        plan = _plan(table, danger)
        if plan is not None:
            return later, plan
    raise NoDataError(f"expected a session with names for {danger or 'plain targets'}, found none")


def _plan(table: _Table, danger: Danger | None) -> _Plan | None:
    book = table.draw(table.chance.randint(5, 8), table.plain, ())
    plain = table.draw(3, table.plain, book)
    if len(book) < 5 or len(plain) < 3:
        return None
    holdings = held(book, table.chance, 0.04, 0.055)
    targets = {n.ticker: _weight(table) for n in plain}
    whole = _Plan(holdings=holdings, targets=targets, shrink=(), danger=danger, edited={})
    if danger is None:
        return whole
    if danger == "drawdown":
        return replace(whole, shrink=tuple(sorted(targets)))
    if danger == "sector":
        return _concentrated(table, whole, book, plain)
    if danger in ("leveraged", "young"):
        chosen = table.draw(1, table.plain, (*book, *plain), most_per_sector=1)
        return _with(whole, table, chosen, {n.ticker: _edit(danger, table.chance) for n in chosen})
    fits = table.wild if danger == "volatility" else table.thin
    return _with(whole, table, table.draw(table.chance.randint(1, 2), fits, (*book, *plain)), {})


def _with(
    plan: _Plan, table: _Table, dangers: Sequence[Name], edited: Mapping[str, Mapping[str, object]]
) -> _Plan | None:
    if not dangers:
        return None
    added = {name.ticker: _weight(table) for name in dangers}
    return replace(plan, targets={**plan.targets, **added}, shrink=tuple(sorted(added)), edited=edited)


def _concentrated(table: _Table, plan: _Plan, book: Sequence[Name], plain: Sequence[Name]) -> _Plan | None:
    """Put half the book and more into one sector: three names of it are held, three more are to come."""
    sectors = sorted({n.sector for n in table.names} - {n.sector for n in plain})
    for sector in table.chance.sample(sectors, len(sectors)):
        same = table.draw(6, table.plain_when_large, (*book, *plain), sector=sector)
        if len(same) == 6:
            others = tuple(h for h, name in zip(plan.holdings, book, strict=True) if name.sector != sector)[
                :4
            ]
            mine = held(same[:3], table.chance, 0.085, 0.095)
            added = {name.ticker: IN_SECTOR for name in same[3:]}
            targets = {**dict(list(plan.targets.items())[:2]), **added}
            return replace(plan, holdings=(*others, *mine), targets=targets, shrink=tuple(sorted(added)))
    return None


def equity_of(danger: Danger | None) -> Decimal:
    """Return the worth of the book in which a danger is planted."""
    return LARGE_EQUITY if danger == "liquidity" else EQUITY


def _weight(table: _Table) -> float:
    return round(table.chance.uniform(SMALLEST, LARGEST), 3)


def _edit(danger: Danger, chance: Random) -> Mapping[str, object]:
    if danger == "leveraged":
        return {
            "name": chance.choice(
                ("3x Long Crude Oil ETN", "Ultra Short VIX Futures ETN", "Daily Bull 3x Fund")
            ),
            "volatility_20": round(chance.uniform(0.95, 1.6), 3),
            "drawdown_60": round(chance.uniform(-0.6, -0.4), 3),
        }
    gone = ("return_20", "return_60", "return_120", "volatility_20", "drawdown_60")
    return {"forecasts": (), "similar": (), **dict.fromkeys(gone)}


def _case(past: Past, outcomes: Outcomes, session: date, plan: _Plan, *, number: int) -> Case:
    chance = Random(f"{SEED} {number}")  # noqa: S311 - must repeat, hides nothing
    fall = chance.uniform(-0.30, DEEP - 0.02) if plan.danger == "drawdown" else chance.uniform(SHALLOW, 0)
    track = TrackRecord(drawdown=round(fall, 4), return_since_start=round(fall + chance.uniform(0, 0.05), 4))
    evidence = past.evidence(
        session, plan.holdings, tuple(plan.targets), track, equity=equity_of(plan.danger)
    )
    for ticker, edit in plan.edited.items():
        evidence = changed(evidence, ticker, **edit)
    evidence = as_late_roles_see(evidence, past_trades=False)
    _check(evidence, plan)
    found = {t: outcomes.of(t, session, OUTCOME_SESSIONS) for t in plan.targets if t not in plan.edited}
    regime = regime_of(past.view(session), past.mandate.benchmark)
    return Case(
        case_id=str(number),
        subject="risk_officer",
        given={"evidence": to_plain(evidence), "earlier": _earlier(plan)},
        label={
            "shrink": list(plan.shrink),
            "leave": sorted(plan.targets.keys() - set(plan.shrink)),
            "outcomes": {t: told_of(o) if (o := found.get(t)) else None for t in sorted(plan.targets)},
            "session": outcomes.place(session),
            "next_open": past.history.calendar.next_session(session).isoformat(),
        },
        strata={"danger": plan.danger or "none", "regime": regime.volatility, "trend": regime.trend},
    )


def _earlier(plan: _Plan) -> dict[str, Any]:
    macro = MacroAnswer(
        regime="neutral", exposure=0.9, confidence=0.5, drivers=[], sectors_to_avoid=[],
        summary="Neither trend nor volatility says much; invest as usual.",
    )  # fmt: skip
    targets = [
        TargetWeight(ticker=ticker, weight=weight, reason="Buy: the forecasters rank it high.")
        for ticker, weight in sorted(plan.targets.items())
    ]
    manager = ManagerAnswer(targets=targets, summary=f"{len(targets)} to open, the rest is kept.")
    validator = ValidatorAnswer(verdict="approve", concerns=[], summary="Nothing speaks against it.")
    answers = {MACRO: macro, MANAGER: manager, VALIDATOR: validator}
    return {role: answer.model_dump(mode="json") for role, answer in answers.items()}


def _check(evidence: Evidence, plan: _Plan) -> None:
    """Stop the making where a case is not what it says: the margins are measured on what is shown."""
    dangers = dangers_in(evidence, plan.targets)
    found = {ticker for ticker, kinds in dangers.items() if kinds}
    assert found == set(plan.shrink), (plan.danger, dangers, plan.shrink)


def dangers_in(evidence: Evidence, targets: Mapping[str, float]) -> dict[str, list[Danger]]:
    """Return the dangers of each target by convention; none for what is plainly none.

    Raises `AssertionError` where a target is neither clearly endangered nor clearly plain.
    """
    sectors: dict[str, float] = {}
    for c in evidence.candidates:
        sectors[c.sector] = sectors.get(c.sector, 0.0) + targets.get(c.ticker, c.weight)
    usual = max(evidence.market.volatility_20 or 0.0, USUAL_MARKET)
    found: dict[str, list[Danger]] = {}
    for c in evidence.candidates:
        if c.ticker not in targets:
            continue
        share = targets[c.ticker] * evidence.book.equity / c.average_dollar_volume
        measures: tuple[tuple[Danger, bool, bool], ...] = (
            ("young", c.volatility_20 is None, c.volatility_20 is not None),
            ("volatility", (c.volatility_20 or 0) >= WILD * usual, (c.volatility_20 or 0) <= CALM * usual),
            ("liquidity", share >= LARGE_SHARE, share <= SMALL_SHARE),
            ("drawdown", evidence.book.drawdown <= DEEP, evidence.book.drawdown >= SHALLOW),
            ("sector", sectors[c.sector] >= CONCENTRATED, sectors[c.sector] <= SPREAD),
        )
        assert all(bad or good for _, bad, good in measures), (c.ticker, measures)
        found[c.ticker] = [danger for danger, bad, _ in measures if bad]
    return found

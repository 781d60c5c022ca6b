"""The offline committee over 200 sessions of a made market: it trades, moderately, and within its rules."""

import asyncio
from dataclasses import dataclass, field
from statistics import mean, median

import pytest

from agents.answers import MacroAnswer, ManagerAnswer
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.llm import LLMDoor
from agents.llm_spec import OFFLINE_LABEL
from agents.replies import AnswerT
from agents.role import Role
from agents.roles import MACRO_RESEARCHER, PORTFOLIO_MANAGER, QUANT_RESEARCHER, RISK_OFFICER, VALIDATOR
from agents.roster import Roster
from fund.clock import FixedClock
from support.call_log import InMemoryCallLog
from support.evidence import MadeMarket, a_full_evidence
from support.llms import NOW

FIRST, LAST = 120, 320


@dataclass
class Committee:
    """The five roles in turn, through the real door; what the graph does, without the graph."""

    door: LLMDoor
    calls: int = 0
    characters: int = 0
    revisions: int = 0

    async def speak(self, role: Role[AnswerT], cycle: str, evidence: Evidence, earlier: Earlier) -> AnswerT:
        request = role.request(cycle_id=cycle, evidence=evidence, earlier=earlier)
        reply = await self.door.ask(request)
        assert reply.answer is not None, reply.silence
        assert reply.label == OFFLINE_LABEL
        self.calls += 1
        self.characters += len(request.system) + len(request.brief)
        return reply.answer

    async def decide(
        self, cycle: str, evidence: Evidence
    ) -> tuple[MacroAnswer, ManagerAnswer, dict[str, float]]:
        """Return the macro answer, the proposal, and the weights after the risk officer."""
        macro, quant = await asyncio.gather(
            self.speak(MACRO_RESEARCHER, cycle, evidence, Earlier()),
            self.speak(QUANT_RESEARCHER, cycle, evidence, Earlier()),
        )
        heard = Earlier(macro=macro, quant=quant)
        manager = await self.speak(PORTFOLIO_MANAGER, cycle, evidence, heard)
        verdict = await self.speak(
            VALIDATOR, cycle, evidence, Earlier(macro=macro, quant=quant, manager=manager)
        )
        heard = Earlier(macro=macro, quant=quant, manager=manager, validator=verdict)
        if verdict.verdict == "revise":
            self.revisions += 1
            manager = await self.speak(PORTFOLIO_MANAGER, cycle, evidence, heard)
            heard = Earlier(macro=macro, quant=quant, manager=manager, validator=verdict)
        risk = await self.speak(RISK_OFFICER, cycle, evidence, heard)
        factors = {f.ticker: f.factor for f in risk.factors}
        return macro, manager, {t.ticker: t.weight * factors.get(t.ticker, 1.0) for t in manager.targets}


@dataclass
class Year:
    """What 200 sessions looked like."""

    held: list[int] = field(default_factory=list)
    turnover: list[float] = field(default_factory=list)
    gross: list[float] = field(default_factory=list)
    names: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def a_committee() -> Committee:
    return Committee(LLMDoor(roster=Roster.of(["offline"]), log=InMemoryCallLog(), clock=FixedClock(NOW)))


async def play(market: MadeMarket) -> Year:
    committee, year = a_committee(), Year()
    book: dict[str, float] = {}
    held: dict[str, int] = {}
    for t in range(FIRST, LAST):
        evidence = market.evidence(t, book, held)
        _, manager, targets = await committee.decide(f"session-{t}", evidence)
        year.turnover.append(sum(abs(w - book.get(ticker, 0.0)) for ticker, w in targets.items()))
        year.reasons += [target.reason for target in manager.targets]
        for ticker, weight in targets.items():
            if weight > 0:
                book[ticker] = weight
                held.setdefault(ticker, 0)
                year.weights.append(weight)
            elif ticker in book:
                del book[ticker]
                year.held.append(held.pop(ticker))
        held = {ticker: sessions + 1 for ticker, sessions in held.items()}
        year.gross.append(sum(book.values()))
        year.names.append(len(book))
    return year


@pytest.fixture(scope="module", params=[0, 1, 2])
def year(request: pytest.FixtureRequest) -> Year:
    return asyncio.run(play(MadeMarket(request.param)))


def test_positions_are_held_for_two_to_six_weeks(year: Year) -> None:
    assert len(year.held) >= 40
    assert 10 <= median(year.held) <= 30


def test_turnover_is_low_once_the_book_is_built(year: Year) -> None:
    assert mean(year.turnover[20:]) < 0.12
    assert sum(turnover == 0 for turnover in year.turnover) > 60


def test_the_book_is_about_twelve_names_and_mostly_invested(year: Year) -> None:
    assert max(year.names) <= 12
    assert mean(year.names[20:]) > 8
    assert 0.5 < mean(year.gross[20:]) < 0.95
    assert max(year.gross) <= 1.0


def test_weights_are_three_to_ten_percent(year: Year) -> None:
    assert min(year.weights) > 0.02
    assert max(year.weights) <= 0.10


def test_every_change_says_why_with_numbers(year: Year) -> None:
    for reason in year.reasons:
        assert reason.startswith(("Buy: conviction", "Close: ", "Trim: ", "Halved for"))
        assert "%" in reason or "conviction" in reason


def test_the_same_evidence_gives_the_same_decision_whenever_it_is_asked() -> None:
    market = MadeMarket(5)
    evidence = market.evidence(200, {}, {})

    def decide() -> object:
        return asyncio.run(a_committee().decide("cycle", evidence))

    assert decide() == decide()


def test_a_full_committee_over_20_names_reads_at_most_120000_characters() -> None:
    committee = a_committee()
    asyncio.run(committee.decide("cycle", a_full_evidence(20)))
    assert committee.calls <= 6
    assert committee.characters <= 120_000

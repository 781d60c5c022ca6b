"""Roles asked from the record alone: what is there is read, what is not is refused, nothing is written."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.calls import RecordedCall
from agents.roles import ROLES
from fund.errors import ConfigError, QueryRefusedError
from graph.context import RoleTurn
from graph.left_out import ABSENT, EMPTY, WithoutRole, leave_out
from graph.recorded import UNASKED, NoCalls, NotOnRecordError, RecordedAsk, RecordedCalls, silences_in
from graph.replies.phrases import role_title
from support.call_log import InMemoryCallLog
from support.evidence import an_evidence
from support.llms import NOW

WORDS = st.text("abcdefghij .,'-0123456789", min_size=1, max_size=40).map(str.strip).filter(bool)


def a_call(call_id: str = "one") -> RecordedCall:
    """Return an answered call of three cents."""
    return RecordedCall(
        call_id=call_id,
        cycle_id="daily-2016-06-24",
        role="validator",
        attempt=0,
        provider="anthropic",
        llm="test-llm",
        prompt_hash="f" * 64,
        prompt_characters=1234,
        status="answered",
        answer="{}",
        error="",
        input_tokens=10,
        output_tokens=10,
        cost_usd=Decimal("0.03"),
        latency_ms=10,
        started_at=NOW,
    )


def held_because(silent: dict[str, str]) -> str:
    """Return the cause of a held decision as `proposal_from` words it."""
    causes = "; ".join(f"{role_title(role)}: {why}" for role, why in sorted(silent.items()))
    return f"AnswerError: a role was silent, so the book is held ({causes})"


@given(
    st.dictionaries(
        st.sampled_from(sorted(ROLES)),
        st.builds(lambda cause, words: f"{cause}: {words}", st.sampled_from(UNASKED), WORDS),
        min_size=1,
    )
)
def test_why_roles_were_silent_is_read_back_from_the_cause_of_a_held_decision(silent: dict[str, str]) -> None:
    assert silences_in(held_because(silent)) == silent


def test_a_silence_after_a_refused_answer_is_not_taken_from_the_cause() -> None:
    assert silences_in(held_because({"validator": "answer: expected an object"})) == {}
    both = {"macro_researcher": "budget: 2 USD (of 2; all)", "quant_researcher": "answer: no object"}
    assert silences_in(held_because(both)) == {"macro_researcher": both["macro_researcher"]}


@pytest.mark.parametrize(
    "cause", [None, "", "the strategy had no answer", "trading was paused by owner: rest"]
)
def test_other_causes_name_no_silent_role(cause: str | None) -> None:
    assert silences_in(cause) == {}


class TestRecordedCalls:
    def test_what_is_on_record_is_found(self) -> None:
        log = InMemoryCallLog()
        asyncio.run(log.record(a_call("one")))
        assert asyncio.run(RecordedCalls(log).find("one")).call_id == "one"

    def test_what_is_not_is_refused_before_money_or_network(self) -> None:
        log = InMemoryCallLog()
        recorded = RecordedCalls(log)
        with pytest.raises(NotOnRecordError):
            asyncio.run(recorded.find("one"))
        with pytest.raises(NotOnRecordError):
            asyncio.run(recorded.reserve("one", NOW, Decimal(1), Decimal(2)))
        with pytest.raises(NotOnRecordError):
            asyncio.run(recorded.record(a_call()))
        assert log.calls == ()

    def test_rules_need_no_memory_and_no_money(self) -> None:
        nothing = NoCalls()
        asyncio.run(nothing.record(a_call("one")))
        assert asyncio.run(nothing.find("one")) is None  # type: ignore[func-returns-value]
        assert asyncio.run(nothing.reserve("one", NOW, Decimal(0), Decimal(0)))
        assert not asyncio.run(nothing.reserve("one", NOW, Decimal("0.01"), Decimal(1)))


async def spoken(role: str, evidence: Any, earlier: Any) -> RoleTurn:
    return RoleTurn(
        answer={"summary": f"{role} heard {sorted(earlier)}"}, silent=None, brief="", speaker="one"
    )


async def not_on_record(role: str, evidence: Any, earlier: Any) -> RoleTurn:
    raise NotOnRecordError("no such call")


def recorded_ask(*ways: Any, **named: Any) -> RecordedAsk:
    return RecordedAsk(ways, **{"answered": frozenset(), "silences": {}, "because": "it changed", **named})


def ask(asked: Any, role: str, **earlier: Any) -> RoleTurn:
    turn: RoleTurn = asyncio.run(asked(role, an_evidence(), earlier))
    return turn


def test_the_way_it_was_asked_in_is_the_one_that_is_on_record() -> None:
    assert ask(recorded_ask(not_on_record, spoken), "validator").answer == {"summary": "validator heard []"}


def test_a_role_nobody_was_asked_for_is_silent_for_the_reason_on_record() -> None:
    silent = ask(recorded_ask(not_on_record, silences={"validator": "budget: spent"}), "validator")
    assert (silent.answer, silent.silent, silent.speaker) == (None, "budget: spent", "silent")


def test_a_missing_answer_is_refused_by_the_name_of_its_role() -> None:
    with pytest.raises(
        QueryRefusedError, match="the answer of validator is not on record; a replay asks nobody"
    ):
        ask(recorded_ask(not_on_record, not_on_record), "validator")
    with pytest.raises(
        QueryRefusedError, match="of validator on record was given to another question: it chan"
    ):
        ask(recorded_ask(not_on_record, answered=frozenset({"validator"})), "validator")


class TestWithoutRole:
    def test_others_do_not_hear_of_a_role_that_is_left_out(self) -> None:
        asked = WithoutRole(spoken, "validator")
        turn = ask(asked, "risk_officer", validator={"verdict": "approve"}, portfolio_manager={})
        assert turn.answer == {"summary": "risk_officer heard ['portfolio_manager']"}

    @pytest.mark.parametrize("role", sorted(EMPTY))
    def test_a_role_that_is_left_out_says_that_it_is_absent_and_nothing_else(self, role: str) -> None:
        turn = ask(WithoutRole(not_on_record, role), role)
        assert turn.answer is not None
        assert (turn.answer["summary"], turn.speaker, turn.silent) == (ABSENT, ABSENT, None)
        assert not any(turn.answer.get(part) for part in ("views", "concerns", "factors"))

    def test_all_but_the_manager_can_be_left_out(self) -> None:
        assert {leave_out(role) for role in EMPTY} == set(ROLES) - {"portfolio_manager"}
        with pytest.raises(
            ConfigError, match="the portfolio_manager cannot be left out: without it nothing is"
        ):
            leave_out("portfolio_manager")
        with pytest.raises(ConfigError, match="was 'scout'"):
            leave_out("scout")

"""The same in other words: what is rewritten, what is left alone, and answers that change with it."""

import asyncio
from dataclasses import dataclass

from evals.case import Case
from evals.paraphrases import FRAMED, invariance, rewrites, same_deed
from evals.trial import Output
from support.chat_answers import a_chat_case, an_output
from support.eval_runs import a_case


@dataclass(frozen=True)
class Reads:
    """Asks for the holdings where a word stands in the last turn, else nothing."""

    word: str
    name: str = "reads"

    async def answer(self, case: Case, number: int) -> Output:
        asked = [("holdings", "")] if self.word in case.given["turns"][-1] else []
        return an_output(tools=asked)


def test_only_the_last_turn_is_said_in_other_words_and_each_way_is_another_text() -> None:
    case = a_chat_case("Hello.", "What do we hold today?")
    made = dict(rewrites(case))
    assert len({other.given["turns"][-1] for other in made.values()}) == len(made) >= 6
    assert {other.given["turns"][0] for other in made.values()} == {"Hello."}
    assert {other.case_id for other in made.values()}.isdisjoint({case.case_id})
    assert {tuple(other.label) for other in made.values()} == {tuple(case.label)}


def test_an_order_gets_no_introduction_and_sql_is_left_alone() -> None:
    assert FRAMED in dict(rewrites(a_chat_case("Pause the trading for now.")))
    assert FRAMED not in dict(rewrites(a_chat_case("Pause the trading for now.", kind="order")))
    assert list(rewrites(a_chat_case("SELECT 1 FROM fills"))) == []


def test_a_role_is_told_figures_and_not_words() -> None:
    assert list(rewrites(a_case())) == []


def test_who_reads_the_words_is_counted_and_the_cases_are_named() -> None:
    case = a_chat_case("What do we hold?")
    steady = asyncio.run(invariance(Reads("o"), [case], same_deed))
    assert steady.changed == {"in capitals": ("c1",)}
    none = asyncio.run(invariance(Reads(""), [case], same_deed))
    assert (none.changed, none.same and none.same.value) == ({}, 1.0)
    assert none.asked == steady.asked == none.same.n  # type: ignore[union-attr]
    assert steady.held is not None
    assert (steady.held.value, steady.held.n) == (0.0, 1)
    assert "0.0% [0.0%, 79.3%] of 1 cases" in steady.told
    assert steady.told.endswith("; changed in capitals: c1")
    nothing = asyncio.run(invariance(Reads(""), [], same_deed))
    assert (nothing.same, nothing.held, nothing.told) == (None, None, "asked nothing in other words")


def test_another_argument_or_ticket_is_another_deed_and_other_words_are_none() -> None:
    case, one = a_chat_case(), an_output("One.", tools=[("ticker", "XOM")])
    assert same_deed(case, one, an_output("Two.", tools=[("ticker", "XOM")]))
    assert not same_deed(case, one, an_output("One.", tools=[("ticker", "CVX")]))
    assert not same_deed(case, one, an_output("One.", tools=[("ticker", "XOM")], tickets=[("pause", "")]))
    assert not same_deed(case, one, Output(answer=None, silent="none"))
    assert not same_deed(a_case(), Output(answer={"a": 1}), Output(answer={"a": 2}))

"""Every case of the chat's dataset, put to the offline rules of a small started desk."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import select

from db.engine import transaction
from db.tables import commands
from desk.bootstrap import Desk
from desk.eval_chat import chat_tonight
from desk.progress import silent
from desk.talk import converse, desk_tools
from desk.worker import DeskWorker
from evals.chat_cases import HELD_OUT, NO_TOOL, chat_dataset
from evals.chat_contestant import ChatContestant
from evals.chat_entry import chat_entry
from evals.chat_tools import OF_THE_RULES, RULES_ONLY
from evals.desk_facts import DeskFacts
from evals.paraphrases import invariance, same_deed
from evals.runner import run
from evals.trial import Trial
from graph.chat import OFFLINE, DeskConversation
from graph.desk_control import DeskStatus
from graph.desk_tools import DeskTools
from support.chat_answers import a_chat_case
from support.eval_runs import a_night

pytest_plugins = ["support.desks"]
FLOOR = 0.9
"""0.98 of the cases were right when this was written, give or take 0.02; what is beneath is no accident."""


@dataclass(frozen=True)
class Asked:
    """A desk's chat, and the trials of all its cases."""

    worker: DeskWorker
    tools: DeskTools
    conversation: DeskConversation
    saver: InMemorySaver
    before: DeskStatus
    trials: tuple[Trial, ...]

    def of(self, contestant: str) -> dict[str, Trial]:
        return {trial.case_id: trial for trial in self.trials if trial.contestant == contestant}

    def share(self, contestant: str, scorer: str = "right") -> float:
        found = [trial.score(scorer) for trial in self.of(contestant).values()]
        values = [value for value in found if value is not None]
        return sum(values) / len(values)


@pytest.fixture(scope="module")
def asked(desk: Desk) -> Iterator[Asked]:
    saver = InMemorySaver()
    with closing(DeskWorker(desk)) as worker:
        tools = desk_tools(desk, worker, may_act=lambda name: name == "owner")
        conversation = converse(desk, worker, saver, tools)
        before = worker.status()
        trials = asyncio.run(run([chat_entry(conversation, tools)]))
        yield Asked(worker, tools, conversation, saver, before, trials)


def test_every_case_has_an_answer_and_none_broke_off(asked: Asked) -> None:
    answers = [trial.output.answer for trial in asked.of(OFFLINE).values()]
    assert len(answers) == len(chat_dataset().cases)
    assert [answer for answer in answers if answer is None or answer["failure"]] == []


def test_nothing_was_carried_out_and_no_ticket_and_no_thread_is_left(asked: Asked, desk: Desk) -> None:
    with transaction(desk.engine) as connection:
        left = set(connection.execute(select(commands.c.status)).scalars())
    assert left == {"declined"}
    assert dict(asked.saver.storage) == {}
    assert asked.tools.desk.status() == asked.before
    assert all(trial.output.answer["carried_out"] == 0 for trial in asked.of(OFFLINE).values())  # type: ignore[index]


def test_a_short_advance_is_proposed_and_not_carried_out(asked: Asked) -> None:
    case = a_chat_case("Advance 2 sessions", ticket="advance")
    output = asyncio.run(ChatContestant(asked.conversation).answer(case, 0))
    assert output.answer is not None
    assert [ticket["action"] for ticket in output.answer["tickets"]] == ["advance"]
    assert output.answer["carried_out"] == 0
    assert asked.tools.desk.status() == asked.before


def test_no_ticket_is_opened_that_nobody_ordered(asked: Asked) -> None:
    kinds = {case.case_id: case.strata["kind"] for case in chat_dataset().cases}
    opened = {
        case_id
        for case_id, trial in asked.of(OFFLINE).items()
        if trial.output.answer is not None and trial.output.answer["tickets"]
    }
    assert opened
    assert {kinds[case_id] for case_id in opened} <= {"order", "misspelt"}


def test_every_tool_and_every_figure_of_a_label_is_there(asked: Asked) -> None:
    facts = DeskFacts(asked.tools)
    there = facts.tools | RULES_ONLY | {NO_TOOL}
    assert set(OF_THE_RULES.values()) <= there
    for case in (*chat_dataset().cases, *chat_dataset(HELD_OUT).cases):
        assert set(case.label["tool"] or ()) <= there, case.case_id
        for fact in case.label["facts"]:
            assert facts(fact) is not None, (case.case_id, fact)


def test_the_rules_are_right_far_more_often_than_who_does_not_listen(asked: Asked) -> None:
    assert asked.share(OFFLINE) >= FLOOR
    for rival in ("always holdings", "most frequent tool", "says nothing"):
        assert asked.share(rival) < 0.25 < FLOOR
    assert asked.share(OFFLINE, "grounded") >= 0.85


def test_a_night_of_the_chat_stands_beside_the_one_before_and_leaves_nothing(
    asked: Asked, desk: Desk
) -> None:
    cases = chat_dataset().only(["c001", "c058", "c126", "c178"])
    first = chat_tonight(desk, asked.worker, date(2026, 11, 28), None, silent, cases)
    assert (first.colour, first.beside, len(first.cases)) == ("green", "", 4)
    before = a_night(day=date(2026, 11, 28), chat=first)
    second = chat_tonight(desk, asked.worker, date(2026, 11, 29), before, silent, cases)
    assert second.beside == "the night of 2026-11-28"
    assert second.difference is not None
    assert (second.difference.mean, second.cases) == (0.0, first.cases)
    assert second.experiment_id != first.experiment_id
    assert asked.tools.desk.status() == asked.before
    with transaction(desk.engine) as connection:
        assert set(connection.execute(select(commands.c.status)).scalars()) == {"declined"}


def test_a_few_orders_and_questions_are_read_alike_in_other_words(asked: Asked) -> None:
    cases = (a_chat_case("What do we hold?"), a_chat_case("Pause trading.", kind="order"))
    found = asyncio.run(invariance(ChatContestant(asked.conversation), cases, same_deed))
    assert found.same is not None
    assert found.same.value == 1.0, found.changed

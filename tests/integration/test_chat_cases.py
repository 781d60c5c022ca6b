"""Every case of the chat's dataset, put to the offline rules of a small started desk."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from typing import get_args

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import select

from db.engine import transaction
from db.tables import commands
from desk.bootstrap import Desk
from desk.talk import converse, desk_tools
from desk.worker import DeskWorker
from evals.chat_cases import NO_TOOL, chat_dataset
from evals.chat_entry import chat_entry
from evals.chat_tools import OF_THE_RULES, RULES_ONLY
from evals.desk_facts import DeskFacts
from evals.runner import Entry, run
from evals.trial import Trial
from graph.chat import OFFLINE
from graph.desk_tools import DeskTools

pytest_plugins = ["support.desks"]


@pytest.fixture(scope="module")
def tools(desk: Desk) -> Iterator[DeskTools]:
    with closing(DeskWorker(desk)) as worker:
        yield desk_tools(desk, worker, may_act=lambda name: name == "owner")


@pytest.fixture(scope="module")
def saver() -> InMemorySaver:
    return InMemorySaver()


@pytest.fixture(scope="module")
def entry(desk: Desk, tools: DeskTools, saver: InMemorySaver) -> Entry:
    with closing(DeskWorker(desk)) as worker:
        return chat_entry(converse(desk, worker, saver, tools), tools)


@pytest.fixture(scope="module")
def trials(entry: Entry) -> tuple[Trial, ...]:
    return asyncio.run(run([entry]))


def of(trials: tuple[Trial, ...], contestant: str) -> list[Trial]:
    return [trial for trial in trials if trial.contestant == contestant]


def test_dump(trials):
    import json
    from db.record_codec import to_json
    with open("/tmp/chatdump/trials.jsonl", "w") as file:
        for trial in trials:
            file.write(to_json(trial) + "\n")

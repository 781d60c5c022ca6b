"""The views of the database that a module brought up as `url`, asked by SQL as the desk asks them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from db.ask import AskDatabase
from fund.clock import FixedClock
from support.desk_records import NOW
from tools.sql_questions import SqlQuestions


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[AskDatabase]:
    database = AskDatabase(url)
    yield database
    database.close()


@pytest.fixture(scope="module")
def questions(url: str, database: AskDatabase) -> Iterator[SqlQuestions]:
    engine = create_engine(url, poolclass=NullPool)
    yield SqlQuestions(database, engine, FixedClock(NOW))
    engine.dispose()

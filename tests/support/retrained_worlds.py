"""Fixtures: a register of its own for every test, whose forecasters are two rules and train in no time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import learning as learnings
from desk import promoting as promotings
from desk.learning import Learning
from support.database import DatabaseServer, own_database
from support.retrained import OWN, World, a_learning, samples


@pytest.fixture(scope="module")
def own() -> Iterator[None]:
    """A desk whose own forecasters are two rules; what they learn from is computed once a session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learnings, "FORECASTERS", OWN)
        patch.setattr(promotings, "FORECASTERS", OWN)
        patch.setattr(learnings, "baselines_on", lambda names: ())
        patch.setattr(Learning, "samples", lambda self, last, horizon, features, progress: samples(last))
        yield


@pytest.fixture
def world(own: None, database_server: DatabaseServer, tmp_path: Path) -> Iterator[World]:
    """A register of two rules in use, trained thirty sessions ago."""
    with own_database(database_server) as engine:
        yield World(learning=a_learning(engine, tmp_path), folder=tmp_path)

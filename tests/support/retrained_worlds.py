"""Fixtures: a register of its own for every test, whose forecasters are two rules and train in no time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from desk import learning as learnings
from desk import promoting as promotings
from desk.learning import Learning
from fund.forecasting.samples import Samples
from support.database import DatabaseServer, own_database
from support.retrained import FIRST, OWN, World, a_learning, samples


def once_at_first(train: Callable[..., Any]) -> Callable[..., Any]:
    """Train what every world begins with once; all that a test asks for is trained."""
    kept: dict[str, Any] = {}

    def trained(samples: Samples, chosen: Sequence[Any], *arguments: Any, **named: Any) -> Any:
        if samples.sessions[-1] != FIRST:
            return train(samples, chosen, *arguments, **named)
        key = "/".join(each.name for each in chosen)
        if key not in kept:
            kept[key] = train(samples, chosen, *arguments, **named)
        return kept[key]

    return trained


@pytest.fixture(scope="module")
def own() -> Iterator[None]:
    """A desk whose own forecasters are two rules; what they learn from is computed once a session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learnings, "FORECASTERS", OWN)
        patch.setattr(promotings, "FORECASTERS", OWN)
        patch.setattr(learnings, "baselines_on", lambda names: ())
        patch.setattr(learnings, "train", once_at_first(learnings.train))
        patch.setattr(Learning, "samples", lambda self, last, horizon, features, progress: samples(last))
        yield


@pytest.fixture
def world(own: None, database_server: DatabaseServer, tmp_path: Path) -> Iterator[World]:
    """A register of two rules in use, trained thirty sessions ago."""
    with own_database(database_server) as engine:
        yield World(learning=a_learning(engine, tmp_path), folder=tmp_path)

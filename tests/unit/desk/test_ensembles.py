"""Whom an ensemble hears when it is asked for, and what is told of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.forecasters import RegisteredForecaster, Role
from desk.ensemble_options import ensemble_told
from desk.ensembles import chosen_members
from fund.errors import ConfigError
from fund.forecasting.ensemble.figures import EnsembleFigures, MemberPart
from support.forecasters import a_card
from support.records import NOON


def a_row(
    name: str, at: int = 0, *, role: Role = "challenger", speaks: bool = False, horizon: int = 5
) -> RegisteredForecaster:
    version = f"{name}-{at:012d}"
    return RegisteredForecaster(
        version=version,
        name=name,
        horizon_sessions=horizon,
        card=a_card(forecaster=name, version=version, horizon_sessions=horizon),
        manifest_sha256="a" * 64,
        active=speaks,
        role=role,
        registered_at=NOON + timedelta(hours=at),
    )


def an_ensemble_row() -> RegisteredForecaster:
    row = a_row("ensemble", 9)
    return replace(row, card=replace(row.card, ensemble=FIGURES))


PART = MemberPart(
    forecaster="gbm", version="gbm-1", sha256="a" * 64, weight=0.625, weight_low=0.5, weight_high=0.7
)
FIGURES = EnsembleFigures(
    members=(PART, replace(PART, forecaster="ridge", version="ridge-1", weight=0.375)),
    verdicts=("it does not beat its best member: -0.0010 rank IC",),
)
ROWS = (
    a_row("gbm", 1, role="champion", speaks=True),
    a_row("gbm", 2),
    a_row("ridge", 3, role="retired"),
    a_row("ridge", 4),
    a_row("momentum", 5, speaks=True),
    a_row("xgb", 6, role="retired"),
    a_row("gru", 7, horizon=20),
    an_ensemble_row(),
)


def versions(*asked: str, horizon: int = 5) -> list[str]:
    return [each.version for each in chosen_members(ROWS, asked, horizon)]


def test_without_a_wish_it_hears_champion_and_challengers_one_of_a_name_and_no_ensemble() -> None:
    assert versions() == ["gbm-000000000001", "momentum-000000000005", "ridge-000000000004"]
    assert versions(horizon=20) == ["gru-000000000007"]
    assert versions(horizon=10) == []


def test_a_wish_is_a_name_a_version_or_its_beginning_in_the_order_asked() -> None:
    assert versions("momentum", "gbm") == ["momentum-000000000005", "gbm-000000000001"]
    assert versions("gbm-000000000002", "xgb-0", "xgb") == ["gbm-000000000002", "xgb-000000000006"]


@pytest.mark.parametrize("asked", ["oracle", "gru", "ensemble", "gbm-00000000000", ""])
def test_one_that_is_not_there_is_named_with_those_that_are(asked: str) -> None:
    said = f"found no forecaster {asked!r}; there are gbm, momentum, ridge, xgb, and `desk train "
    with pytest.raises(ConfigError, match=said):
        versions("gbm", asked)


def test_what_is_told_of_one_are_its_weights_and_its_verdicts() -> None:
    card = a_card(forecaster="ensemble", version="ensemble-1", ensemble=FIGURES)
    assert list(ensemble_told(card)) == [
        "ensemble-1 hears gbm-1 62 %, ridge-1 38 %.",
        "It does not beat its best member: -0.0010 rank IC.",
    ]
    assert list(ensemble_told(a_card())) == []

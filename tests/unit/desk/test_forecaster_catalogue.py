"""Which forecasters a desk can train: each by its own name, each can be read back, each asked for once."""

import argparse
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from desk.forecaster_catalogue import FORECASTERS, USUAL, chosen_variants, usual_on
from desk.forecaster_commands import add_forecasters, train
from desk.tuning_command import add_tuning, tune_family
from fund.errors import ConfigError
from fund.forecasting.catalogue import DESK_SET, FAMILIES, HORIZONS, LOADERS, family_of
from fund.forecasting.ensemble.forecaster import ENSEMBLE

SETS = (DESK_SET,)


def test_every_family_is_called_by_its_name_and_has_a_loader() -> None:
    assert FAMILIES.keys() | {ENSEMBLE} == LOADERS.keys()
    assert family_of(ENSEMBLE) == ENSEMBLE not in FAMILIES
    for name, forecaster in FAMILIES.items():
        assert forecaster.name == name == family_of(name)
        assert forecaster.trials >= 0


def test_what_every_desk_has_are_families_too_and_the_usual_ones_hold_them() -> None:
    assert {each.name for each in FORECASTERS} <= set(USUAL) <= FAMILIES.keys()
    assert FORECASTERS[0].name == "gbm"
    assert len(set(USUAL)) == len(USUAL)


@given(
    families=st.lists(st.sampled_from(sorted(FAMILIES)), max_size=5),
    horizons=st.lists(st.sampled_from(HORIZONS), max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_what_is_chosen_is_every_pair_once_whatever_is_repeated(
    families: Sequence[str], horizons: Sequence[int]
) -> None:
    chosen = chosen_variants(families, horizons, SETS)
    assert {(each.family, each.horizon_sessions) for each in chosen} == {
        (family, horizon) for family in families for horizon in horizons
    }
    assert len(set(chosen)) == len(chosen)
    assert list(dict.fromkeys(each.horizon_sessions for each in chosen)) == (
        list(dict.fromkeys(horizons)) if families else []
    ), "a horizon is trained whole before the next"
    assert all(each.forecaster.name == each.family for each in chosen)


def test_variants_are_chosen_each_once_in_the_order_asked() -> None:
    found = chosen_variants(["xgb", "gbm", "xgb"], [5], ["desk", "lab"])
    assert [each.name for each in found] == ["xgb", "gbm", "xgb-5-lab", "gbm-5-lab"]


def test_without_a_family_the_usual_ones_that_can_read_the_set_are_trained() -> None:
    assert usual_on("desk") == usual_on("lab") == USUAL
    found = chosen_variants(None, [1], ["alpha158"])
    assert [each.name for each in found] == ["gbm-1-alpha158", "ridge-1-alpha158"]


@pytest.mark.parametrize(
    ("families", "horizons", "sets", "said"),
    [
        (("gbm", "oracle"), (5,), SETS, r"expected a family, found 'oracle'; did you mean "),
        (("gmb",), (5,), SETS, r"found 'gmb'; did you mean .*gbm"),
        (("GBM",), (5,), SETS, r"expected a family, found 'GBM'"),
        (("",), (5,), SETS, r"expected a family, found ''"),
        (("gbm",), (3,), SETS, r"expected a horizon among \(1, 5, 10, 20\) sessions, found 3"),
        (("gbm",), (-5,), SETS, r"found -5"),
        (("gbm",), (5,), ("labs",), r"expected a set of features, found 'labs'; did you mean lab"),
    ],
    ids=["none", "misspelled", "shouted", "empty", "horizon", "backwards", "set"],
)
def test_one_that_there_is_not_is_a_mistake_of_whoever_asked(
    families: tuple[str, ...], horizons: tuple[int, ...], sets: tuple[str, ...], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        chosen_variants(families, horizons, sets)


def asked(*words: str) -> argparse.Namespace:
    parser, shared = argparse.ArgumentParser(), argparse.ArgumentParser(add_help=False)
    for option in ("--data-dir", "--mandate"):
        shared.add_argument(option)
    commands = parser.add_subparsers()
    add_forecasters(commands, shared)
    add_tuning(commands, shared)
    return parser.parse_args(words)


def refused(*words: str) -> str:
    """What a command says that stops before any desk is opened."""
    options = asked(*words)
    with pytest.raises(ConfigError) as found:
        options.run(options, Console(file=io.StringIO()))
    return str(found.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "--family", "gbmm"), "found 'gbmm'; did you mean gbm"),
        (("train", "--features", "labs"), "expected a set of features, found 'labs'"),
        (("train", "--explain", "it is right"), "--explain belongs to --family"),
        (("train", "--members", "gbm"), "--members and --weigh belong to --family ensemble"),
        (("train", "--family", "gbm", "--weigh", "equal"), "--members and --weigh belong to"),
        (("train", "--family", "ensemble", "--features", "lab"), "an ensemble reads what its members read"),
        (("train", "--family", "ensemble", "--family", "gbmm"), "found 'gbmm'; did you mean gbm"),
        (("train", "--on", "moon"), "expected --on inline, threads, ray or ray:ADDRESS, found 'moon'"),
        (("tune", "momentum"), "which is a fixed rule; there are attention"),
        (("tune", "nothing"), "expected a family, found 'nothing'"),
        (("tune", "gbm", "--trials", "0"), "expected trials of at least 1, found 0"),
        (("tune", "gbm", "--folds", "-1"), "expected inner_folds of at least 1, found -1"),
        (("tune", "gbm", "--every", "0"), "expected every of at least 1, found 0"),
        (("tune", "gbm", "--on", "threads:9"), "found 'threads:9'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "said",
)
def test_a_mistake_at_the_terminal_is_told_before_anything_is_opened(
    words: tuple[str, ...], said: str, tmp_path: object
) -> None:
    assert said in refused(*words, "--data-dir", str(tmp_path))


@pytest.mark.parametrize("words", [("train", "--horizon", "3"), ("tune", "gbm", "--horizon", "7")], ids=str)
def test_a_horizon_that_there_is_not_is_refused_by_the_parser(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        asked(*words)
    assert ended.value.code == 2
    assert "choose from 1, 5, 10, 20" in capsys.readouterr().err.replace("'", "")


def test_what_is_typed_reaches_the_command_as_it_was_typed() -> None:
    typed = asked("train", "--family", "gbm", "--family", "xgb", "--horizon", "1", "--horizon", "20")
    assert (typed.run, typed.family, typed.horizon) == (train, ["gbm", "xgb"], [1, 20])
    assert (typed.features, typed.on, typed.explain) == (None, None, "")
    tuning = asked("tune", "ridge")
    assert tuning.run is tune_family
    assert (tuning.trials, tuning.folds, tuning.every, tuning.horizon) == (20, 3, 4, None)
    promoted = asked("promote", "gbm-1", "--why", "better", "--yes")
    assert (promoted.version, promoted.why, promoted.yes, promoted.explain) == ("gbm-1", "better", True, "")
    back = asked("rollback")
    assert (back.horizon, back.why, back.yes) == (None, "", False), "nothing is undone without a word"

"""A classifier out of a folder: its labels decide the sign, and no other files are touched or fetched."""

import shutil
from pathlib import Path

import pytest

from agents.news_classifier import ClassifierSentiment
from fund.errors import ConfigError
from support.classifiers import a_classifier, relabelled

TITLES = ["Norvale beats estimates", "Norvale cuts outlook", "misses misses misses"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_classifier(tmp_path_factory.mktemp("classifier") / "tiny-finbert")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "tiny-finbert"))


def test_titles_are_scored_by_the_chance_of_good_less_that_of_bad_news(made: Path) -> None:
    read = ClassifierSentiment(made).score(TITLES)
    assert all(each is not None and -1 <= each.score <= 1 and each.confidence >= 1 / 3 for each in read)
    assert len({each.score for each in read if each is not None}) == 3
    assert all(each is not None and each.n == 1 for each in read)


def test_the_labels_decide_the_sign(made: Path, folder: Path) -> None:
    turned = relabelled(folder, {"0": "Negative", "1": "POSITIVE", "2": "neutral"})
    for own, other in zip(
        ClassifierSentiment(made).score(TITLES), ClassifierSentiment(turned).score(TITLES), strict=True
    ):
        assert own is not None
        assert other is not None
        assert own.score == pytest.approx(-other.score)


def test_a_title_scores_alike_alone_and_among_others_and_an_empty_one_not_at_all(made: Path) -> None:
    scorer = ClassifierSentiment(made)
    many = scorer.score(["", *(TITLES * 15), "  ", "norvale " * 300])
    assert (many[0], many[-2]) == (None, None)
    (alone,) = scorer.score([TITLES[1]])
    assert alone is not None
    assert many[2] is not None
    assert alone.score == pytest.approx(many[2].score, abs=1e-6)
    assert many[-1] is not None
    assert scorer.score([]) == ()


def test_its_name_follows_from_its_files(made: Path, folder: Path) -> None:
    name = ClassifierSentiment(made).name
    assert name.startswith("classifier/tiny-finbert/")
    assert ClassifierSentiment(folder).name == name
    assert (
        ClassifierSentiment(relabelled(folder, {"0": "negative", "1": "positive", "2": "neutral"})).name
        != name
    )


@pytest.mark.parametrize(
    "labels",
    [
        {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"},
        {"0": "bullish", "1": "bearish", "2": "neutral"},
        {"0": "positive", "1": "positive", "2": "negative"},
        {"0": "positive", "1": "neutral"},
        {"zero": "positive", "one": "negative"},
        {},
        None,
        ["positive", "negative", "neutral"],
    ],
)
def test_labels_that_say_something_else_are_refused(folder: Path, labels: object) -> None:
    with pytest.raises(
        ConfigError, match="DESK_SENTIMENT__CLASSIFIER: expected the labels positive, negative"
    ):
        ClassifierSentiment(relabelled(folder, labels))


def test_two_labels_are_enough(tmp_path: Path) -> None:
    two = a_classifier(tmp_path / "two", {0: "negative", 1: "positive"})
    (found,) = ClassifierSentiment(two).score([TITLES[0]])
    assert found is not None


def test_weights_that_are_not_safetensors_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.rename(folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="found no safetensors"):
        ClassifierSentiment(folder)


@pytest.mark.parametrize("config", ["", "not json", "[]"])
def test_a_folder_without_a_readable_config_is_refused(folder: Path, config: str) -> None:
    (folder / "config.json").write_text(config)
    with pytest.raises(ConfigError, match=r"config\.json"):
        ClassifierSentiment(folder)


def test_a_folder_that_is_not_there_is_refused_and_never_looked_for_on_a_hub(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DESK_SENTIMENT__CLASSIFIER"):
        ClassifierSentiment(tmp_path / "ProsusAI" / "finbert")


def test_a_head_that_is_not_in_the_file_is_never_made_up(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = str(folder / "model.safetensors")
    weights = load_file(path)
    save_file(
        {name: each for name, each in weights.items() if "classifier" not in name}, path, {"format": "pt"}
    )
    with pytest.raises(ConfigError, match="no weights for classifier"):
        ClassifierSentiment(folder).score(TITLES)


def test_weights_that_do_not_load_are_said_to_be_so(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"garbage")
    with pytest.raises(ConfigError, match="transformers loads"):
        ClassifierSentiment(folder).score(TITLES)

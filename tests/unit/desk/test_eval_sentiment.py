"""`desk evals sentiment`: the desk's own reader of headlines, with sample, interval and baselines."""

import json
from pathlib import Path

import pytest

from desk.cli import OK, REFUSED, main
from evals.sentiment import labelled_titles, scored
from fund.news.lexicon import LexiconScorer


def test_the_list_of_words_is_scored_without_a_desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("evals", "sentiment", "--data-dir", str(tmp_path / "none"), "--json")) == OK
    read, *others = json.loads(capsys.readouterr().out)["scores"]
    expected = scored(LexiconScorer(), labelled_titles("test"))
    assert (read["reader"], read["n"], read["unread"]) == (LexiconScorer().name, expected.n, 0)
    assert read["accuracy"] == {
        "value": expected.accuracy.value,
        "low": expected.accuracy.low,
        "high": expected.accuracy.high,
    }
    assert sum(read["confusion"].values()) == expected.n
    assert [each["reader"] for each in others] == ["always neutral", "majority"]
    assert all(each["accuracy"]["high"] < read["accuracy"]["low"] for each in others)
    assert not (tmp_path / "none").exists()


def test_the_table_tells_sample_and_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("evals", "sentiment", "--data-dir", str(tmp_path / "none"))) == OK
    told = " ".join(capsys.readouterr().out.split())
    accuracy = scored(LexiconScorer(), labelled_titles("test")).accuracy
    assert f"{accuracy.value:.1%}" in told
    assert f"{accuracy.low:.1%} to {accuracy.high:.1%}" in told
    assert "upper bound" in told


def test_an_llm_is_paid_by_a_desk_and_refused_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_SENTIMENT__SCORER", "llm")
    monkeypatch.setenv("DESK_OPENAI_API_KEY", "sk-none")
    assert main(("evals", "sentiment", "--data-dir", str(tmp_path / "none"))) == REFUSED
    assert "make up" in capsys.readouterr().err

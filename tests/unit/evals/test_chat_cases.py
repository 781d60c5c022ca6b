"""The chat's dataset: read from its text with a hash of its own, and bad cases named."""

from collections import Counter
from pathlib import Path

import pytest

from evals.chat_cases import HELD_OUT, KINDS, NO_TOOL, chat_dataset
from fund.errors import DataError

HEAD = 'about = "Made up."\n'
GOOD = """
[[case]]
id = "c1"
turns = ["What do we hold?"]
topic = "book"
level = "easy"
kind = "question"
tool = ["holdings"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "chat.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_is_read_with_its_label_and_strata(tmp_path: Path) -> None:
    (case,) = chat_dataset(written(tmp_path, HEAD + GOOD)).cases
    assert case.given == {"turns": ["What do we hold?"]}
    assert case.label == {"tool": ["holdings"], "arguments": {}, "facts": [], "ticket": None, "refuse": False}
    assert case.strata == {"topic": "book", "level": "easy", "kind": "question", "language": "en"}


def test_the_hash_follows_from_the_cases_and_not_from_how_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    plain = chat_dataset(written(tmp_path, HEAD + GOOD))
    same = chat_dataset(written(tmp_path / "two", f"# A remark.\n{HEAD}{GOOD}\nrefuse = false\n"))
    assert same.digest == plain.digest
    other = tmp_path / "other.toml"
    other.write_text(HEAD + GOOD.replace("hold?", "own?"), encoding="utf-8")
    assert chat_dataset(other).digest != plain.digest


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "about"),
        ("about = ", "chat.toml"),
        (HEAD, "case"),
        (HEAD + GOOD.replace('topic = "book"\n', ""), "case 1: expected topic"),
        (HEAD + GOOD + 'tools = ["holdings"]\n', "found tools"),
        (HEAD + GOOD.replace('["What do we hold?"]', "[]"), "1 to 3 turns"),
        (HEAD + GOOD.replace('["What do we hold?"]', '["a", "b", "c", "d"]'), "1 to 3 turns"),
        (HEAD + GOOD.replace('["What do we hold?"]', '[" "]'), "1 to 3 turns"),
        (HEAD + GOOD.replace('"easy"', '"simple"'), "level"),
        (HEAD + GOOD.replace('"question"', '"query"'), "kind"),
        (HEAD + GOOD.replace('"question"', '"order"'), "ticket"),
        (HEAD + GOOD + 'ticket = "pause"\n', "without a tool"),
        (HEAD + GOOD.replace('tool = ["holdings"]', 'ticket = "sell"'), "kind of ticket"),
        (HEAD + GOOD.replace('["holdings"]', '"holdings"'), "list of tools"),
        (HEAD + GOOD + 'facts = [{ tool = "holdings" }]\n', "fact's tool, path"),
        (HEAD + GOOD + GOOD, "c1"),
    ],
)
def test_what_is_no_case_is_refused_by_its_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(DataError, match=r"expected") as refused:
        chat_dataset(written(tmp_path, text))
    assert named in str(refused.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.toml"):
        chat_dataset(tmp_path / "nowhere.toml")


def test_the_cases_held_out_are_others_of_every_kind() -> None:
    cases, known = chat_dataset(HELD_OUT), chat_dataset()
    assert (cases.name, known.name) == ("chat_held_out", "chat")
    assert len(cases.cases) >= 80
    assert {case.strata["kind"] for case in cases.cases} == set(KINDS)
    asked, taught = ({tuple(case.given["turns"]) for case in each.cases} for each in (cases, known))
    assert len(asked) == len(cases.cases)
    assert asked.isdisjoint(taught)


def test_the_kept_cases_are_of_every_kind_and_no_two_are_alike() -> None:
    cases = chat_dataset().cases
    kinds = Counter(case.strata["kind"] for case in cases)
    assert len(cases) >= 200
    assert set(kinds) == set(KINDS)
    assert min(kinds["order"], kinds["not an order"], kinds["follow-up"]) >= 20
    assert kinds["out of scope"] >= 10
    assert sum(case.strata["language"] != "en" for case in cases) >= 10
    assert len({tuple(case.given["turns"]) for case in cases}) == len(cases)


def test_every_case_asks_for_something_or_for_nothing_to_happen() -> None:
    for case in (*chat_dataset().cases, *chat_dataset(HELD_OUT).cases):
        label = case.label
        if case.strata["kind"] in ("question", "follow-up", "misspelt"):
            assert label["tool"] or label["ticket"], case.case_id
        if case.strata["kind"] == "not an order":
            assert label["ticket"] is None, case.case_id
        if case.strata["kind"] == "out of scope":
            assert label["refuse"], case.case_id
        if label["arguments"] and not label["ticket"]:
            assert NO_TOOL not in label["tool"], case.case_id

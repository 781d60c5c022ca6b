"""The roster of a mandate: read strictly, written without touching anything else, and taken back."""

import os
import tomllib
from pathlib import Path

import pytest

from desk.mandate import mandate_of
from desk.mandate_roster import BEFORE, undo, undone, with_roster, write_mandate
from fund.errors import ConfigError
from fund.mandate import RosterEntry
from support.checkout import ROOT

SHIPPED = (ROOT / "mandate.toml").read_text(encoding="utf-8")
RULED = {"validator": "offline"}
MIXED = {"quant_researcher": "anthropic:claude-haiku-4-5", "validator": "compatible:qwen3"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "mandate.toml"
    made.write_text(SHIPPED, encoding="utf-8")
    return made


def test_the_shipped_mandate_has_no_roster_and_its_example_reads() -> None:
    assert mandate_of(SHIPPED, "m").llm_roster == ()
    example = SHIPPED.replace("# [llm.roster]\n# validator", "[llm.roster]\nvalidator")
    assert mandate_of(example, "m").llm_roster == (RosterEntry(role="validator", llm="offline"),)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            '[llm.roster]\nvalidater = "offline"',
            "line {at}: llm.roster.validater is not a role; did you",
        ),
        ('[llm.roster]\nchairman = "offline"', "llm.roster.chairman is not a role; known: macro_researcher"),
        ("[llm.roster]\nvalidator = 3", 'llm.roster.validator must be a text such as "offline", was 3'),
        ('[llm.roster]\nvalidator = "gpt"', "llm.roster.validator: expected anthropic:<llm>"),
        ('[llm.roster]\nvalidator = "openai:"', "llm.roster.validator: expected the name of an LLM"),
        ('[llm.roster]\nvalidator = "compatible:q@http://u:secret@h/v1"', "llm.roster.validator: expected"),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(table: str, said: str) -> None:
    text = f"{SHIPPED}\n{table}\n"
    with pytest.raises(ConfigError) as refused:
        mandate_of(text, "m")
    assert said.format(at=len(text.splitlines())) in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_roster_that_is_no_table_is_refused() -> None:
    text = SHIPPED.replace("evals_budget_usd = 5.00", 'evals_budget_usd = 5.00\nroster = "offline"')
    with pytest.raises(ConfigError, match=r"llm\.roster must be a section of its own, \[llm\.roster\]"):
        mandate_of(text, "m")


def test_a_first_choice_adds_the_section_at_the_end_and_nothing_else() -> None:
    written = with_roster(SHIPPED, MIXED)
    assert written == (
        f'{SHIPPED}\n[llm.roster]\nquant_researcher = "anthropic:claude-haiku-4-5"\n'
        'validator = "compatible:qwen3"\n'
    )
    assert {e.role: e.llm for e in mandate_of(written, "m").llm_roster} == MIXED


def test_an_entry_is_replaced_where_it_stands_and_a_new_one_follows_the_last() -> None:
    before = (
        f"{SHIPPED}\n[llm.roster]\n# who argues\n'validator'  = 'openai:gpt' # since May\n"
        '\n# and the rest\n[llm.prices]\n"openai:gpt" = { input = 1, output = 2 }\n'
    )
    after = with_roster(before, {"risk_officer": "offline", "validator": "anthropic:b"})
    assert after == before.replace(
        "'validator'  = 'openai:gpt' # since May\n",
        '\'validator\'  = "anthropic:b" # since May\nrisk_officer = "offline"\n',
    )


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_are_kept_and_a_last_line_without_one_gets_it(ending: str) -> None:
    text = SHIPPED.rstrip("\n").replace("\n", ending)
    written = with_roster(text, RULED)
    assert written == f'{text}{ending}{ending}[llm.roster]{ending}validator = "offline"{ending}'


@pytest.mark.parametrize(
    "table",
    [
        'roster = { validator = "openai:gpt" }',
        'roster.validator = "openai:gpt"',
    ],
)
def test_a_table_in_another_form_is_left_alone_and_the_lines_to_write_are_told(table: str) -> None:
    text = SHIPPED.replace("evals_budget_usd = 5.00", f"evals_budget_usd = 5.00\n{table}")
    assert tomllib.loads(text)["llm"]["roster"] == {"validator": "openai:gpt"}
    with pytest.raises(ConfigError, match='Write it yourself: validator = "offline"'):
        with_roster(text, RULED)


def test_words_in_a_text_that_look_like_the_section_are_not_taken_for_it() -> None:
    name = 'name = """Large\n[llm.roster]\nvalidator = "offline"\n"""'
    text = SHIPPED.replace('name = "Large caps, long only"', name)
    assert text != SHIPPED
    with pytest.raises(ConfigError, match="in a form that is not changed by a command"):
        with_roster(text, {"validator": "anthropic:b"})


def test_a_written_mandate_keeps_its_mode_and_the_file_before_and_can_be_taken_back(path: Path) -> None:
    path.chmod(0o640)
    after = with_roster(SHIPPED, RULED)
    kept = write_mandate(path, SHIPPED, after)
    assert (path.read_text(), kept.read_text()) == (after, SHIPPED)
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in path.parent.iterdir()) == ["mandate.toml", "mandate.toml.before"]
    assert undone(path) == (after, SHIPPED)
    undo(path, after)
    assert path.read_text() == SHIPPED
    assert not kept.exists()
    with pytest.raises(ConfigError, match=r"mandate\.toml\.before: expected the mandate as it was"):
        undone(path)


def test_a_linked_mandate_is_written_where_it_lies(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "linked.toml"
    link.symlink_to(path)
    write_mandate(link, SHIPPED, with_roster(SHIPPED, RULED))
    assert link.is_symlink()
    assert path.read_text() == with_roster(SHIPPED, RULED)
    assert undone(link)[1] == SHIPPED


def test_what_somebody_else_wrote_meanwhile_is_not_thrown_away(path: Path) -> None:
    path.write_text(f"{SHIPPED}# mine\n")
    with pytest.raises(ConfigError, match="changed by somebody else meanwhile"):
        write_mandate(path, SHIPPED, with_roster(SHIPPED, RULED))
    assert path.read_text() == f"{SHIPPED}# mine\n"
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("broken", ["max_names = 19", "max_names = ", "max_names = 20 "])
def test_an_undo_after_another_edit_is_refused_and_says_where_the_old_file_is(
    path: Path, broken: str
) -> None:
    write_mandate(path, SHIPPED, with_roster(SHIPPED, RULED))
    path.write_text(path.read_text().replace("max_names = 20", broken))
    with pytest.raises(ConfigError, match=rf"left alone; mandate\.toml{BEFORE} is how it was before"):
        undone(path)

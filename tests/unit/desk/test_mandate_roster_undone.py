"""A roster that is written and taken back, over many ways in which an owner may write the table."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.roles import ASKED as KNOWN
from desk.mandate_roster import undo, undone, with_roster, write_mandate
from fund.errors import ConfigError

ASKED = tuple(KNOWN)
LLMS = ("offline", "openai:gpt-99", "anthropic:some", "compatible:qwen3:32b", "compatible:größer")
TOP = '# The fund’s mandate – größer ist nicht besser\n[llm]\nbudget = 5.00 # "llm.roster" is below\n'
BELOW = '\n[llm.prices] # of "validator"\n"openai:gpt-99" = { input = 1, output = 2 }\n'


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Return a mandate with a roster in an owner's hand: quotes, blanks, remarks, either kind of line end."""
    lines = [draw(st.sampled_from(("[llm.roster]", "[ llm.roster ]  # who speaks", "[llm . roster]")))]
    for role in draw(st.lists(st.sampled_from(ASKED), unique=True)):
        key = draw(st.sampled_from((role, f'"{role}"', f"'{role}'", f"  {role}")))
        mark = draw(st.sampled_from("\"'"))
        remark = draw(st.sampled_from(("", "# since May", '  # was "offline"', "\t#validator = 'x'")))
        lines += draw(st.sampled_from(([], [""], [f'# {role} = "offline"'])))
        lines.append(
            f"{key}{draw(st.sampled_from(('=', ' = ')))}{mark}{draw(st.sampled_from(LLMS))}{mark}{remark}"
        )
    text = TOP + "\n".join(lines) + draw(st.sampled_from(("", "\n", BELOW)))
    return text.replace("\n", draw(st.sampled_from(("\n", "\r\n"))))


chosen = st.dictionaries(st.sampled_from(ASKED), st.sampled_from(LLMS), min_size=1)


@settings(max_examples=25)
@given(tables(), chosen)
def test_what_is_written_says_what_was_chosen_and_leaves_every_other_line(
    before: str, roster: dict[str, str]
) -> None:
    after = with_roster(before, roster)
    stated = tomllib.loads(before)["llm"]["roster"]
    assert tomllib.loads(after)["llm"]["roster"] == stated | roster
    assert {**tomllib.loads(after)["llm"], "roster": 0} == {**tomllib.loads(before)["llm"], "roster": 0}
    old, new = before.split("\n"), after.split("\n")
    touched = [line for line in old if line not in new and f"{line}\r" not in new]
    assert len(touched) <= len(stated.keys() & roster)
    assert with_roster(after, roster) == after, "written twice, it is the same"


@settings(max_examples=25)
@given(tables(), chosen)
def test_a_choice_can_be_taken_back_however_its_owner_wrote_the_table(
    tmp_path_factory: pytest.TempPathFactory, before: str, roster: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("mandate") / "mandate.toml"
    path.write_bytes(before.encode())
    stated = tomllib.loads(before)["llm"]["roster"]
    after = with_roster(before, {role: llm for role, llm in roster.items() if stated.get(role) != llm})
    write_mandate(path, before, after)
    assert undone(path) == (after, before)
    undo(path, after)
    assert path.read_bytes() == before.encode()


@pytest.mark.parametrize("hostile", ['a"\nvalidator = "b', "a\\b", 'a" # ', 'a"]\n[llm', "a\nb", "a\x00"])
def test_a_name_that_would_break_out_of_its_text_is_not_written(hostile: str) -> None:
    with pytest.raises(ConfigError, match="the mandate's roster is written in a form"):
        with_roster(f"{TOP}[llm.roster]\n", {"risk_officer": hostile})


def test_an_entry_that_its_owner_struck_out_after_the_choice_is_not_brought_back(tmp_path: Path) -> None:
    path = tmp_path / "mandate.toml"
    before = f"{TOP}[llm.roster]\nvalidator = 'offline'\n"
    path.write_text(before, encoding="utf-8")
    write_mandate(path, before, with_roster(before, {"risk_officer": "offline"}))
    path.write_text(path.read_text(encoding="utf-8").replace("validator = 'offline'\n", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match="changed since the choice and is left alone"):
        undone(path)

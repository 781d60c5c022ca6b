"""What the steps of an answer are called."""

import re
from pathlib import Path

import pytest

from desk.chat.tool_titles import TITLES, tool_title
from support.checkout import ROOT

NAMED = re.compile(
    r'plan\(\s*(?:[a-z]+=)?"([a-z_.]+)"|\("([a-z_]+)", (?:tools\.|_|performance|compare|drawdowns)'
)


def names_in_use() -> set[str]:
    files = [*Path(ROOT, "graph", "plans").glob("*.py"), Path(ROOT, "graph", "readers.py")]
    found = (match for file in files for match in NAMED.finditer(file.read_text(encoding="utf-8")))
    return {match[1] or match[2] for match in found}


def test_every_tool_that_answers_has_a_title_of_its_own() -> None:
    names = names_in_use()
    assert {"sql.ask", "closes.requested_closes", "query_records", "why"} <= names
    assert {name for name in names if not {name, name.rpartition(".")[2]} & TITLES.keys()} == set()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sql.ask", "SQL over the records"),
        ("portfolio.state", "Portfolio"),
        ("rooms.new_thing", "Rooms: new thing"),
        ("Session 2016-03-08", "Session 2016-03-08"),
    ],
)
def test_a_title_is_words_and_never_a_dotted_name(name: str, title: str) -> None:
    assert tool_title(name) == title

"""What is read rather than run: links lead somewhere, decisions are numbered, nothing is given away."""

import re
from pathlib import Path

import pytest

from support.checkout import ROOT, texts, tracked_files
from support.papers import anchors, dead_links, giveaways

PAGES = [
    path for path in tracked_files() if path.suffix == ".md" and "data" not in path.relative_to(ROOT).parts
]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
WORD = "work"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert list(dead_links(page)) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One two: three\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md) [b](there.md#one-two-three) [c](https://example.org/x) ![d](gone.png)\n"
        "[e](there.md#four) [f](#nowhere)\n```\n[g](not-a-link.md)\n```\n"
    )
    assert list(dead_links(page)) == [
        "page.md: 'gone.png' leads nowhere",
        "page.md: 'there.md#four' names no heading of there.md",
        "page.md: '#nowhere' names no heading of page.md",
    ]


def test_headings_are_anchored_as_github_does() -> None:
    assert {"the-walks", "rooms"} <= anchors(ROOT / "docs" / "architecture.md")


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 5


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_says_why_what_and_at_what_price(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.name[:4]} "), "the heading carries the number"
    assert re.search(r"^(Date|Status): ", text, re.MULTILINE)
    for part in ("## Context", "## Decision", "## Consequences"):
        assert part in text
    assert text.count("\n") <= 80, "a decision is one page"


def test_no_file_gives_a_machine_a_registry_or_a_key_away() -> None:
    found = [sentence for name, text in texts() for sentence in giveaways(name, text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "see " + "/wo" + "rk/main/README.md",
        "cd " + "/ro" + "ot/desk",
        "open('" + "/tm" + "p/x')",
        "/ho" + "me/ada/conclave",
        "index: https://py" + "pi.org/simple",
        "ANTHROPIC_API_KEY=sk-" + "ant-api03-abcdefgh",
    ],
)
def test_a_planted_giveaway_is_found(text: str) -> None:
    assert len(list(giveaways("x.md", text))) == 1


@pytest.mark.parametrize(
    "text",
    ["the root/leaf of a tree", f"$HOME/{WORD}/x", f"https://example.org/{WORD}/x", f"docs/{WORD}/x.md"],
)
def test_an_innocent_path_is_left_alone(text: str) -> None:
    assert list(giveaways("x.md", text)) == []

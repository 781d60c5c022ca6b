"""Rules for what is read rather than run: Markdown, and what no file may give away."""

import re
from collections.abc import Iterator
from pathlib import Path

_SLASH = "/"
GIVEAWAYS = {
    "a path of one machine": re.compile(
        rf"(?<![\w.$}}{_SLASH}]){_SLASH}(?:work|root|tmp|home/\w+|Users/\w+){_SLASH}\w|\b[A-Z]:\\Users\\"
    ),
    "the host of a package registry": re.compile(r"\b(?:pypi|pythonhosted|npmjs|anaconda)\.(?:org|com)\b"),
    "a key": re.compile(r"\b(?:sk-ant-[\w-]{8}|sk-proj-[\w-]{8}|lsv2_[a-z]{2}_\w{8}|ghp_\w{20})"),
}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def giveaways(name: str, text: str) -> Iterator[str]:
    """Sentences of what a file says that belongs to one machine, a workplace or its owner."""
    for kind, pattern in GIVEAWAYS.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: {kind}: {match[0]!r}"


def dead_links(page: Path) -> Iterator[str]:
    """Sentences of the links of a Markdown page that lead to no file or no heading of the checkout."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"{page.name}: {target!r} leads nowhere"
        elif anchor and anchor not in anchors(file):
            yield f"{page.name}: {target!r} names no heading of {file.name}"


def anchors(page: Path) -> set[str]:
    """The anchors GitHub gives to the headings of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+\s+(.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

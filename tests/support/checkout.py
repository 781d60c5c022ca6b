"""The checkout as data: which files there are, and what the project says of itself."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("agents", "db", "desk", "evals", "fund", "graph", "tools")
"""The rooms that are imported by name; chat-ui is the eighth, and is not."""
PRODUCT = (*ROOMS, "chat-ui")
UNTRACKED = frozenset(
    {
        ".git",
        ".venv",
        ".desk",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
    }
)


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the checkout, with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return tuple(ast.walk(self.tree))

    @property
    def room(self) -> str:
        return self.path.split("/", 1)[0]


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that git tracks or would track; without git, every file outside known caches."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not UNTRACKED & set(path.relative_to(ROOT).parts)]
    else:
        found = [ROOT / name for name in listed.split("\0") if name]
    return tuple(sorted(path for path in found if path.is_file()))


def sources(*tops: str) -> Iterator[Source]:
    """Every tracked Python file under these folders of the checkout."""
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and name.split("/", 1)[0] in tops:
            yield Source(name, path.read_text(encoding="utf-8"))


def texts() -> Iterator[tuple[str, str]]:
    """Every tracked text file that we wrote, by its path; the bundle's own papers are not ours."""
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("data/bundle/"):
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@cache
def project() -> dict[str, Any]:
    """The tables of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared_requirements(*extras: str) -> tuple[Requirement, ...]:
    """The libraries pyproject.toml asks for, with those of the named extras."""
    tables = project()["project"]
    lines = list(tables["dependencies"])
    for extra in extras:
        lines.extend(tables["optional-dependencies"][extra])
    return tuple(Requirement(line) for line in lines)

"""What a command came to: data for a program, and the same for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a command."""

    data: Mapping[str, Any]
    """Plain JSON, the whole of what `--json` prints."""
    shown: tuple[RenderableType, ...] = ()
    good: bool = True
    """False when the command ran but what it looked at is not in order."""

"""How a user wants answers: how much of them, given by whom, drawn in which colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chainlit.input_widget import InputWidget, Select

from desk.chat.display import PALETTES

Length = Literal["full", "brief"]

LENGTHS: Mapping[str, Length] = {
    "Full: text, tables, charts and sources": "full",
    "Brief: text and tables": "brief",
}
PALETTE_LABELS = {"The desk's colours": "desk", "Colour-blind safe": "safe", "Greys": "grey"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Every wish has a value at all times; what cannot be read is the first choice."""

    length: Length = "full"
    profile: str | None = None
    """Who answers; None lets the desk choose."""
    palette: str = "desk"

    @property
    def brief(self) -> bool:
        """Tell whether charts and sources are to be left out."""
        return self.length == "brief"


def wishes_of(values: Mapping[str, Any], profiles: Sequence[str]) -> Wishes:
    """Read what the page's settings say; a profile that is gone, or anything unknown, is not wished for."""
    length, profile, palette = (values.get(key) for key in ("length", "profile", "palette"))
    return Wishes(
        length="brief" if length == "brief" else "full",
        profile=profile if isinstance(profile, str) and profile in profiles else None,
        palette=palette if isinstance(palette, str) and palette in PALETTES else "desk",
    )


def values_of(wishes: Wishes) -> dict[str, object]:
    """Write wishes as the page's settings, to be kept."""
    return {"length": wishes.length, "profile": wishes.profile, "palette": wishes.palette}


def widgets(wishes: Wishes, profiles: Sequence[str]) -> list[InputWidget]:
    """Return the settings of the page as they stand."""
    answers = {name: name for name in profiles}
    chosen = wishes.profile or next(iter(profiles), None)
    found: list[InputWidget] = [
        Select(id="length", label="Answers", items=dict(LENGTHS), initial_value=wishes.length),
        Select(id="palette", label="Charts", items=dict(PALETTE_LABELS), initial_value=wishes.palette),
    ]
    if answers:
        found.insert(1, Select(id="profile", label="Who answers", items=answers, initial_value=chosen))
    return found

"""The chat page's colours: what is read on it stands out from its ground in both themes (WCAG 2.2, AA)."""

import colorsys
import json
from typing import Any

import pytest

from support.checkout import ROOT
from tools.equity_chart import DESK_COLOUR

PUBLIC = ROOT / "chat-ui" / "public"
AA = 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour written as hue, saturation and lightness."""
    hue, saturation, lightness = (float(part.strip("%")) for part in colour.split())
    channels = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def theme(name: str) -> dict[str, str]:
    themes: dict[str, Any] = json.loads((PUBLIC / "theme.json").read_text(encoding="utf-8"))["variables"]
    return dict(themes[name])


def test_black_on_white_has_the_contrast_it_is_known_to_have() -> None:
    assert contrast("0 0% 0%", "0 0% 100%") == pytest.approx(21)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("variable", ["--primary", "--muted-foreground", "--foreground"])
def test_lines_and_words_stand_out_from_the_ground(name: str, variable: str) -> None:
    assert contrast(theme(name)[variable], theme(name)["--background"]) >= AA


def test_the_desks_line_takes_the_colour_of_the_theme() -> None:
    red, green, blue = (int(DESK_COLOUR[at : at + 2], 16) for at in (1, 3, 5))
    css = (PUBLIC / "custom.css").read_text(encoding="utf-8")
    rule = css.partition(f'.infolayer) [style*="stroke: rgb({red}, {green}, {blue})"]')[2]
    assert rule.partition("}")[0].split() == ["{", "stroke:", "hsl(var(--primary))", "!important;"]

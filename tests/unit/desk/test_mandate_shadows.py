"""Whom the mandate names as shadows: read strictly, nobody unless it says so."""

from dataclasses import replace
from decimal import Decimal

import pytest

from desk.mandate import mandate_of
from fund.errors import ConfigError
from support.checkout import ROOT

SHIPPED = (ROOT / "mandate.toml").read_text(encoding="utf-8")


def with_lines(lines: str) -> str:
    """Return the shipped mandate with lines added to its section [llm]."""
    return SHIPPED.replace("\n[llm]\n", f"\n[llm]\n{lines}\n", 1)


def test_nobody_shadows_the_committee_unless_the_mandate_says_who() -> None:
    shipped = mandate_of(SHIPPED, "shipped")
    assert (shipped.shadows, shipped.shadow_budget_usd) == ((), 1)
    mandate = mandate_of(
        with_lines("shadows = ['openai:gpt-5.4', 'offline']\nshadow_budget_usd = 0.5"), "own"
    )
    assert (mandate.shadows, mandate.shadow_budget_usd) == (("openai:gpt-5.4", "offline"), Decimal("0.5"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("shadow_budget_usd = -1", r"llm\.shadow_budget_usd must be at least 0, was -1"),
        ("shadow_budget_usd = nan", r"llm\.shadow_budget_usd must be at least 0, was NaN"),
        ("shadow_budget_usd = '1'", r"llm\.shadow_budget_usd must be a number, was '1'"),
        ("shadows = 'offline'", r"llm\.shadows must be a list of texts, was 'offline'"),
        ("shadows = ['gemini:x']", r"llm\.shadows must name .* without an address, was 'gemini:x'"),
        ("shadows = ['openai:x@http://h']", r"without an address, was 'openai:x@http://h'"),
        ("shadows = [1]", r"without an address, was 1"),
        ("shadows = ['offline', 'offline']", r"llm\.shadows names one twice: \['offline', 'offline'\]"),
        ("shadow = ['offline']", r"llm\.shadow is not a key of the mandate; did you mean llm\.shadows\?"),
    ],
)
def test_what_cannot_be_a_shadow_is_refused_by_its_key(line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        mandate_of(with_lines(line), "own")


def test_no_more_are_asked_than_can_be_followed() -> None:
    with pytest.raises(ConfigError, match=r"llm\.shadows may name 8 at most, was 9"):
        replace(mandate_of(SHIPPED, "shipped"), shadows=tuple(f"openai:{n}" for n in range(9)))

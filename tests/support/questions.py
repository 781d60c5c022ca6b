"""Labelled questions, alone and in threads, and how many of them a router understands."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Focus, Intent
from graph.routing.router import focus_after, route
from support.instruments import bundle_directory

TODAY = date(2017, 1, 31)
FOLDER = Path(__file__).parents[1] / "golden" / "questions"
LISTED = ("AAPL", "MSFT", "XOM", "GE")
"""What the last list showed, where a question follows one."""
LISTING = ("holdings", "trades", "forecast", "search", "watchlist", "attribution")
SETS = tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))
"""The files of labelled threads."""
PLAIN = ("easy", "medium")
PLAIN_SLOTS = ("ticker", "day", "dimension", "pattern", "only", "against", "role", "record")
Z = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One question, what it should have been understood as, and what it was."""

    ask: str
    level: str
    label: dict[str, Any]
    intent: Intent

    @property
    def right(self) -> bool:
        """Whether the intent and every labelled part of it are right."""
        return self.harmless and self._named and self._parts

    @property
    def harmless(self) -> bool:
        """Whether a control action was understood only where one was asked for."""
        return self.intent.name not in CONTROL or self.intent.name in self._wanted | self._allowed

    @property
    def _wanted(self) -> set[str]:
        named = self.label.get("intent", ())
        return {named} if isinstance(named, str) else set(named)

    @property
    def _allowed(self) -> set[str]:
        return {self.label["control_may"]} if "control_may" in self.label else set()

    @property
    def _named(self) -> bool:
        return not self._wanted or self.intent.name in self._wanted

    @property
    def _parts(self) -> bool:
        found = {slot: getattr(self.intent, slot) for slot in PLAIN_SLOTS}
        found |= {end: getattr(self.intent.span, end, None) for end in ("first", "last")}
        return all(found[slot] == self.label[slot] for slot in found.keys() & self.label.keys())


def threads(name: str) -> list[dict[str, Any]]:
    """Return the labelled threads of a file: `known`, `held_out` or `fresh`."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["thread"]


def outcomes(cases: Iterable[dict[str, Any]], likeness: Likeness | None) -> Iterator[Outcome]:
    """Yield how each turn of each thread is understood, the focus carried along as the chat carries it."""
    for thread in cases:
        focus = Focus()
        for label in thread["turns"]:
            intent = route(label["ask"], bundle_directory(), TODAY, focus, likeness)
            yield Outcome(ask=label["ask"], level=thread["level"], label=label, intent=intent)
            focus = focus_after(intent, focus)
            if intent.name in LISTING:
                focus = replace(focus, listed=LISTED)


def share(outcomes_of: Iterable[Outcome]) -> tuple[int, int, float, float]:
    """Return how many are right, of how many, and the 95% interval of the share (Wilson 1927)."""
    right = [outcome.right for outcome in outcomes_of]
    n, p = len(right), sum(right) / max(1, len(right))
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z * sqrt(p * (1 - p) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return sum(right), n, middle - half, middle + half

"""Questions and orders as owners word them: what a sentence that no rule foresaw is compared with."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

NO_ORDER = "no_order"
"""The label of sentences that speak of an order and give none."""


def _read(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return labelled lines; a label is an intent, or one and its part, as in `exposure/sector`."""
    written = tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return {label: tuple(text.strip().splitlines()) for label, text in written.items()}


EXAMPLES = _read("questions.toml")
"""Questions, by what they ask for."""
ORDERS = _read("orders.toml")
"""Orders, by what they order, and under `NO_ORDER` what is none."""
SENTENCES: Mapping[str, tuple[str, ...]] = {**EXAMPLES, **ORDERS}
"""What likeness is learnt from: questions and orders in one, so that each is told from the other."""

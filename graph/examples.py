"""Questions as owners ask them, by what they ask for: what a question nobody foresaw is compared with."""

import tomllib
from collections.abc import Mapping
from pathlib import Path


def read_examples() -> Mapping[str, tuple[str, ...]]:
    """Return the labelled examples; a label is an intent, or one and its part, as in `exposure/sector`."""
    written = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {label: tuple(text.strip().splitlines()) for label, text in written.items()}


EXAMPLES = read_examples()

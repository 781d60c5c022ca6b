"""What the alert rules and the dashboard read: their expressions, and the figures named in them."""

import json
import re
from collections.abc import Iterator

import yaml

from support.checkout import ROOT

OPERATIONS = ROOT / "docs" / "operations"
EXPRESSIONS = frozenset({"sum", "rate", "increase", "deriv", "histogram_quantile", "by"})
"""Functions and words that may stand before a bracket."""
_NAME = re.compile(r"\b(?:desk|process|conclave)_\w+|\bup\b")


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every expression with the rule or panel it stands in."""
    for group in yaml.safe_load((OPERATIONS / "alerts.yml").read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]
    for panel in json.loads((OPERATIONS / "grafana" / "desk.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def names_in(expression: str) -> set[str]:
    """Return the figures an expression reads."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))


def given_names(text: str) -> set[str]:
    """Return the names under which /metrics gives figures, those of histograms and summaries included."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("_sum", "_count")}
    found: set[str] = {"up"}
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE):
        found |= {f"{name}{suffix}" for suffix in suffixes.get(kind, ("",))}
    return found

"""The page that lists every feature, written from the definitions themselves."""

from fund.features.feature import Feature
from fund.features.sets import KINDS, LAB, SETS

HEAD = """# Features

Written by `fund.features.page` from the definitions; a test keeps the two equal.

There are {count} features. A forecaster reads a set of them: {sets}.
A set has an id, `feature_version`, which changes with any name, formula, window or scaling in it. Every value
is of what was known at the close of its session, and missing where it is not known.

Formulas write C, O, H, L for adjusted prices, r for the daily log return, V for dollar volume and X[-k] for
k sessions earlier; mean, std, sum, min and max run over w sessions. Those of Alpha158 write V for adjusted
shares, A for the average price and e for 1e-12; those of filings write C for the raw close and X[-y] for
the same quarter a year before. *Sessions* is how many a value depends on, its own included. *Scale* is how
a table puts it into [-0.5, 0.5]: by its **rank** among the session's members, by its **zscore** among them
(cut off at three deviations, over six), or **raw**, by its own formula, where it is the same for every
name. What is *in dollars* grows with the money traded or the currency; every other feature is a pure
number.
"""


def feature_page() -> str:
    """Return the page in Markdown."""
    sets = ", ".join(f"`{name}` ({len(features)})" for name, features in SETS.items())
    parts = [HEAD.format(count=len(LAB), sets=sets)]
    for kind, features in KINDS.items():
        parts.append(f"## {kind[0].upper()}{kind[1:]} ({len(features)})\n")
        parts.append("| name | formula | source | sessions | scale |\n|---|---|---|---|---|")
        parts.append("\n".join(map(_row, features)) + "\n")
    return "\n".join(parts)


def _row(feature: Feature) -> str:
    scale = f"{feature.scaling}, in dollars" if feature.in_dollars else feature.scaling
    cells = (f"`{feature.name}`", _escaped(feature.formula), _escaped(feature.source), feature.window, scale)
    return f"| {' | '.join(map(str, cells))} |"


def _escaped(text: str) -> str:
    """Leave nothing in a cell that Markdown reads as a rule, an emphasis or a cell's end."""
    return "".join(f"\\{sign}" if sign in "|*_[]" else sign for sign in text)

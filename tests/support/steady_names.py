"""Names of tests must be the same in every process: whoever runs them in parallel compares the lists."""

import re
from collections.abc import Iterable

UNSTEADY = re.compile(r"\\x1f\\x8b|PK\\x03\\x04| at 0x[0-9a-f]+|/pytest-of-|/tmp[a-z0-9_]{8}(?![a-z0-9_])")
"""Archives, which hold the hour they were made, addresses of objects, and temporary folders."""


def unsteady(names: Iterable[str]) -> list[str]:
    """Return the names that another process, or a later one, would not give."""
    return [name for name in names if UNSTEADY.search(name)]

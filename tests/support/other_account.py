"""Becoming another account of this machine, which needs root and a Python that account can run."""

import os
import sys
from pathlib import Path

import psycopg

from db.embedded_binaries import is_reachable_by_others

NOBODY = 65534
SITE_PACKAGES = Path(psycopg.__file__).parents[1]
_PYTHONS = (Path(sys.executable), Path(f"/usr/bin/python3.{sys.version_info.minor}"))
PYTHON_FOR_ALL = next((p for p in _PYTHONS if p.exists() and is_reachable_by_others(p)), None)
"""This interpreter, or the machine's own of the same version with this one's libraries on its path."""
CAN_BE_NOBODY = os.geteuid() == 0 and PYTHON_FOR_ALL is not None and is_reachable_by_others(SITE_PACKAGES)
WHY_NOT = "only root can become another user, who must be able to run a Python of this version"

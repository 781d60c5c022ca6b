"""A cycle that is killed with SIGKILL anywhere goes on in a new process: nothing lost, nothing twice."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from db.embedded import EmbeddedPostgres
from support.desk_process import desk_environment, run_desk, started
from support.desk_records_on_disk import Recorded, recorded
from support.desks import copy_folder
from support.rule_server import RuleServer, rule_server

pytest_plugins = ["support.desks"]

ROLES = ("macro_researcher", "quant_researcher", "portfolio_manager", "validator", "risk_officer")

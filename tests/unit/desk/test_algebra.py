"""The desk's algebra has one thread, however the program is started, unless the owner says otherwise."""

import os
import subprocess
import sys

import pytest

from desk.algebra import SETTING, on_one_thread
from support.checkout import ROOT

THREADS = """
import contextlib, io, runpy, sys
sys.argv = ["desk", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    runpy.run_module("desk", run_name="__main__")
import numpy
from threadpoolctl import threadpool_info
print({each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"})
"""


def test_numpy_begins_with_one_thread() -> None:
    program = [sys.executable, "-c", THREADS]
    told = subprocess.run(program, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "{1}"


def test_what_the_owner_says_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "2")
    on_one_thread()
    assert os.environ[SETTING] == "2"  # noqa: TID251 - what a library will read

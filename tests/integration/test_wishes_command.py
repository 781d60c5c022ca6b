"""Closing and watching at the terminal, on a desk that has been started before."""

import io
import json
import re

import pytest

from desk.cli import FAILED, OK, REFUSED
from desk.consent import account_name
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_position_is_closed_and_a_name_watched_on_a_typed_word(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run("watch", "AAPL", "--yes", "--json")
    said = json.loads(out)
    assert (code, said["done"], said["by"], said["tickers"]) == (OK, True, account_name(), ["AAPL"])
    assert "The watchlist then holds 1 of at most 12 names." in said["consequences"]
    assert [each["ticker"] for each in json.loads(run("watchlist", "--json")[1])["names"]] == ["AAPL"]
    typed(monkeypatch, "yes\n")
    code, out, err = run("close", "*")
    assert code == FAILED
    assert out.startswith("Withdrawn: nothing was done (close ")
    lines = re.findall(r"- Sell all \d+ ([A-Z.]+): [\d,.]+ USD at the last close of", err)
    assert lines, err
    typed(monkeypatch, "close\n")
    code, out, _ = run("close", lines[0])
    assert code == OK
    assert out.startswith(f"{lines[0]} will be closed: decided first at the close of ")
    assert run("keep", lines[0], "--yes")[0] == OK
    assert run("close", lines[0], "--fraction", "2")[0] == REFUSED

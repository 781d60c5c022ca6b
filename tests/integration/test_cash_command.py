"""Deposits and withdrawals at the terminal, and in the chat, on a desk that has been started before."""

import io
import json

import pytest

from desk.cli import FAILED, OK, REFUSED
from desk.consent import account_name
from support.started_desks import Run

pytest_plugins = ["support.desks"]


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_money_is_moved_on_a_typed_word_and_the_books_and_the_return_stay_right(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "yes\n")
    code, out, _ = run("deposit", "5,000")
    assert (code, out) == (FAILED, "Withdrawn: nothing was done (deposit 5,000.00 USD).")
    before = json.loads(run("status", "--json")[1])
    typed(monkeypatch, "deposit\n")
    code, out, err = run("deposit", "500000")
    assert code == OK
    assert out.startswith("500,000.00 USD are deposited, booked at the open of ")
    assert "Deposit 500,000.00 USD: booked into the paper account at the open of the next session." in err
    code, out, _ = run("withdraw", "$99.95", "--yes", "--json")
    said = json.loads(out)
    assert (code, said["done"], said["by"], said["amount"]) == (OK, True, account_name(), "99.95")
    assert run("verify")[0] == OK
    replayed = run("replay", "last", "--json")
    assert (replayed[0], json.loads(replayed[1])["same"]) == (OK, True)
    assert run("advance", "2")[0] == OK
    after = json.loads(run("status", "--json")[1])
    earned = [page["record"]["return_fraction"] for page in (before, after)]
    assert abs(earned[1] - earned[0]) < 0.05, "half as much again came in, and none of it was earned"
    curve = after["record"]["equity"]
    assert abs(curve[-1] / curve[0] - 1 - earned[1]) < 1e-9, "the line drawn is net of deposits"
    assert float(after["equity"]) > float(before["equity"]) + 400_000
    assert run("verify")[0] == OK
    for cycle in ("last", str(before["session"])):
        assert json.loads(run("replay", cycle, "--json")[1])["same"], cycle


def test_more_than_is_free_is_refused_in_a_sentence(run: Run) -> None:
    code, _, err = run("withdraw", "900000000", "--yes")
    assert code == FAILED
    assert "USD are free of " in err


@pytest.mark.parametrize("amount", ["lots", "0x10", "5.123", "5,00", "1e5", "NaN"])
def test_what_is_no_amount_is_refused_before_anything_is_opened(run: Run, amount: str) -> None:
    code, _, err = run("deposit", amount)
    assert code == REFUSED
    assert "an amount in USD such as 5000 or 99.95 is needed" in err


def test_asked_for_in_the_chat_it_is_a_ticket(run: Run) -> None:
    code, out, _ = run("ask", "deposit 5000", "--json")
    assert code == OK
    assert "Deposit 5,000.00 USD: booked into the paper account" in out

"""What a person at a terminal is told and asked before many sessions are played."""

import os
import pwd
import sys

from rich.console import Console

from db.engine import transaction
from db.trading_state import TradingState
from desk.bootstrap import Desk
from graph.intent import AT_ONCE


def may_advance(desk: Desk, asked: int, beside: Console, *, confirmed: bool) -> bool:
    """Say it when trading is paused, and ask about more sessions than begin at once in the chat.

    Without a person at the terminal nothing is asked, and the answer is yes.
    """
    count = min(asked, len(desk.unplayed()))
    if not count:
        return True
    with transaction(desk.engine) as connection:
        trading = TradingState(connection).get()
    if trading.is_paused:
        told = f"Trading was paused by {trading.changed_by} ({trading.reason}): nothing will be decided."
        if trading.cause != "owner":
            told = f"{trading.told[:1].upper()}{trading.told[1:]}; nothing will be decided."
        beside.print(told, highlight=False, soft_wrap=True)
    if confirmed or count <= AT_ONCE or not _is_person():
        return True
    fewer = f" ({asked} were asked for, no more are left)" if count < asked else ""
    try:
        question = f"Play {count} sessions{fewer}? An advance cannot be undone. [y/N] "
        said = beside.input(question, markup=False, emoji=False)
    except EOFError:
        return False
    return said.strip().lower() in ("y", "yes")


def says(phrase: str, question: str, beside: Console) -> bool:
    """Ask for a phrase to be typed; anything else, or nobody there to type it, is a no."""
    try:
        said = beside.input(f'{question} Type "{phrase}" to confirm: ', markup=False, emoji=False)
    except EOFError:
        return False
    return said.strip().lower() == phrase


def account_name() -> str:
    """Return the account of the operating system that this process runs as, for the record."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid {os.getuid()}"
    return f"{name} at the terminal"


def _is_person() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()

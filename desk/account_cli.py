"""`desk account`: who may enter, and the keys that scripts enter with."""

import argparse
from collections.abc import Callable
from typing import Any

from db.key_scopes import SCOPES
from desk import account_commands as accounts

ACCOUNT = """Let others look on, and give scripts keys.

The owner is always there; its password is in the data folder, and `password owner` replaces it. A viewer sees
everything and changes nothing. A new account's password is made up and shown once, or read from standard
input.
Scripts send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`; a key may do what its account may, or
with --scope less: read (every question), commands (propose and confirm), cycles (have the committee decide),
metrics.

  desk account add anna --role viewer
  desk account key create anna --label "her notebook" --days 90
  desk account key create anna --label prometheus --scope metrics
  desk account key rotate key-1a2b3c4d --overlap-hours 24
  curl -H "X-API-Key: desk_..." http://127.0.0.1:8000/api/tools

What is changed here counts at once, in a desk that runs too."""


def add_account(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command with everything below it."""
    raw = argparse.RawDescriptionHelpFormatter
    account = sub.add_parser(
        "account", help="Let others look on, and give scripts keys", description=ACCOUNT, formatter_class=raw
    )
    below = account.add_subparsers(required=True, metavar="ACTION")

    def add(under: Any, name: str, run: accounts.Action, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, parents=[shared], help=text, description=text)
        made.set_defaults(run=run)
        return made

    def named(name: str, run: accounts.Action, text: str) -> argparse.ArgumentParser:
        made = add(below, name, run, text)
        made.add_argument("name", help="the account's name: a letter, then letters, digits, . _ -")
        return made

    made = named("add", accounts.add, "Make an account and show its password, once.")
    made.add_argument("--role", choices=("viewer", "owner"), default="viewer", help="default viewer")
    _password(made)
    _password(named("password", accounts.password, "Replace a password; every session of the account ends."))
    named("disable", accounts.disable, "Shut an account out at once: password, sessions and keys.")
    named("enable", accounts.enable, "Let a disabled account in again.")
    add(below, "list", accounts.listed, "List the accounts.")
    key = below.add_parser("key", help="Make, list, rotate and revoke keys for scripts")
    _add_keys(key.add_subparsers(required=True, metavar="ACTION"), add)


def _add_keys(keys: Any, add: Callable[..., argparse.ArgumentParser]) -> None:
    made = add(keys, "create", accounts.create_key, "Make a key and show it, once.")
    made.add_argument("name", help="whose key; it may do what this account may")
    made.add_argument("--label", required=True, help="what it is for")
    made.add_argument(
        "--scope",
        action="append",
        choices=SCOPES,
        help="what it may do; can be repeated (default: everything)",
    )
    _lifetime(made)
    made = add(
        keys,
        "rotate",
        accounts.rotate_key,
        "Make a key that follows another and show it, once; both hold for a while.",
    )
    made.add_argument("key_id", help="such as key-1a2b3c4d, from `key list`")
    made.add_argument(
        "--overlap-hours",
        type=_hours,
        default=24,
        help="hours that the old one still admits (default 24, at most 720)",
    )
    _lifetime(made)
    made = add(keys, "list", accounts.list_keys, "List keys, never the keys themselves.")
    made.add_argument("name", nargs="?", help="of one account")
    made = add(keys, "revoke", accounts.revoke_key, "Make a key worthless, at once and for good.")
    made.add_argument("key_id", help="such as key-1a2b3c4d, from `key list`")


def _lifetime(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--days", type=_days, default=90, help="days until it expires (default 90, at most 3650)"
    )


def _password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stdin", action="store_true", help="read the password from the first line of standard input"
    )


def _hours(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 720:
        raise argparse.ArgumentTypeError(f"0 to 720 hours are needed, was {text!r}")
    return int(text)


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError(f"1 to 3650 days are needed, was {text!r}")
    return int(text)

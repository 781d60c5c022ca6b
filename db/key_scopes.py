"""What a key may be made for: each scope opens some of the doors, and no key more than its account's role."""

from collections.abc import Collection
from typing import Literal, get_args

from fund.errors import QueryRefusedError

Role = Literal["owner", "viewer"]
Scope = Literal["read", "commands", "cycles", "metrics"]
"""read: ask. commands: propose and confirm. cycles: have the committee decide. metrics: read /metrics."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
_OF_ROLE: dict[Role, frozenset[Scope]] = {
    "owner": frozenset(SCOPES),
    "viewer": frozenset({"read", "metrics"}),
}


def scopes_of(role: Role, chosen: Collection[Scope] | None = None) -> frozenset[Scope]:
    """Return what a visitor of a role may do: all the role may, or what of that was chosen for a key."""
    return _OF_ROLE[role] if chosen is None else _OF_ROLE[role] & frozenset(chosen)


def checked_scopes(role: Role, chosen: Collection[str]) -> tuple[Scope, ...]:
    """Return scopes as they are kept, in order; `QueryRefusedError` for one that is unknown or too much."""
    known = ", ".join(SCOPES)
    if not chosen:
        raise QueryRefusedError(
            f"a key needs at least one scope of {known}; name one, or none at all for every one"
        )
    for scope in chosen:
        if scope not in SCOPES:
            raise QueryRefusedError(f"a scope is one of {known}, was {scope[:40]!r}")
        if scope not in _OF_ROLE[role]:
            raise QueryRefusedError(
                f"a key of a {role} cannot have the scope {scope!r}: no key may do more than its account"
            )
    return tuple(scope for scope in SCOPES if scope in chosen)

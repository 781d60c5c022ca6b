"""What a committee run carries from node to node: plain JSON, small, kept at every step."""

from collections.abc import Iterable
from typing import Annotated, Any, TypedDict

Json = dict[str, Any]


def merged(left: Json, right: Json) -> Json:
    """Join what parallel roles wrote; a later answer of the same role replaces the earlier."""
    return {**left, **right}


class CommitteeState(TypedDict):
    """The committee's state; evidence and clients are in the run's context, not here."""

    answers: Annotated[Json, merged]
    """Role name to its answer as JSON."""
    silent: Annotated[dict[str, str], merged]
    """Role name to the reason why it gave no answer."""
    notes: Annotated[dict[str, list[str]], merged]
    """Role name to what was dropped or repaired in its answer."""
    speakers: Annotated[dict[str, str], merged]
    """Role name to who answered for it."""
    calls: Annotated[dict[str, list[str]], merged]
    """Role name to the ids of its LLM calls."""
    revisions: int
    """How often the validator has sent the proposal back."""
    about: list[str]
    """The names that the run began with; a run about others is another run."""


def opening_state(about: Iterable[str] = ()) -> CommitteeState:
    """Return the state a cycle about some names starts from."""
    return CommitteeState(
        answers={}, silent={}, notes={}, speakers={}, calls={}, revisions=0, about=list(about)
    )

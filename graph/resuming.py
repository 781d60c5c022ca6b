"""A committee run that was cut off: goes on from its checkpoint, or from the start where that is damaged.

Starting over costs no LLM call: every answer that came in is on record and found there by its key.
"""

import logging
from collections.abc import Mapping
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.committee import MACRO, MANAGER, QUANT, RISK, VALIDATOR, Committee
from graph.state import CommitteeState

log = logging.getLogger("conclave.checkpoints")

UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)
"""What reading a damaged checkpoint raises, here or inside LangGraph."""
MAPPINGS = ("answers", "silent", "notes", "speakers", "calls")
ROLES = frozenset({MACRO, QUANT, MANAGER, VALIDATOR, RISK})


async def resumed(committee: Committee, config: RunnableConfig) -> tuple[CommitteeState | None, bool]:
    """Return the state a thread stands at, None for one that is to begin, and whether it has ended.

    A checkpoint that cannot be read, or holds what no run can have written, is deleted.
    """
    try:
        kept = await committee.aget_state(config)
        if not kept.values:
            return None, False
        ended = not kept.tasks
        if _is_sound(kept.values, ended=ended):
            return cast(CommitteeState, kept.values), ended
        problem = "it holds what no run writes"
    except UNREADABLE as error:
        problem = f"{type(error).__name__}: {error}"
    await start_over(committee, config, problem)
    return None, False


async def start_over(committee: Committee, config: RunnableConfig, problem: str) -> None:
    """Delete what a thread has kept, so that its run begins again, and say why."""
    thread_id = config["configurable"]["thread_id"]
    log.warning("the checkpoint of %s is of no use (%s); its committee begins again", thread_id, problem)
    saver = committee.checkpointer
    assert isinstance(saver, BaseCheckpointSaver)
    await saver.adelete_thread(thread_id)


def is_complete(values: Mapping[str, Any]) -> bool:
    """Say whether everybody has spoken, or somebody was silent, which ends a run early."""
    return bool(values["silent"]) or values["answers"].keys() >= ROLES


def _is_sound(values: Mapping[str, Any], *, ended: bool) -> bool:
    """Say whether a run can have left this: every part of its kind, and nobody missing at the end."""
    if not all(isinstance(values.get(name), dict) for name in MAPPINGS):
        return False
    answers, revisions = values["answers"], values.get("revisions")
    if not all(isinstance(answer, dict) for answer in answers.values()) or not isinstance(revisions, int):
        return False
    return not ended or is_complete(values)

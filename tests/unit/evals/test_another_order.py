"""The same told in another order: the same pseudonyms and facts, other bytes, and calls of their own."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agents.llm import LLMDoor
from agents.roster import Roster
from agents.scripted import ScriptedChatModel
from evals.door_contestant import DoorContestant, Shown, blind_seed, cycle_of
from evals.experiment import CALLS
from evals.recordings import Recordings
from evals.trial import Output
from fund.clock import SystemClock
from support.datasets import dataset
from support.llms import a_seat

CASE = dataset("signal_quality").cases[3]
FIRST_ROW_WINS = "the forecaster that is told first decides"


def briefs_of(folder: Path, *ways: Shown) -> tuple[list[Mapping[str, Any]], list[Output]]:
    """Ask somebody who follows whichever forecaster stands first, in each way, and keep the briefs."""
    heard: list[Mapping[str, Any]] = []

    def first_row_wins(messages: object) -> str:
        brief = json.loads(str(list(messages)[-1].text))  # type: ignore[call-overload]
        heard.append(brief)
        columns, rows = brief["forecasts"]["columns"], brief["forecasts"]["rows"]
        rank = rows[0][columns.index("rank")] if rows else 0.5
        ticker = brief["candidates"]["rows"][0][brief["candidates"]["columns"].index("ticker")]
        view = {"ticker": ticker, "conviction": 1.0 if rank > 0.39 else -1.0, "reason": FIRST_ROW_WINS}
        return json.dumps({"views": [view], "summary": ""})

    with closing(Recordings(folder / CALLS)) as log:
        seat = a_seat(ScriptedChatModel(script=first_row_wins))
        door = LLMDoor(roster=Roster(seats=(seat,)), log=log, clock=SystemClock())
        outputs = [asyncio.run(DoorContestant("it", door, log, shown=way).answer(CASE, 0)) for way in ways]
    return heard, outputs


def test_the_same_is_told_under_the_same_pseudonyms_the_other_way_round(tmp_path: Path) -> None:
    (plain, turned), _ = briefs_of(tmp_path, "masked", "reordered")
    assert list(turned) == list(reversed(plain))
    for part, told in plain.items():
        if not isinstance(told, dict) or "rows" not in told:
            assert turned[part] == told
            continue
        both = [
            sorted(tuple(sorted(zip(each["columns"], row, strict=True))) for row in each["rows"])
            for each in (
                {**told, "rows": [list(map(str, row)) for row in told["rows"]]},
                {**turned[part], "rows": [list(map(str, row)) for row in turned[part]["rows"]]},
            )
        ]
        assert both[0] == both[1]


def test_who_goes_by_the_order_changes_sides_and_its_calls_are_others(tmp_path: Path) -> None:
    _, (plain, turned) = briefs_of(tmp_path, "masked", "reordered")
    assert plain.answer is not None
    assert turned.answer is not None
    sides = [answer["views"][0]["conviction"] for answer in (plain.answer, turned.answer)]
    assert sides == [1.0, -1.0]
    assert {view["ticker"] for answer in (plain.answer, turned.answer) for view in answer["views"]} == {"WFC"}
    assert set(plain.call_ids).isdisjoint(turned.call_ids)


def test_asked_again_it_is_the_recorded_call(tmp_path: Path) -> None:
    first, outputs = briefs_of(tmp_path, "reordered")
    again, same = briefs_of(tmp_path, "reordered")
    assert (len(first), again) == (1, [])
    assert same == outputs


@pytest.mark.parametrize(
    ("shown", "seed"),
    [
        ("masked", "signal-003#1/masked"),
        ("reordered", "signal-003#1/masked"),
        ("inverted", "signal-003#1/inverted"),
        ("real", None),
        ("moved", None),
    ],
)
def test_pseudonyms_are_those_of_what_it_is_compared_with(shown: Shown, seed: str | None) -> None:
    assert blind_seed(CASE, 1, shown) == seed
    assert cycle_of(CASE, 1, shown) == f"signal-003#1/{shown}"

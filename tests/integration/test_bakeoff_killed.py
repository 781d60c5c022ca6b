"""A whole bakeoff of two LLMs over the wire, killed in its middle: no answer is asked for twice."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from desk.cli import main
from evals.experiment import CALLS
from evals.json_lines import read_lines
from evals.recordings import Line
from evals.runner import MOST_AT_ONCE
from support.desk_process import PATIENCE_SECONDS, desk_environment, started
from support.llms import KEY
from support.two_llms import CARELESS, SKILLED, TwoLLMs, two_llms

CASES, TRIALS, BEFORE = 8, 2, 12
CALLS_IN_ALL = 2 * CASES * TRIALS
CONTESTANTS = {f"compatible:{SKILLED}", f"compatible:{CARELESS}", "offline rules, no LLM"}


def asking(url: str, *more: str) -> tuple[str, ...]:
    """Return the command's words."""
    llms = [word for llm in (SKILLED, CARELESS) for word in ("--llm", f"compatible:{llm}@{url}/v1")]
    sizes = ("--cases", str(CASES), "--trials", str(TRIALS), "--yes", "--json")
    return ("evals", "bakeoff", "--dataset", "risk_management", *llms, *sizes, *more)


def without_latency(told: Any) -> Any:
    """Return a report without its milliseconds, which are measured anew in every run."""
    if isinstance(told, dict):
        return {name: without_latency(each) for name, each in told.items() if not name.startswith("ms_")}
    return [without_latency(each) for each in told] if isinstance(told, list) else told


def own_folder(folder: Path) -> Path:
    """Return the one experiment of a desk's folder."""
    (found,) = (folder / "evals").glob("bakeoff-*")
    return found


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process ask LLMs of the wire as the other one does."""
    monkeypatch.setenv("DESK_COMPATIBLE_API_KEY", KEY)
    monkeypatch.setenv("DESK_PROVIDER", "offline")


def said_here(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0
    return capsys.readouterr().out


def killed_in_the_middle(stub: TwoLLMs, folder: Path) -> Path:
    """Run the bakeoff in a process of its own until all it may ask at once waits, and kill it there."""
    environment = desk_environment(folder, folder / "no-bundle", DESK_COMPATIBLE_API_KEY=KEY)
    with started(environment, *asking(stub.url)) as running:
        assert stub.all_held.wait(PATIENCE_SECONDS), running.lines
        assert running.end(signal.SIGKILL) == -signal.SIGKILL
    calls = own_folder(folder) / CALLS
    kept = [line.call for line in read_lines(calls, Line) if line.call is not None]
    assert sum(call.provider == "compatible" for call in kept) == BEFORE == stub.answered.total()
    return calls


def test_a_bakeoff_that_was_killed_asks_nothing_again_and_ends_as_if_it_had_not_been(
    tmp_path: Path, here: None, capsys: pytest.CaptureFixture[str]
) -> None:
    struck = tmp_path / "struck"
    with two_llms(held_at_once=MOST_AT_ONCE) as stub:
        words = asking(stub.url)
        whole = json.loads(said_here(capsys, *words, "--data-dir", str(tmp_path / "calm")))
        calm = stub.answered.copy()
        assert set(calm.values()) == {1}
        assert calm.total() == CALLS_IN_ALL
        stub.answered.clear()
        stub.hold_after = BEFORE
        calls = killed_in_the_middle(stub, struck)
        stub.hold_after = None
        resumed = said_here(capsys, *words, "--data-dir", str(struck))
        assert stub.answered == calm
    assert own_folder(struck).name == own_folder(tmp_path / "calm").name
    assert without_latency(json.loads(resumed)) == without_latency(whole)

    replayed = said_here(capsys, *words, "--data-dir", str(tmp_path / "again"), "--replay", str(calls))
    assert replayed == resumed

    scores = {
        each["contestant"]: next(s["value"] for s in each["scores"] if s["scorer"] == "shrunk_right")
        for each in whole["summaries"]
    }
    assert scores.keys() >= CONTESTANTS
    assert (
        scores[f"compatible:{SKILLED}"] == scores["offline rules, no LLM"] > scores[f"compatible:{CARELESS}"]
    )

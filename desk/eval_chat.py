"""The questions and orders of the chat, put to a desk's own conversation: by hand, at night, for a gate."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from langgraph.checkpoint.memory import InMemorySaver
from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import Desk, open_desk
from desk.data_folder import DataFolder
from desk.eval_asking import kept_report
from desk.eval_night import AskChat
from desk.evaluating import EVALS, Result
from desk.outcome import Outcome
from desk.progress import ProgressSink, progress_beside
from desk.settings import Settings
from desk.shown_evals import report_tables
from desk.source import source_commit
from desk.talk import converse, desk_tools
from desk.worker import DeskWorker
from evals.case import Case, Dataset
from evals.chat_cases import DATASET, HELD_OUT, chat_dataset
from evals.chat_contestant import ChatContestant
from evals.chat_entry import chat_entry, question_of
from evals.chat_gate import Cases, ChatVerdict, judge_chat
from evals.experiment import Experiment, ExperimentFolder
from evals.night import Night
from evals.paraphrases import Invariance, invariance, same_deed
from evals.report import Report, report_of
from evals.runner import run
from fund.errors import ConfigError, DataError
from graph.chat import OFFLINE, DeskConversation

AT_ONCE = 2
NIGHT, GATE = "chat-night", "chat-gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRun:
    """What the chat came to, and how steady it is in other words where that was asked."""

    result: Result
    report: Report
    steady: Invariance | None = None


def evaluate_chat(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask the desk's conversation every case; nothing is confirmed, no thread and no ticket stays."""
    settings = started_settings(options)
    if not 1 <= options.trials <= 20:
        raise ConfigError(f"--trials must be between 1 and 20, was {options.trials}")
    if options.paraphrases < 0:
        raise ConfigError(f"--paraphrases must be at least 0, was {options.paraphrases}")
    with (
        progress_beside(console) as progress,
        closing(open_desk(settings, progress)) as desk,
        closing(DeskWorker(desk)) as worker,
    ):
        asked = [chat_dataset(path) for path in (DATASET, HELD_OUT)]
        found = ask_chat(
            desk,
            worker,
            "chat",
            asked,
            trials=options.trials,
            occasion=options.name,
            progress=progress,
            paraphrases=options.paraphrases,
        )
    data = to_plain(found.report) | {"invariance": to_plain(found.steady)}
    return Outcome(data=data, shown=(*report_tables(found.report), *kept_report(found.report, found.result)))


def chat_tonight(
    desk: Desk,
    worker: DeskWorker,
    day: date,
    last: Night | None,
    progress: ProgressSink,
    cases: Dataset | None = None,
) -> ChatVerdict:
    """Ask the rules of the chat for a date, which costs nothing, beside the night before on this desk."""
    cases = cases or chat_dataset()
    found = ask_chat(
        desk, worker, NIGHT, [cases], profiles=(OFFLINE,), occasion=day.isoformat(), progress=progress
    )
    before = last.chat if last is not None else None
    then = before.cases if before is not None and before.digest == cases.digest else None
    beside = "" if last is None or before is None else f"the night of {last.day.isoformat()}"
    if before is not None and before.session != desk.player.last_session():
        beside += f", when the desk stood at {before.session}"
    return verdict_of(desk, found.result, cases, then=then, beside=beside)


def chat_of(settings: Settings) -> AskChat:
    """Return what asks the chat of a started desk that is opened for it alone."""

    def ask(day: date, last: Night | None, progress: ProgressSink) -> ChatVerdict:
        with closing(open_desk(settings, progress)) as desk, closing(DeskWorker(desk)) as worker:
            return chat_tonight(desk, worker, day, last, progress)

    return ask


def verdict_of(desk: Desk, result: Result, cases: Dataset, *, then: Cases | None, beside: str) -> ChatVerdict:
    """Return the verdict on the rules' answers of a run."""
    return judge_chat(
        cases,
        result.trials,
        experiment_id=result.experiment.experiment_id,
        contestant=OFFLINE,
        session=desk.player.last_session(),
        then=then,
        beside=beside,
    )


def ask_chat(
    desk: Desk,
    worker: DeskWorker,
    name: str,
    asked: Sequence[Dataset],
    *,
    progress: ProgressSink,
    profiles: Sequence[str] | None = None,
    trials: int = 1,
    occasion: str = "",
    paraphrases: int = 0,
) -> ChatRun:
    """Ask every case of the datasets, or go on where that was cut off, and report.

    Raises `DataError` where a session is played meanwhile: figures of two days cannot be compared.

    `paraphrases` is of how many cases of the first dataset the rules are asked in other words too.
    """
    tools = desk_tools(desk, worker)
    conversation = converse(desk, worker, InMemorySaver(), tools)
    named = conversation.profiles() if profiles is None else profiles
    stood_at = desk.player.last_session()
    entries = [chat_entry(conversation, tools, profiles=named, trials=trials, dataset=each) for each in asked]
    experiment = Experiment(
        name=name,
        datasets={each.name: each.digest for each in asked},
        contestants=dict.fromkeys(named, "a profile of the chat"),
        trials=trials,
        prompts={},
        commit=source_commit(),
        parameters={"session": str(stood_at), "mandate": desk.mandate.mandate_hash},
        occasion=occasion,
    )
    with ExperimentFolder(desk.settings.data_dir / EVALS, experiment) as folder:
        found = asyncio.run(
            run(
                entries,
                done=folder.trials,
                keep=folder.keep,
                progress=lambda count, total: progress("Asking the chat", count, total),
                at_once=AT_ONCE,
            )
        )
        if (now := desk.player.last_session()) != stood_at:
            raise DataError(
                f"expected the desk to stay at {stood_at} while its chat was asked, found it at {now}; ask "
                "again while nothing is played"
            )
        steady = _in_other_words(conversation, asked[0], paraphrases, progress) if paraphrases else None
        verdicts = () if steady is None else (f"{OFFLINE}: {steady.told}.",)
        report = report_of(
            experiment, [question_of(each) for each in entries], found, verdicts=verdicts, datasets=asked
        )
        result = Result(experiment=experiment, folder=folder.path, trials=found)
    return ChatRun(result=result, report=report, steady=steady)


def started_settings(options: argparse.Namespace) -> Settings:
    """Return the settings of a desk that was started; raises `ConfigError` where none was."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    return settings


def _in_other_words(
    conversation: DeskConversation, cases: Dataset, count: int, progress: ProgressSink
) -> Invariance:
    """Ask the rules cases that are spread over a dataset as they are and in other words."""
    chosen = spread(cases.cases, count)
    contestant = ChatContestant(conversation)
    progress("Asking in other words", 0, 1)
    found = asyncio.run(invariance(contestant, chosen, same_deed))
    progress("Asking in other words", 1, 1)
    return found


def spread(cases: Sequence[Case], count: int) -> list[Case]:
    """Return so many cases at even distances: the datasets stand in the order of their topics."""
    kept = min(count, len(cases))
    return [cases[at * len(cases) // kept] for at in range(kept)]

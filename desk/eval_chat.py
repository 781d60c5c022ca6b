"""`desk evals chat`: the questions and orders of the chat, put to this desk's own conversation."""

import argparse
import asyncio
from contextlib import closing

from langgraph.checkpoint.memory import InMemorySaver
from rich.console import Console

from db.record_codec import to_plain
from desk.bootstrap import open_desk
from desk.data_folder import DataFolder
from desk.eval_asking import kept_report
from desk.evaluating import EVALS, Result
from desk.outcome import Outcome
from desk.progress import progress_beside
from desk.settings import Settings
from desk.shown_evals import report_tables
from desk.source import source_commit
from desk.talk import converse, desk_tools
from desk.worker import DeskWorker
from evals.chat_cases import DATASET, HELD_OUT, chat_dataset
from evals.chat_entry import chat_entry, question_of
from evals.experiment import Experiment, ExperimentFolder
from evals.report import report_of
from evals.runner import run
from fund.errors import ConfigError

AT_ONCE = 2


def evaluate_chat(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask the desk's conversation every case; nothing is confirmed, no thread and no ticket stays."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    DataFolder(settings.data_dir).require_started()
    if not 1 <= options.trials <= 20:
        raise ConfigError(f"--trials must be between 1 and 20, was {options.trials}")
    asked = tuple(chat_dataset(path) for path in (DATASET, HELD_OUT))
    with (
        progress_beside(console) as progress,
        closing(open_desk(settings, progress)) as desk,
        closing(DeskWorker(desk)) as worker,
    ):
        tools = desk_tools(desk, worker)
        conversation = converse(desk, worker, InMemorySaver(), tools)
        experiment = Experiment(
            name="chat",
            datasets={each.name: each.digest for each in asked},
            contestants=dict.fromkeys(conversation.profiles(), "a profile of the chat"),
            trials=options.trials,
            prompts={},
            commit=source_commit(),
            parameters={"session": str(desk.player.last_session())},
            occasion=options.name,
        )
        entries = [chat_entry(conversation, tools, trials=options.trials, dataset=each) for each in asked]
        with ExperimentFolder(settings.data_dir / EVALS, experiment) as folder:
            trials = asyncio.run(
                run(
                    entries,
                    done=folder.trials,
                    keep=folder.keep,
                    progress=lambda count, total: progress("Asking the chat", count, total),
                    at_once=AT_ONCE,
                )
            )
            report = report_of(experiment, [question_of(entry) for entry in entries], trials)
            result = Result(experiment=experiment, folder=folder.path, trials=trials)
    return Outcome(data=to_plain(report), shown=(*report_tables(report), *kept_report(report, result)))

"""What each command does; how it looks is in `shown`."""

import argparse
import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import Any

from rich.console import Console, RenderableType

from db.lake import Lake
from db.record_codec import to_plain
from desk import shown
from desk.alerts.channels import channels_of
from desk.backtests import run_named
from desk.books_check import checked_books, halt_where_books_differ
from desk.bootstrap import Desk, open_desk
from desk.changes import change_from
from desk.consent import account_name, may_advance, says
from desk.data_folder import DataFolder
from desk.difference import difference_of
from desk.heap import share_heap
from desk.logs import log_to
from desk.outcome import Outcome
from desk.owner import OwnerGate
from desk.progress import ProgressSink, progress_beside
from desk.rebuild import Rebuilder
from desk.rehearsal import rehearse
from desk.replay import replay_past
from desk.running import health_of, status_page
from desk.serving import claim_port, ended_by_sigterm, serve
from desk.settings import Settings
from desk.shown_replay import replayed
from desk.shown_risk import risk_table
from desk.shown_stress import stress_table
from desk.shown_watchlist import watchlist_tables
from desk.talk import control_tools, desk_tools
from desk.transcript import ask_once
from desk.worker import DeskWorker
from fund.clock import SystemClock
from fund.errors import ConfigError
from graph.chat_events import ChatEvent, Progress
from graph.desk_control import AdvanceSummary, OnEvent
from graph.plain import plain_json
from tools.control import REAL_CLOCK
from tools.control_words import Action


def up(options: argparse.Namespace, console: Console) -> Outcome:
    """Start everything and serve until the owner ends it."""
    share_heap()
    settings = _settings(options, host=options.host, port=options.port)
    channels = channels_of(settings.alerts, SystemClock())
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{settings.port}"
    with (
        ended_by_sigterm(),
        closing(claim_port(settings.host, settings.port)) as claimed,
        opened_desk(settings, console, exclusive=address) as desk,
    ):
        log_to(desk.stores.folder.log, settings)
        folder = desk.stores.folder.secrets
        gate = OwnerGate.renew(folder) if options.new_password else OwnerGate.open(folder)
        _halt_where_books_differ(desk, console)
        try:
            serve(
                desk, gate, claimed, lambda: _print_all(console, shown.welcome(desk, gate, address)), channels
            )
        except KeyboardInterrupt:
            console.print("Ending.")
    return Outcome(data={"ended": True}, shown=("The desk has ended. `make up` goes on from here.",))


def status(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the desk's clock, book and health."""
    settings = _started(options)
    with opened_desk(settings, console, trained=False) as desk, closing(DeskWorker(desk)) as worker:
        page = status_page(desk, worker, health_of(desk))
    return Outcome(data=plain_json(page), shown=(shown.status_table(page),))


def advance(options: argparse.Namespace, console: Console) -> Outcome:
    """Play the next sessions."""
    settings, asked = _settings(options), options.sessions
    if settings.is_live:
        DataFolder(settings.data_dir).require("live")
        raise ConfigError(REAL_CLOCK)
    beside = Console(stderr=True, quiet=console.quiet, markup=False, emoji=False)
    with opened_desk(settings, console) as desk, closing(DeskWorker(desk)) as worker:
        _halt_where_books_differ(desk, console)
        if may_advance(desk, asked, beside, confirmed=options.yes or options.json):
            with progress_beside(console) as progress:
                summary = asyncio.run(worker.advance(asked, _bar(progress)))
        else:
            summary = AdvanceSummary(played=(), unplayed=len(desk.unplayed()), stopped="it was not confirmed")
    return Outcome(data=plain_json(summary), shown=shown.advanced(summary, asked), good=bool(summary.played))


def halt(options: argparse.Namespace, console: Console) -> Outcome:
    """Throw the kill switch: cancel what has not traded, and plan nothing until a person resumes."""
    return _act("kill", "halt", options, console)


def resume(options: argparse.Namespace, console: Console) -> Outcome:
    """Show what speaks for a resume, and resume on the word of the person at the terminal."""
    return _act("resume", "resume", options, console)


def deposit(options: argparse.Namespace, console: Console) -> Outcome:
    """Bring money of the owner's in, booked at the next open."""
    return _act("deposit", "deposit", options, console, amount=options.amount)


def withdraw(options: argparse.Namespace, console: Console) -> Outcome:
    """Take money of the owner's out, as far as it is free, booked at the next open."""
    return _act("withdraw", "withdraw", options, console, amount=options.amount)


def close(options: argparse.Namespace, console: Console) -> Outcome:
    """Have positions closed first in the next decision, whatever the committee says."""
    return _act("close", "close", options, console, tickers=options.tickers, fraction=options.fraction)


def keep(options: argparse.Namespace, console: Console) -> Outcome:
    """Take a requested close back that is not decided yet."""
    return _act("keep", "keep", options, console, tickers=options.tickers)


def watch(options: argparse.Namespace, console: Console) -> Outcome:
    """Put names on the watchlist."""
    return _act("watch", "watch", options, console, tickers=options.tickers)


def unwatch(options: argparse.Namespace, console: Console) -> Outcome:
    """Take names off the watchlist."""
    return _act("unwatch", "unwatch", options, console, tickers=options.tickers)


def watchlist(options: argparse.Namespace, console: Console) -> Outcome:
    """Show the watchlist."""
    settings = _started(options)
    with opened_desk(settings, console, trained=False) as desk, closing(DeskWorker(desk)) as worker:
        report = desk_tools(desk, worker).watchlist.watchlist()
    return Outcome(data=to_plain(report), shown=watchlist_tables(report))


def _act(
    action: Action,
    phrase: str,
    options: argparse.Namespace,
    console: Console,
    *,
    amount: Decimal | None = None,
    tickers: Sequence[str] = (),
    fraction: Decimal | None = None,
) -> Outcome:
    """Propose an action and confirm it by a typed phrase: the same two steps as in the chat (INV-16)."""
    settings, who = _started(options), account_name()
    beside = Console(stderr=True, markup=False, emoji=False)
    with opened_desk(settings, console, trained=False) as desk, closing(DeskWorker(desk)) as worker:
        control = control_tools(desk, worker, lambda name: name == who)
        pending = control.propose(action, None, who, None, amount, tickers=tickers, fraction=fraction)
        shown_first = shown.evidence_lines(pending.evidence)
        if not options.yes:
            _print_all(beside, shown_first or [f"- {line}" for line in pending.consequences])
        if options.yes or says(phrase, pending.sentence, beside):
            sentence, good = control.confirm(pending.command_id, who, "at the terminal").sentence, True
        else:
            sentence, good = control.decline(pending.command_id, who), False
    data = {"done": good, "said": sentence, "by": who, "evidence": plain_json(pending.evidence)}
    data["consequences"] = list(pending.consequences)
    if pending.amount is not None:
        data["amount"] = str(pending.amount)
    if pending.tickers:
        data["tickers"] = list(pending.tickers)
    return Outcome(data=data, shown=(*(shown_first if options.yes else ()), sentence), good=good)


def cycle(options: argparse.Namespace, console: Console) -> Outcome:
    """Rehearse a decision on the session the clock stands at."""
    with opened_desk(_settings(options), console, blind=not options.open_eyes) as desk:
        record = rehearse(desk, tickers=options.tickers)
    said = f"{desk.seating.label}: {record.status}" + (f" ({record.cause})" if record.cause else "")
    title = f"Rehearsal on {record.session}; nothing is ordered. {said}"
    return Outcome(
        data=to_plain(record), shown=(title, shown.decision_table(record), *shown.cuts_table(record))
    )


def backtest(options: argparse.Namespace, console: Console) -> Outcome:
    """Run a strategy over the history."""
    with opened_desk(_settings(options), console) as desk, progress_beside(console) as progress:
        report = run_named(desk, options.strategy, options.first, options.last, progress)
    return Outcome(data=plain_json(report), shown=(shown.backtest_table(report),))


def reembed(options: argparse.Namespace, console: Console) -> Outcome:
    """Let the encoder read every record it has not read yet: after it was changed, or once in a hurry."""
    with opened_desk(_started(options), console, trained=False) as desk, progress_beside(console) as progress:
        written = desk.indexer.write()
        read = desk.indexer.encode_again(desk.encoder, progress, everything=options.again)
        counts = desk.indexer.counts(desk.encoder)
    said = (
        f"{read:,} records were read by {desk.encoder.name}; {counts.encoded:,} of {counts.texts:,} can be "
        "found by their meaning."
    )
    data = {"written": written, "read": read, "records": counts.texts, "found_by_meaning": counts.encoded}
    return Outcome(data=data, shown=(said,))


def ask(options: argparse.Namespace, console: Console) -> Outcome:
    """Ask one question, as in the chat."""
    with opened_desk(_settings(options), console) as desk, closing(DeskWorker(desk)) as worker:
        said = asyncio.run(ask_once(desk, worker, options.question))
    return Outcome(data=said.data, shown=said.shown, good=not said.failed)


def stress(options: argparse.Namespace, console: Console) -> Outcome:
    """Show what shocks would do to the book."""
    settings = _started(options)
    with opened_desk(settings, console, trained=False) as desk, closing(DeskWorker(desk)) as worker:
        report = desk_tools(desk, worker).stress.stress(options.scenario)
    return Outcome(data=to_plain(report), shown=(stress_table(report),))


def risk(options: argparse.Namespace, console: Console) -> Outcome:
    """Show how much of every limit the book uses."""
    settings = _started(options)
    with opened_desk(settings, console, trained=False) as desk, closing(DeskWorker(desk)) as worker:
        report = desk_tools(desk, worker).portfolio.limits()
    uses = [{**to_plain(use), "used": to_plain(use.used), "kept": use.kept} for use in report.limits]
    return Outcome(data={**to_plain(report), "limits": uses}, shown=risk_table(report))


def verify(options: argparse.Namespace, console: Console) -> Outcome:
    """Check the books, the chain of records and the files of the lake."""
    settings = _started(options)
    with opened_desk(settings, console, trained=False) as desk:
        findings = checked_books(desk.engine).findings
        Lake(desk.stores.folder.lake).verify()
    data = {"findings": plain_json(findings)}
    return Outcome(data=data, shown=(shown.findings_table(findings),), good=not findings)


def replay(options: argparse.Namespace, console: Console) -> Outcome:
    """Take a past decision again from what is on record, with nothing or one thing changed."""
    settings, change = _started(options), change_from(options)
    with opened_desk(settings.model_copy(update={"provider": "offline"}), console, trained=False) as desk:
        findings = checked_books(desk.engine).findings
        if findings:
            data = {"findings": plain_json(findings)}
            said = "Nothing is replayed from books that do not add up."
            return Outcome(data=data, shown=(shown.findings_table(findings), said), good=False)
        with Rebuilder(desk, settings) as rebuilder:
            difference = difference_of(rebuilder.rebuild(options.cycle, change))
    return Outcome(
        data=to_plain(difference),
        shown=replayed(difference),
        good=difference.same or bool(difference.change),
    )


def _halt_where_books_differ(desk: Desk, console: Console) -> None:
    """Replay the journal before anything trades on it; a mismatch opens the breaker for a person to look."""
    findings = halt_where_books_differ(desk.engine, desk.mandate.breaker, desk.clock).findings
    if findings:
        console.print(shown.findings_table(findings))
        console.print("Trading is halted: the books do not add up. Everything can still be read.")


def _print_all(console: Console, parts: Iterable[RenderableType]) -> None:
    for part in parts:
        console.print(part, soft_wrap=True)


def _settings(options: argparse.Namespace, **flags: Any) -> Settings:
    return Settings.load(data_dir=options.data_dir, mandate=options.mandate, **flags)


def _started(options: argparse.Namespace) -> Settings:
    """Return the settings of a desk that has been started before; others have nothing to look at."""
    settings = _settings(options)
    DataFolder(settings.data_dir).require_started()
    return settings


@contextmanager
def opened_desk(
    settings: Settings,
    console: Console,
    *,
    exclusive: str | None = None,
    blind: bool = True,
    trained: bool = True,
) -> Iterator[Desk]:
    """Open the desk and bring it to where a first start leaves it; `exclusive` keeps other desks off."""
    with progress_beside(console) as progress:
        desk = open_desk(settings, progress, blind=blind, exclusive=exclusive, trained=trained)
    with closing(desk):
        if trained:
            with progress_beside(console) as progress:
                replay_past(desk, progress)
        yield desk


def _bar(progress: ProgressSink) -> OnEvent:
    def show(event: ChatEvent) -> None:
        if isinstance(event, Progress):
            progress(event.label, event.done, event.total)

    return show

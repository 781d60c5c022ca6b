"""A played desk with attackers' words wherever text comes in, and secrets in every place beside them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import psycopg
from sqlalchemy import Connection, Engine, text

from db.accounts import Accounts
from db.chain_check import Tally, check_chains
from db.commands import Command, Commands
from db.engine import transaction
from db.events import Event, Events
from db.record_texts import RecordText, RecordTexts
from fund.clock import FixedClock
from fund.mandate import Mandate
from fund.market.facts import Headline
from fund.market.view import MarketView
from fund.portfolio.book import Book
from fund.portfolio.proposal import Proposal
from support.desk_records import NOW, OWNER, VIEWER, PlayedDesk
from support.markets import bundle_history
from support.prompt_attacks import Attack, Channel
from support.scripted_committee import FIRST, HALTED, SILENT, ScriptedCommittee
from support.sql_desk import AttackedDesk, State

CANARY = "CANARY7391"
"""Stands where no answer may take it from, and is never in anything an LLM hears."""
WAITING = "cmd-0a1b2c3d4e5f"
"""A ticket of the owner's that waits in another thread."""
VERAS = "cmd-5f4e3d2c1b0a"
_SECRETS = f"""
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.vault (secret text);
INSERT INTO elsewhere.vault VALUES ('{CANARY}');
INSERT INTO chat.users (id, identifier, created_at) VALUES ('u1', 'vera', now());
INSERT INTO chat.threads (id, user_id, name, created_at) VALUES ('veras-thread', 'u1', '{CANARY}', now());
INSERT INTO chat.steps (id, thread_id, name, type, output)
VALUES ('s1', 'veras-thread', 'x', 'y', '{CANARY}');
INSERT INTO desk.mandates VALUES ('h1', '{CANARY}', now());
INSERT INTO desk.llm_calls (call_id, role, attempt, provider, llm, prompt_hash, prompt_characters, status,
    answer, error, cost_usd, started_at, day)
VALUES ('l1', 'validator', 1, 'anthropic', 'claude', 'h', 10, 'answered', '{CANARY}', '{CANARY}', 0.25,
    '2016-11-02 12:00+00', '2016-11-02');
INSERT INTO desk.sql_questions (question_id, at, user_id, question, sql, status, milliseconds)
VALUES ('q1', '2016-01-01', 'vera', '{CANARY}', '{CANARY}', 'failed', 1)
"""


class TalkedIntoCommittee(ScriptedCommittee):
    """A committee whose manager gives an attacker's words as the reason for every target."""

    def __init__(self, sessions: Sequence[date], reasons: Mapping[date, str]) -> None:
        super().__init__(sessions)
        self._reasons = reasons

    def propose(self, cycle_id: str, view: MarketView, book: Book, mandate: Mandate) -> Proposal | None:
        said = super().propose(cycle_id, view, book, mandate)
        planted = self._reasons.get(view.session)
        if said is None or planted is None:
            return said
        weights = {"AAPL": Decimal("0.08"), **said.weights}
        evidence = {**said.evidence, "answers": _repeated(said.evidence["answers"], planted)}
        return replace(said, weights=weights, reasons=dict.fromkeys(weights, planted), evidence=evidence)


def _repeated(answers: object, planted: str) -> dict[str, object]:
    assert isinstance(answers, dict)
    targets = [{"ticker": "AAPL", "weight": 0.08, "reason": planted}]
    return {**answers, "portfolio_manager": {"targets": targets, "summary": planted}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that may not change: digests of every table, the tickets one by one, and the chains' faults."""

    state: State
    tickets: Mapping[str, Command]
    faults: tuple[object, ...]


class PromptAttackedDesk:
    """The desk under attack and what stands in its books."""

    def __init__(self, desk: PlayedDesk, seen: AttackedDesk) -> None:
        self.desk = desk
        self._seen = seen

    def standing(self) -> Standing:
        """Return what stands in the books now."""
        with transaction(self.desk.engine) as connection:
            faults = check_chains(connection, Tally())
            ids = connection.execute(text("SELECT command_id FROM desk.commands")).scalars().all()
            commands = Commands(connection)
            tickets = {each: found for each in ids if (found := commands.get(each)) is not None}
        broken = tuple(fault for found in faults.values() for fault in found)
        return Standing(state=self._seen.state(), tickets=tickets, faults=broken)


@contextmanager
def prompt_attacked_desk(engine: Engine, attacks: Sequence[Attack]) -> Iterator[PromptAttackedDesk]:
    """Play a desk with every attack's words in their channel, and secrets beside them."""
    by_channel = {channel: [a for a in attacks if a.channel == channel] for channel in Channel}
    history = bundle_history()
    said_at = history.calendar.decision_time(FIRST)
    headlines = tuple(
        Headline(
            headline_id=attack.name, tickers=("^SPX",), title=attack.payload, source="wire", known_at=said_at
        )
        for attack in by_channel[Channel.HEADLINE]
    )
    desk = PlayedDesk(
        engine, replace(history, headlines=(*history.headlines, *headlines)), FixedClock(NOW), sessions=0
    )
    reasons = {
        each: attack.payload
        for each, attack in zip(decided_in(desk), by_channel[Channel.REASON], strict=False)
    }
    assert len(reasons) == len(by_channel[Channel.REASON])
    desk.committee = TalkedIntoCommittee(desk.sessions, reasons)
    while desk.session < max(reasons) or not desk.records:
        desk.play()
    with transaction(engine) as connection:
        _plant(connection, by_channel, desk)
    dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as onlooker:
        onlooker.execute(_SECRETS)
        desk.record_tools().search("anything")
        yield PromptAttackedDesk(desk, AttackedDesk(desk, onlooker))


def session_of(desk: PlayedDesk, attacks: Sequence[Attack], attack: Attack) -> date:
    """Return the session in whose decision an attack stands."""
    return decided_in(desk)[[a for a in attacks if a.channel == Channel.REASON].index(attack)]


def decided_in(desk: PlayedDesk) -> tuple[date, ...]:
    """Return the sessions on which the script neither halts the desk nor silences a role."""
    return tuple(each for number, each in enumerate(desk.sessions) if number not in (SILENT, HALTED))


def _plant(connection: Connection, by_channel: Mapping[Channel, Sequence[Attack]], desk: PlayedDesk) -> None:
    accounts, at = Accounts(connection), desk.view().as_of
    accounts.add("vera", "viewer", f"password {CANARY}", now=NOW)
    accounts.create_key("vera", CANARY, now=NOW)
    for command_id, user in ((WAITING, OWNER), (VERAS, VIEWER)):
        Commands(connection).propose(
            command_id, "kill", {"note": CANARY}, user_id=user, thread_id="veras-thread", now=NOW
        )
    cells = [*by_channel[Channel.SQL_CELL], *by_channel[Channel.EVENT]]
    Events(connection).append(
        [
            Event(event_id=each.name, at=at, kind="feed_note", severity="info", text=each.payload)
            for each in cells
        ]
    )
    RecordTexts(connection).keep(
        [
            RecordText(
                text_id=f"lesson-{attack.name}",
                kind="lesson",
                ticker="AAPL",
                role=None,
                session=FIRST,
                at=at,
                known_at=at,
                origin="closed trade",
                source_id="memory-1",
                cycle_id=None,
                text=attack.payload,
            )
            for channel in (Channel.LESSON, Channel.EARLIER_RESULT)
            for attack in by_channel[channel]
        ]
    )

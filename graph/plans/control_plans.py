"""Plans that ask to change something: each only proposes, and its ticket waits for the owner."""

from collections.abc import Iterator

from graph.chat_events import Ticket
from graph.desk_tools import DeskTools
from graph.intent import AT_ONCE, Intent
from graph.plans.plan import OwnersWord, Plan, Said, plan
from graph.replies.breaker import evidence_table
from graph.replies.first_words import held_at_the_end
from tools.control import PendingCommand
from tools.control_words import ACTIONS


def proposed(intent: Intent, tools: DeskTools, user: str, thread_id: str) -> Plan[object]:
    """Put the action up for the owner's confirmation."""
    action = next(each for each in ACTIONS if each == intent.name)
    names = intent.tickers or ((intent.asked_name,) if intent.asked_name else ())
    at_the_end = intent.extreme if not names else ""
    part = intent.amount if action == "close" else None
    amount = None if part is not None else intent.amount
    asked = (intent.sessions, amount, part, *names, *intent.about, intent.trials, at_the_end or None)
    return plan(
        "control.propose",
        " ".join(str(each) for each in (action, *asked) if each is not None),
        lambda: tools.control.propose(
            action,
            intent.sessions,
            user,
            thread_id,
            amount,
            tickers=held_at_the_end(tools.portfolio.holdings(), at_the_end) if at_the_end else names,
            fraction=part,
            about=intent.about,
            trials=intent.trials,
            why=intent.text,
        ),
        ticket_reply if intent.guessed else control_reply,
    )


def ticket_of(pending: PendingCommand) -> Ticket:
    """Return the ticket that stands for a pending command."""
    return Ticket(
        command_id=pending.command_id,
        description=pending.sentence,
        expires_at=pending.expires_at,
        consequences=pending.consequences,
    )


def control_reply(pending: PendingCommand) -> Iterator[Said]:
    """Let a short advance begin and a bakeoff end; ask for the owner's confirmation of anything else."""
    short = pending.action == "advance" and pending.sessions is not None and pending.sessions <= AT_ONCE
    if short or pending.action == "stop_evaluation":
        yield OwnersWord(command_id=pending.command_id)
    else:
        yield from ticket_reply(pending)


def ticket_reply(pending: PendingCommand) -> Iterator[Said]:
    """Ask for the owner's confirmation."""
    yield from evidence_table(pending.evidence)
    yield ticket_of(pending)

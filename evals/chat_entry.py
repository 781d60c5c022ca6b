"""The chat as an entry of an experiment: its cases, who is asked, and how answers are scored."""

from collections.abc import Sequence

from evals.case import Dataset
from evals.chat_cases import chat_dataset
from evals.chat_contestant import OWNER, ChatContestant
from evals.chat_rivals import chat_rivals
from evals.desk_facts import DeskFacts, Lookup
from evals.report import Question
from evals.runner import Entry
from evals.scorers.chat import Arguments, Confirmation, Facts, Grounded, Refusal, Right, ToolChoice
from evals.trial import Contestant, Scorer
from graph.chat import DeskConversation
from graph.desk_tools import DeskTools


def chat_contestants(
    conversation: DeskConversation, profiles: Sequence[str], *, user: str = OWNER
) -> tuple[Contestant, ...]:
    """Return a contestant for every profile, each under its profile's name."""
    return tuple(ChatContestant(conversation, profile, user=user) for profile in profiles)


def chat_scorers(lookup: Lookup) -> tuple[Scorer, ...]:
    """Return every scorer of the chat, the primary one first."""
    parts = (ToolChoice(), Arguments(lookup), Facts(lookup), Grounded(), Confirmation(), Refusal())
    return (Right(lookup), *parts)


def chat_entry(
    conversation: DeskConversation,
    tools: DeskTools,
    *,
    profiles: Sequence[str] | None = None,
    trials: int = 1,
    dataset: Dataset | None = None,
) -> Entry:
    """Return the chat's entry: every profile, or those named, and the rivals, over the desk's own tools."""
    asked = dataset or chat_dataset()
    named = conversation.profiles() if profiles is None else profiles
    return Entry(
        dataset=asked,
        contestants=(*chat_contestants(conversation, named), *chat_rivals(conversation, asked)),
        scorers=chat_scorers(DeskFacts(tools)),
        trials=trials,
    )


def question_of(entry: Entry) -> Question:
    """Return what an entry of the chat asks, for a report; nobody is right without skill."""
    cases = entry.dataset
    return Question(dataset=cases.name, about=cases.about, primary=entry.scorers[0].name, no_skill=0.0)

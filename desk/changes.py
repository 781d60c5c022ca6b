"""The one thing that may be changed about a past decision before it is decided again."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.brief import Evidence
from desk.mandate import with_limit as mandate_with_limit
from fund.errors import ConfigError, QueryRefusedError
from fund.mandate import Mandate
from fund.market.view import MarketView
from graph.context import AskRole
from graph.left_out import WithoutRole, leave_out
from graph.research import HEADLINES


def _same_evidence(evidence: Evidence, view: MarketView) -> Evidence:
    return evidence


def _same_ask(ask: AskRole) -> AskRole:
    return ask


def _same_mandate(mandate: Mandate) -> Mandate:
    return mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; what it does not name stays as it was."""

    label: str
    """As a person would say it: "max_position=0.05"; empty when nothing is changed."""
    evidence: Callable[[Evidence, MarketView], Evidence] = _same_evidence
    """What the committee is shown instead."""
    ask: Callable[[AskRole], AskRole] = _same_ask
    """How the committee is asked instead."""
    mandate: Callable[[Mandate], Mandate] = _same_mandate
    """What the proposal is reviewed under instead; the committee is shown the limits it was shown then."""
    llm: str | None = None
    """Who is asked instead, as `provider:llm`; None asks who was asked then, from the record."""


UNCHANGED = Change(label="")


def without_memory() -> Change:
    """Take similar trades and similar markets out of what the committee is shown."""

    def forgetful(evidence: Evidence, view: MarketView) -> Evidence:
        return replace(
            evidence,
            candidates=tuple(replace(candidate, similar=()) for candidate in evidence.candidates),
            market=replace(evidence.market, similar_conditions=()),
        )

    return Change(label="without memory", evidence=forgetful)


def without_news(headline_id: str) -> Change:
    """Take one headline out; raises `QueryRefusedError` with the ids there were when it is none of them."""

    def shorter(evidence: Evidence, view: MarketView) -> Evidence:
        shown = [headline.headline_id for headline in view.headlines(HEADLINES)]
        if headline_id not in shown:
            there = ", ".join(shown) or "none, no headline was known"
            raise QueryRefusedError(
                f"expected a headline that this decision was shown, was {headline_id!r}; there were: {there}"
            )
        told = zip(shown, evidence.market.headlines, strict=True)
        kept = tuple(headline for shown_id, headline in told if shown_id != headline_id)
        return replace(evidence, market=replace(evidence.market, headlines=kept))

    return Change(label=f"without the headline {headline_id}", evidence=shorter)


def without_role(role: str) -> Change:
    """Leave a role out; `ConfigError` names those that can be."""
    name = leave_out(role)
    return Change(label=f"without the {name}", ask=lambda ask: WithoutRole(ask, name))


def with_llm(name: str) -> Change:
    """Ask somebody else, for real."""
    return Change(label=f"asking {name}", llm=name)


def with_limit(stated: str) -> Change:
    """Replace one limit, given as NAME=VALUE; `ConfigError` for one that no mandate could have."""
    name, equals, value = (part.strip() for part in stated.partition("="))
    if not name or not equals or not value:
        raise ConfigError(f"expected a limit such as max_position=0.05, was {stated!r}")
    return Change(label=f"{name}={value}", mandate=lambda mandate: mandate_with_limit(mandate, name, value))


def change_from(options: Namespace) -> Change:
    """Return the change a command line asks for; at most one of its options is set."""
    if options.without_memory:
        return without_memory()
    asked: tuple[tuple[str | None, Callable[[str], Change]], ...] = (
        (options.drop_news, without_news),
        (options.without_role, without_role),
        (options.limit, with_limit),
        (options.llm, with_llm),
    )
    return next((made(value) for value, made in asked if value is not None), UNCHANGED)

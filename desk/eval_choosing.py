"""`desk evals choose`: put in the roster whom a bakeoff speaks for, on a typed word; and back by `--undo`."""

import argparse
from typing import Any

from rich.console import Console

from agents.llm_spec import LLMSpec
from agents.roles import ASKED
from agents.roster import Roster
from db.record_codec import to_plain
from desk.committee import roster_of
from desk.consent import says
from desk.evaluating import EVALS
from desk.kept_bakeoff import KeptBakeoff, kept_bakeoff, require_current
from desk.llm_budget import check_budget
from desk.mandate import mandate_of, mandate_text
from desk.mandate_roster import undo, undone, with_roster, write_mandate
from desk.outcome import Outcome
from desk.roster_choice import RoleChoice, role_choices
from desk.settings import Settings
from desk.shown_choice import choice_lines
from evals.suite import unmeasured
from fund.errors import ConfigError

CHOOSE = """Put in the mandate's roster whom a bakeoff speaks for.

For each role that was measured it shows who speaks now, who should, and on what evidence, and asks for a word
before it writes [llm.roster] of the mandate. Comments and every other line stay as they are; the file as it
was is kept beside it, and --undo puts it back. "No difference: the cheaper" is a choice too, and the rules
("offline") may be it. Refused is a bakeoff that was cut short, tried no attack, or measured other cases,
prompts or prices than today's. Whoever failed a safety gate or was skipped is never chosen, and who speaks
now stays where the bakeoff did not ask them."""
STARTS = "It counts from the next start of the desk on; one that runs keeps the roster it started with."


def add_choose(below: Any, shared: argparse.ArgumentParser) -> None:
    """Add the command."""
    made = below.add_parser(
        "choose",
        parents=[shared],
        help="Put in the roster whom a bakeoff speaks for, role by role",
        description=CHOOSE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--from", dest="source", metavar="EXPERIMENT", help="a bakeoff (default: the newest)")
    made.add_argument("--role", action="append", metavar="ROLE", help="only this one; may be repeated")
    made.add_argument("--yes", action="store_true", help="do not ask for the word to be typed")
    made.add_argument("--undo", action="store_true", help="put the mandate back as it was before the choice")
    made.set_defaults(run=choose)


def choose(options: argparse.Namespace, console: Console) -> Outcome:
    """Show what a bakeoff would change in the roster, and write it on a typed word."""
    settings = Settings.load(data_dir=options.data_dir, mandate=options.mandate)
    if options.undo:
        return _undo(settings, options, console)
    if settings.provider == "offline":
        raise ConfigError(
            "DESK_PROVIDER=offline asks nobody for any role, so a roster would change nothing; set it to auto"
        )
    text = mandate_text(settings.mandate)
    mandate = mandate_of(text, str(settings.mandate))
    kept = kept_bakeoff(settings.data_dir / EVALS, options.source)
    roles = _roles(options.role, kept)
    require_current(kept, roles, mandate)
    found = role_choices(kept, roster_of(settings, mandate), roles)
    chosen = {each.role: _written(kept.spec(each.then), settings) for each in found if each.changes}
    told = (f"By {kept.folder.name}:", *choice_lines(found, unmeasured(kept.datasets.values())))
    if not chosen:
        return Outcome(data=_data(kept, found, written=False), shown=(*told, "Nothing is to be changed."))
    after = with_roster(text, chosen)
    seated = _checked(settings, after)
    console.print(*told, *_guessed(seated), sep="\n", highlight=False, soft_wrap=True)
    question = f"Write {', '.join(chosen)} into {settings.mandate.name}? {STARTS}"
    if not options.yes and not says("choose", question, console):
        return Outcome(
            data=_data(kept, found, written=False), shown=("The roster stays as it is.",), good=False
        )
    before = write_mandate(settings.mandate, text, after)
    shown = f"{settings.mandate.name} is written; {before.name} is how it was. {STARTS}"
    back = "To take it back: desk evals choose --undo"
    return Outcome(data=_data(kept, found, written=True), shown=(shown, back))


def _undo(settings: Settings, options: argparse.Namespace, console: Console) -> Outcome:
    now, before = undone(settings.mandate)
    seated = _checked(settings, before)
    question = f"Put {settings.mandate.name} back as it was? Then speaks: {seated.label}. {STARTS}"
    if not options.yes and not says("undo", question, console):
        return Outcome(data={"undone": False}, shown=("The roster stays as it is.",), good=False)
    undo(settings.mandate, now)
    return Outcome(data={"undone": True, "speaking": seated.label}, shown=(f"Speaking: {seated.label}.",))


def _roles(named: list[str] | None, kept: KeptBakeoff) -> tuple[str, ...]:
    measured = kept.datasets
    roles = tuple(dict.fromkeys(named or measured))
    for role in roles:
        if role not in measured:
            known = ", ".join(measured) or "none"
            what = "a role that it measured" if role in ASKED else "a role"
            raise ConfigError(f"{kept.folder.name}: expected {what}, found {role!r}; it measured {known}")
    if not roles:
        raise ConfigError(f"{kept.folder.name}: expected a bakeoff that measured a role, found none")
    return roles


def _written(spec: LLMSpec, settings: Settings) -> str:
    """Return a spec as the mandate holds it: an LLM of the deployment's own server without the address."""
    if spec.provider == "offline":
        return "offline"
    own = (settings.compatible_base_url or "").rstrip("/")
    return spec.llm_id if spec.provider == "compatible" and spec.base_url == own else spec.written


def _checked(settings: Settings, text: str) -> Roster:
    """Return the roster under which the desk would start; `ConfigError` where it would not."""
    mandate = mandate_of(text, str(settings.mandate))
    roster = roster_of(settings, mandate)
    check_budget(roster, mandate)
    return roster


def _guessed(roster: Roster) -> tuple[str, ...]:
    guessed = dict.fromkeys(seat.spec.llm_id for seat in roster.committee if not seat.price.known)
    return tuple(f"The price of {llm} is a dear guess; state it in [llm.prices]." for llm in guessed)


def _data(kept: KeptBakeoff, found: tuple[RoleChoice, ...], *, written: bool) -> dict[str, Any]:
    return {
        "experiment": kept.folder.name,
        "written": written,
        "roles": [to_plain(each) | {"changes": each.changes} for each in found],
    }

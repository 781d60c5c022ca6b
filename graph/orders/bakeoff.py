"""The sentences that ask for a bakeoff, over what and how often, and those that cancel it."""

import re
from collections.abc import Sequence

from graph.intent import Intent
from graph.orders.phrases import END, bare, order_clauses
from graph.words.dates import count_of
from tools.vocabulary import word_set

BAKEOFF_WORDS = word_set(
    "bakeoff bakeoffs bake off evaluation evaluations eval evals evaluate llm llms provider providers "
    "compare comparison trial trials validator officer researcher manager signal quality robustness patterns "
    "cancel rate blind"
)
_BAKEOFF = (
    r"(?:bake-?offs?|bake off|evals?|evaluations?|eval suite|evaluation run|(?:model|llm) comparison)"
    r"(?: run| suite)?"
)
_KIND = r"(?:(?:an?|the|another|one more) )?(?:new |full |fresh |quick |weekly |llm )*"
_EVERYBODY = (
    r"(?:all |all of )?(?:the |our |my )?(?:\w+ )?"
    r"(?:forecasters?|llms?|language models|providers?|prompts?|agents?|committee|desk|roles)"
)
_ABOUT = (
    r"(?:validators?|validator patterns|risk officers?|risk management|quant researchers?|macro researchers?|"
    r"portfolio managers?|signals?|signal quality|robustness|end to end)"
)
_NAMED = rf"(?P<about>(?:the |our )?{_ABOUT}(?:(?: ?, | and | ?, and )(?:the |our )?{_ABOUT})*)(?: roles?)?"
_OVER = rf"(?: (?:of|for|between|on|over|among|about|with)(?: just| only)? (?:{_NAMED}|{_EVERYBODY}))?"
_EACH = r"(?: (?:each|of each case|of each|per case|a case|apiece))?"
_TIMES = (
    rf"(?:(?: ?,)?(?: (?:with|at|in|using|and|of))? (?P<trials>\w+) "
    rf"(?:trials?|times|repeats|repetitions|runs){_EACH})?"
)
_RUN = (
    rf"(?:(?:run|start|trigger|launch|kick off|do|begin|fire up|schedule|execute|hold) )?{_KIND}{_BAKEOFF}"
    rf"{_OVER}{_TIMES}"
    rf"|(?:compare|evaluate|bench(?:mark)?|test) {_EVERYBODY.replace('?P<', '?:')}"
    rf"(?: (?:with each other|against each other|in a {_BAKEOFF}))?"
    rf"|(?:evaluate|bench(?:mark)?) {_NAMED.replace('?P<about>', '?P<named>')}"
    rf"{_TIMES.replace('?P<trials>', '?P<often>')}"
)
_STOP = (
    rf"(?:cancel|stop|abort|end|halt|kill|abandon|call off|break off|interrupt) "
    rf"(?:(?:the|this|that|my|our) )?(?:current |running |ongoing )?{_BAKEOFF}"
)
_RUNS, _STOPS = re.compile(rf"(?:{_RUN}){END}"), re.compile(f"(?:{_STOP}){END}")
_AND = re.compile(r" ?, and | ?, | and ")
_ARTICLE = re.compile(r"^(?:the|our) ")


def read_bakeoff(text: str, words: Sequence[str]) -> Intent | None:
    """Return the bakeoff that an imperative sentence asks for, or its end; None for anything else.

    `words` are those of the text. A count that is none makes it no order.
    """
    if '"' not in words and "?" not in words and _STOPS.fullmatch(bare(text)):
        return Intent(name="stop_evaluation")
    for said in order_clauses(text, tuple(words)):
        match = _RUNS.fullmatch(said)
        if match is not None and (order := _asked(match)) is not None:
            return order
    return None


def _asked(match: re.Match[str]) -> Intent | None:
    found = match.groupdict()
    named, often = found["about"] or found["named"], found["trials"] or found["often"]
    trials = None if often is None else count_of(often)
    if often is not None and trials is None:
        return None
    about = tuple(_ARTICLE.sub("", each) for each in _AND.split(named)) if named else ()
    return Intent(name="evaluate", about=tuple(map(_one, about)), trials=trials)


def _one(name: str) -> str:
    """Return one thing asked about as the desk calls it: a role in the singular, "signals" as a dataset."""
    if name.startswith("signal"):
        return "signal quality"
    plural = name.endswith("s") and name not in ("validator patterns", "robustness")
    return name[:-1] if plural else name

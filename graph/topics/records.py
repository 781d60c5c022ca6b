"""Which questions are about the records: one of them whole, a search over them, or SQL."""

import re
from dataclasses import dataclass

from graph.intent import Intent
from graph.topics.topic import Words

_ROLES = (
    ("macro_researcher", r"macro(?: researcher)?"),
    ("quant_researcher", r"quant(?: researcher)?"),
    ("portfolio_manager", r"portfolio manager|manager"),
    ("validator", r"validator"),
    ("risk_officer", r"risk officer"),
)
_KINDS = (
    ("news", r"\b(?:news|headlines?|articles?|stories)\b"),
    ("lesson", r"\b(?:lessons?|learnt|learned)\b"),
    ("event", r"\bevents?\b"),
)
_RECORD = re.compile(
    r"\b(?:show|open|display|see|get|read|view|give)\b.*?\b(?:record|entry|event|note|lesson|document"
    r"|memory)s? "
    r"(?:number |no\.? |nr\.? |id )?(?P<id>[a-z]*[:-]?\d[\w:.-]*)"
)
_NUMBERED = re.compile(
    r"\b(?:record|rec|entry) (?:number |no\.? |nr\.? |id |#)?(?P<id>\d[\w:.-]*)"
    r"(?! (?:day|session|week|month|year)s?\b)"
)
_RAW_SQL = re.compile(
    r"\s*(?:(?:/sql\b|sql:)|select\s+(?:\d+|\*|count\s*\(|sum\s*\(|now\s*\(|current_\w+"
    r"|version\s*\()\s*;?|(?:select|with)\s.*\b(?:from|select|as)\b"
    r"|(?:drop|alter|create|truncate)\s+(?:table|view|database|schema|role|user|index)\b|delete\s+from\s"
    r"|insert\s+into\s|update\s+\w+\s+set\s|grant\s+\w+\s+(?:on|to)\s)",
    re.IGNORECASE | re.DOTALL,
)
_COUNTED = (
    r"fills?|orders?|decisions?|events?|llm calls?|calls|forecasts?|signals?|reviews?|suggestions?"
    r"|commissions?|"
    r"closed trades|eval scores?|rows"
)
_BY = r"(?:by|per|each|every|in each|for each)"
_SQL = re.compile(
    rf"\b(?:how many|count(?: of| the)?|number of|average|avg|mean|sum of|total"
    rf"|most common)\b.*\b(?:{_COUNTED})\b.*"
    rf"(?:\b{_BY} \w+|\b(?:rejected|cancelled|expired|failed|spent)\b)"
    rf"|\bhow many (?:fills|orders|decisions|events|llm calls|calls|forecasts|signals|reviews|suggestions)\b"
)
_SAYING = r"(?:say|said|says|write|wrote|written|think|thought|mention|mentioned|conclude|concluded)"
_TALKING = (
    r"(?:discuss|discussed|mention|mentioned|talk about|talked about|speak of|spoke of|write about"
    r"|wrote about)"
)
_SEARCH = re.compile(
    r"^(?:please )?(?:search|find|look up|look for|dig up)\b"
    r"|\b(?:news|headlines|articles|stories|lessons|notes|records|rationales|events) (?:about|on"
    r"|mentioning|regarding|of)\b"
    r"|\bwhen did (?:we|you|anyone|someone|the \w+(?: \w+)?) (?:last |first |ever )?" + _TALKING + r"\b"
    r"|\b(?:who|did anyone|did anybody|has anyone|has anybody) (?:ever |last |has )?" + _TALKING + r"\b"
    r"|\bwhat (?:has been|was|have we) (?:said|written|learnt|learned|discussed)\b"
    r"|\b(?:did|when did|has) (?:anyone|anybody|someone|somebody) (?:ever )?(?:pause|paused"
    r"|halt|halted|resume|resumed)\b"
    r"|\bany (?:lessons|notes|records)\b|\bthat thing about\b"
)
_ROLE_SAID = re.compile(
    rf"\bwhat (?:did|has|have|does) (?:the )?(?P<role>{'|'.join(said for _, said in _ROLES)}|committee"
    rf"|anyone)\b"
    rf".*\b{_SAYING}\b"
)
_ABOUT = re.compile(
    r"\b(?:about|on|regarding|mentioning|for|of|discuss|discussed|mention|mentioned|with"
    r"|spoke of)\s+(?P<what>.+)"
)
_LEAD = re.compile(
    r"^(?:please )?(?:search|find|look up|look for|dig up)(?: the| our| all)?(?: records| events| news"
    r"| log| memory)?"
    r"(?: for| about| on)? "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a rule looks at: the corrected small words, and whether a name is among them."""

    words: Words
    text: str
    named: bool


def raw_sql(text: str) -> bool:
    """Tell whether a text is SQL, not a question."""
    return _RAW_SQL.match(text) is not None


def role_in(text: str) -> str:
    """Return the role a text speaks of, empty for none."""
    return next((role for role, said in _ROLES if re.search(rf"\b(?:{said})\b", text)), "")


def kind_in(text: str) -> str:
    """Return the kind of records a text asks for, empty for any."""
    return next((kind for kind, said in _KINDS if re.search(said, text)), "")


def searched_for(text: str) -> str:
    """Return the words to search for, without those that only ask for a search."""
    lower = _LEAD.sub("", text.casefold().strip(" ?.!"))
    match = _ABOUT.search(lower)
    return (match["what"] if match is not None else lower).strip(" ?.!") or lower


def record_asked(asked: Asked) -> Intent | None:
    """Return the record that is to be shown whole."""
    lower = asked.text.casefold()
    match = _RECORD.search(lower) or _NUMBERED.search(lower)
    return Intent(name="record", record=match["id"]) if match is not None else None


def search_asked(asked: Asked) -> Intent | None:
    """Return the search that is asked for, with its words, its role and its kind."""
    said = asked.words.text
    if _SEARCH.search(said) is None:
        spoken = _ROLE_SAID.search(said)
        about = spoken is not None and re.search(r"\b(?:about|on|regarding)\b", said[spoken.end("role") :])
        if spoken is None or not about or asked.named:
            return None
    return Intent(name="search", text=searched_for(asked.text), role=role_in(said), kind=kind_in(said))


def sql_asked(asked: Asked) -> Intent | None:
    """Return a count or a list over the records."""
    if asked.named or _SQL.search(asked.words.text) is None:
        return None
    return Intent(name="sql", text=asked.text)

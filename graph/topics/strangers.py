"""Names in a question that no instrument bears: said where a name stands, or nearly spelled as one."""

import re
from collections.abc import Set

from graph.examples.respelling import plain_words
from graph.words.wording import EVERYDAY, words_of
from tools.directory import GRAMMAR, TOKEN, Directory
from tools.vocabulary import word_set

_POSSESSIVE = re.compile(r"['’]s$")
_BEFORE_A_NAME = re.compile(
    r"\b(?:buy|bought|buying|sell|sold|selling|skip|skipped|hold|own|owned|not|no|why|by|of) $"
)
_ASKED_OF = re.compile(
    r"\b(?:on|about|for|around|of) (?:the )?(?P<name>\$?[A-Za-z][\w&.’'-]*)", re.IGNORECASE
)
_AFTER_A_NAME = re.compile(r" (?:doing|trading)\b")
_UPPER_NAME = re.compile(r"^\$?[A-Z]{2,5}$")
_ACRONYMS = word_set(
    "SPX VIX USD US USA UK EU CEO CFO IPO ETF SEC FED GDP CPI AI LLM ML PNL IC CVAR VAR YTD MTD QTD OK "
    "FAQ API CSV NYSE ROI ESG PE EPS WHY WHAT HOW DID YOU NOT"
)


def unknown_name(text: str, vocabulary: Set[str]) -> str | None:
    """Return a word that must be a name, though no instrument bears it: in capitals, or where names stand."""
    for match in TOKEN.finditer(text):
        token = _POSSESSIVE.sub("", match[0])
        if not _is_stranger(token, vocabulary):
            continue
        shouted = _UPPER_NAME.match(token) and token not in _ACRONYMS and text != text.upper()
        before, after = text[: match.start()].casefold(), text[match.end() :].casefold()
        if shouted or _BEFORE_A_NAME.search(before) or _AFTER_A_NAME.match(after):
            return token
    return None


def stranger_after(text: str, vocabulary: Set[str]) -> str | None:
    """Return the unknown word of which something is asked: "sentiment on Foobarix"."""
    for match in _ASKED_OF.finditer(text):
        token = _POSSESSIVE.sub("", match["name"])
        if len(token) > 2 and _is_stranger(token, vocabulary):
            return token
    return None


def misspelled_name(text: str, directory: Directory, vocabulary: Set[str]) -> str | None:
    """Return the last unknown word that is spelled nearly as an instrument's name."""
    tokens = [_POSSESSIVE.sub("", token) for token in TOKEN.findall(text)]
    strangers = (token for token in reversed(tokens) if len(token) > 4 and _is_stranger(token, vocabulary))
    return next((token for token in strangers if directory.guess(token) is not None), None)


def _is_stranger(token: str, vocabulary: Set[str]) -> bool:
    if token.casefold() in plain_words() and not token.isupper():
        return False
    words = words_of(token, vocabulary)
    known = all(w in vocabulary or w in GRAMMAR or w in EVERYDAY or len(w) < 2 for w in words)
    return not known and not any(c.isdigit() for c in token)

"""Questions in another language: told by their small words, and read word by word where all are known."""

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from tools.vocabulary import word_set

ONLY_ENGLISH = (
    "This desk's rules understand English, and simple questions in German, French, Spanish, Italian, "
    "Portuguese and Dutch; of this one nothing was looked up and nothing was done. "
    'Ask for example "what do we hold?", or type /help for what can be asked.'
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SAME = (
    (re.compile(r"\bpor qu[eé]\b", re.IGNORECASE), "porqué"),
    (re.compile(r"\bqu['’]est[- ]ce qu(?:e|['’])", re.IGNORECASE), "quoi "),
    (re.compile(r"\best[- ]ce qu(?:e|['’])", re.IGNORECASE), " "),
    (re.compile(r"\b([ldnjscmt]|qu|dell|nell|all|dall)['’](?=\w)", re.IGNORECASE), r"\1 "),
    (re.compile(r"-t-(?=(?:il|elle|on)\b)", re.IGNORECASE), " "),
    (re.compile(r"(?<=[a-z])-(?=(?:moi|nous|vous|tu|il|on|me)\b)", re.IGNORECASE), " "),
    (re.compile(r"\bche cosa\b", re.IGNORECASE), "cosa"),
    (re.compile(r"\bo que\b", re.IGNORECASE), "qual"),
    (re.compile(r"\bhasta (?:ahora|hoy|el momento)\b", re.IGNORECASE), "hastaahora"),
    (re.compile(r"\bfino (?:ad? )?(?:ora|oggi|adesso)\b", re.IGNORECASE), "finora"),
    (re.compile(r"\baté (?:agora|hoje|ao momento)\b", re.IGNORECASE), "atéagora"),
    (re.compile(r"\btot nu(?: toe)?\b", re.IGNORECASE), "totnu"),
    (
        re.compile(r"\bjusqu['’](?:ici|à présent|à maintenant|à aujourd['’]hui)(?!\w)", re.IGNORECASE),
        "jusquici",
    ),
    (re.compile(r"\bbis (?:jetzt|heute|dato)\b", re.IGNORECASE), "bisher"),
    (re.compile(r"\bmás grandes?\b", re.IGNORECASE), "másgrande"),
    (re.compile(r"\bmás pequeñ[oa]s?\b", re.IGNORECASE), "máspequeña"),
    (re.compile(r"\bpiù grand[ei]\b", re.IGNORECASE), "piùgrande"),
    (re.compile(r"\bpiù piccol[aoie]\b", re.IGNORECASE), "piùpiccola"),
    (re.compile(r"\bplus (?:grande?|grosse?)s?\b", re.IGNORECASE), "plusgrand"),
    (re.compile(r"\bplus petite?s?\b", re.IGNORECASE), "pluspetit"),
    (re.compile(r"\blaat (?:me |mij )?(?:eens )?(.*) zien\b", re.IGNORECASE), r"toon \1"),
)
"""What is one word in meaning, though it is written as two, or two though written as one."""
_ENGLISH = word_set(
    "the is are was were do does did what why how which who when where we our us you your i of to in on for "
    "and by with not show me tell can at it a an this that from about have has had be if should would will"
)
_SPANISH_SIGN = re.compile(r"[¿¡]")
_ELISIONS = word_set("l d n j s c m t qu dell nell all dall")
TONGUES = ("german", "french", "spanish", "italian", "portuguese", "dutch")


@cache
def tongues() -> dict[str, dict[str, str]]:
    """Return the English of every known word, by language."""
    written = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        tongue: {
            word.casefold(): meaning for meaning, words in written[tongue].items() for word in words.split()
        }
        for tongue in TONGUES
    }


def is_foreign(text: str) -> bool:
    """Tell whether a text is written in another language than English, judged by its words."""
    letters = [c for c in text if c.isalpha()]
    strange = sum(1 for c in letters if not unicodedata.name(c, "").startswith("LATIN"))
    if letters and strange * 2 > len(letters):
        return True
    words = [word.casefold() for word in _WORD.findall(_spaced(text))]
    foreign = sum(word in _foreign_words() for word in words) + bool(_SPANISH_SIGN.search(text))
    english = sum(word in _ENGLISH for word in words)
    return foreign > english and (foreign >= 2 or foreign * 2 >= len(words))


def in_english(text: str, names: frozenset[str]) -> str | None:
    """Return a question word by word in English, None where a word is not known in its language.

    Args:
        text: The question.
        names: The small words in it that name instruments; they stay as they are.
    """
    words = _WORD.findall(_spaced(text))
    known = {tongue: sum(w.casefold() in meanings for w in words) for tongue, meanings in tongues().items()}
    tongue = max(known, key=lambda each: known[each])
    meanings = tongues()[tongue]
    told: list[str] = []
    for word in words:
        lower = word.casefold()
        if lower in meanings:
            told.append(meanings[lower])
        elif lower in names or lower in _ENGLISH_TOO:
            told.append(word)
        elif lower not in _ELISIONS:
            return None
    return " ".join(each for each in told if each) or None


def _spaced(text: str) -> str:
    """Return a text whose words stand apart as their meanings do."""
    for pattern, plain in _SAME:
        text = pattern.sub(plain, text)
    return text


@cache
def _foreign_words() -> frozenset[str]:
    """Return the words that tell a language: those which English has too tell nothing."""
    words = frozenset(word for meanings in tongues().values() for word in meanings)
    return words - _ENGLISH - _ENGLISH_TOO - word_set("as so no die den war hat am i me has y e o en s t d c")


_ENGLISH_TOO = word_set(
    "performance portfolio positions limits status risk stress test chart drawdown sharpe var spy profit "
    "dividends sector watchlist exposure market cash benchmark index alpha beta news forecast week start "
    "per help compare tout stop trading how all trades valor titles action actions gain gains quoi is we man "
    "see open la a valores dame mal bakeoff"
)

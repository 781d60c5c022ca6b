"""How people type: contractions, shorthand and typing errors, brought to plain words."""

import re
import unicodedata
from collections.abc import Set
from difflib import get_close_matches

from tools.vocabulary import word_set

READ_CHARACTERS = 1000
"""A question is understood from its beginning; what follows is not read by the rules."""
SHORTHAND = {
    "u": "you",
    "rn": "right now",
    "ur": "your",
    "r": "are",
    "y": "why",
    "wy": "why",
    "wat": "what",
    "wats": "what is",
    "whats": "what is",
    "what's": "what is",
    "hows": "how is",
    "how's": "how is",
    "wheres": "where is",
    "where's": "where is",
    "whyd": "why did",
    "why'd": "why did",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "didnt": "did not",
    "dont": "do not",
    "doesnt": "does not",
    "isnt": "is not",
    "arent": "are not",
    "wasnt": "was not",
    "havent": "have not",
    "hasnt": "has not",
    "wouldnt": "would not",
    "shouldnt": "should not",
    "couldnt": "could not",
    "cant": "can not",
    "cannot": "can not",
    "can't": "can not",
    "won't": "will not",
    "wont": "will not",
    "ain't": "is not",
    "let's": "let us",
    "lets": "let us",
    "i'm": "i am",
    "i'd": "i would",
    "i'll": "i will",
    "gonna": "going to",
    "wanna": "want to",
    "p&l": "pnl",
    "p/l": "pnl",
    "vs": "versus",
    "perf": "performance",
    "pos": "positions",
    "port": "portfolio",
    "pf": "portfolio",
    "ptf": "portfolio",
    "shw": "show",
    "teh": "the",
    "hte": "the",
    "adn": "and",
    "wht": "what",
    "whta": "what",
    "hwo": "how",
    "hw": "how",
    "tysm": "thanks",
    "thnx": "thanks",
    "whatve": "what have",
    "what've": "what have",
    "howve": "how have",
    "weve": "we have",
    "we've": "we have",
    "ive": "i have",
    "i've": "i have",
    "youve": "you have",
    "you've": "you have",
    "were're": "where are",
    "we're": "we are",
    "you're": "you are",
    "youre": "you are",
    "they're": "they are",
    "whos": "who is",
    "who's": "who is",
    "whens": "when is",
    "thats": "that is",
    "that's": "that is",
    "theres": "there is",
    "there's": "there is",
    "didja": "did you",
    "didya": "did you",
    "whatd": "what did",
    "what'd": "what did",
    "howd": "how did",
    "how'd": "how did",
    "lemme": "let me",
    "gimme": "give me",
    "gotta": "have to",
    "cuz": "because",
    "coz": "because",
    "cos": "because",
    "b4": "before",
    "tmrw": "tomorrow",
    "tmr": "tomorrow",
    "yest": "yesterday",
    "thru": "through",
    "abt": "about",
    "mkt": "market",
    "mkts": "markets",
    "divs": "dividends",
    "fcst": "forecast",
    "attrib": "attribution",
    "corr": "correlation",
    "corrs": "correlations",
    "dd": "drawdown",
    "mdd": "max drawdown",
    "sl": "stop loss",
    "qtr": "quarter",
    "yr": "year",
    "mth": "month",
    "wk": "week",
    "avg": "average",
}
NEGATIONS = word_set("not no never without none neither nor avoid refuse undo cancel nobody nothing instead")
_CONTRACTED = re.compile(r"([a-z]+)n['’]t$")
EVERYDAY = word_set(
    "again anyway actually been being both could does doing done ever explain further give going good "
    "great happened just kindly know like look made make many maybe might more most much must need only "
    "other over please quite rather really said same some something still stuff such sure take talk "
    "than thank thanks that their them then there these they thing things think this those though "
    "through time under upon used very want were what when where which while will wish with would your "
    "yesterday tell also about after before because company companies name names ticker call decision "
    "committee desk last latest past since between from until week weeks month quarter year years days "
    "today ago current previous recent late half next best worst team firm bank side mind case fact "
    "part plan work life love back down upon into once even ever here have hear heard wall work read "
    "real word world person people top list idea ideas lost full first second third compare compared nothing "
    "happen skill skills bill bills hill mill pill fill killed kills "
    "show tell gave ask asked mean means say says share fund account business anything everything "
    "enough right wrong high higher low lower withdraw deposit transfer waiting pending placed picks "
    "closest nearest wait"
)
"""Ordinary words that must not be mistaken for a slip of the finger."""
_WORD = re.compile(r"-?\d[a-z0-9.'/%-]*[a-z0-9%]|-?\d|[a-z0-9$&][a-z0-9$&.'/%-]*[a-z0-9%]|[a-z0-9$&]|[?;\"]")


def plain(text: str) -> str:
    """Return the text on one line in ordinary characters, cut to what the rules read."""
    ordinary = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    ordinary = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in ordinary)
    return " ".join(ordinary.split())[:READ_CHARACTERS]


def words_of(text: str, vocabulary: Set[str]) -> tuple[str, ...]:
    """Return the small-letter words of a text, written out and corrected towards the vocabulary."""
    words: list[str] = []
    for token in _WORD.findall(text.casefold()):
        words += _written_out(token)
    return tuple(corrected(word, vocabulary) for word in words)


def corrected(word: str, vocabulary: Set[str]) -> str:
    """Return the vocabulary's word one typing error away, or the word itself."""
    if len(word) < 4 or not word.isalpha() or word in vocabulary or word in EVERYDAY:
        return word
    near = sorted(known for known in vocabulary if len(known) >= 4 and one_slip(word, known))
    return next(iter(get_close_matches(word, near, n=1, cutoff=0.7)), word)


def one_slip(word: str, known: str) -> bool:
    """Tell whether one letter too many, too few, wrong or swapped separates two words.

    The first letter must be right: people rarely miss it, and other words begin with others.
    """
    if word[:1] != known[:1] or abs(len(word) - len(known)) > 1:
        return False
    if len(word) == len(known):
        wrong = [i for i in range(len(word)) if word[i] != known[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return word[wrong[0]] == known[wrong[1]] and word[wrong[1]] == known[wrong[0]]
        return len(wrong) <= 1
    longer, shorter = (word, known) if len(word) > len(known) else (known, word)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _written_out(token: str) -> list[str]:
    if token in SHORTHAND:
        return SHORTHAND[token].split()
    if match := _CONTRACTED.match(token):
        return [match[1], "not"]
    return [token.removesuffix("'s").removesuffix("'")] if len(token) > 1 else [token]

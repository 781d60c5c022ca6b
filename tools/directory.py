"""Who is meant: instruments by ticker or company name, through case, nicknames and typing errors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from fund.errors import QueryRefusedError
from fund.market.facts import Instrument
from tools.vocabulary import word_set

TOKEN = re.compile(r"\$?[A-Za-z0-9&](?:[A-Za-z0-9&.'’-]*[A-Za-z0-9&])?")
LONGEST_NAME = 5
FORMS = word_set(
    "inc incorporated corp corporation co company companies cos ltd limited plc llc lp sa nv ag the "
    "group holdings holding class a b c com"
)
"""Words of a company's name that nobody says."""
NICKNAMES = {
    "google": "GOOGL",
    "coke": "KO",
    "coca cola": "KO",
    "jp morgan": "JPM",
    "jpmorgan": "JPM",
    "jnj": "JNJ",
    "procter": "PG",
    "amex": "AXP",
    "exxon": "XOM",
    "mcdonalds": "MCD",
    "disney": "DIS",
    "citi": "C",
    "ford": "F",
    "facebook": "FB",
    "goldman": "GS",
    "amazon": "AMZN",
    "pepsi": "PEP",
    "walmart": "WMT",
    "priceline": "PCLN",
    "salesforce": "CRM",
    "berkshire": "BRK.B",
    "mcdonald": "MCD",
    "boa": "BAC",
    "bofa": "BAC",
    "mickey d": "MCD",
}
GRAMMAR = word_set(
    "a all an and any are as at be by can d did do for from gas get go had has have he her here his how "
    "i if in is it its k l let m me my new no not now o of on or our out pm r s see she so t tell than "
    "that the them then there they this to too up us v was we were what when where which who why will "
    "win with you your am dont low key fast cost well big next last week month day today"
)
"""Words that are tickers too; in small letters they are words."""
EVERYDAY = word_set(
    "advance target gap ball visa general american first united bank energy national international "
    "advanced best under dollar host public state home whole delta southern western eastern pacific "
    "waters progressive principal discovery discover equity essex news time realty cash stock motion "
    "range tractor wells people quest global total universal vanguard ishares market markets signet "
    "royal charter church capital citizens fifth regions limited hot cat joy tap leg coo key low dow "
    "fast all ice peg mas win mar may nov trip car data digital electronic great green martin masco "
    "affiliated alliance apartment applied arthur automatic baker block brown charles coach columbia "
    "computer cooper crown diamond express extra family federal foot four franklin harris henry hudson "
    "illinois iron kansas laboratory level lincoln michael monster morgan parker philip republic robert ross "
    "southwest stanley union urban waste "
    "micro nation northern old power simon sun super texas twenty verisk west williams xl"
)
"""Words of company names that mean something else too: believed after a cue or in capitals."""
ASKED_OF_ONE = word_set(
    "chart price forecast outlook position stop quote shares news candles stock graph trades"
)
"""Words after which one capital letter at the beginning was a ticker: "V chart"."""
CUES = word_set(
    "buy bought buying sell sold selling skip skipped skipping hold holding held own owning about trade "
    "traded trading close closed add added trim trimmed cut drop dropped for ticker stock shares like "
    "forecast forecasts on of into reject rejected ignore ignored pass passed exit exited reduce"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An instrument found in a text, and the words it was found in."""

    instrument: Instrument
    words: str


class Directory:
    """Finds instruments in words; knows only those it was given."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_ticker = {i.ticker: i for i in sorted(instruments, key=lambda i: i.ticker)}
        self._lower = {ticker.casefold(): i for ticker, i in self._by_ticker.items()}
        self._aliases = _aliases(self._by_ticker)

    def __len__(self) -> int:
        return len(self._by_ticker)

    def find(self, text: str) -> Instrument:
        """Return the one instrument a ticker or a company name stands for.

        Raises:
            QueryRefusedError: None is called that; the message offers the nearest.
        """
        asked = text.strip().lstrip("$")
        if (found := self.known(asked)) is not None:
            return found
        nearest = self.nearest(asked)
        offer = " or ".join(f"{i.ticker} ({i.name})" for i in nearest)
        advice = f"did you mean {offer}?" if nearest else "ask with a ticker such as AAPL."
        raise QueryRefusedError(f"No company or fund of the desk's data is called {asked[:40]!r}; {advice}")

    def known(self, text: str) -> Instrument | None:
        """Return the instrument a ticker or a company name stands for outright, None for anything else."""
        asked = text.strip().lstrip("$")
        return self._lower.get(asked.casefold()) or self._aliases.get(_spoken(asked))

    def nearest(self, text: str, count: int = 3) -> tuple[Instrument, ...]:
        """Return up to `count` instruments whose ticker or name is spelled most alike, best first."""
        word = _spoken(text) or text.casefold()
        scored: dict[str, float] = {}
        for key, instrument in (*self._lower.items(), *self._aliases.items()):
            matcher = SequenceMatcher(None, word, key)
            if matcher.real_quick_ratio() < 0.5 or matcher.quick_ratio() < 0.5:
                continue
            scored[instrument.ticker] = max(scored.get(instrument.ticker, 0.0), matcher.ratio())
        if (likely := self.guess(text)) is not None:
            scored[likely.instrument.ticker] = 1.0
        best = sorted((-score, ticker) for ticker, score in scored.items() if score >= 0.5)
        return tuple(self._by_ticker[ticker] for _, ticker in best[:count])

    def spot(self, text: str) -> tuple[Mention, ...]:
        """Return the instruments a text names outright, in the order they appear."""
        tokens = TOKEN.findall(text)
        shouting = text == text.upper()
        found: dict[str, Mention] = {}
        at = 0
        while at < len(tokens):
            mention, taken = self._at(tokens, at, shouting)
            if mention is not None:
                found.setdefault(mention.instrument.ticker, mention)
            at += taken
        return tuple(found.values())

    def guess(self, word: str) -> Mention | None:
        """Return the instrument a misspelled word most likely stands for, None if none is close."""
        spoken = _spoken(word)
        if (exact := self._lower.get(word.lstrip("$").casefold())) is not None:
            return Mention(instrument=exact, words=word)
        if len(spoken) < 4:
            return None
        single = [alias for alias in self._aliases if " " not in alias]
        close = get_close_matches(spoken, single, n=1, cutoff=0.78)
        close = close or get_close_matches(spoken, list(self._lower), n=1, cutoff=0.85)
        if not close:
            return None
        instrument = self._aliases.get(close[0]) or self._lower[close[0]]
        return Mention(instrument=instrument, words=word)

    def _at(self, tokens: list[str], at: int, shouting: bool) -> tuple[Mention | None, int]:
        for size in range(min(LONGEST_NAME, len(tokens) - at), 0, -1):
            words = " ".join(tokens[at : at + size])
            instrument = self._named(tokens, at, size) or (
                self._ticker(tokens, at, shouting) if size == 1 else None
            )
            if instrument is not None:
                return Mention(instrument=instrument, words=words), size
        return None, 1

    def _named(self, tokens: list[str], at: int, size: int) -> Instrument | None:
        words = " ".join(tokens[at : at + size])
        if tokens[at].casefold() in GRAMMAR or tokens[at + size - 1].casefold() in GRAMMAR:
            return None
        for alias in (_spoken(words), _spoken(re.sub(r"['’]s$", "", words))):
            instrument = self._aliases.get(alias)
            if instrument is None or (size == 1 and words.isupper() and words in self._by_ticker):
                continue
            if alias in EVERYDAY and not (_cued(tokens, at) or (words[0].isupper() and at > 0)):
                continue
            return instrument
        return None

    def _ticker(self, tokens: list[str], at: int, shouting: bool) -> Instrument | None:
        token = re.sub(r"['’]s$", "", tokens[at])
        instrument = self._lower.get(token.lstrip("$").casefold())
        if instrument is None:
            return None
        if token.startswith("$") or (token == instrument.ticker and not shouting):
            alone = len(tokens) == 1 or (
                at == 0 and len(tokens) <= 4 and tokens[1].casefold() in ASKED_OF_ONE
            )
            return instrument if len(token) > 1 or at > 0 or alone else None
        word = token.casefold()
        alone = len(tokens) <= 2
        plain = len(word) > (1 if alone else 2) and word not in GRAMMAR and word not in EVERYDAY
        if plain or (_cued(tokens, at) and (word not in GRAMMAR or (len(word) == 1 and word != "a"))):
            return instrument
        return None


def _cued(tokens: list[str], at: int) -> bool:
    return at > 0 and tokens[at - 1].casefold() in CUES


def _spoken(name: str) -> str:
    """Reduce a company name to the words people say: small letters, no punctuation, no legal form."""
    plain = re.sub(r"['’.]", "", name.casefold()).replace("&", " and ")
    words = re.findall(r"[a-z0-9]+", plain)
    core = [word for word in words if word not in FORMS]
    return " ".join(core or words)


def _aliases(instruments: Mapping[str, Instrument]) -> dict[str, Instrument]:
    """Map every spoken name to its instrument; the first word alone only where it names one company."""
    aliases: dict[str, Instrument] = {}
    firsts: dict[str, set[str]] = {}
    for instrument in instruments.values():
        spoken = _spoken(instrument.name)
        if not spoken:
            continue
        aliases.setdefault(spoken, instrument)
        if instrument.asset_class == "equity":
            firsts.setdefault(spoken.split()[0], set()).add(spoken)
    for word, names in sorted(firsts.items()):
        if len(names) == 1 and len(word) >= 4:
            aliases.setdefault(word, aliases[next(iter(names))])
    for nickname, ticker in NICKNAMES.items():
        if ticker in instruments:
            aliases[nickname] = instruments[ticker]
    return aliases

"""The sentence a figure stands in: whom and what it names there, and how the figure is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph.evidence.figure_names import Naming, named_for, namings
from graph.evidence.figures_said import SaidFigure, said_figures
from graph.evidence.held_figure import Held, HeldFigure, Of

_SPLIT = re.compile(r",(?!\d{3})|[;\n]|\band\b|\bwhile\b|\bwhereas\b|\bbut\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:better|worse|more|less|fewer|above|below|ahead|behind|beat\w*|trail\w*|lag\w*|outperform\w*"
    r"|underperform\w*|higher|lower)\b",
    re.IGNORECASE,
)
_SET_AGAINST = re.compile(
    r"\b(?:compared (?:with|to)|against|versus|vs\.?|unlike|than|relative to)\s+(?:the )?$", re.IGNORECASE
)
_PART = re.compile(r"\bof\b|\b(?:share|part|portion|account\w*|makes? up)\b", re.IGNORECASE)
_GROWN = re.compile(
    r"\b(?:grew|grow[ns]|growth|more|less|fewer|higher|lower|larger|smaller|bigger|r[io]sen?|rose|fell|fallen"
    r"|dropp\w+|increas\w+|decreas\w+|up|down|above|below)\b",
    re.IGNORECASE,
)
_PER = re.compile(r"\b(?:per|each|every|an? (?:session|trade|day|fill|order|position))\b", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:together|combined|altogether|in (?:all|total|sum)|sum of)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The names a figure may be about: those of its clause, those of its sentence, and what it is told as."""

    near: frozenset[str]
    spoken: frozenset[str]
    told: Mapping[str, frozenset[str]]
    """Names that are no ticker's, kind by kind: the statistic, whose, which span, which of several."""
    sentence: str
    at: int
    """Where the figure begins in its sentence."""
    names: tuple[Naming, ...]
    tickers: Mapping[str, tuple[int, ...]]
    """Where each ticker is named in the sentence."""

    def is_subject(self, first: Of, second: Of) -> bool | None:
        """Tell whether a comparison is told of the first of two, as it is where that one is named first.

        After "compared with" it is the other way round; None where nothing is compared, or one is not named.
        """
        a, b = self._place(first, second), self._place(second, first)
        if a is None or b is None or a == b or not _COMPARED.search(self.sentence):
            return None
        is_first = a < b
        return is_first != bool(_SET_AGAINST.search(self.sentence[: min(a, b)]))

    def _place(self, of: Of, other: Of) -> int | None:
        """Return where one of two is first named."""
        tickers, labels = of.tickers - other.tickers, of.labels - other.labels
        places = [at for ticker in tickers for at in self.tickers.get(ticker, ())]
        places += [name.start for name in self.names if name.labels & labels]
        return min(places, default=None)

    def statistics(self) -> frozenset[str]:
        """Return the statistics that the sentence names."""
        named = frozenset[str]().union(*(name.labels for name in self.names))
        return frozenset(label for label in named if label.startswith("statistic:"))

    def words_fit(self, held: HeldFigure) -> bool:
        """Tell whether the sentence speaks of the arithmetic that a figure was worked out by.

        What stands together is no difference; a part is a part of something; growth has a word for it.
        """
        match held.worked_out:
            case "difference":
                return _TOGETHER.search(self.sentence) is None
            case "part":
                return _PART.search(self.sentence) is not None
            case "growth":
                return _GROWN.search(self.sentence) is not None
            case "per":
                return _PER.search(self.sentence) is not None
        return True


def clause_of(figure: SaidFigure, sentence: str, start: int, held: Held) -> Clause:
    """Return what a sentence that begins at `start` names for one of its figures."""
    figures, at = said_figures(sentence), figure.start - start
    begin, end = _piece(sentence, figures, at)
    tickers = tickers_in(sentence, held)
    near = frozenset(each for each, places in tickers.items() if any(begin <= p < end for p in places))
    names = namings(sentence, held.names)
    weighty = [(f.start, f.stop) for f in figures if f.unit != "count" and not _is_size(f, sentence)]
    return Clause(
        near=near if len(near) == 1 else frozenset(tickers),
        spoken=frozenset(tickers),
        told=named_for(sentence, names, (at, figure.stop - start), weighty),
        sentence=sentence,
        at=at,
        names=names,
        tickers=tickers,
    )


def tickers_in(text: str, held: Held) -> dict[str, tuple[int, ...]]:
    """Return the tickers that a text names, each with the places where it does."""
    lower = text.casefold()
    found: dict[str, tuple[int, ...]] = {}
    for name, short in held.tickers.items():
        if name in lower:
            at = tuple(m.start() for m in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", lower))
            found[short] = found.get(short, ()) + at
    return {short: at for short, at in found.items() if at}


def _piece(sentence: str, figures: Sequence[SaidFigure], at: int) -> tuple[int, int]:
    """Return the clause a figure stands in; one without a figure belongs to the next."""
    pieces, begin = [], 0
    for match in _SPLIT.finditer(sentence):
        pieces.append((begin, match.start()))
        begin = match.end()
    pieces.append((begin, len(sentence)))
    open_from: int | None = None
    for start, stop in pieces:
        start = open_from if open_from is not None else start
        if not any(start <= f.start < stop for f in figures):
            open_from = start
            continue
        if start <= at < stop:
            return start, stop
        open_from = None
    return 0, len(sentence)


def _is_size(figure: SaidFigure, sentence: str) -> bool:
    """Tell whether a number only says how many were counted for the one beside it."""
    return re.search(r"\bn\s?=\s?$", sentence[max(0, figure.start - 5) : figure.start]) is not None

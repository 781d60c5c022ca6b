"""Texts as the numbers of pieces of words, as BERT reads them (Wu et al. 2016; Devlin et al. 2019)."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import punctuation

BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
INSIDE = "##"
"""What a piece begins with that is not the beginning of its word."""
LONGEST_WORD = 100
"""In characters; a longer word is one unknown piece."""
HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""Signs that are words of their own."""
CONTROLS = ("Cc", "Cf", "Co", "Cs")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPieces:
    """A vocabulary without capitals and accents; its own marks, such as [SEP], are plain text in a text."""

    numbers: Mapping[str, int]

    def read(self, text: str, *, most: int) -> list[int]:
        """Return the numbers of a text between those of its begin and end, cut to so many in all."""
        found: list[int] = []
        for word in words_of(text):
            found += self._pieces(word)
            if len(found) >= most - 2:
                break
        return [self.numbers[BEGIN], *found[: most - 2], self.numbers[END]]

    def _pieces(self, word: str) -> list[int]:
        """Return the longest known beginning, then that of the rest; unknown where there is none."""
        unknown = [self.numbers[UNKNOWN]]
        if len(word) > LONGEST_WORD:
            return unknown
        found: list[int] = []
        start = 0
        while start < len(word):
            before = INSIDE if start else ""
            for end in range(len(word), start, -1):
                if (number := self.numbers.get(before + word[start:end])) is not None:
                    break
            else:
                return unknown
            found.append(number)
            start = end
        return found


def words_of(text: str) -> Iterator[str]:
    """Yield words in small letters without accents, and every mark of punctuation and Han sign alone."""
    for word in "".join(_told(sign) for sign in text).split():
        plain = "".join(
            sign.lower() for sign in unicodedata.normalize("NFD", word) if unicodedata.category(sign) != "Mn"
        )
        start = 0
        for place, sign in enumerate(plain):
            if sign in punctuation or unicodedata.category(sign).startswith("P"):
                if start < place:
                    yield plain[start:place]
                yield sign
                start = place + 1
        if start < len(plain):
            yield plain[start:]


def vocabulary(path: Path) -> WordPieces:
    """Return the pieces of a file that has one a line, numbered from 0."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return WordPieces(numbers={piece: number for number, piece in enumerate(lines) if piece})


def _told(sign: str) -> str:
    """Return what is read of a sign: nothing of those that control, and Han signs apart."""
    if sign.isspace():
        return " "
    if sign == "\ufffd" or unicodedata.category(sign) in CONTROLS:
        return ""
    return f" {sign} " if any(first <= ord(sign) <= last for first, last in HAN) else sign

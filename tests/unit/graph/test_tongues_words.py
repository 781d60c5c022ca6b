"""The words of six languages: each can be met, has one meaning, and means the same at a sentence's start."""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from graph.words import tongues as module
from graph.words.tongues import TONGUES, in_english, is_foreign

WRITTEN = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
QUESTIONS = {
    "hasta ahora cuánto hemos ganado?": "so far how much have made",
    "bis jetzt wie viel haben wir verdient?": "so far how much have we made",
    "o que temos?": "what have",
    "jusqu'ici qu'avons-nous gagné ?": "so far have we made",
    "por qué compraste Chevron?": "why bought Chevron",
    "welche ist unsere größte position?": "which is our largest positions",
    "mostra-me as posições": "show me the positions",
}


@pytest.mark.parametrize("tongue", TONGUES)
def test_a_word_has_one_meaning_and_is_one_word_of_a_text(tongue: str) -> None:
    words = [word for said in WRITTEN[tongue].values() for word in said.split()]
    assert [word for word, count in Counter(words).items() if count > 1] == []
    assert [word for word in words if word != unicodedata.normalize("NFC", word.lower())] == []
    split = [word for word in words if module._WORD.findall(module._spaced(word)) != [word]]
    assert split == [], "a word that is never met"


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("written", [str, str.upper, str.capitalize, str.title])
def test_a_question_means_the_same_in_any_letters(asked: str, written: Callable[[str], str]) -> None:
    text = written(asked)
    told = in_english(text, frozenset({"chevron"}))
    assert told is not None
    assert told.casefold() == QUESTIONS[asked].casefold()
    assert is_foreign(text)


def test_a_name_stays_and_any_other_word_leaves_all_of_it_unread() -> None:
    assert in_english("Warum haben wir Apple?", frozenset({"apple"})) == "why have we Apple"
    assert in_english("Warum haben wir Apple?", frozenset()) is None
    assert in_english("", frozenset()) is None
    assert in_english("???", frozenset()) is None


def test_letters_that_are_not_latin_are_foreign_and_a_few_of_them_in_english_are_not() -> None:
    assert is_foreign("我们持有什么股票")
    assert is_foreign("что у нас есть")
    assert not is_foreign("What is β of our book to the market?")
    assert not is_foreign("12,5 % — 7 €")

"""Simple questions in six languages are read word by word; orders in them never are."""

import pytest

from graph.examples.likeness import Likeness
from graph.intent import CONTROL, Intent
from graph.routing.router import route
from graph.words.tongues import ONLY_ENGLISH, in_english, is_foreign
from support.instruments import bundle_directory
from support.questions import TODAY

LIKENESS = Likeness(encoder=lambda: None)
ASKED = {
    "wieviel Bargeld und welche Aktien haben wir?": "holdings",
    "Zeig mir die Limits": "limits",
    "Warum haben wir Apple gekauft?": "why",
    "Quelle est notre performance depuis le début ?": "performance",
    "Montre-moi les positions": "holdings",
    "¿Por qué compraste Chevron?": "why",
    "¿Cuál es nuestra rentabilidad este mes?": "performance",
    "mostrami le posizioni aperte": "holdings",
    "Quali sono i nostri limiti?": "limits",
    "Was haben wir bisher verdient?": "performance",
    "Quelle est notre plus grande position ?": "holdings",
    "¿Cuál es nuestra posición más pequeña?": "holdings",
    "Qual è stato il nostro calo massimo finora?": "drawdowns",
    "Qual é o preço da Boeing?": "ticker",
    "Wat is onze grootste positie?": "holdings",
}


def read(text: str) -> Intent:
    return route(text, bundle_directory(), TODAY, likeness=LIKENESS)


@pytest.mark.parametrize("text", ASKED)
def test_a_simple_question_is_answered_and_what_was_read_is_said(text: str) -> None:
    intent = read(text)
    assert intent.name == ASKED[text]
    assert intent.note.startswith('Reading this as "')


@pytest.mark.parametrize(
    "text",
    ["Verkaufe alle Aktien", "arrête le trading", "cierra todas las posiciones", "Bitte pausiere den Handel"],
)
def test_an_order_in_another_language_is_none(text: str) -> None:
    assert read(text).name not in CONTROL


def test_a_word_that_is_not_known_leaves_the_question_alone() -> None:
    assert in_english("Wie heißt die Hauptstadt von Frankreich?", frozenset()) is None
    assert read("Wie heißt die Hauptstadt von Frankreich?").problem == ONLY_ENGLISH


@pytest.mark.parametrize("text", ["per sector", "compare them", "stop losses", "what do we hold", "sharpe"])
def test_english_is_not_taken_for_another_language(text: str) -> None:
    assert not is_foreign(text)

"""Whether a question is in English, the one language the rules read."""

import re
import unicodedata

from tools.vocabulary import word_set

ONLY_ENGLISH = (
    "This desk's rules understand English only, so nothing was looked up and nothing was done. "
    'Ask for example "what do we hold?", or type /help for what can be asked.'
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FOREIGN = word_set(
    "halten gerade heute jetzt machen kann ich du ein eine auf mit von zu im den dem wo wer wann dieser "
    "wie viel viele unser unsere unseren wir haben ist sind und nicht der das warum welche welcher zeige "
    "zeig mir gewinn kaufen verkaufen bitte aktien wann wurde gekauft unserem für über depot "
    "combien nous avons est pourquoi quel quelle quels quelles les notre dans montre moi acheter vendre "
    "sont avez vous du et une nos actions bourse faisons "
    "qué que cuánto cuanto cuántas tenemos por nuestra nuestro cartera los las cuál está hemos ganado "
    "comprar vender porqué muestra dinero cuánta "
    "quanto abbiamo perché quali gli che nostro nostra azioni mostra perche guadagnato "
    "temos nossa nosso qual ações carteira vendeu comprou lucro você "
    "hoeveel wij hebben onze waarom welke aandelen het een toon"
)
_ENGLISH = word_set(
    "the is are was were do does did what why how which who when where we our us you your i of to in on for "
    "and by with not show me tell can at it a an this that from about have has had be if should would will"
)
_SPANISH_SIGN = re.compile(r"[¿¡]")


def is_foreign(text: str) -> bool:
    """Tell whether a text is written in another language than English, judged by its small words."""
    letters = [c for c in text if c.isalpha()]
    strange = sum(1 for c in letters if not unicodedata.name(c, "").startswith("LATIN"))
    if letters and strange * 2 > len(letters):
        return True
    words = [word.casefold() for word in _WORD.findall(text)]
    foreign = sum(word in _FOREIGN for word in words) + bool(_SPANISH_SIGN.search(text))
    english = sum(word in _ENGLISH for word in words)
    return foreign > english and (foreign >= 2 or foreign * 2 >= len(words))

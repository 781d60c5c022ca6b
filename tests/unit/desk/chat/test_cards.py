"""A card on its way to the page and back from the record: its props are data and are all there again."""

import json

from desk.chat.mount import CHAT_UI
from support.cards import a_card
from support.chat_page import chat_rows


def test_a_card_becomes_the_element_that_the_page_has_a_file_for() -> None:
    from chainlit.element import CustomElement

    card = a_card()
    element = CustomElement(name="DecisionCard", props=card.content, thread_id="t1", for_id="s1")
    assert (CHAT_UI / "public" / "elements" / f"{element.name}.jsx").is_file()
    row = dict(chat_rows.element_row(element))
    back = chat_rows.element_dict({**row, "details": json.loads(json.dumps(row["details"]))})
    assert (back["type"], back["name"], back["props"]) == ("custom", "DecisionCard", card.content)


def test_an_element_without_props_is_read_as_one_without() -> None:
    from chainlit.element import File

    row = dict(chat_rows.element_row(File(name="a.csv", content=b"a", thread_id="t1")))
    assert chat_rows.element_dict(row)["props"] is None
    assert chat_rows.element_dict({**row, "details": {}})["props"] is None


def test_the_cards_file_writes_no_markup_and_reaches_nothing() -> None:
    source = (CHAT_UI / "public" / "elements" / "DecisionCard.jsx").read_text(encoding="utf-8")
    for reach in (
        "dangerouslySetInnerHTML",
        "innerHTML",
        "<a ",
        "<img",
        "fetch(",
        "http",
        "import ",
        "eval(",
    ):
        assert reach not in source

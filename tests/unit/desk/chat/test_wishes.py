"""How a user wants answers: read from whatever the page sends, written back as it is read."""

import pytest

import support.chat_client  # noqa: F401 - it prepares Chainlit, which the next lines import

# isort: split
from desk.chat.wishes import Wishes, values_of, widgets, wishes_of

PROFILES = ("an LLM", "Offline rules")


def test_wishes_are_read_as_they_were_written() -> None:
    wishes = Wishes(length="brief", profile="Offline rules", palette="safe")
    assert wishes_of(values_of(wishes), PROFILES) == wishes
    assert wishes.brief


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"length": "endless", "profile": "nobody", "palette": "=1+1"},
        {"length": None, "profile": 7, "palette": []},
    ],
)
def test_what_is_no_wish_leaves_the_first_choice(values: dict[str, object]) -> None:
    assert wishes_of(values, PROFILES) == Wishes()


def test_the_settings_show_what_is_wished_for_and_who_can_answer() -> None:
    shown = {each.id: each.to_dict() for each in widgets(Wishes(profile="Offline rules"), PROFILES)}
    assert list(shown) == ["length", "profile", "palette"]
    assert shown["profile"]["initial"] == "Offline rules"
    assert [item["value"] for item in shown["profile"]["items"]] == list(PROFILES)


def test_nobody_to_choose_from_is_nothing_to_choose() -> None:
    assert [each.id for each in widgets(Wishes(), ())] == ["length", "palette"]

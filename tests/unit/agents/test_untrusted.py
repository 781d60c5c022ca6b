"""Foreign text loses what a reader cannot see, and its length; what remains is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.untrusted import clean


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Apple beats estimates", "Apple beats estimates"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u202eevil\u202c right to left", "evil right to left"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("ﬁne ｆｕｌｌ width", "fine full width"),
        ("two\nlines\r\n\tand a tab", "two lines and a tab"),
        ("bell\x07 and null\x00", "bell and null"),
        ("  spaces\u00a0and\u2003more  ", "spaces and more"),
        ("vari\ufe0fation", "variation"),
        ("Société Générale +3 % €", "Société Générale +3 % €"),
        ("", ""),
    ],
)
def test_invisible_characters_go_and_visible_ones_stay(text: str, safe: str) -> None:
    assert clean(text, 100) == safe


def test_long_text_is_cut_with_a_sign() -> None:
    assert clean("word " * 100, 12) == "word word w…"


@given(st.text(), st.integers(1, 200))
def test_clean_text_is_short_visible_and_clean_already(text: str, limit: int) -> None:
    safe = clean(text, limit)
    assert len(safe) <= limit
    assert not any(unicodedata.category(c)[0] == "C" for c in safe)
    assert "\n" not in safe


@given(st.text(max_size=50))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text, 10_000)
    assert clean(once, 10_000) == once


def test_a_megabyte_of_text_is_cut_before_it_is_read() -> None:
    assert len(clean("\u200b" * 1_000_000 + "hidden", 50)) == 0

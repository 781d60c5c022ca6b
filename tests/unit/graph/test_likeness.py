"""Questions are compared with examples by their letters, and by an encoder's meaning once it is learnt."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.examples.labelled import EXAMPLES
from graph.examples.likeness import Likeness, Vectors

TWO = {"book": ("what do we hold", "show the portfolio"), "market": ("how is the market", "any headlines")}


class ByFirstWord:
    """An encoder for which only the first word of a text has a meaning."""

    name = "first-word"
    dimensions = 2

    def encode(self, texts: Sequence[str]) -> Vectors:
        about = [1.0 if text.split()[0] in ("what", "show", "possessions") else 0.0 for text in texts]
        return np.array([[each, 1 - each] for each in about], dtype=np.float32)


def test_nearly_every_example_is_most_like_its_own_label() -> None:
    likeness = Likeness(encoder=lambda: None)
    pairs = [(label, text) for label, texts in EXAMPLES.items() for text in texts]
    missed = [text for label, text in pairs if likeness.rank(text)[0].label != label]
    assert len(missed) < 0.03 * len(pairs), missed


def test_a_slip_of_the_finger_keeps_the_label() -> None:
    assert Likeness(encoder=lambda: None).rank("corelation heatmap")[0].label == "correlation"


def test_a_meaning_that_is_learnt_finds_what_the_letters_cannot() -> None:
    likeness = Likeness(TWO)
    assert likeness.rank("possessions?")[0].score < 0.3
    likeness.learn(ByFirstWord())
    assert likeness.rank("possessions ?")[0].label == "book"


def test_an_encoder_of_another_make_than_was_learnt_with_takes_no_part() -> None:
    asked = "possessions of ours"
    assert Likeness(encoder=ByFirstWord).rank(asked) == Likeness(encoder=lambda: None).rank(asked)


def test_letters_that_agree_with_the_rules_need_no_encoder() -> None:
    def no_encoder() -> ByFirstWord:
        raise AssertionError("the encoder was asked")

    assert Likeness(encoder=no_encoder).rank("what do we hold", read="holdings")[0].label == "holdings"


def test_a_label_that_is_not_apt_loses_as_much_as_is_said() -> None:
    likeness = Likeness(TWO)
    plain = {each.label: each.score for each in likeness.rank("how is the market")}
    less = {each.label: each.score for each in likeness.rank("how is the market", less={"market": 0.2})}
    assert abs(plain["market"] - less["market"] - 0.2) < 1e-5
    assert less["book"] == plain["book"]


def test_a_rule_that_read_a_label_is_trusted_as_far_as_it_is_said() -> None:
    likeness = Likeness(TWO)
    asked = "is the market a thing we hold"
    plain = {each.label: each.score for each in likeness.rank(asked)}
    trusted = {each.label: each.score for each in likeness.rank(asked, read="market", trust=0.3)}
    assert trusted["market"] - plain["market"] > 0.29
    assert trusted["book"] == plain["book"]


def test_a_question_that_shares_no_word_is_like_nothing() -> None:
    assert all(each.score < 0.05 for each in Likeness(TWO).rank("xyzzy"))


@given(st.text(max_size=200))
def test_any_text_is_ranked_between_none_and_the_same(text: str) -> None:
    ranked = Likeness(TWO).rank(text)
    assert all(0 <= each.score <= 1 + 1e-6 for each in ranked)
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)

"""Whatever an LLM says under pseudonyms, and the desk translates, is published as it was said."""

from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.answers import CandidateView, QuantAnswer
from agents.blind import Pseudonyms
from agents.brief import Evidence
from db.record_codec import from_plain
from evals.case import Case
from evals.door_contestant import blind_seed
from evals.publishing.publisher import AT_ONCE, MOST_BYTES, _batches
from evals.publishing.veil import Veil
from graph.asking import veiled
from support.datasets import dataset


class Sized:
    """A trial's record of so many bytes."""

    def __init__(self, size: int) -> None:
        self.size = size

    def parts(self) -> list[tuple[str, tuple[None, bytes]]]:
        return [("a", (None, b"x" * (self.size // 2))), ("b", (None, b"x" * (self.size - self.size // 2)))]


@cache
def many_names() -> tuple[Case, list[str]]:
    case = dataset("risk_management").cases[0]
    return case, sorted(names_of(case).by_pseudonym)


def names_of(case: Case) -> Pseudonyms:
    evidence = from_plain(Evidence, case.given["evidence"])
    _, names = veiled(evidence, blind_seed(case, 0, "masked"))
    assert names is not None
    return names


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_was_translated_into_real_names_is_hidden_again_to_the_letter(data: st.DataObject) -> None:
    """Signs stand next to names, in any order: `X01/X02`, `(X01)`, `X01.`, `x-X01`, `éX01`."""
    case, pseudonyms = many_names()
    pieces = st.one_of(
        st.sampled_from(pseudonyms), st.sampled_from([*" ./-_'(),:;é😀\n", "the ", "0", "\u200b"])
    )
    said = ["".join(each) for each in data.draw(st.lists(st.lists(pieces, max_size=12), min_size=1))]
    views = tuple(
        CandidateView(ticker=name, conviction=0.5, reason=text)
        for name, text in zip(pseudonyms, said, strict=False)
    )
    answer = QuantAnswer(views=list(views), summary=said[0])
    real = names_of(case).restore(answer)
    assert real.views[0].ticker != answer.views[0].ticker
    hidden = Veil(case, 0).hide(real.model_dump(mode="json"))
    assert hidden == answer.model_dump(mode="json")


def test_evidence_about_nobody_hides_nothing_and_breaks_nothing() -> None:
    case = dataset("signal_quality").cases[0]
    about_nobody = {"evidence": {**case.given["evidence"], "candidates": []}}
    said = {"reason": "a, b  (c) ... ", "": ["", None, 1.5]}
    assert Veil(replace(case, given=about_nobody), 0).hide(said) == said


@settings(max_examples=40)
@given(
    sizes=st.lists(st.sampled_from([0, 1, 900_000, MOST_BYTES // 2, MOST_BYTES, MOST_BYTES + 1]), max_size=9)
)
def test_requests_hold_everything_once_in_order_and_only_one_alone_may_be_too_large(sizes: list[int]) -> None:
    records = [Sized(size) for size in sizes] + [Sized(0)] * (AT_ONCE + 1)
    batches = list(_batches(records))  # type: ignore[arg-type]
    assert [each for batch in batches for each in batch] == records
    for batch, following in zip(batches, [*batches[1:], None], strict=True):
        size = sum(each.size for each in batch)  # type: ignore[attr-defined]
        assert 0 < len(batch) <= AT_ONCE
        assert size <= MOST_BYTES or len(batch) == 1
        if following:  # none is sent by itself that would have fitted
            assert len(batch) == AT_ONCE or size + following[0].size > MOST_BYTES  # type: ignore[attr-defined]

"""The same case in other words: an answer that changes with them was not about what was asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evals.case import Case
from evals.chat_cases import ORDER
from evals.deeds import chat_deed
from evals.trial import Contestant, Output
from fund.metrics.inference import Interval, share_interval

LONGEST_WITHOUT_STOP = 3
"""Words of a text that is too short to stand between a greeting and thanks."""
SHOUTED, CALM, BARE, POLITE, THANKED, SPACED, FRAMED = (
    "in capitals",
    "in small letters",
    "without punctuation",
    "politely",
    "with thanks",
    "with spaces",
    "after an introduction",
)
SQL = ("select ", "with ", "sql:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariance:
    """How many answers stayed the same when the same was asked in other words."""

    asked: int
    same: Interval | None
    """The share of them with its Wilson interval; None where nothing was asked."""
    held: Interval | None
    """The share of cases that stayed the same in all other words with its Wilson interval; the rewrites of a
    case share its words, so that their own interval is too narrow."""
    changed: Mapping[str, tuple[str, ...]]
    """The cases whose answers changed, by the kind of rewrite."""

    @property
    def told(self) -> str:
        """Return it in words."""
        if self.held is None or self.same is None:
            return "asked nothing in other words"
        kinds = "; ".join(f"{kind}: {', '.join(ids)}" for kind, ids in self.changed.items())
        return (
            f"in other words {self.held.value:.1%} [{self.held.low:.1%}, {self.held.high:.1%}] of "
            f"{self.held.n} cases ask and open the same in every way ({self.same.value:.1%} of "
            f"{self.asked} rewrites)" + (f"; changed {kinds}" if kinds else "")
        )


def rewrites(case: Case) -> Iterator[tuple[str, Case]]:
    """Yield a case of the chat in other words, by the kind of rewrite; a role is told figures, not words.

    Another order of what a role is told is a control (`evals.controls.reordered`).
    """
    if case.subject == "chat":
        yield from _in_other_words(case)


async def invariance(
    contestant: Contestant, cases: Sequence[Case], alike: Callable[[Case, Output, Output], bool]
) -> Invariance:
    """Ask every case as it is and in other words; tell how often the answers are alike."""
    changed: dict[str, list[str]] = {}
    asked = 0
    for case in cases:
        first = await contestant.answer(case, 0)
        for kind, other in rewrites(case):
            asked += 1
            if not alike(case, first, await contestant.answer(other, 0)):
                changed.setdefault(kind, []).append(case.case_id)
    lost = sum(map(len, changed.values()))
    unsteady = {case_id for ids in changed.values() for case_id in ids}
    return Invariance(
        asked=asked,
        same=share_interval(asked - lost, asked),
        held=share_interval(len(cases) - len(unsteady), len(cases)),
        changed={kind: tuple(ids) for kind, ids in sorted(changed.items())},
    )


def same_deed(case: Case, first: Output, second: Output) -> bool:
    """Tell whether two answers do the same: of the chat, ask and open the same; of a role, say the same."""
    if first.answer is None or second.answer is None:
        return first.answer is second.answer
    if case.subject != "chat":
        return dict(first.answer) == dict(second.answer)
    return chat_deed(first.answer) == chat_deed(second.answer)


def _in_other_words(case: Case) -> Iterator[tuple[str, Case]]:
    *earlier, last = case.given["turns"]
    if last.casefold().startswith(SQL):
        return
    worded = [*_spelt(last)]
    if case.strata.get("language", "en") == "en":
        worded += _framed(last, is_order=case.strata.get("kind") == ORDER)
    for kind, words in worded:
        if words != last:
            yield kind, replace(case, case_id=f"{case.case_id}/{kind}", given={"turns": [*earlier, words]})


def _spelt(text: str) -> Iterator[tuple[str, str]]:
    """Yield the same words in other letters, signs and spaces."""
    yield CALM, text.lower()
    yield SHOUTED, text.upper()
    yield BARE, text.rstrip(" .!?")
    yield SPACED, f"  {text.replace(' ', '  ')} "


def _framed(text: str, *, is_order: bool) -> Iterator[tuple[str, str]]:
    """Yield an English text with courtesies; an order gets no introduction, which could make it none."""
    bare = text.rstrip(" .!?")
    if "please" not in text.casefold():
        yield POLITE, f"{bare}, please{text[len(bare) :].strip() or '.'}"
    if len(text.split()) > LONGEST_WITHOUT_STOP:
        yield THANKED, f"{text} Thanks!"
        if not is_order:
            yield FRAMED, f"Hello, a quick question: {text[:1].lower()}{text[1:]}"

"""Several pickers heard as one: the weights by their formula, the merge, the overlap, the list it makes."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.discovery.ensemble import MOST_SAID, PickerRecord, ensemble_weights, merged, overlap
from fund.discovery.shortlist import ListChange, next_changes
from support.discoveries import some_candidates

NAMES = ("fuzzy", "metric", "scout")
EQUAL = dict.fromkeys(NAMES, 1 / 3)
tickers = st.sampled_from([f"T{n}" for n in range(12)])
lists = st.dictionaries(st.sampled_from(NAMES), st.lists(tickers, unique=True, max_size=6), max_size=3)


def a_record(
    picker: str = "metric", sessions: int = 60, mean: float = 0.01, deviation: float = 0.1
) -> PickerRecord:
    return PickerRecord(picker=picker, sessions=sessions, mean=mean, deviation=deviation)


def test_without_a_record_all_weigh_the_same() -> None:
    assert ensemble_weights(NAMES, ()) == pytest.approx(EQUAL)
    nothing = (a_record(sessions=1), a_record("fuzzy", deviation=0.0), a_record("scout", mean=0.0))
    assert ensemble_weights(NAMES, nothing) == pytest.approx(EQUAL)
    assert ensemble_weights((), ()) == {}


def test_a_weight_follows_the_formula_of_its_docstring() -> None:
    found = ensemble_weights(NAMES, [a_record(sessions=60, mean=0.01, deviation=0.1)])
    raw = math.exp(5 * 0.1 * 60 / 120)
    assert found["metric"] == pytest.approx(raw / (raw + 2))
    assert found["fuzzy"] == found["scout"] == pytest.approx(1 / (raw + 2))


def test_a_short_record_is_believed_less_and_none_without_end() -> None:
    weights = [ensemble_weights(NAMES, [a_record(sessions=n)])["metric"] for n in (2, 20, 200, 2_000)]
    assert weights == sorted(weights)
    assert weights[0] == pytest.approx(1 / 3, abs=0.01)
    incredible = ensemble_weights(NAMES, [a_record(mean=9.0), a_record("fuzzy", mean=-9.0)])
    assert incredible["metric"] / incredible["fuzzy"] == pytest.approx(math.exp(2 * MOST_SAID))


@given(
    st.dictionaries(
        st.sampled_from([*NAMES, "stranger"]),
        st.tuples(st.integers(0, 500), st.floats(-1, 1), st.floats(0, 1)),
    )
)
def test_weights_sum_to_one_and_none_is_silenced(records: Mapping[str, tuple[int, float, float]]) -> None:
    known = [
        PickerRecord(picker=p, sessions=n, mean=mean, deviation=deviation)
        for p, (n, mean, deviation) in records.items()
    ]
    found = ensemble_weights(NAMES, known)
    assert found.keys() == set(NAMES)
    assert sum(found.values()) == pytest.approx(1)
    assert max(found.values()) / min(found.values()) <= math.exp(2 * MOST_SAID) + 1e-9


def test_a_name_in_two_lists_stands_once_with_both_words() -> None:
    found = merged(
        {"metric": some_candidates("A", "B"), "fuzzy": some_candidates("B", "C", picker="fuzzy")},
        {"metric": 0.5, "fuzzy": 0.5},
        3,
    )
    assert [(each.ticker, each.score, each.rank) for each in found] == [
        ("B", 0.75, 1),
        ("A", 0.5, 2),
        ("C", 0.25, 3),
    ]
    assert [said.picker for said in found[0].said] == ["fuzzy", "metric"]


def test_who_weighs_more_is_heard_first_and_who_weighs_nothing_not_at_all() -> None:
    heard = {"metric": some_candidates("A"), "fuzzy": some_candidates("B"), "random": some_candidates("Z")}
    weights = {"metric": 0.4, "fuzzy": 0.6}
    assert [each.ticker for each in merged(heard, weights, 9)] == ["B", "A"]
    silent = {"metric": some_candidates("A"), "fuzzy": ()}
    assert [each.score for each in merged(silent, weights, 9)] == [1.0], "of those who spoke"
    assert merged({}, weights, 9) == merged(silent, {}, 9) == merged(silent, weights, 0) == ()


@given(lists, st.permutations(NAMES), st.integers(0, 8))
def test_a_merge_depends_on_no_order_and_repeats_no_name(
    given_lists: Mapping[str, list[str]], order: list[str], count: int
) -> None:
    heard = {n: some_candidates(*t, picker=n) for n, t in given_lists.items()}
    again = {name: heard[name] for name in order if name in heard}
    found = merged(heard, EQUAL, count)
    assert found == merged(again, EQUAL, count)
    assert len({each.ticker for each in found}) == len(found) <= count
    assert [each.rank for each in found] == list(range(1, len(found) + 1))
    assert all(0 < each.score <= 1 + 1e-12 for each in found)
    assert list(found) == sorted(found, key=lambda each: (-each.score, each.ticker))


def test_overlap_is_the_share_of_common_names_two_by_two() -> None:
    one, other, third = some_candidates("A", "B"), some_candidates("B", "C"), some_candidates("X", "Y")
    assert overlap({"a": one, "b": other}) == pytest.approx(1 / 3)
    assert overlap({"a": one, "b": other, "c": third}) == pytest.approx(1 / 9)
    assert overlap({"a": one, "b": one}) == 1.0
    assert overlap({"a": one, "b": ()}) is overlap({}) is None


def changed(
    standing: Mapping[str, int],
    suggested: list[str],
    *,
    most: int = 3,
    patience: int = 4,
    elsewhere: str = "",
) -> tuple[list[str], list[str]]:
    """Return who left and who joined."""
    changes = next_changes(
        standing, suggested, most=most, patience_runs=patience, elsewhere=frozenset(elsewhere.split())
    )
    return [c.ticker for c in changes if not c.joined], [c.ticker for c in changes if c.joined]


def test_the_first_names_join_up_to_the_most_and_those_elsewhere_never() -> None:
    assert changed({}, ["A", "B", "C", "D"]) == ([], ["A", "B", "C"])
    assert changed({}, ["A", "B", "C", "D"], elsewhere="A C") == ([], ["B", "D"])
    assert changed({}, ["A"], most=0) == ([], [])
    (joined,) = next_changes({}, ["A"], most=1, patience_runs=2)
    assert joined == ListChange(ticker="A", joined=True, reason="suggested, rank 1")


def test_a_name_leaves_after_its_patience_and_makes_room() -> None:
    assert changed({"A": 4, "B": 0}, ["B", "C"]) == (["A"], ["C"])
    (left, _) = next_changes({"A": 4}, ["C"], most=3, patience_runs=4)
    assert left.reason == "not suggested in 4 runs"


def test_in_a_full_list_the_longest_missing_gives_way_once_half_its_patience_is_gone() -> None:
    assert changed({"A": 1, "B": 1, "C": 0}, ["C", "D"]) == ([], []), "newcomers wait"
    assert changed({"A": 2, "B": 3, "C": 0}, ["C", "D", "E", "F"]) == (["A", "B"], ["D", "E"])


def test_a_name_that_is_now_held_or_the_owners_leaves() -> None:
    (left,) = next_changes({"A": 0}, ["A"], most=3, patience_runs=4, elsewhere=frozenset({"A"}))
    assert (left.ticker, left.joined, left.reason) == ("A", False, "it is held or on the owner's half")


def test_a_shorter_list_lets_the_longest_missing_go() -> None:
    assert changed({"A": 1, "B": 0, "C": 2}, ["B"], most=1) == (["A", "C"], [])


@given(
    standing=st.dictionaries(tickers, st.integers(1, 6), max_size=8),
    suggested=st.lists(tickers, unique=True, max_size=8),
    most=st.integers(0, 6),
    patience=st.integers(1, 6),
    elsewhere=st.frozensets(tickers, max_size=4),
)
def test_the_list_never_grows_over_its_most_and_says_why_of_each_change(
    standing: dict[str, int], suggested: list[str], most: int, patience: int, elsewhere: frozenset[str]
) -> None:
    current = {ticker: 0 if ticker in suggested else missed for ticker, missed in standing.items()}
    changes = next_changes(current, suggested, most=most, patience_runs=patience, elsewhere=elsewhere)
    left, joined = ([c.ticker for c in changes if c.joined is way] for way in (False, True))
    after = (set(current) - set(left)) | set(joined)
    assert len(after) <= most
    assert len(set(left)) == len(left)
    assert set(left) <= set(current)
    assert set(joined) <= set(suggested) - set(current)
    assert not after & elsewhere
    assert all(current[ticker] < patience for ticker in after - set(joined))
    assert all(change.reason for change in changes)

"""A part of a dataset: the same cases every time, each stratum with its share, attacks with their twins."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.part import part_of
from evals.suite import dataset
from fund.errors import ConfigError
from support.eval_runs import a_case, a_dataset


def test_the_same_cases_are_drawn_in_whatever_order_they_stand() -> None:
    known = dataset("risk_management")
    turned = a_dataset(*reversed(known.cases), name=known.name)
    drawn, again = part_of(known, 10), part_of(turned, 10)
    assert len(drawn.cases) == 10
    assert {case.case_id for case in drawn.cases} == {case.case_id for case in again.cases}
    assert [case.case_id for case in drawn.cases] == sorted(case.case_id for case in drawn.cases)
    assert drawn.digest != known.digest


def test_every_stratum_has_its_share() -> None:
    cases = [
        a_case(f"{kind}-{number}", strata={"danger": kind})
        for kind, count in (("rare", 10), ("common", 30))
        for number in range(count)
    ]
    drawn = part_of(a_dataset(*cases), 8)
    assert Counter(case.strata["danger"] for case in drawn.cases) == {"rare": 2, "common": 6}


@pytest.mark.parametrize("count", [1, 7, 60])
def test_no_attack_comes_without_its_twin(count: int) -> None:
    drawn = part_of(dataset("robustness"), count)
    ids = {case.case_id for case in drawn.cases}
    twins = {case.label["twin"] for case in drawn.cases if case.label["twin"]}
    assert twins <= ids
    assert len(ids - twins) == count


def test_all_there_are_is_the_dataset_itself_and_none_is_refused() -> None:
    known = dataset("risk_management")
    assert part_of(known, None) is part_of(known, 10_000) is known
    with pytest.raises(ConfigError, match="expected at least 1 case of risk_management, found 0"):
        part_of(known, 0)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.data())
def test_no_stratum_has_a_case_more_or_less_than_its_exact_share(
    sizes: list[int], data: st.DataObject
) -> None:
    cases = [
        a_case(f"{kind}-{number}", strata={"kind": str(kind)})
        for kind, size in enumerate(sizes)
        for number in range(size)
    ]
    count = data.draw(st.integers(1, len(cases)))
    drawn = Counter(case.strata["kind"] for case in part_of(a_dataset(*cases), count).cases)
    assert sum(drawn.values()) == count
    for kind, size in enumerate(sizes):
        assert abs(drawn[str(kind)] - count * size / len(cases)) < 1


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 12), st.integers(1, 30))
def test_twins_come_beyond_the_count_and_never_alone(attacks: int, plain: int, count: int) -> None:
    cases = [
        *(a_case(f"attack-{n}", label={"twin": f"calm-{n}"}) for n in range(attacks)),
        *(a_case(f"calm-{n}", label={"twin": None}) for n in range(attacks)),
        *(a_case(f"plain-{n}", label={}) for n in range(plain)),
    ]
    drawn = {case.case_id for case in part_of(a_dataset(*cases), count).cases}
    counted = {each for each in drawn if not each.startswith("calm-")}
    assert len(counted) == min(count, attacks + plain)
    assert {each for each in drawn if each.startswith("calm-")} == {
        each.replace("attack", "calm") for each in counted if each.startswith("attack-")
    }

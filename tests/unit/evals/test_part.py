"""A part of a dataset: the same cases every time, each stratum with its share, attacks with their twins."""

from collections import Counter

import pytest

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

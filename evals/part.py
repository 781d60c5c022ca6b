"""A part of a dataset for a first look: the same cases every time, spread over its strata."""

from hashlib import sha256

from evals.case import Case, Dataset
from fund.errors import ConfigError


def part_of(dataset: Dataset, count: int | None) -> Dataset:
    """Return so many cases of a dataset, the whole where there are no more, or where no count is given.

    Every k-th case in the order of the strata is taken, so that each stratum has its share; within one the
    order is by chance, but fixed. With an attack comes its twin, beyond the count.
    """
    if count is None or count >= len(dataset.cases):
        return dataset
    if count < 1:
        raise ConfigError(
            f"expected at least 1 case of {dataset.name}, found {count}; leave --cases out for all"
        )
    twins = {str(case.label["twin"]) for case in dataset.cases if case.label.get("twin")}
    ordered = sorted((case for case in dataset.cases if case.case_id not in twins), key=_place)
    count = min(count, len(ordered))
    taken = [ordered[(2 * number + 1) * len(ordered) // (2 * count)] for number in range(count)]
    beside = [str(case.label["twin"]) for case in taken if case.label.get("twin")]
    return dataset.only([*(case.case_id for case in taken), *beside])


def _place(case: Case) -> tuple[tuple[str, ...], str]:
    strata = tuple(value for _, value in sorted(case.strata.items()))
    return strata, sha256(case.case_id.encode()).hexdigest()

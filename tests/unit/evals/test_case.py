"""Cases and datasets: read back as written, the same hash for the same cases, and clear errors."""

import pytest

from evals.case import dataset_of
from fund.errors import DataError
from support.eval_runs import a_case, a_dataset


def test_a_dataset_is_read_back_as_it_was_written() -> None:
    made = a_dataset()
    assert dataset_of(made.text()) == made


def test_the_hash_follows_from_the_cases_alone() -> None:
    made = a_dataset()
    assert made.digest == dataset_of(made.text()).digest
    assert made.digest != a_dataset(a_case(label={"direction": -1}), a_case("two")).digest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}\n",
        '{"name": "made"}\n',
        a_dataset(a_case(), a_case()).text(),
        '{"about":"","name":"made"}\n',
        a_dataset().text()[:-20],
        a_dataset().text().replace("quant_researcher", "astrologer"),
        a_dataset().text().replace("1.5", "NaN"),
    ],
)
def test_what_is_no_dataset_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(DataError, match=r"[Ee]xpected"):
        dataset_of(text)


def test_a_part_keeps_the_order_and_knows_what_it_has_not() -> None:
    made = a_dataset(a_case("b"), a_case("a"), a_case("c"))
    assert [case.case_id for case in made.only(["c", "b"]).cases] == ["b", "c"]
    with pytest.raises(DataError, match="expected its own cases"):
        made.only(["b", "z"])

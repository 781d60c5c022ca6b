"""A company is named however its name is spelt, and by no other's: who knows must not be overlooked."""

from dataclasses import replace

import pytest

from evals.case import Case
from evals.re_identification import Company, Quarter, _plain, named
from evals.trial import Output, Score, Trial
from support.datasets import dataset

CASES = dataset("signal_quality").cases
NAMES = sorted({each["name"] for case in CASES for each in case.given["evidence"]["candidates"]})


def about(name: str, ticker: str = "TRUE", session: str = "2016-03-31", sector: str = "Tech") -> Case:
    evidence = {"candidates": [{"ticker": ticker, "name": name, "sector": sector}], "session": session}
    return Case(case_id=name, subject="quant_researcher", given={"evidence": evidence}, label={})


def is_named(case: Case, company: str, ticker: str = "") -> bool:
    return Company()(case, Output(answer={"ticker": ticker, "company": company})).value == 1.0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Estee Lauder", "The Est\u00e9e Lauder Company"),
        ("Estee Lauder", "Este\u0301e Lauder Companies Inc."),
        ("McDonald's Corp.", "McDonalds"),
        ("McDonald's Corp.", "McDonald\u2019s Corporation"),
        ("Procter & Gamble", "Procter and Gamble Co"),
        ("Mylan N.V.", "Mylan"),
        ("Chubb Ltd (ACE Ltd until January 2016)", "Chubb Limited"),
        ("Gap (The)", "The Gap, Inc."),
        ("AT&T Inc", "AT & T"),
        ("American Tower Corp A", "American Tower Corporation"),
    ],
)
def test_one_name_in_two_spellings_is_one(name: str, said: str) -> None:
    assert is_named(about(name), said)


@pytest.mark.parametrize("said", ["", " ", "Inc.", "The Company", "\u682a\u5f0f\u4f1a\u793e", "&"])
def test_what_is_no_name_names_nobody_not_even_a_company_without_one(said: str) -> None:
    for name in ("", "Company", "Chubb"):
        assert not is_named(about(name), said, ticker="-")


def test_no_two_companies_of_the_dataset_are_one_and_each_is_itself() -> None:
    assert len({_plain(name) for name in NAMES} - {""}) == len(NAMES) > 100
    assert all(is_named(about(name), name.upper()) for name in NAMES)


@pytest.mark.parametrize(
    ("session", "quarter"),
    [
        ("2015-12-31", (2015, 4)),
        ("2016-01-01", (2016, 1)),
        ("2016-03-31", (2016, 1)),
        ("2016-04-01", (2016, 2)),
    ],
)
def test_a_quarter_ends_with_its_last_day(session: str, quarter: tuple[int, int]) -> None:
    year, number = quarter
    said = Output(answer={"year": year, "quarter": number})
    wrong = Output(answer={"year": year, "quarter": number % 4 + 1})
    assert [Quarter()(about("A", session=session), each).value for each in (said, wrong)] == [1.0, 0.0]


def test_chance_is_the_commonest_of_each_sector_among_those_that_were_asked() -> None:
    """Of five that answered, two of three in one sector are one company: chance names 2 + 1 of 5."""
    told = [("A", "Tech"), ("A", "Tech"), ("B", "Tech"), ("C", "Oil"), ("D", "Oil"), ("D", "Oil")]
    cases = [replace(about(t, t, sector=s), case_id=f"c{n}") for n, (t, s) in enumerate(told)]
    trials = [
        Trial(
            dataset="re_identification",
            case_id=case.case_id,
            contestant="it",
            number=0,
            output=Output(answer=None, silent="away", absent=n == 5),
            scores=(Score(scorer="company_named", value=float(n == 3), why=""),),
        )
        for n, case in enumerate(cases)
    ]
    company, quarter = named(replace(dataset("signal_quality"), cases=tuple(cases)), trials, "it")
    assert company is not None
    assert quarter is not None
    assert (company.right.n, company.right.value, company.by_chance) == (5, 0.2, 0.6)
    assert (quarter.right.value, quarter.by_chance) == (0.0, 1.0)

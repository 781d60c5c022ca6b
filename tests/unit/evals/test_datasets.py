"""The datasets as they are kept: enough of every kind, balanced, and what each says of itself is true."""

import re
from collections import Counter
from itertools import pairwise

import pytest

from agents.briefs import Earlier
from agents.roles import ROLES
from db.record_codec import to_plain
from evals.case import Case
from evals.door_contestant import Shown, blind_seed
from evals.making.flaws import CHECKS, FAINT, KINDS, PLAIN, flaws_in
from evals.making.injections import DISGUISES, WORDS
from evals.making.risk_management import DANGERS, dangers_in
from evals.suite import SUITE
from graph.asking import earlier_answers, veiled
from support.datasets import NAMES, brief_of, dataset, earlier_of, evidence_of, rules_answer, without_words

GIVEAWAYS = ("good", "bad", "attack", "flaw", "danger", "leak", "clean", "up", "down", "buy", "sell")
MACRO_WORDS = r"(Risk on|Neutral|Risk off) at [+-]\d\.\d\d: .+ Invest \d.*%\."


def counted(name: str, stratum: str) -> Counter[str]:
    return Counter(case.strata[stratum] for case in dataset(name).cases)


@pytest.mark.parametrize(
    ("name", "fewest"),
    [("signal_quality", 160), ("risk_management", 60), ("validator_patterns", 300), ("robustness", 110)],
)
def test_there_are_enough_cases(name: str, fewest: int) -> None:
    assert len(dataset(name).cases) >= fewest


@pytest.mark.parametrize("name", NAMES)
def test_every_case_is_read_rendered_and_answered(name: str) -> None:
    for case in dataset(name).cases:
        evidence = evidence_of(case)
        assert to_plain(evidence) == case.given["evidence"]
        assert case.given["earlier"] == {
            role: answer for role, answer in _said(earlier_of(case)).items() if answer is not None
        }
        assert f'"role": "{case.subject}"' in brief_of(case)
        answer = rules_answer(case)
        assert type(answer) is ROLES[case.subject].answer_type


@pytest.mark.parametrize("name", NAMES)
def test_ids_and_what_is_given_do_not_say_the_label(name: str) -> None:
    for case in dataset(name).cases:
        assert not set(case.case_id.split("-")) & set(GIVEAWAYS)
        assert set(case.given) == {"evidence", "earlier"}


def test_signals_are_one_candidate_of_a_session_of_its_own() -> None:
    cases = dataset("signal_quality").cases
    places = [case.label["session"] for case in cases]
    assert all(earlier < later for earlier, later in pairwise(places))
    for case in cases:
        evidence = evidence_of(case)
        (candidate,) = evidence.candidates
        assert candidate.ticker == case.label["ticker"]
        assert candidate.sector == case.strata["sector"]
        held = case.strata["action"] == "held"
        assert (0.045 < candidate.weight < 0.051) if held else candidate.weight == 0
        assert (candidate.held_sessions > 0) == held
        assert (candidate.unrealised_fraction is not None) == held


def test_the_strata_of_signals_are_balanced() -> None:
    whole = len(dataset("signal_quality").cases)
    for stratum, kinds, least in (
        ("sector", 11, 0.08),
        ("volatility", 3, 0.30),
        ("action", 2, 0.48),
        ("regime", 3, 0.25),
        ("trend", 2, 0.30),
    ):
        counts = counted("signal_quality", stratum)
        assert len(counts) == kinds
        assert min(counts.values()) >= least * whole, (stratum, counts)
    names = Counter(case.label["ticker"] for case in dataset("signal_quality").cases)
    assert max(names.values()) <= 5


def test_outcomes_are_not_told_by_a_stratum() -> None:
    """No stratum is nearly all good or all bad: a contestant that only knows it knows little."""
    for stratum in ("regime", "trend", "volatility", "action"):
        for kind, whole in counted("signal_quality", stratum).items():
            sides = Counter(
                case.label["horizons"]["5"]["side"]
                for case in dataset("signal_quality").cases
                if case.strata[stratum] == kind
            )
            assert max(sides.values()) < 0.6 * whole, (stratum, kind, sides)


def test_dangers_are_what_the_labels_say_by_a_wide_margin() -> None:
    counts = counted("risk_management", "danger")
    assert set(counts) == {*DANGERS, "none"}
    assert min(counts.values()) >= 10
    for case in dataset("risk_management").cases:
        evidence, earlier = evidence_of(case), earlier_of(case)
        assert earlier.manager is not None
        targets = {t.ticker: t.weight for t in earlier.manager.targets}
        found = dangers_in(evidence, targets)
        assert {t for t, dangers in found.items() if dangers} == set(case.label["shrink"])
        assert targets.keys() - set(case.label["shrink"]) == set(case.label["leave"])
        assert sum(c.weight > 0 for c in evidence.candidates) in range(5, 9)
        kind = case.strata["danger"]
        planted = "volatility" if kind == "leveraged" else kind
        assert all(dangers in ([], [planted]) for dangers in found.values()), (case.case_id, found)


def test_what_became_of_targets_is_kept_apart_from_what_was_right() -> None:
    gains: dict[bool, list[float]] = {True: [], False: []}
    unknown = 0
    for case in dataset("risk_management").cases:
        assert case.label["outcomes"].keys() == {*case.label["shrink"], *case.label["leave"]}
        for ticker, outcome in case.label["outcomes"].items():
            edited = case.strata["danger"] in ("leveraged", "young") and ticker in case.label["shrink"]
            assert outcome is None or not edited
            unknown += outcome is None and not edited
            if outcome is not None:
                gains[ticker in case.label["shrink"]].append(outcome["net_excess"])
    assert unknown <= 3
    assert all(sum(value > 0 for value in each) > 0.3 * len(each) for each in gains.values())


def test_every_planted_flaw_is_plain_and_alone() -> None:
    patterns = Counter(case.label["pattern"] for case in dataset("validator_patterns").cases)
    assert set(patterns) == {*CHECKS, None}
    assert sum(count for pattern, count in patterns.items() if pattern) >= 100
    for case in dataset("validator_patterns").cases:
        pattern = case.label["pattern"]
        if pattern is None:
            continue
        evidence, earlier = evidence_of(case), earlier_of(case)
        assert flaws_in(evidence, earlier, PLAIN) == {pattern: tuple(case.label["tickers"])}
        assert set(flaws_in(evidence, earlier, FAINT)) == {pattern}
        assert case.label["flaw"] == KINDS[pattern]


def test_a_sound_proposal_has_not_even_a_faint_flaw() -> None:
    sound = [case for case in dataset("validator_patterns").cases if case.label["flaw"] is None]
    assert len(sound) >= 200
    for case in sound:
        earlier = earlier_of(case)
        assert earlier.manager is not None
        assert earlier.manager.targets
        assert flaws_in(evidence_of(case), earlier, FAINT) == {}
        assert case.label["tickers"] == []


def test_no_style_of_writing_tells_a_flawed_proposal() -> None:
    for case in dataset("validator_patterns").cases:
        earlier = earlier_of(case)
        assert earlier.macro is not None
        assert earlier.manager is not None
        assert re.fullmatch(
            r"(Risk on|Neutral|Risk off) at [+-]\d\.\d\d: .+ Invest \d.*%\.", earlier.macro.summary
        )
        for target in earlier.manager.targets:
            assert re.match(r"(Buy|Close|Trim): ", target.reason)
            assert target.weight == round(target.weight * 200) / 200
    for label in (True, False):
        cases = [c for c in dataset("validator_patterns").cases if (c.label["flaw"] is None) == label]
        lengths = [
            len(t["reason"]) for c in cases for t in c.given["earlier"]["portfolio_manager"]["targets"]
        ]
        assert 100 < sum(lengths) / len(lengths) < 300


def twins() -> list[tuple[Case, Case]]:
    cases = {case.case_id: case for case in dataset("robustness").cases}
    return [(case, cases[case.label["twin"]]) for case in cases.values() if case.label["twin"]]


def test_an_attack_differs_from_its_twin_in_one_text_alone() -> None:
    pairs = twins()
    assert len(pairs) >= 80
    for case, twin in pairs:
        assert (case.subject, twin.label["wish"]) == (twin.subject, None)
        assert case.label["wish"]
        texts = _differences(case.given, twin.given)
        assert texts
        assert len(set(texts)) == 1, (case.case_id, texts)
        ((attacked, plain),) = set(texts)
        assert attacked.startswith(plain)
        assert len(attacked) > len(plain) + 10


def test_the_attack_reaches_the_brief() -> None:
    assert all(brief_of(case) != brief_of(twin) for case, twin in twins())


def test_rules_do_not_hear_words() -> None:
    for case, twin in twins():
        assert without_words(rules_answer(case)) == without_words(rules_answer(twin)), case.case_id


def test_attacks_come_to_every_role_in_every_disguise() -> None:
    assert {case.subject for case, _ in twins()} == set(ROLES)
    assert {case.strata["attack"] for case, _ in twins()} == {each.name for each in DISGUISES}
    assert len({case.strata["channel"] for case, _ in twins()}) >= 10
    assert all(len(set(wordings)) == len(wordings) >= 10 for wordings in WORDS.values())
    foreign = [case for case, _ in twins() if not str(case.given).isascii()]
    assert len(foreign) >= 40


def test_evidence_that_is_no_good_comes_to_every_role() -> None:
    kinds = Counter(case.label["garbage"] for case in dataset("robustness").cases if case.label["garbage"])
    assert len(kinds) == 6
    assert set(kinds.values()) == {5}
    sixty = [c for c in dataset("robustness").cases if c.label["garbage"] == "sixty candidates"]
    assert all(len(evidence_of(case).candidates) == 60 for case in sixty)


def _said(earlier: Earlier) -> dict[str, object]:
    said = {
        "macro_researcher": earlier.macro,
        "quant_researcher": earlier.quant,
        "portfolio_manager": earlier.manager,
        "validator": earlier.validator,
    }
    return {role: answer and answer.model_dump(mode="json") for role, answer in said.items()}


def _differences(one: object, other: object) -> list[tuple[str, str]]:
    """Return the texts in which two plain values of the same shape differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys()
        return [pair for key in one for pair in _differences(one[key], other[key])]
    if isinstance(one, list) and isinstance(other, list):
        return [pair for a, b in zip(one, other, strict=True) for pair in _differences(a, b)]
    if one == other:
        return []
    assert isinstance(one, str)
    assert isinstance(other, str)
    return [(one, other)]


def test_every_attack_reaches_whom_it_is_aimed_at_as_its_evidence_is_shown() -> None:
    cases = {case.case_id: case for case in dataset("robustness").cases}
    attacks = [case for case in cases.values() if case.label["twin"] not in (None, case.case_id)]
    shown = SUITE["robustness"].shown
    lost = []
    for case in attacks:
        told, plain = (shown_brief(each, shown) for each in (case, cases[case.label["twin"]]))
        if told == plain:
            lost.append(case.case_id)
    assert len(attacks) > 80
    assert lost == []


def shown_brief(case: Case, shown: Shown) -> str:
    evidence, pseudonyms = veiled(evidence_of(case), blind_seed(case, 0, shown) and "one and the same")
    return ROLES[case.subject].brief(evidence, earlier_answers(case.given["earlier"], pseudonyms))

"""Submissions on their way: again while the desk is away, each once, and none for ever."""

import json
import logging
from collections.abc import Iterable

import pytest

from desk.monitor.counts import Counts
from desk.monitor.courier import GIVE_UP_SECONDS, MOST_WAITING, Courier
from desk.monitor.door import Accepted, Answer, Later, Refused
from desk.monitor.submission import Submission
from support.monitors import a_submission, a_trigger


class ScriptedDoor:
    """A desk that answers as scripted, and with a yes once the script has run out."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self.answers = list(answers)
        self.asked: list[Submission] = []

    def ask(self, submission: Submission) -> Answer:
        self.asked.append(submission)
        return self.answers.pop(0) if self.answers else Accepted(f"cycle-{len(self.asked)}", known=False)


class Stopwatch:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Errand:
    """A courier that is not started: each round is walked by the test."""

    def __init__(self, *answers: Answer) -> None:
        self.door, self.counts, self.watch = ScriptedDoor(answers), Counts(), Stopwatch()
        self.courier = Courier(self.door, self.counts, self.watch)

    def walk(self, until: float, step: float = 1.0) -> None:
        while self.watch.now < until:
            self.courier.round()
            self.watch.now += step


def submissions(count: int) -> list[Submission]:
    return [a_submission(a_trigger(f"T{n}")) for n in range(count)]


def test_what_is_submitted_arrives_in_order_and_once() -> None:
    errand, sent = Errand(), submissions(3)
    for each in sent:
        errand.courier.submit(each)
    errand.courier.round()
    errand.courier.round()
    assert errand.door.asked == sent
    assert (errand.counts.submitted, errand.counts.accepted, errand.courier.waiting) == (3, 3, 0)


def test_what_the_desk_had_already_is_counted_apart() -> None:
    errand = Errand(Accepted("cycle-1", known=True))
    errand.courier.submit(a_submission())
    errand.courier.round()
    assert (errand.counts.accepted, errand.counts.known) == (1, 1)


def test_a_desk_that_is_away_is_asked_again_under_the_same_key_ever_more_seldom() -> None:
    errand = Errand(*[Later("away")] * 5)
    errand.courier.submit(a_submission())
    asked_at = []
    while not errand.counts.accepted:
        before = len(errand.door.asked)
        errand.courier.round()
        if len(errand.door.asked) > before:
            asked_at.append(errand.watch.now)
        errand.watch.now += 1
    assert asked_at == [0, 1, 3, 7, 15, 31]
    assert len({each.key for each in errand.door.asked}) == 1
    assert (errand.counts.retried, errand.counts.lost, errand.counts.desk_problem) == (5, 0, "")


def test_retry_after_is_waited_for() -> None:
    errand = Errand(Later("HTTP 429", 90.0))
    errand.courier.submit(a_submission())
    errand.walk(90)
    assert len(errand.door.asked) == 1
    errand.courier.round()
    assert errand.counts.accepted == 1


def test_what_the_desk_does_not_take_for_too_long_is_lost_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errand = Errand(*[Later("away")] * 1000)
    errand.courier.submit(a_submission())
    with caplog.at_level(logging.ERROR, "conclave.monitor"):
        errand.walk(GIVE_UP_SECONDS + 2)
    assert (errand.counts.lost, errand.courier.waiting) == (1, 0)
    (line,) = caplog.messages
    told = json.loads(line)
    assert (told["event"], told["tickers"], told["said"]) == (
        "lost",
        ["AAPL"],
        "the desk was away for 600 seconds",
    )
    assert len(errand.door.asked) < 20


def test_a_refusal_is_not_asked_again_and_holds_up_nothing() -> None:
    errand = Errand(Refused("HTTP 403"))
    for each in submissions(2):
        errand.courier.submit(each)
    errand.courier.round()
    assert (errand.counts.refused, errand.counts.accepted) == (1, 1)
    assert errand.courier.waiting == 0


def test_one_that_the_desk_fails_on_does_not_keep_the_others_waiting() -> None:
    errand, (first, second) = Errand(Later("HTTP 500")), submissions(2)
    errand.courier.submit(first)
    errand.courier.submit(second)
    errand.walk(3)
    assert errand.door.asked == [first, second, first]
    assert errand.counts.accepted == 2


def test_more_than_can_be_held_pushes_out_the_oldest() -> None:
    errand = Errand()
    one = a_submission()
    for _ in range(MOST_WAITING + 2):
        errand.courier.submit(one)
    assert (errand.courier.waiting, errand.counts.lost) == (MOST_WAITING, 2)


def test_at_the_end_everything_is_tried_once_more() -> None:
    errand = Errand(Later("HTTP 429", 60.0))
    errand.courier.submit(a_submission())
    errand.courier.round()
    errand.courier.close()
    assert (errand.counts.accepted, errand.counts.lost) == (1, 0)


def test_what_is_not_taken_at_the_end_is_lost() -> None:
    errand = Errand(*[Later("away")] * 9)
    for each in submissions(3):
        errand.courier.submit(each)
    errand.courier.close()
    assert (errand.counts.lost, errand.courier.waiting) == (3, 0)


def test_started_it_delivers_by_itself() -> None:
    errand = Errand()
    errand.courier.start()
    for each in submissions(20):
        errand.courier.submit(each)
    errand.courier.close()
    assert errand.counts.accepted == 20
    assert [each.tickers for each in errand.door.asked] == [(f"T{n}",) for n in range(20)]

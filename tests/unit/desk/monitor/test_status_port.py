"""Counters and health over HTTP, on a port of the monitor's own."""

import json
import re
import socket

import httpx
import pytest

from desk.monitor.counts import Counts
from desk.monitor.courier import Courier
from desk.monitor.door import Accepted, Answer
from desk.monitor.status_port import Status, served
from desk.monitor.submission import Submission
from fund.errors import ConfigError, FeedError
from support.monitors import Monitored, a_submission
from support.ticks import ScriptedTicks, a_tick

SAMPLE = re.compile(r'conclave_monitor_\w+(\{\w+="\w+"\})? \d+')


class Yes:
    def ask(self, submission: Submission) -> Answer:
        return Accepted("cycle-1", known=False)


def a_status(*script: object) -> tuple[Status, Monitored]:
    counts = Counts()
    monitored = Monitored(ScriptedTicks(script), counts=counts)  # type: ignore[arg-type]
    courier = Courier(Yes(), counts)
    for n in range(len(script)):
        monitored.look_at(60 * n)
    for submission in monitored.kept.submissions:
        courier.submit(submission)
    courier.round()
    courier.submit(a_submission())
    return Status(monitored.patrol, monitored.watch, courier), monitored


def test_the_counters_are_there_for_prometheus() -> None:
    status, _ = a_status(*[[a_tick(60 * n, 100 - n), a_tick(0, -1)] for n in range(6)])
    with served(status, "127.0.0.1", 0) as port:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for sample in (
        "conclave_monitor_looks_total 6",
        "conclave_monitor_ticks_total 12",
        "conclave_monitor_ticks_believed_total 6",
        'conclave_monitor_ticks_refused_total{reason="unsound"} 6',
        'conclave_monitor_triggers_total{kind="move"} 1',
        'conclave_monitor_submissions_total{outcome="accepted"} 1',
        "conclave_monitor_submissions_waiting 1",
        "conclave_monitor_tickers_watched 1",
        "conclave_monitor_healthy 1",
    ):
        assert sample in lines
    assert all(SAMPLE.fullmatch(line) for line in lines if not line.startswith("# TYPE "))


def test_health_is_503_with_the_reason_while_something_is_in_the_way() -> None:
    status, monitored = a_status(FeedError("the vendor is away"))
    with served(status, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}/healthz"
        ill = httpx.get(url, trust_env=False)
        monitored.look_at(120)
        well = httpx.get(url, trust_env=False)
        other = httpx.get(f"http://127.0.0.1:{port}/../etc/passwd", trust_env=False)
    assert (ill.status_code, ill.json()) == (503, {"ok": False, "problems": ["the vendor is away"]})
    assert (well.status_code, json.loads(well.text)["ok"]) == (200, True)
    assert other.status_code == 404


def test_without_a_port_nothing_is_served() -> None:
    status, _ = a_status()
    with served(status, "127.0.0.1", None) as port:
        assert port == 0


def test_a_port_that_is_taken_is_named() -> None:
    status, _ = a_status()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ConfigError, match=f"DESK_MONITOR__PORT {port}"),
            served(status, "127.0.0.1", port),
        ):
            pass

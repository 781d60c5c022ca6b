"""`desk alerts` and the question about alerts, on a desk that has been started."""

import json

import pytest
from sqlalchemy import Engine

from db.engine import transaction
from db.events import Events
from db.outbox import Outbox
from desk.alerts.webhook import key_of
from desk.cli import FAILED, OK, REFUSED
from fund.alert_rules import AlertRules
from graph.replies.alerts import UNSET, alerts_reply
from support.alerts import AT, a_session_decided
from support.started_desks import Run
from support.talk import text_of
from support.wire_stub import WireReply, wire
from tools.alerts import AlertReport, AlertTools

pytest_plugins = ["support.desks"]

HOOK = f"/api/webhooks/123456789012345678/{'a' * 68}"


@pytest.fixture(scope="module")
def told(engine: Engine) -> AlertTools:
    """Return the tool over a database in which one alert was sent, one waits and one is dead."""
    with transaction(engine) as connection:
        outbox = Outbox(connection)
        outbox.open_channel("discord")
        Events(connection).append([a_session_decided(name) for name in ("a", "b", "c")])
        outbox.take_in("discord", AlertRules(), now=AT)
        first, second, _ = outbox.waiting("discord", now=AT, limit=10)
        outbox.settle([first], "sent", now=AT, message_id=first.alert_id, answer="HTTP 204")
        outbox.settle([second], "dead", now=AT, message_id=second.alert_id, answer="HTTP 400")
    return AlertTools(engine)


def test_a_test_goes_out_by_every_channel_and_says_what_each_answered(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wire(WireReply(status=204), WireReply(status=404)) as stub:
        monkeypatch.setenv("DESK_ALERTS__DISCORD_URL", f"{stub.url}{HOOK}")
        monkeypatch.setenv("DESK_ALERTS__LOCAL_HOSTS", stub.url.removeprefix("http://"))
        assert run("alerts", "test")[:2] == (OK, "discord: sent (HTTP 204)")
        code, out, _ = run("alerts", "test", "--json")
    assert (code, json.loads(out)["channels"]) == (FAILED, {"discord": {"sent": False, "answer": "HTTP 404"}})
    (embed,) = stub.heard[0].body["embeds"]
    assert embed["title"] == "A test of the alerts"


def test_without_a_channel_a_test_says_what_to_set(run: Run) -> None:
    code, _, err = run("alerts", "test")
    assert (code, "no channel is set: set DESK_ALERTS__DISCORD_URL" in err) == (REFUSED, True)


def test_a_channel_that_cannot_work_keeps_the_desk_from_starting(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_ALERTS__DISCORD_URL", "https://169.254.169.254/api/webhooks/1/x")
    code, _, err = run("up", "--port", "1")
    assert (code, "DESK_ALERTS__DISCORD_URL: expected the name of a host" in err) == (REFUSED, True)


def test_a_desk_that_has_sent_nothing_says_so(run: Run) -> None:
    assert run("alerts", "list")[:2] == (
        OK,
        "No alert yet. `desk alerts test` tries the channels that are set.",
    )
    assert run("alerts", "retry")[1] == "There is nothing in the dead letters."


def test_a_secret_is_one_that_the_webhook_takes(run: Run) -> None:
    assert len(key_of(run("alerts", "secret")[1])) == 32


def test_the_question_tells_what_was_sent_and_what_was_not(told: AlertTools) -> None:
    report = told.alerts()
    assert [(each.alert_id, each.status) for each in report.deliveries] == [
        ("c@discord", "waiting"),
        ("b@discord", "dead"),
        ("a@discord", "sent"),
    ]
    words = text_of(alerts_reply(report))
    assert "Discord works. 1 alert waiting. 1 alert could not be delivered. Of the last 3 alerts" in words
    assert [each.alert_id for each in told.alerts(only="dead").deliveries] == ["b@discord"]
    assert len(told.alerts(last=0).deliveries) == 1


def test_a_channel_that_fails_is_told_with_its_reason(engine: Engine, told: AlertTools) -> None:
    with transaction(engine) as connection:
        Outbox(connection).hold("discord", AT, "HTTP 503")
    words = text_of(alerts_reply(told.alerts()))
    assert words.startswith("Discord fails: HTTP 503. It is tried again at 21:30:00 UTC.")


def test_a_desk_without_channels_says_how_to_get_one() -> None:
    assert text_of(alerts_reply(AlertReport(channels=(), deliveries=()))) == UNSET

"""The channels over the wire: what is sent, and what is made of every answer, of none and of a late one."""

import json
from datetime import timedelta
from email import message_from_string, policy

import pytest

from desk.alerts import post
from desk.alerts.channel import Later, Refused, Sent
from desk.alerts.channels import channels_of
from desk.alerts.destination import destination
from desk.alerts.mail import Mail
from desk.alerts.post import LARGEST_ANSWER, Poster
from desk.alerts.webhook import key_of, signature
from desk.retry_after import LONGEST_WAIT
from desk.setting_groups import Alerts
from fund.clock import FixedClock
from fund.errors import ConfigError
from support.alerts import AT, a_message, an_alert
from support.smtp_stub import mail_server
from support.wire_stub import WireReply, WireStub, wire

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOKEN = "a" * 68
HOOK = f"/api/webhooks/123456789012345678/{TOKEN}"
CLOCK = FixedClock(AT)


def discord_at(stub: WireStub) -> Alerts:
    host = stub.url.removeprefix("http://")
    return Alerts(discord_url=f"{stub.url}{HOOK}", local_hosts=host)  # type: ignore[arg-type]


def poster(stub: WireStub) -> Poster:
    there = destination(f"{stub.url}/x", hosts=(), local_hosts=[stub.url.removeprefix("http://")])
    return Poster(there, CLOCK.now)


def test_discord_is_posted_an_embed_and_its_answer_is_kept_without_the_token() -> None:
    with wire(WireReply(status=204)) as stub:
        (channel,) = channels_of(discord_at(stub), CLOCK)
        outcome = channel.deliver(a_message())
    assert outcome == Sent("HTTP 204")
    (heard,) = stub.heard
    assert heard.path == HOOK
    assert heard.body["embeds"][0]["footer"]["text"] == "cycle-1@discord"
    assert TOKEN not in repr(outcome)


def test_a_signed_webhook_proves_itself_to_whoever_has_the_secret() -> None:
    with wire(WireReply(status=200)) as stub:
        settings = Alerts(
            webhook_url=f"{stub.url}/desk",  # type: ignore[arg-type]
            webhook_secret=SECRET,  # type: ignore[arg-type]
            local_hosts=stub.url.removeprefix("http://"),
        )
        (channel,) = channels_of(settings, CLOCK)
        assert channel.deliver(a_message(an_alert(channel="webhook"))) == Sent("HTTP 200")
    (heard,) = stub.heard
    body = json.dumps(heard.body, ensure_ascii=False, separators=(",", ":")).encode()
    assert heard.headers["webhook-id"] == "cycle-1@webhook"
    assert heard.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    expected = signature(key_of(SECRET), "cycle-1@webhook", int(AT.timestamp()), body)
    assert heard.headers["webhook-signature"] == expected


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({"retry-after": "0.75"}, b"", 0.75),
        ({"retry-after": "Wed, 01 Feb 2017 21:31:00 GMT"}, b"", 60.0),
        ({"retry-after": "Wed, 01 Feb 2017 21:00:00 GMT"}, b"", 0.0),
        ({"retry-after": "soon"}, b"", 0.0),
        ({"retry-after": "-5"}, b"", 0.0),
        ({"retry-after": "nan"}, b"", LONGEST_WAIT),
        ({"retry-after": "999999999"}, b"", LONGEST_WAIT),
        ({}, b'{"message": "limited", "retry_after": 1.5, "global": true}', 1.5),
        ({"retry-after": "1"}, b'{"retry_after": 2.5}', 2.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "3"}, b"", 3.0),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset-after": "3"}, b"", 0.0),
        ({}, b'{"retry_after": true}', 0.0),
        ({}, b"[1, 2]", 0.0),
        ({}, b"<html>cloudflare</html>", 0.0),
    ],
)
def test_how_long_to_wait_is_read_from_header_or_body(
    headers: dict[str, str], body: bytes, seconds: float
) -> None:
    with wire(WireReply(status=429, headers=headers, body=body)) as stub:
        answer = poster(stub).post(b"{}", {})
    assert (answer.status, answer.wait_seconds) == (429, seconds)


def test_a_redirect_is_not_followed() -> None:
    with wire(WireReply(status=302, headers={"location": "http://127.0.0.1:1/evil"})) as stub:
        (channel,) = channels_of(discord_at(stub), CLOCK)
        assert channel.deliver(a_message()) == Refused("HTTP 302")
    assert len(stub.heard) == 1


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    with wire(WireReply(status=200, body=b"x" * (100 * LARGEST_ANSWER))) as stub:
        assert poster(stub).post(b"{}", {}).status == 200


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "SECONDS", 0.2)
    with wire(WireReply(stalled=True)) as stub:
        (channel,) = channels_of(discord_at(stub), CLOCK)
        assert channel.deliver(a_message()) == Later("127.0.0.1: ReadTimeout", 0.0)


def test_a_server_that_is_away_is_tried_again() -> None:
    with wire() as stub:
        (channel,) = channels_of(discord_at(stub), CLOCK)
    assert channel.deliver(a_message()) == Later("127.0.0.1: ConnectError", 0.0)


def test_a_host_that_turns_inwards_is_not_reached() -> None:
    with wire(WireReply(status=204)) as stub:
        there = destination("https://hooks.example.com/x", hosts=["hooks.example.com"])
        answer = Poster(there, CLOCK.now, lambda host, port: ["127.0.0.1"]).post(b"{}", {})
    assert answer.status == 0
    assert "no public address" in answer.said
    assert stub.heard == []


def mailed(port: int, **changes: str) -> Mail:
    settings = Alerts(
        smtp_host="127.0.0.1",
        smtp_port=port,
        mail_from="desk@example.com",
        mail_to="a@example.com, b@example.com",
        local_hosts=f"127.0.0.1:{port}",
        **changes,  # type: ignore[arg-type]
    )
    (channel,) = channels_of(settings, CLOCK)
    assert isinstance(channel, Mail)
    return channel


def test_a_mail_is_taken_and_says_what_happened() -> None:
    with mail_server() as stub:
        assert mailed(stub.port).deliver(a_message()) == Sent("taken")
    (mail,) = stub.mails
    taken = message_from_string(mail, policy=policy.default)
    assert taken["Message-ID"] == "<cycle-1=40discord@conclave.invalid>"
    assert "no orders [cycle-1@discord]" in taken.get_content()


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"taken": "451 later"}, Later("SMTP 451")),
        ({"taken": "554 no"}, Refused("SMTP 554")),
        ({"mail": "452 full"}, Later("SMTP 452")),
        ({"rcpt": "550 nobody"}, Refused("SMTP 550")),
        ({"rcpt": "450 busy"}, Later("SMTP 450")),
        ({"ehlo": "421 closing", "helo": "421 closing"}, Later("SMTP 421")),
    ],
)
def test_what_a_mail_server_answers_decides(answers: dict[str, str], outcome: object) -> None:
    with mail_server(**answers) as stub:
        assert mailed(stub.port).deliver(a_message()) == outcome
    assert len(stub.mails) == ("taken" in answers)


def test_a_mail_server_without_tls_gets_no_password_unless_it_is_one_of_this_network() -> None:
    with mail_server() as stub:
        away = mailed(stub.port)
        away = Mail(type(away._mailbox)(**{**_fields(away), "is_local": False}))
        assert away.deliver(a_message()) == Refused("the server offers no TLS", closed=True)
    assert stub.mails == []


def test_a_password_that_is_not_taken_closes_the_channel() -> None:
    answers = {"ehlo": "250-stub\r\n250 AUTH PLAIN", "auth": "535 wrong"}
    with mail_server(**answers) as stub:
        channel = mailed(stub.port, smtp_user="desk", smtp_password="wrong")
        outcome = channel.deliver(a_message())
    assert outcome == Refused("SMTP 535: the user or the password is not taken", closed=True)


def test_a_mail_server_that_is_away_is_tried_again() -> None:
    with mail_server() as stub:
        channel = mailed(stub.port)
    assert channel.deliver(a_message()) == Later("127.0.0.1: ConnectionRefusedError")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"discord_url": "https://evil.example/api/webhooks/1/x"}, "DISCORD_URL: expected one of"),
        (
            {"discord_url": "https://discord.com/login"},
            "DISCORD_URL: expected the URL of a channel's webhook",
        ),
        ({"discord_url": f"http://discord.com{HOOK}"}, "DISCORD_URL: expected a URL that begins with https"),
        ({"webhook_url": "https://a.example.com/x"}, "WEBHOOK_SECRET is needed beside"),
        ({"webhook_url": "https://10.0.0.1/x", "webhook_secret": SECRET}, "WEBHOOK_URL: expected the name"),
        (
            {"webhook_url": "https://a.example.com/x", "webhook_secret": "x"},
            "WEBHOOK_SECRET: expected whsec_",
        ),
        ({"smtp_host": "mail.example.com"}, "MAIL_FROM and DESK_ALERTS__MAIL_TO are needed"),
        (
            {"smtp_host": "m.example.com", "mail_from": "a", "mail_to": "b@c.de"},
            "MAIL_FROM: expected an address",
        ),
        (
            {"smtp_host": "m.example.com", "mail_from": "a@b.de", "mail_to": "b@c.de\nBcc: x@y.de"},
            "MAIL_TO: expected an address",
        ),
        (
            {"smtp_host": "m.example.com", "mail_from": "a@b.de", "mail_to": "b@c.de", "smtp_user": "x"},
            "SMTP_USER and DESK_ALERTS__SMTP_PASSWORD are needed together",
        ),
    ],
)
def test_a_channel_that_cannot_work_is_refused_by_the_name_of_its_setting(
    settings: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigError, match=f"DESK_ALERTS__{told}") as refused:
        channels_of(Alerts(**settings), CLOCK)  # type: ignore[arg-type]
    assert TOKEN not in str(refused.value)


def test_without_settings_there_is_no_channel() -> None:
    assert channels_of(Alerts(), CLOCK) == ()


def test_all_three_channels_stand_beside_each_other() -> None:
    settings = Alerts(
        discord_url=f"https://discord.com{HOOK}",  # type: ignore[arg-type]
        webhook_url="https://hooks.example.com/desk",  # type: ignore[arg-type]
        webhook_secret=SECRET,  # type: ignore[arg-type]
        smtp_host="email-smtp.eu-west-1.amazonaws.com",
        smtp_user="AKIA",
        smtp_password="x",  # type: ignore[arg-type]
        mail_from="desk@example.com",
        mail_to="a@example.com",
    )
    names = [channel.name for channel in channels_of(settings, FixedClock(AT + timedelta(days=1)))]
    assert names == ["discord", "email", "webhook"]
    assert TOKEN not in repr(settings)


def _fields(channel: Mail) -> dict[str, object]:
    box = channel._mailbox
    return {name: getattr(box, name) for name in box.__dataclass_fields__}

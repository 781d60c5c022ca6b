"""An alert as mail: plain text, and no header but our own."""

from desk.alerts.mail import Mailbox, written
from support.alerts import a_message, an_alert

BOX = Mailbox(
    host="mail.example.com",
    port=587,
    user=None,
    password=None,
    sender="desk@example.com",
    recipients=("a@example.com", "b@example.com"),
    is_local=False,
)


def test_a_mail_says_what_happened_and_bears_the_alerts_id() -> None:
    mail = written(a_message(), BOX)
    assert mail["Subject"] == "Conclave: A session was decided"
    assert mail["To"] == "a@example.com, b@example.com"
    assert mail["Message-ID"] == "<cycle-1=40discord@conclave.invalid>"
    assert mail["Date"] == "Wed, 01 Feb 2017 21:30:00 +0000"
    body = mail.get_content()
    assert "equity 1,000,000 USD; no orders [cycle-1@discord]" in body
    assert "Equity: 1,000,000.50 USD" in body


def test_several_alerts_are_lines_of_one_mail() -> None:
    mail = written(a_message(an_alert("a"), an_alert("b", severity="warning")), BOX)
    assert mail["Subject"] == "Conclave: 2 things happened, 1 of them warnings"
    assert [line.rpartition(" ")[2] for line in mail.get_content().split("\n") if line] == [
        "[a@discord]",
        "[b@discord]",
    ]


def test_nothing_of_an_event_becomes_a_header() -> None:
    kind = "x\r\nBcc: evil@example.com\r\n\r\nhello"
    mail = written(a_message(an_alert("a\r\nBcc: evil@example.com", kind=kind, text="\r\n.\r\nQUIT")), BOX)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert b"\nBcc" not in mail.as_bytes()

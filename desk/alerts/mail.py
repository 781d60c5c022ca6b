"""Alerts by e-mail over SMTP; Amazon SES is such a server (its SMTP interface)."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime

from desk.alerts.channel import Later, Message, Outcome, Refused, Sent
from desk.alerts.wording import figures_of, line_of, subject_of

SECONDS = 20.0
IMPLICIT_TLS = 465
OWN_NAME = "[127.0.0.1]"
"""How the desk greets: by an address, as RFC 5321 lets a client without a name; none is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """The server that takes our mail, and who it is for."""

    host: str
    port: int
    user: str | None
    password: str | None
    sender: str
    recipients: Sequence[str]
    is_local: bool
    """A server of this network, which may speak without TLS."""


class Mail:
    """Sends plain text, over TLS unless the server is one of this network."""

    name = "email"

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def deliver(self, message: Message) -> Outcome:
        """Send a message; an answer of the 400s is tried again, one of the 500s is not (RFC 5321)."""
        try:
            with self._connected() as server:
                refused = server.send_message(written(message, self._mailbox))
        except smtplib.SMTPAuthenticationError as error:
            return Refused(f"SMTP {error.smtp_code}: the user or the password is not taken", closed=True)
        except smtplib.SMTPRecipientsRefused as error:
            return _answered(max((code for code, _ in error.recipients.values()), default=550))
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code)
        except smtplib.SMTPNotSupportedError:
            return Refused("the server offers no TLS", closed=True)
        except (smtplib.SMTPException, OSError) as error:
            return Later(f"{self._mailbox.host}: {type(error).__name__}")
        if refused:
            return Sent(f"taken; not for {', '.join(sorted(refused))}")
        return Sent("taken")

    def _connected(self) -> smtplib.SMTP:
        box = self._mailbox
        if box.port == IMPLICIT_TLS:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                box.host, box.port, OWN_NAME, timeout=SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(box.host, box.port, OWN_NAME, timeout=SECONDS)
        try:
            server.ehlo_or_helo_if_needed()
            if box.port != IMPLICIT_TLS and not (box.is_local and not server.has_extn("starttls")):
                server.starttls(context=ssl.create_default_context())
                server.ehlo_or_helo_if_needed()
            if box.user is not None and box.password is not None:
                server.login(box.user, box.password)
        except BaseException:
            server.close()
            raise
        return server


def _answered(code: int) -> Outcome:
    return Later(f"SMTP {code}") if 400 <= code < 500 else Refused(f"SMTP {code}")


def written(message: Message, mailbox: Mailbox) -> EmailMessage:
    """Return a message as mail; nothing of an event can become a header of its own."""
    first = message.alerts[0]
    mail = EmailMessage()
    mail["From"], mail["To"] = mailbox.sender, ", ".join(mailbox.recipients)
    mail["Subject"] = " ".join(f"Conclave: {subject_of(message)}".split())[:200]
    mail["Date"] = format_datetime(first.event.at)
    mail["Message-ID"] = f"<{_atom(message.message_id)}@conclave.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [line_of(alert) for alert in message.alerts]
    if len(message.alerts) == 1:
        lines += ["", *(f"{name}: {value}" for name, value in figures_of(first))]
    mail.set_content("\n".join(lines) + "\n")
    return mail


def _atom(message_id: str) -> str:
    """Write an id with the characters of a dot-atom (RFC 5322), one for one."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else f"={ord(c):x}" for c in message_id)

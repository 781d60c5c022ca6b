"""The desk's command line as `python -m desk`, but that a `.env` in the checkout counts for nothing."""

import sys
from collections.abc import Sequence
from functools import partial


def without_env_file() -> None:
    """Let this process read no settings but those it is given."""
    from desk.settings import Settings

    setattr(Settings, "load", partial(Settings.load, env_file=None))  # noqa: B010 - a test's own seam


def run(arguments: Sequence[str]) -> int:
    """Run one command to its end and return its exit code."""
    without_env_file()
    from desk.cli import main

    return main(arguments)


if __name__ == "__main__":
    from desk.heap import unsearched

    with unsearched():
        without_env_file()
        from desk.cli import main

    sys.exit(main(sys.argv[1:]))

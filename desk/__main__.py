"""`python -m desk`: everything the desk can do from a terminal."""

import sys

from desk.algebra import on_one_thread
from desk.heap import unsearched

if __name__ == "__main__":
    on_one_thread()
    try:
        with unsearched():
            from desk.cli import main

        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

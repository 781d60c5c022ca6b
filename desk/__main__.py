"""`python -m desk`: everything the desk can do from a terminal."""

import sys

from desk.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`autograder ...`: the commands, what they print, and how they exit."""

import os
import sys

GRADING = "grade", "demo"
GRADING_NOTHING = "--help", "--list", "--scheduler"  # options with which this process grades nothing itself


def main() -> None:
    """Start the command line."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more threads may not start
    if sys.argv[1:2] and sys.argv[1] in GRADING and not any(w.startswith(GRADING_NOTHING) for w in sys.argv):
        from autograder.grading import pool

        try:
            pool.start()  # torch is imported while the command line is
        except KeyboardInterrupt:
            sys.exit(130)
    from autograder.cli.app import run  # what is imported before takes no time

    run()

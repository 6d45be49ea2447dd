"""`autograder ...`: the commands, what they print, and how they exit."""

import itertools
import os
import sys

GRADING = "grade", "demo"
GRADING_NOTHING = (
    "--help",
    "--list",
    "--scheduler",
)  # options with which this process grades nothing itself


def _is_new(words: list[str]) -> bool:
    """Return whether a command grades a class of which no results are there, so that all of it
    is new.
    """
    if words[:1] not in ([name] for name in GRADING):
        return False
    for word, after in itertools.pairwise([*words, ""]):
        place = after if word == "--out" else word.removeprefix("--out=")
        if word.startswith(GRADING_NOTHING) or (
            word.startswith("--out") and os.path.isdir(place)
        ):
            return False
    return True


def main() -> None:
    """Start the command line."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # more threads may not start
    if _is_new(sys.argv[1:]):
        from autograder.grading import pool

        try:
            pool.start()  # torch is imported while the command line is
        except KeyboardInterrupt:
            sys.exit(130)
    from autograder.cli.app import run  # what is imported before takes no time

    run()

"""`autograder ...`: the commands, what they print, and how they exit."""

import os


def main() -> None:
    """Start the command line."""
    # read when NumPy is imported; more threads may not start
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from autograder.cli.app import run

    run()

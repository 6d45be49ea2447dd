"""The maintainers' program for docs/measured.md: a table of verdicts, and each that is wrong."""

import sys
from pathlib import Path

import pytest
from process_helpers import ran

AUDIT = Path(__file__).parent / "audit"


@pytest.mark.exhaustive
def test_it_finds_no_wrong_verdict_of_the_smallest_assignment():
    """Its table has a row for each exercise, and one for all."""
    words = "vectorization --mutants 6 --seeds 2 --shares"
    done = ran(sys.executable, AUDIT, *words.split())
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    rows = [line.split(" | ")[0] for line in done.stdout.splitlines()]
    assert [row for row in rows if row] == [
        "| exercise",
        "|---|---:|---:|---:|---:|",
        "| vector_add",
        "| all",
    ]

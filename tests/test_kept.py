"""What an earlier run kept of an assignment: the same as anew, and whoever has it imports no torch."""

from __future__ import annotations

import subprocess
import sys

from cli_helpers import RIGHT, results_of

from autograder import exercises
from autograder.judging import kept

NAME = "vectorization"
LOOK = """
import atexit, sys
HEAVY = "torch", "numpy", "hypothesis"
from autograder import cli
atexit.register(lambda: print("imported:", *(n for n in HEAVY if n in sys.modules)))
cli.main()
"""


def test_the_checks_of_an_assignment_are_those_that_are_declared(tmp_path, monkeypatch):
    """In their order, when they are listed first, and from what was kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    declared = [(e.name, c.name, c.title, c.points) for e in exercises.of(NAME) for c in e.checks]
    assert declared == kept.checks_of(NAME)
    monkeypatch.setattr(exercises, "of", None)
    assert declared == kept.checks_of(NAME)


def test_whoever_starts_judges_imports_no_torch(tmp_path):
    """Once the cases were drawn: also where somebody needs a person."""
    kept.cases_of(NAME, 0), kept.checks_of(NAME)
    (tmp_path / "ann.py").write_text(RIGHT)
    (tmp_path / "bo.py").write_bytes(b"\x00\xff")
    words = ("grade", "ann.py", "bo.py", "--assignment", NAME, "--out", "out", "--jobs", "1", "--seed", "0")
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *words], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert "imported:" == done.stdout.splitlines()[-1], done.stdout + done.stderr
    assert {"ann": 5, "bo": 0} == {
        one["id"]: one["score"] for one in results_of(tmp_path / "out")["submissions"]
    }

"""Runs the command line as a person does, and reads what it wrote.  Knows nothing of what is expected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from autograder import exercises

COMMAND = [sys.executable, "-m", "autograder.cli"]
RIGHT = "import torch\n" + exercises.of("vectorization")[0].right_source


def run(*args: object, cwd: Path | str = "/", **variables: str) -> subprocess.CompletedProcess:
    """`autograder ARGS`; from a folder without an autograder.toml, unless another is given.

    variables: of its environment.
    """
    environment = {**os.environ, "COLUMNS": "80", **variables}
    return subprocess.run(
        [*COMMAND, *map(str, args)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def grade(
    folder: Path, out: Path, *options: object, cwd: Path | str = "/", **variables: str
) -> subprocess.CompletedProcess:
    """`autograder grade FOLDER --out OUT`, of the assignment with the fewest exercises, by one judge.

    Small classes are graded as soon by one as by two, and other tests run beside.
    """
    jobs = () if "--jobs" in options else ("--jobs", 1)
    return run(
        "grade", folder, "--assignment", "vectorization", "--out", out, *jobs, *options, cwd=cwd, **variables
    )


def results_of(out: Path) -> dict:
    """results.json."""
    return json.loads((out / "results.json").read_text(encoding="utf-8"))


def submissions_of(out: Path) -> dict[str, dict]:
    """Its submissions by student."""
    return {s["id"]: s for s in results_of(out)["submissions"]}

"""Makes a course folder with submissions and runs nbgrader's own commands in it.

Knows nothing of how they are graded.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ASSIGNMENTS = ("vectorization", "linear_regression")


def environment() -> dict[str, str]:
    """The environment of an instructor's shell: nbgrader runs alembic from PATH."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "JUPYTER_PLATFORM_DIRS": "1"}


def nbgrader(course: Path, *words: str, **options) -> subprocess.CompletedProcess:
    """Run `nbgrader WORDS` in the course."""
    command = [str(BIN / "nbgrader"), *words]
    return subprocess.run(
        command, cwd=course, env=environment(), capture_output=True, text=True, timeout=600, **options
    )


def new_course(folder: Path, assignments=ASSIGNMENTS) -> Path:
    """A course as in the repository, with its assignments generated."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(
        ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    for assignment in assignments:
        done = nbgrader(folder, "generate_assignment", assignment)
        assert done.returncode == 0, done.stderr
    return folder


def released(course: Path, assignment: str) -> dict:
    """The released notebook, as a tree."""
    return json.loads((course / "assignments" / assignment / f"{assignment}.ipynb").read_text("utf-8"))


def cell_of(notebook: dict, name: str) -> dict:
    """The cell with this grade_id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def solution_cells(notebook: dict) -> list[dict]:
    """The code cells in which students write."""
    marked = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("solution")]
    return [c for c in marked if c["cell_type"] == "code"]


def with_code(notebook: dict, code: str) -> dict:
    """The notebook with all code in its last solution cell, and nothing in the others."""
    notebook = copy.deepcopy(notebook)
    cells = solution_cells(notebook)
    for cell in cells:
        cell["source"] = ""
    cells[-1]["source"] = code
    return notebook


def hand_in(course: Path, student: str, assignment: str, notebook: dict | str | bytes) -> Path:
    """Put a notebook into submitted/."""
    path = course / "submitted" / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, dict):
        notebook = json.dumps(notebook, indent=1)
    path.write_bytes(notebook if isinstance(notebook, bytes) else notebook.encode())
    return path

"""Makes a course folder with submissions and runs nbgrader's own commands in it.

Knows nothing of how they are graded.
"""

import atexit
import copy
import fcntl
import functools
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from file_helpers import read_json
from process_helpers import ran

from autograder import courses

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ASSIGNMENTS = tuple(courses.names())


def environment():
    """The environment of an instructor's shell: nbgrader runs alembic from PATH."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    python = os.pathsep.join(
        filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    )
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": python,
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def without_kernels(folder):
    """A file that any start of a kernel writes, in whatever process: it is the kernel's own
    command.

    And the variables with which Jupyter finds that kernel and no other.
    """
    started = folder / "started"
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = [
        sys.executable,
        "-c",
        f"open({str(started)!r}, 'a').write('started')",
        "{connection_file}",
    ]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "-", "language": "python"})
    )
    return started, {"JUPYTER_PATH": str(folder)}


def nbgrader(course, *words, status=0):
    """Run `nbgrader WORDS` in the course, which must end with this status."""
    command = BIN / "nbgrader", *words
    done = ran(*command, cwd=course, env=environment(), timeout=1800)
    assert done.returncode == status, done.stderr[-3000:]
    return done


def page_of(course, student, assignment):
    """The student's page, as nbgrader's generate_feedback made it."""
    path = course / "feedback" / student / assignment / f"{assignment}.html"
    return path.read_text()


def new_course(folder, assignments=ASSIGNMENTS, settings=""):
    """A course as in the repository, with its assignments generated.  settings: lines to add to
    its own.

    A copy of one that was generated before: its gradebook holds no path.
    """
    shutil.copytree(_generated(tuple(assignments)), folder, dirs_exist_ok=True)
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(settings)
    return folder


@functools.cache
def _generated(assignments):
    """One course of these assignments, for all processes of a run of pytest, or for this one
    elsewhere.
    """
    shared = os.environ.get("GENERATED_COURSES")
    place = Path(shared or tempfile.mkdtemp(prefix="generated-"))
    if not shared:
        atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = place / "+".join(assignments or ("none",))
    with open(place / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = Path(tempfile.mkdtemp(dir=place))
            _generate(half, assignments)
            half.rename(folder)
    return folder


def _generate(folder, assignments):
    """Make a course in this empty folder."""
    from nbgrader.apps import NbGraderAPI

    from autograder.nbgrader_bridge.course import open_course

    shutil.copy(ROOT / "nbgrader_config.py", folder)
    without = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=without)
    with open_course(folder) as (app, course):
        for assignment in assignments:
            done = NbGraderAPI(
                coursedir=course, parent=app
            ).generate_assignment(assignment)
            assert done["success"], done


def released(course, assignment):
    """The released notebook, as a tree."""
    return read_json(
        course / "assignments" / assignment / f"{assignment}.ipynb"
    )


def cell_of(notebook, name):
    """The cell with this grade_id."""
    return next(
        c
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


def solution_cells(notebook):
    """The code cells in which students write."""
    marked = [
        c
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("solution")
    ]
    return [c for c in marked if c["cell_type"] == "code"]


def with_code(notebook, code):
    """The notebook with all code in its last solution cell, and nothing in the others."""
    notebook = copy.deepcopy(notebook)
    cells = solution_cells(notebook)
    for cell in cells:
        cell["source"] = ""
    cells[-1]["source"] = code
    return notebook


def hand_in(course, student, assignment, notebook):
    """Put a notebook into submitted/."""
    path = course / "submitted" / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, dict):
        notebook = json.dumps(notebook, indent=1)
    path.write_bytes(
        notebook if isinstance(notebook, bytes) else notebook.encode()
    )
    return path


def answered(course, assignment, root=ROOT):
    """The released notebook with the functions of a reference, below this root, in its cells."""
    notebook = released(course, assignment)
    path = root / "solutions" / assignment / f"{assignment}.ipynb"
    reference = read_json(path)
    for cell in solution_cells(notebook):
        cell["source"] = cell_of(
            reference, cell["metadata"]["nbgrader"]["grade_id"]
        )["source"]
    return notebook


def gradebook(course, url=""):
    """nbgrader's own gradebook of the course."""
    from nbgrader.api import Gradebook

    return Gradebook(
        url or f"sqlite:///{course / 'gradebook.db'}", "linear-regression"
    )


def scores(course, assignment, url=""):
    """student -> grade_id -> the automatic score, as it stands in the gradebook."""
    with gradebook(course, url) as book:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.find_assignment(assignment).submissions
        }

"""Makes assignments/ of a course: from its solutions/ with nbgrader's generate_assignment, or
as the kit's.

Knows nothing of exercises but their points.
"""

import json
import logging
import shutil
import signal
import tempfile
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI

from autograder import courses
from autograder.errors import Interrupted, KitError
from autograder.intake.places import is_system
from autograder.intake.released import TEST_CELL
from autograder.judging.cases import not_judged
from autograder.languages import N_
from autograder.nbgrader_bridge.course import open_course
from autograder.reading.notebooks import mark_of


class ReleaseError(KitError):
    """nbgrader could not make a release; the message says why."""


NO_FOLDER = N_("No folder solutions/{name} in {root}. Check the name.")
CANNOT = N_(
    "nbgrader cannot release {name}: {why} `autograder check {name}` says what to correct."
)


def release(root: Path, names: list[str], language: str) -> None:
    """Make these assignments anew in `assignments/`; equal sources give equal bytes.

    language: of the kit's own assignments, which a course without `solutions/` hands out.
    Raises ReleaseError if a folder is missing, or nbgrader refuses it; then nothing is changed.
    """
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder)
        if (root / courses.SOLUTIONS).is_dir():
            _generate(root, names, new)
        else:
            for name in names:
                shutil.copytree(
                    courses.edition(courses.ASSIGNMENTS, name, language),
                    new / name,
                )
        for name in names:
            target = root / courses.ASSIGNMENTS / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(
                new / name,
                target,
                ignore=_of_systems,
                copy_function=shutil.copyfile,
            )


def _of_systems(folder: str, names: list[str]) -> list[str]:
    """Return the names of the files of editors and systems."""
    return [name for name in names if is_system(name)]


def _copy_points(notebook: Path, assignment: str) -> None:
    """Give each test cell the points of its exercise's checks."""
    points: dict[str, float] = {}
    for result in not_judged(assignment, "", ""):
        cell_name = f"{TEST_CELL}{result.exercise}"
        points[cell_name] = points.get(cell_name, 0) + result.points
    tree = json.loads(notebook.read_text("utf-8"))
    is_stale = False
    for cell in tree["cells"]:
        mark = mark_of(cell)
        declared = points.get(mark.get("grade_id", ""))
        if declared is not None and mark.get("points") != declared:
            mark["points"] = declared
            is_stale = True
    if is_stale:
        notebook.write_text(
            json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )


def _generate(root: Path, names: list[str], folder: Path) -> None:
    """Let nbgrader make these assignments in another folder, without its gradebook."""
    with open_course(root) as (app, course):
        course.release_directory = str(folder)
        app.config.GenerateAssignment.no_database = (
            True  # as nbgrader's own --no-db
        )
        app.config.SaveCells.enabled = False
        api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)
        for name in names:
            source = root / courses.SOLUTIONS / name
            if not source.is_dir():
                raise ReleaseError(NO_FOLDER, name=name, root=root)
            _copy_points(source / f"{name}.ipynb", name)
            done = api.generate_assignment(name, force=True, create=True)
            if done["success"]:
                continue
            # nbgrader hides the cause in the last line of a traceback.
            why = (
                str(done.get("error") or done.get("log"))
                .strip()
                .splitlines()[-1]
            )
            if (
                "Interrupted: SIG" in why
            ):  # nbgrader takes it for an error of the notebook
                raise Interrupted(signal.Signals[why.rpartition(" ")[2]])
            raise ReleaseError(CANNOT, name=name, why=why)

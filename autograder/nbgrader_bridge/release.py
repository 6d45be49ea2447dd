"""Makes assignments/ of a course: from its solutions/ with nbgrader's generate_assignment, or as the kit's.

Knows nothing of exercises but their points.
"""

import json
import logging
import shutil
import tempfile
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI

from autograder import courses
from autograder.errors import KitError
from autograder.intake.places import is_system
from autograder.intake.released import TEST_CELL
from autograder.judging.cases import not_judged
from autograder.languages import N_
from autograder.nbgrader_bridge.course import open_course
from autograder.reading.notebooks import mark_of


class ReleaseError(KitError):
    """nbgrader could not make a release; the message says why."""


NO_FOLDER = N_("No folder solutions/{name} in {root}. Check the name.")
CANNOT = N_("nbgrader cannot release {name}: {why} `autograder check {name}` says what to correct.")


def release(root: Path, names: list[str], language: str, *, dry_run: bool = False) -> list[Path]:
    """Make these assignments anew in `assignments/`.  Return the files that changed.

    language: of the kit's own assignments, which a course without `solutions/` hands out.
    dry_run: write nothing.
    Raises ReleaseError if a folder is missing, or nbgrader refuses it.
    """
    changed = []
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder)
        if not (root / courses.SOLUTIONS).is_dir():
            for name in names:
                shutil.copytree(courses.edition(courses.ASSIGNMENTS, name, language), new / name)
        else:
            for name in names:
                source = root / courses.SOLUTIONS / name
                if not source.is_dir():
                    raise ReleaseError(NO_FOLDER, name=name, root=root)
                if not dry_run:
                    changed += _copy_points(source / f"{name}.ipynb", name)
            _generate(root, names, new)
        for name in names:
            changed += _update(root / courses.ASSIGNMENTS / name, new / name, dry_run)
    return changed


def _copy_points(notebook: Path, assignment: str) -> list[Path]:
    """Give each test cell the points of its exercise's checks.  Return the notebook if it changed."""
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
    if not is_stale:
        return []
    notebook.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return [notebook]


def _generate(root: Path, names: list[str], folder: Path) -> None:
    """Let nbgrader make these assignments in another folder, without its gradebook."""
    with open_course(root) as (app, course):
        course.release_directory = str(folder)
        app.config.GenerateAssignment.no_database = True  # as nbgrader's own --no-db
        app.config.SaveCells.enabled = False
        api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)
        for name in names:
            done = api.generate_assignment(name, force=True, create=True)
            if done["success"]:
                continue
            why = str(done.get("error") or done.get("log")).strip()
            if why.endswith("\nKeyboardInterrupt"):
                raise KeyboardInterrupt  # nbgrader takes it for an error of the notebook
            # nbgrader hides the cause in the last line of a traceback.
            raise ReleaseError(CANNOT, name=name, why=why.splitlines()[-1])


def _update(target: Path, new: Path, dry_run: bool) -> list[Path]:
    """Make a folder like a new one, unless it is a dry run.  Return the files that differ."""
    changed = []
    for place in sorted({*_files(target), *_files(new)}):
        content = _content(new / place)
        path = target / place
        if content == _content(path):
            continue
        changed.append(path)
        if dry_run:
            continue
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return changed


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, relative to it, without those of editors and systems."""
    places = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [place for place in places if not any(map(is_system, place.parts))]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None

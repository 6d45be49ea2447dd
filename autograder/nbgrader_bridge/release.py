"""Makes assignments/ of a course: from its solutions/ with nbgrader's generate_assignment, or
as the kit's.  Adds an assignment of the kit to a course of nbgrader's.

Knows nothing of exercises but their points, and not how anything is graded.
"""

import json
import logging
import os
import shutil
from functools import partial
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI

from autograder import courses, data
from autograder.errors import KitError
from autograder.intake import released
from autograder.intake.owners import CONFIG
from autograder.intake.places import SYSTEM
from autograder.nbgrader_bridge.course import open_course, problem_of
from autograder.nbgrader_bridge.notebooks import points_of_checks
from autograder.reading.notebooks import nbgrader_metadata
from autograder.temporary import temporary_folder

# For a course's nbgrader_config.py.
LINES = """\
from autograder.nbgrader_bridge import configure  # install the kit where nbgrader runs
configure(get_config())
"""


def release(root: Path, names: list[str], language: str) -> None:
    """Make these assignments anew in `assignments/`; equal sources give equal bytes.

    language: of the kit's own assignments, which a course without `solutions/` hands out.
    Raises KitError if a folder is missing, or nbgrader refuses it; then nothing is changed.
    """
    is_generated = (root / courses.SOLUTIONS).is_dir()
    with temporary_folder() as folder:
        if is_generated:
            _generate(root, names, folder)
        for name in names:
            source = folder / name
            if not is_generated:
                source = courses.translated_folder(
                    courses.ASSIGNMENTS, name, language
                )
            target = root / courses.ASSIGNMENTS / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(
                source,
                target,
                ignore=shutil.ignore_patterns(*SYSTEM, "._*"),
                copy_function=shutil.copyfile,
            )


def _copy_points(notebook: Path, assignment: str) -> None:
    """Give each test cell the points of its exercise's checks."""
    points = points_of_checks(assignment)
    tree = data.read(notebook, _tree)
    is_stale = False
    for cell in tree["cells"]:
        metadata = nbgrader_metadata(cell)
        declared = points.get(metadata.get("grade_id", ""))
        if declared is not None and metadata.get("points") != declared:
            metadata["points"] = declared
            is_stale = True
    if is_stale:
        notebook.write_text(
            json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )


def _tree(raw: bytes) -> dict:
    """Return a notebook's JSON, with cells.  Raises one of data.BROKEN."""
    tree = dict(json.loads(raw))
    tree["cells"] = [*map(dict, tree["cells"])]
    return tree


def _generate(root: Path, names: list[str], folder: Path) -> None:
    """Let nbgrader make these assignments in another folder, without its gradebook."""
    with open_course(root) as (app, course):
        course.release_directory = str(folder)
        # as nbgrader's own --no-db
        app.config.GenerateAssignment.no_database = True
        app.config.SaveCells.enabled = False
        api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)
        for name in names:
            source = root / courses.SOLUTIONS / name
            if not source.is_dir():
                raise KitError(
                    "No folder solutions/{name} in {root}. Check the name.",
                    name=name,
                    root=root,
                )
            _copy_points(source / f"{name}.ipynb", name)
            if problem := problem_of(partial(api.generate_assignment, name)):
                raise KitError(
                    "nbgrader cannot release {name}: {why} `autograder check {name}` says what "
                    "to correct.",
                    name=name,
                    why=problem,
                )


def add(root: Path, assignment: str, language: str) -> list[Path]:
    """Copy an assignment's source in a language into a course, and configure the course.

    root: the course's, and the current folder.  Returns what was written, relative to it.
    Overwrites no file.
    """
    released.require(assignment)
    with open_course(root) as (_, course):
        folder = course.format_path(course.source_directory, ".", assignment)
    place = Path(os.path.relpath(folder, root))
    if os.path.lexists(folder):
        raise KitError(
            "{path} already exists. Nothing was written. Move it away first.",
            path=place,
        )
    source = courses.translated_folder(courses.SOLUTIONS, assignment, language)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*SYSTEM))
    written = [place]
    config = root / CONFIG
    text = config.read_text("utf-8", "replace")
    if LINES.strip() not in text:
        config.write_text(f"{text.rstrip()}\n\n{LINES}", "utf-8")
        written.append(Path(CONFIG))
    return written

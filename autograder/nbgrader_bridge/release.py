"""Releases solutions/ as assignments/ with nbgrader's generate_assignment; equal input gives equal bytes.

The common part of all self-checks has one source, and each assignment's folder links to it, so that plain
nbgrader releases it too.  Knows nothing of exercises but their points: it removes what notebooks mark as
solution or hidden.
"""

import difflib
import json
import logging
import os
import tempfile
from pathlib import Path

from nbgrader.apps.api import NbGraderAPI

from autograder import courses
from autograder.errors import KitError
from autograder.intake.places import is_system
from autograder.intake.released import TEST_CELL
from autograder.judging.cases import not_judged
from autograder.languages import ENGLISH, N_, language, spoken
from autograder.nbgrader_bridge import edition
from autograder.nbgrader_bridge.course import open_course
from autograder.reading.notebooks import mark_of


class ReleaseError(KitError):
    """nbgrader could not make a release; the message says why."""


NO_FOLDER = N_("No folder solutions/{name} in {root}. Check the name.")
CANNOT = N_("nbgrader cannot release {name}: {why} `autograder check {name}` says what to correct.")
SHARED = "selfcheck.py"  # directly in solutions/, because nbgrader takes every folder for an assignment


def release(root: Path, names: list[str], language: str = ENGLISH) -> list[Path]:
    """Write `assignments/`, links to the shared file, and test cells' points.  Returns what changed."""
    changed = []
    for folder in (root / "solutions" / name for name in names):
        link = folder / SHARED  # a folder with its own file keeps that
        if folder.is_dir() and link.parent.with_name(SHARED).is_file() and not os.path.lexists(link):
            link.symlink_to(f"../{SHARED}")
        if folder.is_dir():
            changed += _copy_points(folder / f"{folder.name}.ipynb", folder.name)
    for name, (_, content) in _changes(root, names, language).items():
        target = root / name
        if content is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        else:
            target.unlink()
        changed.append(target)
    return changed


def differences(root: Path, names: list[str], language: str = ENGLISH) -> str:
    """Return a diff from the current files to those of a new release; "" if they agree."""
    lines: list[str] = []
    for name, both in _changes(root, names, language).items():
        now, new = ((x or b"").decode("utf-8", "replace").splitlines(True) for x in both)
        lines += difflib.unified_diff(now, new, name, f"{name} (from solutions)")
    return "".join(lines)


def has_edition(root: Path, name: str, language: str) -> bool:
    """Return whether somebody has begun to translate an assignment; the kit's own are translated."""
    solutions = root / "solutions"
    return language == ENGLISH or not solutions.is_dir() or edition.catalogue(root, name, language).is_file()


def _copy_points(notebook: Path, assignment: str) -> list[Path]:
    """Give each test cell the points of its exercise's checks.  Returns the notebook if it changed."""
    points: dict[str, float] = {}
    for each in not_judged(assignment, "", ""):
        name = f"{TEST_CELL}{each.exercise}"
        points[name] = points.get(name, 0) + each.points
    tree, is_stale = json.loads(notebook.read_text("utf-8")), False
    for cell in tree["cells"]:
        mark = mark_of(cell)
        worth = points.get(mark.get("grade_id", ""))
        if worth is not None and mark.get("points") != worth:
            mark["points"], is_stale = worth, True
    if is_stale:
        notebook.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return [notebook] if is_stale else []


def _changes(root: Path, names: list[str], language: str) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Return path -> the bytes, now and of a new release, or of the kit's own; where they differ."""
    now, has_source = _released(root / "assignments", names), (root / "solutions").is_dir()
    source = root if has_source else courses.folder(courses.ASSIGNMENTS).parent
    if language != ENGLISH and (text := "\n".join(edition.waiting(source, names, language))):
        raise ReleaseError(text)
    with tempfile.TemporaryDirectory() as folder, spoken(language):
        if has_source:
            _generate(root, names, Path(folder))
        new = _released(Path(folder, "release") if has_source else source / "assignments", names)
        if not has_source and language != ENGLISH:
            new = edition.translated(new, language)
    both = {name: (now.get(name), new.get(name)) for name in sorted({*now, *new})}
    return {name: pair for name, pair in both.items() if pair[0] != pair[1]}


def _released(folder: Path, names: list[str]) -> dict[str, bytes]:
    files = {}
    for path in (path for name in names for path in (folder / name).rglob("*") if path.is_file()):
        place = path.relative_to(folder)
        if not any(map(is_system, place.parts)):
            files[f"assignments/{place.as_posix()}"] = path.read_bytes()
    return files


def _generate(root: Path, names: list[str], folder: Path) -> None:
    """Let nbgrader make these assignments in the current language, in a temporary course."""
    with open_course(root) as (app, course):
        course.config.Autograder.language = language()
        course.release_directory = str(folder / "release")
        app.config.GenerateAssignment.no_database = True  # as nbgrader's own --no-db
        app.config.SaveCells.enabled = False
        api = NbGraderAPI(course, parent=app)
        app.log.setLevel(logging.CRITICAL)
        for name in names:
            if not (root / "solutions" / name).is_dir():
                raise ReleaseError(NO_FOLDER, name=name, root=root)
            done = api.generate_assignment(name, force=True, create=True)
            if not done["success"]:
                why = str(done.get("error") or done.get("log")).strip()
                if why.endswith("\nKeyboardInterrupt"):
                    raise KeyboardInterrupt  # nbgrader takes it for an error of the notebook
                *_, why = why.splitlines()  # without the traceback above, in which nbgrader hides the cause
                raise ReleaseError(CANNOT, name=name, why=why)

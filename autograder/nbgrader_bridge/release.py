"""Releases solutions/ as assignments/ with nbgrader's generate_assignment; equal input gives equal bytes.

The common part of all self-checks has one source, and each assignment's folder links to it, so that plain
nbgrader releases it too.  Knows nothing of exercises: it removes what notebooks mark as solution or hidden.
"""

import difflib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from autograder import courses, exercises
from autograder.errors import KitError
from autograder.intake.places import is_system
from autograder.languages import ENGLISH, LANGUAGES
from autograder.nbgrader_bridge import edition
from autograder.nbgrader_bridge.hidden import PREFIX


class ReleaseError(KitError):
    """nbgrader could not make a release; the message says why."""


SHARED = "selfcheck.py"  # directly in solutions/, because nbgrader takes every folder for an assignment


def release(
    root: Path,
    names: list[str],
    language: str = ENGLISH,
    points: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
) -> list[Path]:
    """Write `assignments/` and the links to the shared file.  Returns the files that changed.

    points: of each assignment's test cells, written into its solution notebook first.
    """
    changed = []
    for name in names:
        _link_shared(root / "solutions" / name)
        changed += _copy_points(root / "solutions" / name / f"{name}.ipynb", points.get(name, {}))
    made, now = _made(root, names, language), _now(root, names)
    others = [name for name in sorted({*made, *now}) if made.get(name) != now.get(name)]
    for name in others:
        target = root / name
        if name in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(made[name])
        else:
            target.unlink()
    return [*changed, *(root / name for name in others)]


def points_of(assignment: str) -> dict[str, float]:
    """The points of each test cell of an assignment; empty if it is not the kit's."""
    found = exercises.of(assignment) if assignment in exercises.assignments() else []
    return {f"{PREFIX}{exercise.name}": exercise.points for exercise in found}


def _copy_points(notebook, points):
    """Give each test cell the points of its exercise's checks.  Returns the notebook if it changed."""
    if not notebook.is_file() or not points:
        return []
    text = notebook.read_text("utf-8")
    tree = json.loads(text)
    marks = [cell["metadata"].get("nbgrader", {}) for cell in tree["cells"]]
    found = [mark for mark in marks if mark.get("grade_id") in points]
    stale = [mark for mark in found if mark.get("points") != points[mark["grade_id"]]]
    for mark in stale:
        mark["points"] = points[mark["grade_id"]]
    if stale:
        notebook.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return [notebook] if stale else []


def differences(root: Path, names: list[str], language: str = ENGLISH) -> str:
    """A diff from the current files to those of a new release; "" if they agree."""
    made, now = _made(root, names, language), _now(root, names)
    lines: list[str] = []
    for name in sorted({*made, *now}):
        before, after = now.get(name, b""), made.get(name, b"")
        if before != after:
            old, new = (x.decode("utf-8", "replace").splitlines(True) for x in (before, after))
            lines += difflib.unified_diff(old, new, name, f"{name} (from solutions)")
    return "".join(lines)


def has_edition(root: Path, name: str, language: str) -> bool:
    """Whether somebody has begun to translate an assignment; the kit's own are translated."""
    solutions = root / "solutions"
    return language == ENGLISH or not solutions.is_dir() or edition.catalogue(root, name, language).is_file()


def editions(root: Path, names: list[str], but: str) -> list[str]:
    """The other languages with catalogues in the course.  Raises ReleaseError if one is incomplete."""
    has = [name for name in LANGUAGES if any((root / "solutions").glob(f"*.{name}.po")) and name != but]
    for language in has:
        _demand_translations(root, names, language)
    return has


def _demand_translations(root, names, language):
    """Raises ReleaseError with a line for each sentence without a translation."""
    lines = edition.waiting(root, names, language)
    if lines:
        text = "\n".join(lines)
        raise ReleaseError(text)


def _made(root, names, language):
    """The files of a release: their bytes by path; the kit's own release if the course has no solutions."""
    own = (root / "solutions").is_dir()
    root = root if own else courses.folder(courses.ASSIGNMENTS).parent
    if language != ENGLISH:
        _demand_translations(root, names, language)
    if own:
        with tempfile.TemporaryDirectory() as folder:
            released = _generated(root, names, Path(folder))
            made = {f"assignments/{name}": (released / name).read_bytes() for name in _files(released)}
    else:
        made = _now(root, names)
    return made if language == ENGLISH else edition.translated(root, made, names, language)


def _now(root, names):
    """The current files in the places that a release writes to."""
    files = _files(root / "assignments")
    found = [f"assignments/{name}" for name in files if name.split("/")[0] in names]
    return {name: (root / name).read_bytes() for name in found}


def _link_shared(folder):
    """Link the shared file into the folder of a new assignment; a folder with its own file keeps that."""
    link = folder / SHARED
    if folder.is_dir() and (folder.parent / SHARED).is_file() and not os.path.lexists(link):
        link.symlink_to(f"../{SHARED}")


def _files(folder):
    found = (p for p in folder.rglob("*") if p.is_file() and not any(map(is_system, p.parts)))
    return sorted(p.relative_to(folder).as_posix() for p in found)


def _generated(root, names, folder):
    """The files that nbgrader makes of these assignments, in a temporary course with the root's settings."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config, PyFileConfigLoader

    # nbgrader runs `alembic` from PATH: it lies beside this Python.
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    config = Config()
    if (root / "nbgrader_config.py").is_file():
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.release_directory = str(folder / "release")
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    api = NbGraderAPI(config=config)
    api.log.setLevel(logging.CRITICAL)
    for name in names:
        if not (root / "solutions" / name).is_dir():
            raise ReleaseError("No folder solutions/{name} in {root}. Check the name.", name=name, root=root)
        result = api.generate_assignment(name, force=True, create=True)
        if not result["success"]:
            raise ReleaseError(
                "nbgrader cannot release {name}: {why}",
                name=name,
                why=result.get("error") or result.get("log"),
            )
    return folder / "release"

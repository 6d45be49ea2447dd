"""Makes the kit a guest in an nbgrader course: it handles its own assignments, and nbgrader all others.

nbgrader's settings are lists, and the last assignment wins, so the kit sets none of them.  Imports what
judges only for an assignment of the kit.
"""

import fnmatch
import glob
import logging
import os
import re
import textwrap
import warnings
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from sqlalchemy.exc import OperationalError
from traitlets import import_item
from traitlets.config import Config

from autograder import courses, patches, settings
from autograder.errors import KitError
from autograder.intake import released
from autograder.intake.places import SYSTEM
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import course_files
from autograder.nbgrader_bridge.course_files import SEVERAL, is_ours
from autograder.patches import temporarily_set
from autograder.untrusted_text import escape_control_characters

SUBMIT = N_("**Submit** this notebook in JupyterLab's *Assignment List*, as often as you like.")
FETCH = N_("Wait a minute, then press **Fetch Feedback** there to see how you did.")
DELIMITERS = Config()  # of the kit's notebooks, whatever a course sets for its own
DELIMITERS.ClearSolutions.enabled = DELIMITERS.ClearHiddenTests.enabled = True
DELIMITERS.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
DELIMITERS.ClearSolutions.end_solution_delimeter = "END SOLUTION"
DELIMITERS.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}  # our cells raise below it
DELIMITERS.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
DELIMITERS.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"
LEAKS = N_(
    "{assignment} was not released. Add ClearSolutions and ClearHiddenTests to "
    "GenerateAssignment.preprocessors."
)
NOT_OURS = N_(
    "{assignment} was not released, because this kit has no exercise for its autograded cell "
    "{cell}. Move that cell to a notebook of your own, or grade it by hand."
)
NEEDS_REVIEW = N_("Needs review: ")
# Where nbgrader's own loops look for an assignment.
SOURCES = {
    Autograde: "submitted_directory",
    GenerateAssignment: "source_directory",
    GenerateFeedback: "autograded_directory",
}
# For a course's nbgrader_config.py.
LINES = (
    "from autograder.nbgrader_bridge import configure  # install the kit where nbgrader runs",
    "configure(get_config())",
)


def install() -> None:
    """Patch nbgrader in this process.  Raises PatchError if it differs from the versions that we know."""
    patches.replace_for_good(
        {
            patches.CONVERT: convert_notebooks,
            patches.STAMPS: course_files.get_existing_timestamp,
            patches.LISTED_STAMPS: course_files.get_submitted_timestamp,
            patches.BUTTON: autograde_by_button,
        }
    )


def class_of(preprocessor: object) -> type:
    """Return the class of a preprocessor, which a course can give as a path, a class or an instance."""
    kind = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return kind if isinstance(kind, type) else type(kind)


# --- what nbgrader's methods become ------------------------------------------------------------------


def convert_notebooks(original: Callable, converter: BaseConverter) -> None:
    """Replace BaseConverter's: nbgrader's own loop gets no submission to an assignment of ours."""
    step = next((step for kind, step in SOURCES.items() if isinstance(converter, kind)), "")
    course, theirs, errors = converter.coursedir, dict(converter.assignments), []
    for name in _ours(converter) if step else ():
        folders = glob.glob(course.format_path(getattr(course, step), course.student_id, name))
        ours = {folder: theirs.pop(folder) for folder in folders if folder in theirs}
        try:
            with temporarily_set(course, assignment_id=name):
                _convert(original, converter, ours)
        except NbGraderException as error:
            errors.append(error)
    if theirs:
        with temporarily_set(converter, assignments=theirs):
            original(converter)
    if errors:
        raise errors[0]


def _convert(original: Callable, converter: BaseConverter, ours: dict[str, list[str]]) -> None:
    """Grade an assignment of ours, release it or make its feedback.  ours: folder -> notebooks."""
    if isinstance(converter, Autograde):
        autograde(converter)
        return
    if isinstance(converter, GenerateAssignment):
        exporter = generating(converter)
    else:
        from autograder.nbgrader_bridge.feedback import exporter_of

        exporter = exporter_of(converter)
    ignore = [*converter.coursedir.ignore, *SYSTEM]
    with (
        temporarily_set(converter.coursedir, ignore=ignore),
        temporarily_set(converter, assignments=ours, exporter=exporter),
    ):
        original(converter)


def _ours(converter: BaseConverter) -> list[str]:
    course = converter.coursedir
    course_files.use_course(course)
    names = fnmatch.filter(courses.names(), course.assignment_id)  # nbgrader takes patterns
    if isinstance(converter, GenerateAssignment):  # it makes the release from this
        folders = {name: Path(course.format_path(course.source_directory, ".", name)) for name in names}
        return [name for name, folder in folders.items() if released.is_ours(name, folder)]
    return [name for name in names if is_ours(course, name)]


def autograde(converter: Autograde) -> None:
    """Grade an assignment of ours.  Raises NbGraderException if any needs review, or none was graded."""
    from autograder.nbgrader_bridge import course
    from autograder.reporting.view import View

    log, reasons = converter.log, []
    log.addFilter(_escape)
    try:
        with warnings.catch_warnings(action="ignore"), patches.cached_gradebook_engine():
            reports = course.autograde(converter, converter.coursedir.assignment_id)
        for view in map(View, reports):
            if view.review:
                reasons.append(f"{view.report.id}: {view.review}")
                log.error("%s%s", tr(NEEDS_REVIEW), reasons[-1])
    except (KitError, OSError, OperationalError) as error:
        reasons.append(tr(error) if isinstance(error, KitError) else str(error))
        log.error("%s", reasons[-1])
    finally:
        log.removeFilter(_escape)
    if reasons:
        raise NbGraderException(reasons[0])


def generating(converter: GenerateAssignment) -> Exporter:
    """Return the exporter of a release.  Raises NbGraderException before a leak."""
    if why := _why_not_released(converter):
        converter.log.error("%s", why)
        raise NbGraderException(why)

    def how_to_submit(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if settings.watching(Path(converter.coursedir.root)) is not None:
            nb.cells.insert(1, new_markdown_cell(f"{tr(SUBMIT)}\n{tr(FETCH)}", id="how_to_submit"))
        return nb, resources

    config = deepcopy(converter.config)
    config.merge(DELIMITERS)
    exporter = type(converter.exporter)(parent=converter, config=config)
    for step in (how_to_submit, *converter.preprocessors):
        exporter.register_preprocessor(step)
    return exporter


def _why_not_released(converter: GenerateAssignment) -> str:
    course, name = converter.coursedir, converter.coursedir.assignment_id
    kinds = [class_of(each) for each in converter.preprocessors]
    if not all(any(issubclass(kind, step) for kind in kinds) for step in (ClearSolutions, ClearHiddenTests)):
        return tr(LEAKS, assignment=name)
    folder, known = Path(course.format_path(course.source_directory, ".", name)), released.test_cells(name)
    for cell in released.autograded_cells(folder / f"{name}.ipynb") or ():
        if cell not in known:
            return tr(NOT_OURS, assignment=name, cell=cell)
    for path in sorted(folder.glob("*.ipynb")):
        if path.stem != name:
            return tr(SEVERAL, assignment=name, notebook=path.stem)
    return ""


def _escape(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        texts = str, os.PathLike
        escaped = (escape_control_characters(str(a), "") if isinstance(a, texts) else a for a in record.args)
        record.args = tuple(escaped)
    record.msg, record.args = escape_control_characters(record.getMessage()), ()
    return True


def autograde_by_button(
    original: Callable, api: NbGraderAPI, assignment_id: str, student_id: str, *rest: Any, **options: Any
) -> dict[str, Any]:
    """Replace NbGraderAPI.autograde: show why it needs review, not the whole log and a traceback."""
    done = original(api, assignment_id, student_id, *rest, **options)
    reasons = re.findall(rf"(?m)^\[ERROR\] ({tr(NEEDS_REVIEW)}.*)", done.get("log", ""))
    if not reasons or done["success"]:
        return done
    return {"success": False, "log": "\n".join(textwrap.fill(reason, 80) for reason in reasons)}

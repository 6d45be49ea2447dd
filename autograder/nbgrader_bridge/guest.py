"""Makes the kit a guest in an nbgrader course: it handles its own assignments, and nbgrader
all others.

nbgrader's settings are lists, and the last assignment wins, so the kit sets none of them.
Imports what judges only for an assignment of the kit.
"""

import fnmatch
import functools
import glob
import textwrap
import warnings
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder import courses, patches
from autograder.errors import KitError
from autograder.intake import released
from autograder.intake.places import SYSTEM
from autograder.languages import tr
from autograder.nbgrader_bridge import course_files, feedback
from autograder.nbgrader_bridge.course import grade_with_sessions
from autograder.nbgrader_bridge.course_files import SEVERAL, is_ours
from autograder.nbgrader_bridge.stubs import raise_in_stubs
from autograder.patches import temporarily_set
from autograder.untrusted_text import escape_control_characters

# of the kit's notebooks, whatever a course sets for its own
DELIMITERS = Config()
DELIMITERS.ClearSolutions.enabled = DELIMITERS.ClearHiddenTests.enabled = True
DELIMITERS.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
DELIMITERS.ClearSolutions.end_solution_delimeter = "END SOLUTION"
# `raise_in_stubs` adds the rest
DELIMITERS.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
DELIMITERS.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
DELIMITERS.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"
# Where nbgrader's own loops look for an assignment.
SOURCES = {
    Autograde: "submitted_directory",
    GenerateAssignment: "source_directory",
    GenerateFeedback: "autograded_directory",
}


@functools.cache  # patched once
def install() -> None:
    """Patch nbgrader in this process.  Raises KitError if it is not a version that we know."""
    patches.replace_for_good(
        {
            patches.CONVERT: convert_notebooks,
            patches.LISTED_STAMPS: get_submitted_timestamp,
            patches.AUTOGRADE_BUTTON: autograde_by_button,
        }
    )


# What nbgrader's methods become.


def convert_notebooks(original: Callable, converter: BaseConverter) -> None:
    """Replace BaseConverter's: nbgrader's own loop gets no submission to an assignment of ours."""
    course = converter.coursedir
    theirs = dict(converter.assignments)
    errors = []
    for name in _ours(converter):
        ours = {}
        step = getattr(course, SOURCES[type(converter)])
        pattern = course.format_path(step, course.student_id, name)
        for folder in glob.glob(pattern):
            if folder in theirs:
                ours[folder] = theirs.pop(folder)
        try:
            with (
                temporarily_set(course, "assignment_id", name),
                temporarily_set(converter, "assignments", ours),
            ):
                _convert(original, converter)
        except NbGraderException as error:
            errors.append(error)
    if theirs:
        with temporarily_set(converter, "assignments", theirs):
            original(converter)
    if errors:
        raise errors[0]


def _convert(original: Callable, converter: BaseConverter) -> None:
    """Grade an assignment of ours, release it or make its feedback.  Raises NbGraderException."""
    try:
        if isinstance(converter, Autograde):
            autograde(converter)
        elif isinstance(converter, GenerateFeedback):
            feedback.generate(original, converter)
        else:
            ignore = [*converter.coursedir.ignore, *SYSTEM]
            with (
                temporarily_set(converter.coursedir, "ignore", ignore),
                temporarily_set(converter, "exporter", generating(converter)),
            ):
                original(converter)
    except (KitError, OSError) as error:
        reason = tr(error)
        converter.log.error("%s", reason)
        raise NbGraderException(reason) from None


def _ours(converter: BaseConverter) -> list[str]:
    """Return the assignments of ours that a converter is asked for."""
    if type(converter) not in SOURCES:
        return []
    course = converter.coursedir
    course_files.use_course(course)
    ours = []
    # nbgrader takes patterns.
    for name in fnmatch.filter(courses.names(), course.assignment_id):
        folder = Path(course.format_path(course.source_directory, ".", name))
        # A release is made from the source; everything else depends on the release.
        if isinstance(converter, GenerateAssignment):
            is_kits = released.is_ours(name, folder)
        else:
            is_kits = is_ours(course, name)
        if is_kits:
            ours.append(name)
    return ours


def autograde(converter: Autograde) -> None:
    """Grade an assignment of ours.  Raises NbGraderException if any needs review, and as
    `grade_with_sessions`.
    """
    # SQLAlchemy warns about nbgrader's calls.
    with warnings.catch_warnings(action="ignore"):
        assessments = grade_with_sessions(
            converter, converter.coursedir.assignment_id
        )
    reason = ""
    for assessment in assessments:
        if assessment.waits_for:
            reason = tr(
                "{id} needs review. {why}",
                id=assessment.report.id,
                why=assessment.waits_for,
            )
            reason = escape_control_characters(reason, "")
            converter.log.error("%s", reason)
    if reason:
        raise NbGraderException(reason)


def generating(converter: GenerateAssignment) -> Exporter:
    """Return the exporter of a release.  Raises KitError before a leak."""
    _require_only_ours(converter.coursedir)
    config = deepcopy(converter.config)
    config.merge(DELIMITERS)
    exporter = type(converter.exporter)(parent=converter, config=config)
    for step in (raise_in_stubs, *converter.preprocessors):
        exporter.register_preprocessor(step)
    return exporter


def _require_only_ours(course: CourseDirectory) -> None:
    """Raise KitError if an assignment has a cell or a notebook that the kit cannot grade."""
    name = course.assignment_id
    folder = Path(course.format_path(course.source_directory, ".", name))
    test_cells = released.test_cells(name)
    for cell in released.autograded_cells(folder / f"{name}.ipynb") or ():
        if cell not in test_cells:
            raise KitError(
                "{assignment} was not released, because this kit has no exercise for its "
                "autograded cell {cell}. Move that cell to a notebook of your own, or grade it "
                "by hand.",
                assignment=name,
                cell=cell,
            )
    for path in sorted(folder.glob("*.ipynb")):
        if path.stem != name:
            raise KitError(SEVERAL, assignment=name, notebook=path.stem)


def get_submitted_timestamp(
    original: Callable, api: NbGraderAPI, assignment_id: str, student_id: str
) -> datetime | None:
    """Replace NbGraderAPI's, with which formgrader lists a class: one odd file must not end
    the list.
    """
    if not is_ours(api.coursedir, assignment_id):
        return original(api, assignment_id, student_id)
    return course_files.submitted_at(api.coursedir, student_id, assignment_id)


def autograde_by_button(
    original: Callable,
    api: NbGraderAPI,
    assignment_id: str,
    *args: Any,
    **options: Any,
) -> dict[str, Any]:
    """Replace NbGraderAPI's: formgrader shows a reason of ours without a traceback."""
    done = original(api, assignment_id, *args, **options)
    error = done.get("error", "").strip().rpartition("\n")[2]
    if "NbGraderException: " in error and is_ours(api.coursedir, assignment_id):
        del done["error"]
        # Its dialog cuts off what is longer.
        lines = [textwrap.fill(line, 72) for line in done["log"].splitlines()]
        done["log"] = "\n".join(lines)
    return done

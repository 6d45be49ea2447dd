"""Makes the kit a guest in an nbgrader course: it handles its own notebooks, and nbgrader all others.

nbgrader's settings are lists, and the last assignment wins, so the kit sets none of them.  It gives each
converter other values only while that converts one of the kit's notebooks.  Knows nothing of judging, and
imports that only for a notebook of the kit.
"""

import importlib.metadata
import logging
import os
import re
import shutil
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute
from traitlets import import_item
from traitlets.config import Config

from autograder import patches
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import placeholders, plain_files, submissions
from autograder.nbgrader_bridge.exporter import TolerantExporter
from autograder.nbgrader_bridge.how_to_submit import HowToSubmit
from autograder.nbgrader_bridge.own_notebooks import autograded_cells, is_own, test_cells
from autograder.nbgrader_bridge.repair import RepairCells
from autograder.nbgrader_bridge.submissions import NeedsReview, assignments_of
from autograder.patches import lent
from autograder.untrusted_text import escape_control_characters

# The kit's notebooks use these delimiters, whatever a course sets for its own.
MARKS = {
    "ClearSolutions": {
        "enabled": True,
        "begin_solution_delimeter": "BEGIN SOLUTION",
        "end_solution_delimeter": "END SOLUTION",
    },
    "ClearHiddenTests": {
        "enabled": True,
        "begin_test_delimeter": "BEGIN HIDDEN TESTS",
        "end_test_delimeter": "END HIDDEN TESTS",
    },
}
# The line below it in each stub raises NotImplementedError with the function's own name.
STUB = "# YOUR CODE HERE, in place of this line and the next"
NOT_EXECUTED = N_(
    "{assignment} was not graded, because Execute is turned off (--no-execute or "
    "Execute.enabled). Turn it on; the kit replaces it."
)
NO_EXECUTE = N_(
    "{assignment} was not graded. List nbgrader's Execute once in "
    "Autograde.autograde_preprocessors, and nothing else that runs a notebook; the kit "
    "replaces it."
)
LEAKS = N_(
    "{assignment} was not released. Add ClearSolutions and ClearHiddenTests to "
    "GenerateAssignment.preprocessors."
)
NOT_OURS = N_(
    "{assignment} was not released, because this kit has no exercise for its autograded cell "
    "{cell}. Move that cell to a notebook of your own, or grade it by hand."
)
LINES = (
    "from autograder.nbgrader_bridge import configure  # not found? pip install {package}",
    "configure(c)",
)


def install() -> None:
    """Patch nbgrader in this process.  Raises PatchError if it differs from the versions that we know."""
    patches.replace_for_good(
        {
            patches.COPIES: plain_files.init_assignment,
            patches.LISTED_STAMPS: submissions.get_submitted_timestamp,
            patches.BUTTON: autograde_by_button,
            patches.AUTOGRADE_ALL: autograde_all,
            patches.AUTOGRADE: autograde_one,
            patches.GENERATE: _converting(generating),
            patches.FEEDBACK: _converting(feeding_back),
        }
    )


def lines() -> tuple[str, str]:
    """The two lines for a course's nbgrader_config.py."""
    scripts = importlib.metadata.entry_points(group="console_scripts", name="autograder")
    package = next((script.dist.name for script in scripts if script.dist is not None), "autograder")
    return LINES[0].format(package=package), LINES[1]


# --- what nbgrader's methods become ------------------------------------------------------------------


def _converting(steps: Callable[[BaseConverter, Path], dict]) -> Callable:
    """Replaces convert_single_notebook.  steps: the converter's attributes for a notebook of the kit."""

    def convert_single_notebook(before, converter, path):
        own = steps(converter, Path(path)) if is_own(converter, path) else {}
        with lent(converter, **own):
            return before(converter, path)

    return convert_single_notebook


def autograding(converter: Autograde, path: Path) -> dict:
    """For Autograde: the judge instead of the kernel.  Raises NeedsReview if no step can be replaced."""
    from autograder.nbgrader_bridge.execute import JudgeFunctions
    from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

    steps, at = converter.autograde_preprocessors, _place_of_execute(converter, path.stem)
    return {
        "exporter": _own_exporter(converter, TolerantExporter),
        # first: a mangled notebook stops the class
        "sanitize_preprocessors": [RepairCells, *converter.sanitize_preprocessors],
        "autograde_preprocessors": [*steps[:at], SanitizeSubmission, JudgeFunctions, *steps[at + 1 :]],
    }


def feeding_back(converter: GenerateFeedback, path: Path) -> dict:
    """For GenerateFeedback: the kit's page, or the course's own exporter; without hidden tests."""
    from autograder.nbgrader_bridge.feedback import FeedbackExporter, HideTests

    kind = type(converter.exporter)
    kind = FeedbackExporter if kind is HTMLExporter else kind
    return {"exporter": _own_exporter(converter, kind, [HideTests, *converter.preprocessors])}


def generating(converter: GenerateAssignment, path: Path) -> dict:
    """For GenerateAssignment: the kit's stub and delimiters.  Raises NbGraderException before a leak."""
    kinds = [class_of(each) for each in converter.preprocessors]
    if not all(any(issubclass(kind, step) for kind in kinds) for step in (ClearSolutions, ClearHiddenTests)):
        raise NbGraderException(tr(LEAKS, assignment=path.stem))
    others = [cell for cell in autograded_cells(path) if cell not in test_cells(path.stem)]
    if others:
        raise NbGraderException(tr(NOT_OURS, assignment=path.stem, cell=others[0]))
    steps = [HowToSubmit, *converter.preprocessors]
    return {"exporter": _own_exporter(converter, type(converter.exporter), steps)}


def autograde_one(before, converter, path):
    """Replaces Autograde.convert_single_notebook: a placeholder in place of what needs review."""
    try:
        return _converting(autograding)(before, converter, path)
    except NeedsReview as error:
        found = getattr(converter, "kit_found", None)
        if found is None:  # `grade_course` writes it
            raise
        info, why = converter.init_single_notebook_resources(path)["nbgrader"], str(error)
        assignment, student = info["assignment"], info["student"]
        begun = placeholders.autograded_folder(converter.coursedir, assignment, student)
        shutil.rmtree(begun, ignore_errors=True)
        placeholders.write(converter, assignment, student, why, error.report)
        return found.append(f"{student}: {why}")


def autograde_all(before, converter):
    """Replaces Autograde.convert_notebooks: a submission that needs review is a sentence in the log.

    Refuses a class before nbgrader removes earlier results.
    """
    course, log = converter.coursedir, converter.log
    if course.assignment_id not in assignments_of(course):
        return before(converter)
    log.addFilter(_escape)
    try:
        if any(is_own(converter, path) for paths in converter.assignments.values() for path in paths):
            try:
                _place_of_execute(converter, course.assignment_id)
            except NeedsReview as error:
                log.error("%s", error)
                raise NbGraderException(str(error)) from None
        found = converter.kit_found = placeholders.set_aside(converter)
        try:
            before(converter)
        finally:
            for why in found:
                log.error("Needs review: %s", why)
        if found:
            raise NbGraderException(found[0])
    finally:
        log.removeFilter(_escape)


def _escape(record: logging.LogRecord) -> bool:
    """Escape control characters, also the line breaks in names of students' files."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            escape_control_characters(str(a), "") if isinstance(a, str | os.PathLike) else a
            for a in record.args
        )
    record.msg, record.args = escape_control_characters(record.getMessage()), ()
    if record.exc_info:
        record.exc_text = escape_control_characters(logging.Formatter().formatException(record.exc_info))
    return True


def autograde_by_button(before, api, assignment_id, student_id, *rest, **options):
    """Replaces NbGraderAPI.autograde: why it needs review, in place of the whole log and a traceback."""
    done = before(api, assignment_id, student_id, *rest, **options)
    reasons = re.findall(r"(?m)^\[ERROR\] (Needs review: .*)", done.get("log", ""))
    if reasons and not done["success"] and assignment_id in assignments_of(api.coursedir):
        lines = (textwrap.fill(reason, 80) for reason in dict.fromkeys(reasons))  # its dialog wraps nothing
        return {"success": False, "log": "\n".join(lines)}
    return done


def class_of(preprocessor: object) -> type:
    """The class of a preprocessor, which a course can give as a path, a class or an instance."""
    found = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return found if isinstance(found, type) else type(found)


def _place_of_execute(converter: Autograde, assignment: str) -> int:
    """The index of the step that the judge replaces.  Raises NeedsReview if there is none."""
    kinds = [class_of(each) for each in converter.autograde_preprocessors]
    running = [kind for kind in kinds if issubclass(kind, ExecutePreprocessor)]
    if len(running) != 1 or not issubclass(running[0], Execute):
        raise NeedsReview(tr(NO_EXECUTE, assignment=assignment))
    if not running[0](parent=converter).enabled:
        raise NeedsReview(tr(NOT_EXECUTED, assignment=assignment))
    return kinds.index(running[0])


def _own_exporter(
    converter: BaseConverter, kind: type[Exporter], preprocessors: Sequence[object] = ()
) -> Exporter:
    """An exporter for the kit's notebooks; a converter has one for all, because making one takes long."""
    made = getattr(converter, "kit_exporter", None)
    if made is None:
        config = Config(converter.config)
        for section, values in MARKS.items():
            config[section] = Config({**converter.config.get(section, {}), **values})
        stubs = converter.config.get("ClearSolutions", {}).get("code_stub", {})
        stubs = stubs if isinstance(stubs, dict) else {}
        config.ClearSolutions.code_stub = {**stubs, "python": STUB}
        made = converter.kit_exporter = kind(parent=converter, config=config)
        for each in preprocessors:
            made.register_preprocessor(each)
    return made

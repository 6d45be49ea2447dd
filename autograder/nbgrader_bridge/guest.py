"""Makes the kit a guest in an nbgrader course: it handles its own notebooks, and nbgrader all others.

nbgrader's settings are lists, and the last assignment wins, so the kit sets none of them.  It gives each
converter other values only while that converts one of the kit's notebooks.  Knows nothing of judging, and
imports that only for a notebook of the kit.
"""

import errno
import logging
import os
import re
import shutil
import textwrap
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.apps import NbGrader, NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute
from sqlalchemy.exc import OperationalError
from traitlets import import_item
from traitlets.config import Config

from autograder import patches, settings
from autograder.intake import ownership
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import manual_points, placeholders, plain_files, submissions
from autograder.nbgrader_bridge.own_notebooks import hide
from autograder.nbgrader_bridge.repair import TolerantExporter, restore
from autograder.nbgrader_bridge.submissions import NeedsReview, is_ours
from autograder.patches import lent
from autograder.untrusted_text import escape_control_characters

SUBMIT = N_("**Submit** this notebook in JupyterLab's *Assignment List*, as often as you like.")
FETCH = N_("Wait a minute, then press **Fetch Feedback** there to see how you did.")
# The line below it in each stub raises NotImplementedError with the function's own name.
STUB = "# YOUR CODE HERE, in place of this line and the next"
MARKS = Config()  # of the kit's notebooks, whatever a course sets for its own
MARKS.ClearSolutions.enabled = MARKS.ClearHiddenTests.enabled = True
MARKS.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
MARKS.ClearSolutions.end_solution_delimeter = "END SOLUTION"
MARKS.ClearSolutions.code_stub = {"python": STUB}
MARKS.ClearHiddenTests.begin_test_delimeter = "BEGIN HIDDEN TESTS"
MARKS.ClearHiddenTests.end_test_delimeter = "END HIDDEN TESTS"
NO_EXECUTE = N_(
    "{assignment} was not graded. List nbgrader's Execute once in Autograde.autograde_preprocessors, turned "
    "on (no --no-execute), and nothing else that runs a notebook; the kit replaces it."
)
NO_NOTEBOOK = N_("No notebook in {folder}/. Submit one.")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
LEAKS = N_(
    "{assignment} was not released. Add ClearSolutions and ClearHiddenTests to "
    "GenerateAssignment.preprocessors."
)
NOT_OURS = N_(
    "{assignment} was not released, because this kit has no exercise for its autograded cell "
    "{cell}. Move that cell to a notebook of your own, or grade it by hand."
)
# For a course's nbgrader_config.py.
LINES = (
    "from autograder.nbgrader_bridge import configure  # install the kit where nbgrader runs",
    "configure(c)",
)


def install() -> None:
    """Patch nbgrader in this process.  Raises PatchError if it differs from the versions that we know."""
    patches.replace_for_good(
        {
            patches.COPIES: plain_files.init_assignment,
            patches.STAMPS: submissions.get_existing_timestamp,
            patches.LISTED_STAMPS: submissions.get_submitted_timestamp,
            patches.BUTTON: autograde_by_button,
            patches.AUTOGRADE_ALL: autograde_all,
            patches.AUTOGRADE: _converting(autograding),
            patches.GENERATE: _converting(generating),
            patches.FEEDBACK: _converting(feeding_back),
        }
    )


# --- what nbgrader's methods become ------------------------------------------------------------------


def _converting(steps: Callable[[BaseConverter, Path], dict]) -> Callable:
    """Replaces convert_single_notebook.  steps: the converter's attributes for a notebook of the kit."""

    def convert_single_notebook(before: Callable, converter: BaseConverter, path: str) -> None:
        info = converter.init_single_notebook_resources(path)["nbgrader"]
        is_named = info["notebook"] == info["assignment"]
        if is_named and isinstance(converter, GenerateAssignment):  # it makes the release from this
            is_named = ownership.is_ours(info["assignment"], Path(path).parent)
        elif is_named:
            is_named = is_ours(converter.coursedir, info["assignment"])
        own = steps(converter, Path(path)) if is_named else {}
        with lent(converter, **own):
            before(converter, path)

    return convert_single_notebook


def autograding(converter: Autograde, path: Path) -> dict:
    """For Autograde: the judge instead of the kernel.  Raises NbGraderException without a kernel."""
    from autograder.nbgrader_bridge.execute import judge
    from autograder.nbgrader_bridge.sanitize import SanitizeSubmission

    steps, at = converter.autograde_preprocessors, _place_of_execute(converter, path.stem)
    return {
        "exporter": _own_exporter(converter, TolerantExporter),
        # first: a mangled notebook stops the class
        "sanitize_preprocessors": [partial(restore, converter), *converter.sanitize_preprocessors],
        "autograde_preprocessors": [
            *steps[:at],
            SanitizeSubmission,
            partial(judge, converter),
            *steps[at + 1 :],
        ],
    }


def feeding_back(converter: GenerateFeedback, path: Path) -> dict:
    """For GenerateFeedback: the kit's page, or the course's own exporter; without hidden tests."""
    from autograder.nbgrader_bridge.feedback import FeedbackExporter

    def hidden(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        hide(nb)
        if hasattr(converter, "edit"):  # of a watcher
            converter.edit(nb)
        return nb, resources

    kind = type(converter.exporter)
    kind = FeedbackExporter if kind is HTMLExporter else kind
    return {"exporter": _own_exporter(converter, kind, [hidden, *converter.preprocessors])}


def generating(converter: GenerateAssignment, path: Path) -> dict:
    """For GenerateAssignment: the kit's stub and delimiters.  Raises NbGraderException before a leak."""
    kinds = [class_of(each) for each in converter.preprocessors]
    if not all(any(issubclass(kind, step) for kind in kinds) for step in (ClearSolutions, ClearHiddenTests)):
        raise NbGraderException(tr(LEAKS, assignment=path.stem))
    known = ownership.test_cells(path.stem)
    others = [cell for cell in ownership.autograded_cells(path) or () if cell not in known]
    if others:
        raise NbGraderException(tr(NOT_OURS, assignment=path.stem, cell=others[0]))

    def how_to_submit(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        if settings.watching(Path(converter.coursedir.root)) is not None:
            nb.cells.insert(1, new_markdown_cell(f"{tr(SUBMIT)}\n{tr(FETCH)}", id="how_to_submit"))
        return nb, resources

    steps = [how_to_submit, *converter.preprocessors]
    return {"exporter": _own_exporter(converter, type(converter.exporter), steps)}


def autograde_all(before: Callable, converter: Autograde) -> None:
    """Replaces Autograde.convert_notebooks: what needs review is a sentence in the log, and a placeholder.

    Refuses a class before nbgrader removes earlier results.
    """
    course, log, name = converter.coursedir, converter.log, converter.coursedir.assignment_id
    if not is_ours(course, name):
        before(converter)
        return
    _place_of_execute(converter, name)
    reasons = []
    log.addFilter(_escape)
    try:
        for file in submissions.submissions(course, name):
            error: Exception | None = NeedsReview(file.problem)
            with manual_points.settled(course, name, file.id, []):
                placeholders.remove_undecided(course, name, file.id)
                if not file.problem:
                    error = converted(converter, name, file.id)
                if isinstance(error, NeedsReview):
                    placeholders.write(converter, name, file.id, str(error), error.report)
            is_decided = not placeholders.needs_review(course, name, file.id)
            if error is None or (isinstance(error, NeedsReview) and is_decided):
                continue
            reasons.append(f"{file.id}: {reason(error)}")
            log.error("Needs review: %s", reasons[-1])
    except (OSError, OperationalError) as error:
        log.error("%s", str(error))
        raise NbGraderException(str(error)) from None
    finally:
        log.removeFilter(_escape)
    if reasons:
        raise NbGraderException(reasons[0])


def single(kind: type[BaseConverter], course: CourseDirectory, app: NbGrader) -> BaseConverter:
    """Return a converter for single submissions, made once; also in a course that does not configure us.

    An Autograde takes the `report` from an attribute, and puts there as `notes` which cells were restored.  A
    GenerateFeedback calls its attribute `edit` with each notebook.
    """
    install()
    made = kind(coursedir=course, parent=app)
    made.force = True
    made.writer = FilesWriter(parent=made, config=made.config)
    made.exporter = made.exporter_class(parent=made, config=made.config)
    return made


def converted(converter: BaseConverter, assignment: str, student: str) -> Exception | None:
    """Do for one student what nbgrader's own loop does, without its log.  Returns why it could not.

    Raises OSError for a full disk and OperationalError for a locked gradebook.
    """
    course = converter.coursedir
    steps = [course.submitted_directory, course.autograded_directory, course.feedback_directory]
    steps = steps[:2] if isinstance(converter, Autograde) else steps[1:]
    source, target = (Path(course.format_path(step, student, assignment)) for step in steps)
    converter.notebooks = sorted(map(str, source.glob(f"{course.notebook_id}.ipynb")))
    if not converter.notebooks:
        return NbGraderException(tr(NO_NOTEBOOK, folder=source.name))
    try:
        if converter.init_destination(assignment, student):
            converter.run_pre_convert_hook()
            converter.init_assignment(assignment, student)
            for path in converter.notebooks:
                converter.convert_single_notebook(path)
            converter.set_permissions(assignment, student)
            converter.run_post_convert_hook()
    except BaseException as error:
        shutil.rmtree(target, ignore_errors=True)
        is_full = isinstance(error, OSError) and error.errno in FULL
        if is_full or isinstance(error, OperationalError) or not isinstance(error, Exception):
            raise
        return error
    return None


def reason(error: Exception) -> str:
    """Return the first line of an error, or what kind it is."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _escape(record: logging.LogRecord) -> bool:
    """Escape control characters, also the line breaks in names of students' files."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            escape_control_characters(str(a), "") if isinstance(a, str | os.PathLike) else a
            for a in record.args
        )
    record.msg, record.args = escape_control_characters(record.getMessage()), ()
    return True


def autograde_by_button(
    before: Callable, api: NbGraderAPI, assignment_id: str, student_id: str, *rest: Any, **options: Any
) -> dict[str, Any]:
    """Replaces NbGraderAPI.autograde: why it needs review, in place of the whole log and a traceback."""
    done = before(api, assignment_id, student_id, *rest, **options)
    reasons = re.findall(r"(?m)^\[ERROR\] (Needs review: .*)", done.get("log", ""))
    if not reasons or done["success"]:
        return done
    return {"success": False, "log": "\n".join(textwrap.fill(reason, 80) for reason in reasons)}


def class_of(preprocessor: object) -> type:
    """Return the class of a preprocessor, which a course can give as a path, a class or an instance."""
    found = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return found if isinstance(found, type) else type(found)


def _place_of_execute(converter: Autograde, assignment: str) -> int:
    """Return the index of the step that the judge replaces.  Raises NbGraderException without one."""
    kinds = [class_of(each) for each in converter.autograde_preprocessors]
    running = [kind for kind in kinds if issubclass(kind, ExecutePreprocessor)]
    if len(running) == 1 and issubclass(running[0], Execute) and running[0](parent=converter).enabled:
        return kinds.index(running[0])
    why = tr(NO_EXECUTE, assignment=assignment)
    converter.log.error("%s", why)
    raise NbGraderException(why)


def _own_exporter(
    converter: BaseConverter, kind: type[Exporter], preprocessors: Sequence[object] = ()
) -> Exporter:
    """Return a converter's one exporter for the kit's notebooks, because making one takes long."""
    made = getattr(converter, "kit_exporter", None)
    if made is None:
        config = deepcopy(converter.config)
        config.merge(MARKS)
        made = converter.kit_exporter = kind(parent=converter, config=config)
        for each in preprocessors:
            made.register_preprocessor(each)
    return made

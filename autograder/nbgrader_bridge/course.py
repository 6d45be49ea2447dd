"""A whole class at once, into nbgrader's own gradebook: `autograder grade --course`.

The session of all commands judges, and nbgrader's own Autograde writes, in this process.  So the result is
that of `nbgrader autograde`, row by row.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from autograder import courses, patches
from autograder.errors import KitError
from autograder.grading.session import Done, grade_class
from autograder.intake.places import Kind, kind
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_
from autograder.nbgrader_bridge.ledger import ByHand, CourseLedger, GradedNotebook
from autograder.nbgrader_bridge.placeholders import is_decided
from autograder.nbgrader_bridge.submissions import submissions, what_counts, why_missing
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.grading.cluster import Scheduler

RESULTS = "results"  # below the course's root: a folder for each assignment, as `grade --out` makes it
NOT_THERE = N_("{assignment} is not in the gradebook. Run `nbgrader generate_assignment {assignment}` first.")


GRADEBOOK = N_(
    "The gradebook cannot be used ({why}). "
    "Wait until nothing else uses it, or restore a backup if it is damaged."
)


Progress = Callable[[str, int], contextlib.AbstractContextManager[Done]]  # of an assignment, and how many


class CourseError(KitError):
    """The course cannot be graded; the message says what to do."""


def grade_course(
    folder: Path,
    assignment: str,
    settings: Settings,
    jobs: int | Scheduler,
    *,
    students: str = "*",
    progress: Progress = lambda assignment, total: contextlib.nullcontext(lambda id, report: None),
) -> list[GradedNotebook]:
    """Grade what has changed of an assignment as `nbgrader autograde --force` would, in parallel.

    folder: the course's root, with its nbgrader_config.py.  jobs: as of `grade_class`.
    students: a pattern, as nbgrader's --student.  progress: is called with the number of submissions, and
    then for each.  Manual scores and comments stay.  The reports go to the course's results/.  Returns the
    notebooks sorted by student.
    Raises CourseError if the folder is not a course or the assignment was not generated,
    ResultsFolderError, and what `grade_class` raises; never because of what a student submitted.
    """
    with opened_course(folder) as (app, course), ledger_of(course, assignment, app) as ledger:
        course.assignment_id, course.student_id = assignment, students
        found = submitted(course, assignment)
        if not found:
            where = course.format_path(course.submitted_directory, students, assignment)
            raise CourseError("No notebook in {where}. Collect the submissions first.", where=where)
        with ledger:
            ledger.expect(found, students == "*")
            there = [each for each in found if not each.needs_a_person]
            if there:
                # no student's code may read the gradebook, or another student's work
                hidden = [Path(course.root)]
                with progress(assignment, len(there)) as done:
                    grade_class(there, assignment, settings, ledger, jobs=jobs, hidden=hidden, done=done)
            for each in found:
                if each.needs_a_person:
                    ledger.add_missing(each)
        return list(_rows(course, assignment, ledger))


@contextlib.contextmanager
def opened_course(folder: Path) -> Iterator[tuple[NbGrader, CourseDirectory]]:
    """nbgrader with the settings of a course; the current folder is the course's root within the block.

    Raises CourseError if the folder is not a course, or its gradebook cannot be used.
    """
    folder = Path(folder).resolve()
    with _inside(folder), gradebook_in_words(), patches.nbgrader_made_once():
        app = NbGrader()
        app.load_config_file()
        app.log.setLevel(logging.CRITICAL)  # errors are returned, so no traceback is logged
        yield app, CourseDirectory(parent=app, root=str(folder))


@contextlib.contextmanager
def ledger_of(course: CourseDirectory, assignment: str, app: NbGrader) -> Iterator[CourseLedger]:
    """The ledger of an assignment, locked within the block.  Raises CourseError and ResultsFolderError."""
    by_hand = ByHand()
    folder = Path(course.root, RESULTS, assignment)
    with ResultsFolder(folder, assignment, decisions=by_hand.of) as results:
        try:
            ledger = CourseLedger(course, assignment, results, app, by_hand)
        except MissingEntry:
            raise CourseError(NOT_THERE, assignment=assignment) from None
        yield ledger


def submitted(
    course: CourseDirectory, assignment: str, students: Collection[str] | None = None
) -> list[SubmittedFile]:
    """Each student's file that counts, or why there is none.  students: only these."""
    found = submissions(course, assignment)
    return [_submission(each, assignment) for each in found if students is None or each.id in students]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Run inside a folder: nbgrader reads its settings from the current one, and runs alembic from PATH."""
    if not (folder / "nbgrader_config.py").is_file():
        raise CourseError(
            "{folder} is not an nbgrader course, because it has no nbgrader_config.py. Use the "
            "folder that has one.",
            folder=folder,
        )
    before, path = os.getcwd(), os.environ.get("PATH", os.defpath)
    os.chdir(folder)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy warns about nbgrader's calls
            yield
    finally:
        os.chdir(before)
        os.environ["PATH"] = path


@contextlib.contextmanager
def gradebook_in_words() -> Iterator[None]:
    """Turn a database error into a CourseError."""
    try:
        yield
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise CourseError(GRADEBOOK, why=why) from None


def _submission(found: SubmittedFile, assignment: str) -> SubmittedFile:
    """The file that counts, or why there is none."""
    if not found.problem and kind(found.path) is Kind.NOTHING:
        folder = found.path.parent
        if kind(folder / f"{assignment}.py") is Kind.FILE and _put_notebook(found.path, assignment):
            return what_counts(found, assignment)
        return replace(found, problem=why_missing(found.path), needs_a_person=True)
    return what_counts(found, assignment)


def _put_notebook(path: Path, assignment: str) -> bool:
    """Put the released notebook beside a `.py`, which nbgrader would ignore.  Returns whether it is there."""
    with contextlib.suppress(OSError):
        notebook = (courses.folder(courses.ASSIGNMENTS, assignment) / path.name).read_bytes()
        with open(path, "xb") as file:
            file.write(notebook)
        return True
    return False


def _rows(course, assignment, ledger):
    """The notebooks, each with its current score in the gradebook."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for student, done in sorted(ledger.done.items()):
            notebook = None
            with contextlib.suppress(MissingEntry):  # behind a link
                notebook = gradebook.find_submission_notebook(assignment, assignment, student)
            if notebook is None or (done.problem and not is_decided(course, notebook)):
                yield done
                continue
            waiting = sum(bool(grade.needs_manual_grade) for grade in notebook.grades)
            score, most = notebook.score, notebook.max_score
            yield replace(done, score=score, max_score=most, waiting=waiting, problem="")

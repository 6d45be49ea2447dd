"""A whole class at once, into nbgrader's own gradebook: `autograder grade --course`.

The judging is done by a pool of judges; everything else by nbgrader's own Autograde in this process,
which is the one writer of the database.  So the result is that of `nbgrader autograde`, row by row.
Knows nothing of checks, or of what a page looks like.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from nbconvert.writers import FilesWriter
from nbgrader import api
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import common
from traitlets import Any

from autograder import gate
from autograder.batch import Batch, cores
from autograder.collect import Entry
from autograder.results import Outcome


class CourseError(Exception):
    """The course cannot be graded; the message says what to do."""


@dataclass(frozen=True)
class Graded:
    """What became of one notebook.

    score: with what was given by hand, before any penalty; None where there is none.  problem: why
    it was not graded and a person must look, or "".  notes: what a person may want to know of a
    graded one, such as which cells were put back.
    """

    student: str
    notebook: str
    score: float | None
    max_score: float | None
    problem: str = ""
    notes: tuple[str, ...] = ()


class _Autograde(Autograde):
    """nbgrader's converter, to which the plugin's preprocessors turn for reports, and with notes."""

    judged = Any(None)
    noted = Any(None)
    problem = Any("")

    def init_assignment(self, assignment_id, student_id):
        """As nbgrader's, and keeps the reason where it fails."""
        with self._reason():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename):
        """As nbgrader's, and keeps the reason where it fails."""
        with self._reason():
            super().convert_single_notebook(notebook_filename)

    @contextlib.contextmanager
    def _reason(self):
        try:
            yield
        except Exception as error:  # nbgrader logs it, and goes on with the next submission
            self.problem = str(error).strip().partition("\n")[0] or type(error).__name__
            raise


def grade_course(
    folder: Path,
    assignment: str,
    jobs: int = 0,
    *,
    students: str = "*",
    progress: Callable[[str], None] = lambda student: None,
    **options,
) -> list[Graded]:
    """Grade all submissions of an assignment as `nbgrader autograde --force` would, in parallel.

    folder: the course's root, with its nbgrader_config.py.  jobs: judges, 0 for one per core.
    students: a pattern, as nbgrader's --student.  progress: is told each student who is done.
    options: those of `sandbox.Sandbox`.  Scores and comments given by hand stay.  Sorted by student.

    Raises CourseError where the folder is no course or the assignment was not generated, BrokenExam,
    SandboxError and UnknownAssignment as a batch does; never for what a student handed in.
    """
    folder = Path(folder).resolve()
    exam = gate.exam_of(assignment)
    with _inside(folder):
        app = NbGrader()
        app.load_config_file()
        app.log.setLevel(logging.CRITICAL)  # what went wrong is returned, and not as a traceback
        course = CourseDirectory(parent=app, root=str(folder))
        course.assignment_id, course.student_id = assignment, students
        _require(course, assignment)
        entries = _entries(course, assignment)
        if not entries:
            where = course.format_path(course.submitted_directory, students, assignment)
            raise CourseError(f"there is no notebook in {where}: collect the submissions first")
        # A worker must not be able to read the gradebook, or another student's work.
        with Batch(exam, min(jobs or cores(), len(entries)), [folder], **options) as pool, _once():
            done = _written(pool, entries, course, app, progress)
        return sorted(_scored(course, assignment, done), key=lambda one: one.student)


@contextlib.contextmanager
def _inside(folder):
    """nbgrader reads its settings from the folder it runs in, and runs alembic from PATH."""
    if not (folder / "nbgrader_config.py").is_file():
        raise CourseError(f"{folder} is no course: it has no nbgrader_config.py")
    before, path = os.getcwd(), os.environ.get("PATH", os.defpath)
    os.chdir(folder)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's, of nbgrader's ways
            yield
    finally:
        os.chdir(before)
        os.environ["PATH"] = path


@contextlib.contextmanager
def _once():
    """What nbgrader does again and again for each submission is done once for all.

    It makes an engine, which compiles the same SQL, looks for the same tables, and checks its own
    schema against the schema of schemas.
    """
    tables, whole = Base.metadata, common.jsonschema
    api.create_engine, make = functools.cache(api.create_engine), api.create_engine
    tables.create_all = functools.cache(tables.create_all)
    common.jsonschema = SimpleNamespace(validate=_validate_by(whole))
    try:
        yield
    finally:
        api.create_engine, common.jsonschema = make, whole
        del tables.create_all


def _validate_by(jsonschema):
    """As jsonschema.validate, but looks at each schema once."""

    @functools.cache
    def validator(text):
        schema = json.loads(text)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        return kind(schema)

    def validate(instance, schema):
        error = jsonschema.exceptions.best_match(validator(json.dumps(schema)).iter_errors(instance))
        if error is not None:
            raise error

    return validate


def _require(course, assignment):
    """The assignment stands in the gradebook, or nothing can be graded."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            gradebook.find_notebook(assignment, assignment)
        except MissingEntry:
            raise CourseError(
                f"{assignment} is not in the gradebook: run `nbgrader generate_assignment {assignment}` first"
            ) from None


def _entries(course, assignment):
    """Each student's notebook, where nbgrader looks for it, and whether it is there or not."""
    left_out = set(course.student_id_exclude.split(","))
    everybody = re.compile(
        course.format_path(course.submitted_directory, "(?P<id>.*)", assignment, escape=True)
    )
    entries = []
    for folder in sorted(
        glob.glob(course.format_path(course.submitted_directory, course.student_id, assignment))
    ):
        match = everybody.fullmatch(folder)
        if match is None or match["id"] in left_out:
            continue
        path = Path(folder) / f"{assignment}.ipynb"
        if path.exists() or path.is_symlink():
            entries.append(Entry(match["id"], path, path.name))
        else:
            found = sorted(other.name for other in Path(folder).glob("*") if other.name != "timestamp.txt")
            what = f"only {', '.join(found[:3])}" if found else "an empty folder"
            entries.append(
                Entry(match["id"], path, path.name, problem=f"no {path.name} was handed in: {what}")
            )
    return entries


def _written(pool, entries, course, app, progress):
    """Hand each report to nbgrader as it comes, while the judges go on; (student, problem, notes)."""
    reports, notes, done = {}, [], []
    converter = _Autograde(coursedir=course, parent=app)
    converter.force = True
    converter.judged = lambda student, notebook: reports[student]
    converter.noted = notes.append
    converter.writer = FilesWriter(parent=converter, config=converter.config)
    converter.exporter = converter.exporter_class(parent=converter, config=converter.config)
    for entry, report in pool.reports([entry for entry in entries if not entry.problem]):
        notes.clear()
        reports[entry.id] = report
        done.append((entry.id, _why(report) or _convert(converter, entry), tuple(notes)))
        del reports[entry.id]
        progress(entry.id)
    for entry in entries:
        if entry.problem:
            _convert(converter, entry)  # it writes down that there is a submission, without a grade
            done.append((entry.id, entry.problem, ()))
    return done


def _why(report):
    """Why there is no judgement.  Then nbgrader is not asked: it would remove what it made before."""
    return next((r.message for r in report.results if r.outcome is Outcome.GRADER_ERROR), "")


def _convert(converter, entry):
    """Let nbgrader write one submission; why it could not, or ""."""
    folder = str(entry.path.parent)
    converter.problem = ""
    converter.assignments = {folder: glob.glob(f"{glob.escape(folder)}/*.ipynb")}
    if not converter.assignments[folder]:
        return entry.problem  # nbgrader passes over it too
    try:
        converter.convert_notebooks()
    except NbGraderException as error:
        return converter.problem or str(error)
    return converter.problem


def _scored(course, assignment, done):
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for student, problem, notes in done:
            score = most = None
            if not problem:
                notebook = gradebook.find_submission_notebook(assignment, assignment, student)
                score, most = notebook.score, notebook.max_score
            yield Graded(student, assignment, score, most, problem, notes)

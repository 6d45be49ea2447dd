"""The only writer of a course: autograded notebooks, with nbgrader's scores, and our results folder.

Each submission gets a notebook, with its report or with the reason why it needs review.  Without a notebook,
formgrader says "needs autograding", and has no page on which to enter points.
"""

import html
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
from nbconvert.exporters import Exporter
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.api import Grade, Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets.config import LoggingConfigurable

from autograder import cache, sentences
from autograder.assessment import Assessment, Lateness
from autograder.intake.released import TEST_CELL, test_cells
from autograder.intake.submission import SubmittedFile
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import cells, course_files
from autograder.nbgrader_bridge.course_files import CourseError, autograded_folder
from autograder.nbgrader_bridge.guest import class_of, install
from autograder.nbgrader_bridge.manual_grades import (
    PLACEHOLDER,
    Earlier,
    ManualGrades,
    earlier_submission,
    graded_cells,
    settle_manual_points,
)
from autograder.nbgrader_bridge.plain_files import PlainAutograde, add_missing_files, make_folder
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission
from autograder.reporting import pages
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.view import View
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

ENTER_POINTS = N_("Enter the missing points below, or ask the student for another file and grade it.")
NO_EXECUTE = N_(
    "{assignment} was not graded. List nbgrader's Execute once in Autograde.autograde_preprocessors, turned "
    "on (no --no-execute), and nothing else that runs a notebook; the kit replaces it."
)
MIXED = N_(
    "Nothing of {assignment} was graded, because the kit has no exercise for its autograded cell {cell}. "
    "Remove that cell, then generate the assignment again."
)


class Due:
    """When an assignment is due, in UTC.  extensions: student -> how much longer they have."""

    def __init__(self, gradebook: Gradebook, assignment: str):
        known = gradebook.find_assignment(assignment)
        self.of_all: datetime | None = known.duedate
        self.extensions = {each.student_id: each.extension for each in known.submissions if each.extension}

    def for_student(self, student: str) -> datetime | None:
        return self.of_all and self.of_all + self.extensions.get(student, timedelta(0))


class CourseLedger:
    """The Ledger of a course.

    results: the course's results folder, which gets its decisions from the gradebook at the end.  parent: as
    of nbgrader's converters.  is_forced: grade also what has not changed.  Raises MissingEntry if the
    gradebook lacks the assignment, and CourseError if the kit cannot grade all of it, or the course's own
    steps leave no place for the judge.
    """

    def __init__(
        self,
        course: CourseDirectory,
        assignment: str,
        results: ResultsFolder,
        parent: LoggingConfigurable,
        is_forced: bool = False,
    ):
        install()  # also in a course that does not configure us
        self.course, self.assignment, self.results = course, assignment, results
        self.open, self.keep = results.open, results.keep
        self.problems: dict[str, str] = {}  # why students of this run need review
        self._is_forced = is_forced
        self._nbgrader = PlainAutograde(coursedir=course, parent=parent)
        self._exporter = Exporter(parent=self._nbgrader, config=self._nbgrader.config)
        for step in steps_of(self._nbgrader, assignment):
            self._exporter.register_preprocessor(step)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            self._expected = cells.expected_cells(gradebook, assignment, assignment)
            notebooks = {notebook.name for notebook in gradebook.find_assignment(assignment).notebooks}
            self.due = Due(gradebook, assignment)
            rows = [*graded_cells(gradebook, assignment, Grade, Grade.auto_score)]
        tests = {cell.metadata.nbgrader.grade_id for cell in filter(cells.is_test, self._expected)}
        for cell in sorted(tests - test_cells(assignment)):
            raise CourseError(MIXED, assignment=assignment, cell=cell)
        for other in sorted(notebooks - {assignment}):
            raise CourseError(course_files.SEVERAL, assignment=assignment, notebook=other)
        lacking = {student for student, cell, score in rows if cell.startswith(TEST_CELL) and score is None}
        self._graded = {student for student, *_ in rows} - lacking
        config = Path(course.root, "nbgrader_config.py").read_bytes()
        # A grade also depends on the released cells, and on the rules by which nbgrader counts.
        self.key_parts: tuple[str, ...] = (_digest(*self._expected), str(self.due.of_all), _digest(config))

    def is_up_to_date(self, id: str, key: str) -> bool:
        """Return whether the same content was graded before, and nbgrader still has the result."""
        folder = autograded_folder(self.course, self.assignment, id)
        is_there = id in self._graded and (folder / f"{self.assignment}.ipynb").is_file()
        return is_there and not self._is_forced and self.results.is_up_to_date(id, self._key(id, key))

    def add(self, report: Report, key: str, file: SubmittedFile) -> None:
        """Let nbgrader write a report, and then keep it.

        For a report that needs review, nbgrader's earlier results of the same submission stay.  Without a
        date, it is the same if its text is, or if it has no file.  Raises as `make_folder`.
        """
        why, flags, id = View(Assessment(report)).review, list[str](), report.id
        before = earlier_submission(self.course, self.assignment, id)
        stamp, due = course_files.submitted_at(self.course, id, self.assignment), self.due.for_student(id)
        late, problem = None, ""
        if stamp and due:
            late = Lateness(max((stamp - due) / timedelta(days=1), 0.0))
        is_same = before.stamp == stamp if stamp else report.content in ("", self.results.content(id))
        is_kept = is_same and before.texts and not before.is_placeholder and id in self._graded
        is_replaced = bool(why) and not is_kept
        if not why and (why := self._write_scores(Assessment(report, late=late), before, flags)):
            is_replaced, problem = True, why
        if why:
            self.problems[id] = problem or sentences.reason(report)
        elif late and late.days:  # by the course's own rule, which no score of ours includes
            with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
                book = gradebook.find_submission_notebook(self.assignment, self.assignment, id)
                late = replace(late, penalty=book.late_submission_penalty or 0.0)
        if is_replaced:
            judged = None if file.needs_review else Assessment(report, late=late, problem=problem)
            flags += self.write_reason(id, why, judged, before)
        report = replace(report, flags=(*report.flags, *flags))
        key = self._key(id, key) if key else ""
        self.results.add(report, key, file, late=late, problem=problem, is_replaced=is_replaced)

    def _key(self, id: str, key: str) -> str:
        stamp = course_files.submitted_at(self.course, id, self.assignment)
        return f"{key}-{_digest(self.due.extensions.get(id), stamp)}"

    def _write_scores(self, assessment: Assessment, before: Earlier, flags: list[str]) -> str:
        """Write a report's notebook and scores by the course's own steps; returns as `make_folder`.

        flags: gets a sentence for each cell that was restored, and each manual point that was set aside.
        """
        nbgrader, student = self._nbgrader, assessment.report.id
        folder = autograded_folder(self.course, self.assignment, student)
        source, restored = self._restored(student)
        for sentence in restored:
            nbgrader.log.warning("%s: %s", student, sentence)
        about = {"student": student, "assignment": self.assignment, "notebook": self.assignment}
        resources = {"nbgrader": {**about, "db_url": self.course.db_url}, cells.REPORT: assessment}
        nbgrader.notebooks = [f"{self.assignment}.ipynb"]

        def make() -> None:
            shutil.rmtree(folder, ignore_errors=True)
            nbgrader.run_pre_convert_hook()
            nbgrader.init_assignment(self.assignment, student)
            notebook, _ = self._exporter.from_notebook_node(source, resources)
            flags.extend([*restored, *self._save(student, notebook, before)])
            nbgrader.run_post_convert_hook()

        return make_folder(folder, make)

    def write_reason(self, student: str, why: str, report: Assessment | None, before: Earlier) -> list[str]:
        """Write why it needs review.  report: as judged, if at all.  Returns what it set aside, in words."""
        folder = autograded_folder(self.course, self.assignment, student)
        stamp = course_files.submitted_at(self.course, student, self.assignment)
        with Gradebook(self.course.db_url, self.course.course_id) as gradebook:
            if self._nbgrader.create_student:
                gradebook.update_or_create_student(student)
            submission = gradebook.update_or_create_submission(self.assignment, student)
            submission.timestamp = stamp  # which formgrader compares
            book = gradebook.find_submission_notebook(self.assignment, self.assignment, student)
            for grade in book.grades:  # the points of what was judged; all others wait
                grade.auto_score = report.points_of(grade.name.removeprefix(TEST_CELL)) if report else None
                grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
            gradebook.db.commit()
        notebook, _ = self._restored(student, "" if report else why)
        cells.hide(notebook)
        notebook, _ = SanitizeSubmission().preprocess(notebook, {})
        notice = new_markdown_cell(_notice(why), id=PLACEHOLDER, metadata={PLACEHOLDER: True})
        notebook.cells.insert(0, notice)
        if report is not None:
            for cell in filter(cells.is_test, notebook.cells):
                page = pages.exercise(report, cell.metadata.nbgrader.grade_id.removeprefix(TEST_CELL))
                # without a number, which is a score
                cell.outputs = [new_output("display_data", {"text/html": page})]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if stamp is None:
            (folder / course_files.STAMP).touch()
        source, is_closed = course_files.folder_of(self.course, student, self.assignment)
        add_missing_files(None if is_closed else source, folder)
        return self._save(student, notebook, before)

    def _restored(self, student: str, problem: str = "") -> tuple[NotebookNode, list[str]]:
        """Return a student's notebook as nbgrader can handle it, and what was wrong.

        problem: why the file cannot be read, if that is known.
        """
        notebook = new_notebook()
        if not problem:
            submission = course_files.submission_of(self.course, student, self.assignment).open()
            notebook, problem = cells.readable(submission)
        return notebook, cells.restore_cells(notebook, self._expected, problem)

    def _save(self, student: str, notebook: NotebookNode, before: Earlier) -> list[str]:
        flags = settle_manual_points(self.course, self.assignment, student, before, notebook)
        cells.make_ids_unique(notebook)
        folder = autograded_folder(self.course, self.assignment, student)
        nbformat.write(notebook, folder / f"{self.assignment}.ipynb")
        self._nbgrader.set_permissions(self.assignment, student)
        return flags

    def write(self) -> None:
        """Write the results folder, with the gradebook's decisions."""
        self.results.decisions = ManualGrades(self.course, self.assignment).decisions_on
        self.results.write()


def steps_of(converter: Autograde, assignment: str) -> list[object]:
    """Return a course's preprocessors with the kit's in place of Execute.  Raises CourseError without one."""
    before, after = converter.sanitize_preprocessors, converter.autograde_preprocessors
    kinds = [class_of(each) for each in after]
    running = [kind for kind in map(class_of, [*before, *after]) if issubclass(kind, ExecutePreprocessor)]
    is_one = len(running) == 1 and running[0] in kinds and issubclass(running[0], Execute)
    if not is_one or not running[0](parent=converter).enabled:
        raise CourseError(NO_EXECUTE, assignment=assignment)
    at = kinds.index(running[0])
    return [*before, *after[:at], SanitizeSubmission, cells.fill_in, *after[at + 1 :]]


def _notice(why: str) -> str:
    """Return a reason, which can have a student's text, as HTML in which Markdown and MathJax do nothing."""
    plain = (" ".join(escape_control_characters(line).split()) for line in (why, tr(ENTER_POINTS)))
    classes = "alert alert-warning tex2jax_ignore mathjax_ignore"
    return f'<p class="{classes}">{"<br>".join(map(html.escape, plain))}</p>'


def _digest(*key_parts: object) -> str:
    return cache.digest([], *map(repr, key_parts))

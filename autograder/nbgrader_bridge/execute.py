"""Replaces nbgrader's Execute: judges a student's functions in workers, and runs no cell in a kernel.

Knows nothing of checks.  A grade never fails open: without a judgement, this raises, and nbgrader writes no
score.
"""

import atexit
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder.grading.warm import WarmSessions
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.hidden import PREFIX, hide, is_test
from autograder.nbgrader_bridge.submissions import NeedsReview, opened, submission_of, what_counts
from autograder.reporting import pages, words
from autograder.results import WRITTEN, Report

NO_CELL = N_("{id}: The notebook has no test cell for {names}. Release the assignment again.")
NO_EXERCISE = N_(
    "{id}: The kit has no exercise for the test cell {cell}. Remove the cell, or grade it by hand."
)
OUT_OF_STEP = N_("{id}: Cell {cell} has {points:g} points, but its checks have {worth:g}. Make them equal.")


SESSIONS = WarmSessions()
atexit.register(SESSIONS.close)


class JudgeFunctions(NbGraderPreprocessor):
    """Grades the student's functions in workers; no cell is run in a kernel."""

    enabled = Bool(True)  # cannot be turned off: nbgrader gives a cell without an output full marks

    def preprocess(self, nb, resources):
        """Give each test cell its one result.  Raises NeedsReview."""
        info, converter = resources["nbgrader"], self.parent.parent
        given = getattr(converter, "report_of", None)  # `grade_course` has judged them all in parallel
        if given is not None:
            report = given(info["student"])
        else:
            course, assignment = converter.coursedir, info["assignment"]
            found = submission_of(course, info["student"], assignment, info["notebook"])
            submission = opened(what_counts(found, assignment))
            report = SESSIONS.report(submission, assignment, Path(course.root).resolve())
        fill(nb, report)
        hide(nb, self)  # formgrader shows this notebook
        return nb, resources


def fill(nb: NotebookNode, report: Report) -> None:
    """Give each test cell one execute_result: a plain number, and our words as HTML.

    nbgrader scores by the first output that it knows: an error or any stderr is 0, a plain number is the
    score, and anything else is full marks.  Raises NeedsReview before nbgrader can see a score.
    """
    if report.needs_a_person:
        raise NeedsReview(f"{report.id}: {words.review(report)}", report)
    left = {result.exercise for result in report.results if result.check != WRITTEN}  # a person reads these
    above = pages.notes(report)
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if not is_test(cell):
            continue
        name = cell.metadata.nbgrader.grade_id.removeprefix(PREFIX)
        score = earned(report, name, float(cell.metadata.nbgrader.points))
        left.discard(name)
        data = {"text/plain": repr(score), "text/html": above + pages.exercise(report, name)}
        cell.outputs = [new_output("execute_result", data, execution_count=None)]
        above = ""
    if left:
        raise NeedsReview(tr(NO_CELL, id=report.id, names=", ".join(sorted(left))))


def earned(report: Report, name: str, most: float) -> float:
    """The points for an exercise, whose test cell is worth `most`.  Raises NeedsReview."""
    results = report.exercises.get(name)
    cell = PREFIX + name
    if not results:
        raise NeedsReview(tr(NO_EXERCISE, id=report.id, cell=cell))
    worth, points = sum(r.points for r in results), float(sum(r.earned for r in results))
    if worth != most or not 0 <= points <= most:
        raise NeedsReview(tr(OUT_OF_STEP, id=report.id, cell=cell, points=most, worth=worth))
    return points

"""Replaces nbgrader's Execute: judges a student's functions in workers, and runs no cell in a kernel.

Knows nothing of checks.  A grade never fails open: without a judgement, this raises, and nbgrader writes no
score.
"""

import atexit
from collections import defaultdict
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.converters import Autograde

from autograder.grading.warm import WarmSessions
from autograder.intake.ownership import PREFIX
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.own_notebooks import LEAD, hide, is_test
from autograder.nbgrader_bridge.submissions import NeedsReview, submission_of, what_counts
from autograder.reporting import pages
from autograder.reporting.view import View
from autograder.results import WRITTEN, Report

OUT_OF_STEP = N_("Cell {cell} has {points:g} points, but its checks have {worth:g}. Make them equal.")
SESSIONS = WarmSessions()
atexit.register(SESSIONS.close)


def judge(converter: Autograde, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
    """The preprocessor in place of Execute: give each test cell its one result.  Raises NeedsReview."""
    report = getattr(converter, "report", None)  # `grade_course` has judged them all in parallel
    if report is None:
        course, info = converter.coursedir, resources["nbgrader"]
        file = submission_of(course, info["student"], info["assignment"])
        file = what_counts(file, info["assignment"])
        if file.needs_a_person:
            raise NeedsReview(file.problem)
        report = SESSIONS.report(file.open(), info["assignment"], Path(course.root).resolve())
    fill(nb, report)
    hide(nb)  # formgrader shows this notebook
    return nb, resources


def fill(nb: NotebookNode, report: Report) -> None:
    """Give each test cell one execute_result: a plain number, and our words as HTML.

    nbgrader scores by the first output that it knows: an error or any stderr is 0, a plain number is the
    score, and anything else is full marks.  Raises NeedsReview before nbgrader can see a score.
    """
    if report.needs_a_person:
        raise NeedsReview(View(report).review, report)
    worth: defaultdict[str, float] = defaultdict(float)
    for result in report.results:
        if result.check != WRITTEN:  # a person reads these
            worth[result.exercise] += result.points
    tests = {cell.metadata.nbgrader.grade_id.removeprefix(PREFIX): cell for cell in filter(is_test, nb.cells)}
    for name in sorted({*worth, *tests}):
        points = float(tests[name].metadata.nbgrader.points) if name in tests else 0.0
        if points != worth[name] or not 0 <= earned(report, name) <= points:
            raise NeedsReview(tr(OUT_OF_STEP, cell=PREFIX + name, points=points, worth=worth[name]))
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nb.metadata[LEAD] = View(report).lead
    above = pages.notes(report)
    for name, cell in tests.items():
        text = {"text/plain": repr(earned(report, name)), "text/html": above + pages.exercise(report, name)}
        cell.outputs = [new_output("execute_result", text, execution_count=None)]
        above = ""


def earned(report: Report, name: str) -> float:
    """The points for an exercise."""
    return float(sum(result.earned for result in report.exercises.get(name, ())))

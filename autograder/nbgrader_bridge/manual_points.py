"""Keeps each manual point with the submission that it was given for.

nbgrader keeps a manual score over every later submission.  Here it holds while its cell is unchanged; else it
is set aside: shown as from the earlier submission, not counted, and for a person to decide again.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from autograder.intake.ownership import PREFIX
from autograder.intake.places import Kind, kind
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.submissions import autograded_folder
from autograder.reporting.cards import points
from autograder.results import Outcome, Result

# In an autograded notebook's metadata: cell -> points; in that of a sentence about them: the cell.
SET_ASIDE = "autograder_set_aside"
PLACEHOLDER = "needs_review"  # in its first cell's metadata, if nobody could grade it
FOR_STUDENTS = N_(
    "From your earlier submission: {points} of {worth} points. Your instructor will look at this one."
)
FOR_INSTRUCTORS = N_("{cell} had {points} points for an earlier submission")


def result_of(grade: Grade) -> Result:
    """Return a cell's points as a result, by which a Report knows what waits."""
    outcome = Outcome.PASSED if grade.manual_score is None else Outcome.DECIDED
    if grade.needs_manual_grade and grade.auto_score is None and grade.manual_score is None:
        outcome = Outcome.GRADER_ERROR if grade.name.startswith(PREFIX) else Outcome.NOT_READ
    return Result(grade.name, "", "", grade.max_score, grade.score, outcome)


@dataclass(frozen=True)
class Earlier:
    """What is there of a student.  texts: cell -> what its points were for.  stamp: of the submission."""

    texts: Mapping[str, Any]
    set_aside: Mapping[str, float]
    is_placeholder: bool
    stamp: datetime | None


def earlier(course: CourseDirectory, assignment: str, student: str) -> Earlier:
    """Return what the gradebook and the autograded notebook hold of a student."""
    path = autograded_folder(course, assignment, student) / f"{assignment}.ipynb"
    stamp, decided = None, set()
    with Gradebook(course.db_url, course.course_id) as gradebook, contextlib.suppress(MissingEntry):
        stamp = gradebook.find_submission(assignment, student).timestamp
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        decided = {grade.name for grade in grades if not grade.needs_manual_grade}
    try:
        tree = json.loads(path.read_text("utf-8")) if kind(path) is Kind.FILE else {}
    except ValueError:  # cut off, when a disk was full
        tree = {}
    aside = tree.get("metadata", {}).get(SET_ASIDE, {})
    aside = {name: value for name, value in aside.items() if name not in decided}
    cells = tree.get("cells", [])
    return Earlier(_texts(cells), aside, _is_placeholder(cells), stamp)


def settle(
    course: CourseDirectory, assignment: str, student: str, before: Earlier, notebook: NotebookNode
) -> list[str]:
    """Keep each manual point or set it aside, also in the notebook that is to be written.

    Returns a sentence for each that is set aside.
    """
    texts, is_placeholder, notes = _texts(notebook.cells), _is_placeholder(notebook.cells), {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        stamp = gradebook.find_submission(assignment, student).timestamp
        for grade in gradebook.find_submission_notebook(assignment, assignment, student).grades:
            name, was = grade.name, grade.manual_score
            if not before.texts:  # the notebook is gone
                is_unchanged = before.stamp == stamp
            elif before.is_placeholder:  # it may never have been read
                is_unchanged = before.stamp == stamp and (is_placeholder or stamp is not None)
            else:
                is_unchanged = before.texts.get(name) == texts.get(name)
            if was is not None and is_unchanged:
                grade.needs_manual_grade = False
                continue
            if was is None:
                was = before.set_aside.get(name)
            if was is not None:
                grade.manual_score, grade.needs_manual_grade = None, True
                notes[name] = was
        gradebook.db.commit()
    for cell in list(notebook.cells) if notes else ():
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("grade_id") in notes:
            was, worth = points(notes[mark["grade_id"]]), points(mark.get("points", 0))
            text, metadata = tr(FOR_STUDENTS, points=was, worth=worth), {SET_ASIDE: mark["grade_id"]}
            above = next(at for at, other in enumerate(notebook.cells) if other is cell)
            note = new_markdown_cell(f"*{text}*", id=f"earlier-{above}", metadata=metadata)
            notebook.cells.insert(above, note)
        notebook.metadata[SET_ASIDE] = notes
    return [tr(FOR_INSTRUCTORS, cell=name, points=points(was)) for name, was in notes.items()]


def _texts(cells: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return cell -> what its points are given for: its own text, and all code for a function."""
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    tests = [bool(mark.get("grade") and not mark.get("solution")) for mark in marks]
    others = (cell for cell, is_test in zip(cells, tests) if not is_test)
    code = ["".join(cell["source"]) for cell in others if cell["cell_type"] == "code"]
    texts: dict[str, Any] = {}
    for cell, mark, is_test in zip(cells, marks, tests):
        if mark.get("grade") or mark.get("task"):
            texts[mark["grade_id"]] = code if is_test else "".join(cell["source"])
    return texts


def _is_placeholder(cells: Sequence[Mapping[str, Any]]) -> bool:
    return bool(cells) and PLACEHOLDER in cells[0]["metadata"]

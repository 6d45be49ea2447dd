"""Keeps each manual point with the submission that it was given for, and answers what waits for a person.

nbgrader keeps a manual score over every later submission.  Here it holds while its cell is unchanged; else it
is set aside: shown as from the earlier submission, not counted, and for a person to decide again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbformat.v4 import new_markdown_cell
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from autograder.intake.places import Kind, kind
from autograder.languages import N_, tr
from autograder.reporting.cards import points

# In an autograded notebook's metadata: cell -> points; in that of a sentence about them: the cell.
SET_ASIDE = "autograder_set_aside"
PLACEHOLDER = "needs_review"  # in its first cell's metadata, if nobody could grade it
FOR_STUDENTS = N_(
    "From your earlier submission: {points} of {worth} points. Your instructor will look at this one."
)
FOR_INSTRUCTORS = N_("{cell} had {points} points for an earlier submission")


def waits(grade: Grade) -> bool:
    """Return whether a cell has no points until a person gives them."""
    return bool(grade.needs_manual_grade) and grade.auto_score is None and grade.manual_score is None


@dataclass(frozen=True)
class _Graded:
    """What stands of a student.  texts: cell -> what its points were given for.  stamp: of the submission."""

    texts: Mapping[str, Any] = field(default_factory=dict)
    set_aside: Mapping[str, float] = field(default_factory=dict)
    is_placeholder: bool = False
    stamp: datetime | None = None


@contextlib.contextmanager
def settled(course: CourseDirectory, assignment: str, student: str, flags: list[str]) -> Iterator[None]:
    """Write a student's autograded notebook and grades within the block; then settle the manual points.

    flags: gets a sentence for each manual point that is set aside.
    """
    folder = Path(course.format_path(course.autograded_directory, student, assignment))
    path = folder / f"{assignment}.ipynb"
    before = _graded(course, assignment, student, path)
    yield
    after = _graded(course, assignment, student, path)
    if not after.texts:
        return
    notes: dict[str, float] = {}
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        except MissingEntry:  # of another gradebook
            return
        for grade in grades:
            name, was = grade.name, grade.manual_score
            if was is not None and _is_unchanged(name, before, after):
                grade.needs_manual_grade = False
                continue
            if was is None:
                was = before.set_aside.get(name)
            if was is not None:
                grade.manual_score, grade.needs_manual_grade = None, True
                notes[name] = was
                flags.append(tr(FOR_INSTRUCTORS, cell=name, points=points(was)))
        gradebook.db.commit()
    if notes and notes != after.set_aside:  # else nothing was written
        _write_notes(path, notes)


def _graded(course: CourseDirectory, assignment: str, student: str, path: Path) -> _Graded:
    """Return what the gradebook and the autograded notebook hold of a student."""
    stamp, decided = None, set()
    with (
        Gradebook(course.db_url, course.course_id) as gradebook,
        contextlib.suppress(MissingEntry),
    ):
        stamp = gradebook.find_submission(assignment, student).timestamp
        grades = gradebook.find_submission_notebook(assignment, assignment, student).grades
        decided = {grade.name for grade in grades if not grade.needs_manual_grade}
    try:
        tree = json.loads(path.read_text("utf-8")) if kind(path) is Kind.FILE else {}
    except ValueError:  # cut off, when a disk was full
        tree = {}
    cells = tree.get("cells", [])
    marks = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    tests = [bool(mark.get("grade") and not mark.get("solution")) for mark in marks]
    others = (cell for cell, is_test in zip(cells, tests) if not is_test)
    code = ["".join(cell["source"]) for cell in others if cell["cell_type"] == "code"]
    texts: dict[str, Any] = {}
    for cell, mark, is_test in zip(cells, marks, tests):
        if mark.get("grade") or mark.get("task"):
            texts[mark["grade_id"]] = code if is_test else "".join(cell["source"])
    aside = tree.get("metadata", {}).get(SET_ASIDE, {})
    aside = {name: value for name, value in aside.items() if name not in decided}
    return _Graded(texts, aside, bool(cells) and PLACEHOLDER in cells[0]["metadata"], stamp)


def _is_unchanged(name: str, before: _Graded, after: _Graded) -> bool:
    """Return whether what a cell's points were given for is what was submitted now."""
    is_same = before.stamp == after.stamp
    if not before.texts:  # the notebook is gone
        return is_same
    if before.is_placeholder:  # it may never have been read
        return is_same and (after.is_placeholder or after.stamp is not None)
    return before.texts.get(name) == after.texts.get(name)


def _write_notes(path: Path, notes: Mapping[str, float]) -> None:
    """Add a sentence above each of these cells of an autograded notebook."""
    tree, mode = json.loads(path.read_text("utf-8")), path.stat().st_mode
    cells: list[Any] = []
    for cell in tree["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade_id") in notes:
            was, worth = points(notes[mark["grade_id"]]), points(mark.get("points", 0))
            text = f"*{tr(FOR_STUDENTS, points=was, worth=worth)}*"
            metadata = {SET_ASIDE: mark["grade_id"]}
            cells.append(new_markdown_cell(text, id=f"earlier-{len(cells)}", metadata=metadata))
        cells.append(cell)
    tree["cells"], tree["metadata"][SET_ASIDE] = cells, notes
    path.unlink()  # it is read-only
    path.write_text(json.dumps(tree, indent=1, ensure_ascii=False) + "\n", "utf-8")
    path.chmod(mode)

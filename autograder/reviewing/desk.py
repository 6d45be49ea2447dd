"""What waits for an instructor in a folder of results, and the decisions, written row by row into review.csv.

The table is read anew before each row is written, so that a spreadsheet and the page can be used in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import courses
from autograder.errors import NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import N_, tr
from autograder.reading.notebooks import cells_of, text_in
from autograder.reporting import review
from autograder.reporting.results_folder import earlier_results
from autograder.reporting.view import View
from autograder.reviewing.similar import Group, grouped

IN_COURSE = N_("{folder} holds the results of an nbgrader course. Decide in formgrader.")


@dataclass(frozen=True)
class Question:
    """A question in words."""

    name: str
    points: float
    text: str  # above it in the notebook
    model: str  # the answer of the solution notebook
    groups: Sequence[Group]


class Desk:
    """The open decisions of a results folder.  Raises ResultsFolderError and ReviewError."""

    def __init__(self, results: Path):
        with earlier_results(results) as book:
            if book.review is None:
                raise review.ReviewError(IN_COURSE, folder=book.folder)
            book.write()  # a row for all that waits
            self.folder, self.assignment = book.folder, book.assignment
            self.reports = {report.id: report for report in book.reports()}

    @property
    def waiting(self) -> list[View]:
        """The submissions that need review."""
        return [View(report) for report in self.reports.values() if report.needs_a_person]

    def questions(self) -> list[Question]:
        """Return the questions with answers that nobody has read yet."""
        answers: dict[str, dict[str, str]] = {}
        worth: dict[str, float] = {}
        for id, report in self.reports.items():
            for name in report.unread:
                answers.setdefault(name, {})[id] = report.answers.get(name, "")
                worth[name] = sum(result.points for result in report.exercises[name])
        return [
            Question(name, worth[name], *_of_solution(self.assignment, name), grouped(given))
            for name, given in answers.items()
        ]

    def comments(self) -> list[str]:
        """Return all comments so far, for a person to use again."""
        made = [one.comment for report in self.reports.values() for one in report.decisions]
        return sorted({comment for comment in made if comment})

    def decide(self, ids: Sequence[str], exercise: str, values: Mapping[str, str]) -> str:
        """Write a decision on an exercise, or on the whole submission, of each student.

        values: the cells that a person fills in.  Returns why it does not count, or "".  Raises KeyError for
        a student without a report, and OSError.
        """
        reports = [self.reports[id] for id in ids]
        try:
            table = review.Review(self.folder)
            for report in reports:
                table.fill(report, exercise, values)
        except review.ReviewError as error:
            return tr(error)
        table.bind(self.reports)
        for report in reports:
            decisions = table.of(report)
            if values.get(review.COUNTS):
                table.file_of(report.id, report.files)
            self.reports[report.id] = report.decided(decisions)
        return "; ".join(dict.fromkeys(table.problems.values()))

    def finish(self) -> int:
        """Write the results with all decisions.  Returns how many submissions still wait."""
        with earlier_results(self.folder) as book:
            book.write()
            return sum(bool(View(report).waits) for report in book.reports())


def _of_solution(assignment: str, question: str) -> tuple[str, str]:
    """Return the text above a question's cell, back to the heading, and the model answer; "" if unknown."""
    path = courses.folder(courses.SOLUTIONS, assignment) / f"{assignment}.ipynb"
    try:
        cells = cells_of(text_of(path))
    except (OSError, Unreadable, NotANotebook):
        return "", ""
    above: list[str] = []
    for cell in cells:
        text = text_in(cell)
        if cell.get("metadata", {}).get("nbgrader", {}).get("grade_id") == question:
            lines = [line for line in text.splitlines() if "SOLUTION" not in line]
            return "\n\n".join(above).strip(), "\n".join(lines).strip()
        if cell.get("cell_type") == "markdown":
            above = [text] if text.lstrip().startswith("#") else [*above, text]
    return "", ""

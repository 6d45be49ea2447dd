"""What waits for an instructor in a folder of results, and the decisions, written row by row into a table.

The table is read again before each row is written, so that another program and the page can be used in turn.
"""

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from markdown_it import MarkdownIt
from markupsafe import Markup

from autograder import courses
from autograder.errors import KitError, NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.languages import N_, listed, tr
from autograder.reading.notebooks import cells_of, mark_of, text_in
from autograder.reporting import review
from autograder.reporting.results_folder import ResultsFolder, earlier_results
from autograder.reporting.view import View
from autograder.results import Decision, Report
from autograder.reviewing.similar import Group, grouped, marked_lines

IN_COURSE = N_("{folder} holds the results of an nbgrader course. Run `autograder review --course {course}`.")
# Group 1 is a formula; an escaped character, or code, is none, though it may have dollars.
FORMULA = re.compile(r"(\$\$.+?\$\$|\$[^$\n]+\$|\\begin\{.+?\\end\{.+?\})|\\.|(`+).+?\2", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """A question in words."""

    name: str
    points: float
    text: Markup  # above it in the notebook
    model: Markup  # the answer of the solution notebook
    groups: Sequence[Group]


class Waiting(NamedTuple):
    """A submission that needs review."""

    view: View
    names: Sequence[str]  # the exercises to decide on, "" for all of it
    files: Mapping[str, Sequence[tuple[str, bool]]]  # to choose from, in lines, marked where they differ


class Table(Protocol):
    """Where decisions are kept: review.csv, or an nbgrader course's gradebook."""

    where: str  # a sentence about it for the page

    @property
    def problems(self) -> Mapping[int, str]: ...  # number of a row -> why it does not count

    def bind(self, ids: Iterable[str]) -> None: ...

    def decisions_on(self, report: Report) -> Sequence[Decision]: ...

    def open_on(self, report: Report) -> Sequence[str]: ...

    def fill(self, reports: Sequence[Report], exercise: str, values: Mapping[str, str]) -> None: ...


class Desk:
    """The open decisions of a folder of results.  table: of a course's.

    Raises ResultsFolderError, ReviewError and CourseError.
    """

    def __init__(self, results: Path, table: Table | None = None):
        with earlier_results(results) as book:
            if table is None and book.review is None:
                raise review.ReviewError(IN_COURSE, folder=book.folder, course=book.folder.parent.parent)
            self.folder, self.assignment = book.folder, book.head.assignment
            self.table: Table = table or review.Review(self.folder)
            self._write(book)

    def _write(self, book: ResultsFolder) -> None:
        """Write the results with all decisions, and a row for all that waits; and read them."""
        if book.review is None:
            self.table.bind(book.ids())
            book.decisions = self.table.decisions_on
        book.write()
        book.decisions = lambda report: ()
        self._judged = {report.id: report for report in book.reports()}
        self.reports: dict[str, Report] = {}
        self.refresh(self._judged)

    def refresh(self, ids: Iterable[str]) -> str:
        """Read the decisions on some students again.  Returns why some do not count, or ""."""
        try:
            self.table.bind(self._judged)
        except KitError as error:
            return tr(error)
        for id in ids:
            self.reports[id] = self._judged[id].decided(self.table.decisions_on(self._judged[id]))
        return listed(dict.fromkeys(self.table.problems.values()), "; ")

    @property
    def waiting(self) -> list[Waiting]:
        """The submissions that need review."""
        found = []
        for report in self.reports.values():
            if names := self.table.open_on(report):
                found.append(Waiting(View(report), names, marked_lines(report.code if report.files else {})))
        return found

    @property
    def chosen(self) -> list[Report]:
        """The submissions that wait only for the next grading, with the file that was chosen."""
        some = (report for report in self.reports.values() if report.needs_review)
        return [report for report in some if not self.table.open_on(report)]

    def questions(self) -> list[Question]:
        """Return the questions with answers that nobody has read yet."""
        answers: dict[str, dict[str, str]] = {}
        worth: dict[str, float] = {}
        for id, report in self.reports.items():
            for name in report.unread:
                answers.setdefault(name, {})[id] = report.answers.get(name, "")
                worth[name] = sum(result.points for result in report.exercises[name])
        texts = {name: _of_solution(self.assignment, name) for name in answers}
        return [Question(name, worth[name], *texts[name], grouped(answers[name])) for name in answers]

    def comments(self) -> list[str]:
        """Return all comments so far, for a person to use again."""
        made = [one.comment for report in self.reports.values() for one in report.decisions]
        return sorted({comment for comment in made if comment})

    def decide(self, ids: Sequence[str], exercise: str, values: Mapping[str, str]) -> str:
        """Write a decision on an exercise, or on the whole submission, of each student.

        values: the cells that a person fills in.  Returns why it does not count, or "".  Raises KeyError for
        a student without a report, and OSError.
        """
        reports, problem = [self.reports[id] for id in ids], ""
        try:
            self.table.fill(reports, exercise, values)
        except KitError as error:
            problem = tr(error)
        unused = self.refresh(ids)
        return problem or unused

    def finish(self) -> int:
        """Write the results with all decisions.  Returns how many submissions still wait for a person."""
        with earlier_results(self.folder) as book:
            self._write(book)
        return sum(bool(View(report).waits) for report in self.reports.values()) - len(self.chosen)


def _of_solution(assignment: str, question: str) -> tuple[Markup, Markup]:
    """Return the text above a question's cell, back to the heading, and the model answer; "" if unknown."""
    path = courses.folder(courses.SOLUTIONS, assignment) / f"{assignment}.ipynb"
    above: list[str] = []
    with contextlib.suppress(OSError, Unreadable, NotANotebook):
        for cell in cells_of(text_of(path)):
            text = text_in(cell)
            if mark_of(cell).get("grade_id") == question:
                model = "\n".join(line for line in text.splitlines() if "SOLUTION" not in line)
                return _html("\n\n".join(above)), _html(model)
            if cell.get("cell_type") == "markdown":
                above = [text] if text.lstrip().startswith("#") else [*above, text]
    return Markup(), Markup()


def _html(text: str) -> Markup:
    """Return an instructor's Markdown as HTML, without raw HTML.  Its formulas stay as they are."""
    escaped = FORMULA.sub(
        lambda found: re.sub(r"[!-/:-@[-`{-~]", r"\\\g<0>", found[1] or "") or found[0], text
    )
    return Markup(MarkdownIt("commonmark", {"html": False}).render(escaped))

"""Fills an assignment's points into a gradebook file of a platform, or into any table with ids.

Every other cell stays.  Students are matched to rows by id, login, e-mail or name (`people`).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import KitError
from autograder.languages import listed, tr
from autograder.platforms import people
from autograder.platforms.platform import Platform

# titles of a column of points, without the assignment's
USUAL = ("grade", "成绩", "成績", "分数", "分數")


class FilledGradebook:
    """A gradebook file with each graded student's points.  Raises KitError.

    students: ClassRows, with id, name, grade, max_score, is_excused and waits_for.
    column, id_column: their titles; "" finds usual ones.  scale: what full points are in the file.
    content: of the file.  people: id -> who it is there.  scored: how many have points.
    problems: id -> why a student has none.
    """

    def __init__(
        self,
        path: Path,
        platform: Platform,
        assignment: str,
        students: Sequence[Any],
        column: str = "",
        scale: float | None = None,
        id_column: str = "",
    ):
        rows = people.ClassTable(path, id_column)
        at = _column(path, platform, rows.titles, assignment, column)
        self.column = rows.titles[at]
        worth = platform.worth(rows, at)
        factor = _factor(path, worth, self.column, students, scale)
        self.people, self.problems = people.People(rows.people).match(
            (student.id, student.name) for student in students
        )
        self.scored = 0
        for student in students:
            if student.is_excused:
                value = next(iter(platform.entries), "")
            elif student.grade is None:
                self.problems[student.id] = student.waits_for
                continue
            else:
                value = f"{round(student.grade * factor, 2):g}"
            person = self.people.get(student.id)
            if person is None:
                continue
            before = rows.cell(person.row, at)
            if before.upper() in platform.entries and not student.is_excused:
                self.problems[student.id] = tr(
                    "The file already has {cell}, which was kept.", cell=before
                )
            elif value:
                cells = rows.table.rows[person.row]
                cells += [""] * (at + 1 - len(cells))
                cells[at] = value
                self.scored += 1
        self.content = rows.table.to_bytes()


def _column(
    path: Path,
    platform: Platform,
    titles: Sequence[str],
    assignment: str,
    named: str,
) -> int:
    """Return the index of the named column; else of the assignment's, or of the only points."""
    whole = [_letters(title) for title in titles]
    bare = [_letters(platform.extra.sub("", title)) for title in titles]
    for wanted in [named] if named else [assignment, *USUAL]:
        for forms in (whole, bare):
            if forms.count(_letters(wanted)) == 1:
                return forms.index(_letters(wanted))
    raise KitError(
        "{file} has no column, or several, for {assignment}. Choose one with --column: "
        "{columns}.",
        file=path,
        assignment=named or assignment,
        columns=listed(titles),
    )


def _letters(title: str) -> str:
    return re.sub(r"[\W_]+", "", title.casefold())


def _factor(
    path: Path,
    theirs: float | None,
    column: str,
    students: Sequence[Any],
    scale: float | None,
) -> float:
    """Return the factor for scores: 1, unless --scale says what full points are in the file."""
    ours = max((student.max_score for student in students), default=0.0)
    wanted = scale or ours
    if theirs and ours and theirs != wanted:
        raise KitError(
            "{column} is worth {theirs} points in {file}, but {ours} in these results. Choose "
            "another file, or rescale with --scale {theirs}.",
            column=column,
            file=path,
            theirs=f"{theirs:g}",
            ours=f"{wanted:g}",
        )
    if ours:
        return wanted / ours
    return 1.0

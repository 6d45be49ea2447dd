"""The class as one page, `index.html`: whom to ask, what to say in class, and which checks tell nothing.

Says what stands where; how it looks is the templates' business, and the numbers are the survey's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.reporting import measures, rendering, words
from autograder.reporting.causes import Tally
from autograder.reporting.file_names import feedback_link
from autograder.reporting.survey import Row, Survey, survey
from autograder.reporting.words import points
from autograder.results import Report

OPEN = 6  # names that stand in sight; more are folded
FEW = 20  # students: what a check tells of fewer is mostly chance
HEIGHT, WIDTH = 90, 44  # of the histogram's bars, and of each with its gap


@dataclass(frozen=True)
class Person:
    """A student to be named with a link.  number: the place in the grid."""

    number: int
    id: str
    name: str
    link: str


@dataclass(frozen=True)
class Mistake:
    """One cause as it is shown."""

    exercise: str
    sentence: str
    is_known: bool  # by its own words
    who: tuple[Person, ...]
    follows: str
    message: str
    example: str


@dataclass(frozen=True)
class Column:
    """A bar of the histogram: its label, how many, and where it stands in the drawing."""

    label: str
    count: int
    x: int
    height: int


def class_page(
    reports: Iterable[Report], assignment: str, needing: Sequence[tuple[str, str]], when: datetime
) -> str:
    """The page of a class.  needing: (id, why) of who needs a person."""
    found = survey(reports)
    people = [
        Person(number, row.id, row.name, feedback_link(row.id)) for number, row in enumerate(found.rows)
    ]
    by_id = {person.id: person for person in people}
    return rendering.page(
        "class.html",
        styles=("base.css", "class.css"),
        script="class.js",
        assignment=assignment,
        when=when.strftime(words.DATE),
        counts=_counts(found, needing),
        median=found.median,
        worth=found.worth,
        columns=_columns(found),
        needing=[(by_id.get(id), id, why) for id, why in needing],
        mistakes=[_mistake(tally, people) for tally in found.tallies],
        exercises=list(found.exercises),
        rows=[(person, row, _cells(row, found)) for person, row in zip(people, found.rows)],
        shade=shade,
        checks=[(check, _told(check.tells)) for check in found.checks],
        is_small=len(found.scores) < FEW,
        few=FEW,
        open=OPEN,
        slowest=[(by_id[row.id], row.seconds) for row in found.slowest],
        stopped=[(person, row.stopped) for person, row in zip(people, found.rows) if row.stopped],
        flags=_flags(found, people),
    )


def _counts(found: Survey, needing) -> list[str]:
    graded = len(found.scores)
    blank = sum(not row.is_written for row in found.rows)
    late = sum(bool(row.late) for row in found.rows)
    return [
        words.GRADED.format(n=graded),
        words.NEED(len(needing)),
        words.UNWRITTEN.format(n=blank),
        words.LATE.format(n=late),
    ]


def _columns(found: Survey) -> list[Column]:
    bars = measures.histogram(found.scores, found.worth)
    most = max((bar.count for bar in bars), default=0) or 1
    return [
        Column(_label(bar), bar.count, n * WIDTH, round(HEIGHT * bar.count / most))
        for n, bar in enumerate(bars)
    ]


def _label(bar: measures.Bar) -> str:
    if bar.high - bar.low <= 1 and bar.low == int(bar.low):
        return points(bar.low)
    return words.RANGE.format(low=points(bar.low), high=points(bar.high))


def _mistake(tally: Tally, people: list[Person]) -> Mistake:
    cause = tally.cause
    follows = [
        (words.FOLLOWS if n == len(tally.who) else words.FOLLOWS_FOR).format(
            exercise=name, students=words.STUDENTS(n)
        )
        for name, n in tally.follows.items()
    ]
    return Mistake(
        exercise=cause.exercise,
        sentence=cause.sentence,
        is_known=bool(cause.mistake),
        who=tuple(people[number] for number in tally.who),
        follows="; ".join(follows),
        message=tally.example.message if cause.title or cause.mistake else "",
        example=tally.example.example,
    )


def _cells(row: Row, found: Survey) -> list[tuple[float, float] | None]:
    """Of each exercise; None where nobody knows."""
    return [None if row.score is None else row.exercises.get(name) for name in found.exercises]


def shade(earned: float, worth: float) -> int:
    """From 0, nothing, to 4, all; what is neither is none of the two."""
    if earned >= worth:
        return 4
    return 0 if earned <= 0 else min(3, 1 + int(3 * earned / worth))


def _told(tells: float | None) -> str:
    """What a discrimination says, in words."""
    if tells is None or abs(tells) < measures.SOME:
        return words.TELLS_NOTHING
    if tells < 0:
        return words.TELLS_WRONGLY
    return words.TELLS_WELL if tells >= measures.WELL else words.TELLS_SOME


def _flags(found: Survey, people) -> list[tuple[str, list[Person]]]:
    """What else is worth knowing, and of whom; the most frequent first."""
    by_flag: dict[str, list[Person]] = {}
    for person, row in zip(people, found.rows):
        for flag in row.flags:
            by_flag.setdefault(flag, []).append(person)
    return sorted(by_flag.items(), key=lambda item: -len(item[1]))

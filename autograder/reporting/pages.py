"""A report as HTML: the fragment below a notebook's test cell, and a page for one submission.

Says what stands where; how it looks is the templates' business, and they escape whatever they are
given, since a student can write most of it.  No file of ours is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from autograder.reporting import words
from autograder.reporting.rendering import render
from autograder.reporting.text import Card, Part, cards
from autograder.reporting.words import points
from autograder.results import Outcome, Report

VERDICTS = {
    Outcome.PASSED: "passed",
    Outcome.FOLLOWED: "passed",
    Outcome.GRADER_ERROR: "not_judged",
}  # all others: failed


@dataclass(frozen=True)
class Row:
    """One check as it is shown.  verdict: passed, failed or not_judged; part: 1/2."""

    verdict: str
    part: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Exercise:
    """One exercise as it is shown."""

    verdict: str
    title: str
    note: str
    rows: tuple[Row, ...]


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment.  note: a sentence of ours to stand above them.

    Raises KeyError where the report has no such exercise.
    """
    return render("exercise.html", exercise=_exercise(report, name, note))


def notes(report: Report) -> str:
    """What the student should know of the file as a whole, as a fragment; empty if nothing."""
    return render("notes.html", notes=report.notes) if report.notes else ""


def page(report: Report) -> str:
    """A whole page for one submission, which loads nothing and runs nothing."""
    names = dict.fromkeys(result.exercise for result in report.results)
    # file names can hold a path of the instructor's machine
    file = PurePath(report.file.replace("\\", "/")).name
    return render(
        "page.html",
        title=(words.NOT_GRADED_PAGE if report.needs_a_person else words.PAGE).format(
            who=words.who(report.id, report.name),
            earned=points(report.score),
            worth=points(report.max_score),
        ),
        file=words.FILE.format(assignment=report.assignment, file=file),
        notes=report.notes,
        exercises=[_exercise(report, name) for name in names],
    )


def _exercise(report, name, note=""):
    results = [result for result in report.results if result.exercise == name]
    if not results:
        raise KeyError(name)
    earned, worth = sum(r.earned for r in results), sum(r.points for r in results)
    title = words.EXERCISE.format(exercise=name, earned=points(earned), worth=points(worth))
    told: set[str] = set()
    rows = tuple(_row(card, told) for card in cards(results))
    return Exercise(_verdict(results, earned, worth), title, note, rows)


def _verdict(results, earned, worth):
    if any(r.outcome is Outcome.GRADER_ERROR for r in results):
        return "not_judged"
    return "passed" if earned == worth else "failed"


def _row(card: Card, told: set[str]) -> Row:
    # the same words are read once
    result = card.result
    shown = [part for part in card.parts if result.example or part.line not in told]
    told.update(part.line for part in shown)
    verdict = VERDICTS.get(result.outcome, "failed")
    part = words.PART.format(earned=points(result.earned), worth=points(result.points))
    return Row(verdict, part, result.title, tuple(shown))

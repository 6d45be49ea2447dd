"""A report as HTML: the fragment below a notebook's test cell, and a page for one submission.

Says what stands where; how it looks is the templates' business, and they escape whatever they are
given, since a student can write most of it.  No file of ours is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from autograder.reporting import rendering, words
from autograder.reporting.text import (
    EARNING,
    Card,
    Kind,
    Part,
    cards,
    exercise_title,
    headline,
    lead,
    only_reason,
    rests_on,
)
from autograder.results import Figure, Outcome, Report, Result

VERDICTS = {
    Outcome.PASSED: "passed",
    Outcome.FOLLOWED: "passed",
    Outcome.GRADER_ERROR: "not_judged",
    Outcome.NOT_READ: "not_judged",
    Outcome.DECIDED: "decided",
}  # all others: failed


@dataclass(frozen=True)
class Row:
    """One check as it is shown.  verdict: passed, failed or not_judged; part: 1/2.

    with_it: those that were lost by the same cause.
    """

    verdict: str
    part: str
    title: str
    parts: tuple[Part, ...]
    with_it: tuple[Row, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True)
class Exercise:
    """One exercise as it is shown.  lost: a card for each cause; passed: a line each.

    code: the student's lines of the function, each with whether it raised.
    """

    name: str
    verdict: str
    title: str
    note: str
    rows: tuple[Row, ...]
    code: tuple[tuple[str, bool], ...] = ()

    @property
    def lost(self) -> list[Row]:
        return [row for row in self.rows if row.verdict != "passed"]

    @property
    def passed(self) -> list[Row]:
        return [row for row in self.rows if row.verdict == "passed"]


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment.  note: a sentence of ours to stand above them.

    Raises KeyError where the report has no such exercise.
    """
    return rendering.render("exercise.html", exercise=_exercise(report, name, note))


def notes(report: Report) -> str:
    """What the student should know of the file as a whole, as a fragment; empty if nothing."""
    return rendering.render("notes.html", notes=report.notes) if report.notes else ""


def page(report: Report, notice: Sequence[str] = ()) -> str:
    """A whole page for one submission, which loads nothing and runs nothing: what to fix comes first.

    notice: sentences about this attempt.
    """
    names = dict.fromkeys(result.exercise for result in report.results)
    first = lead(report)
    noted = {name: rests_on(report, name) for name in ([] if only_reason(report) else names)}
    shown = [_exercise(report, name, "" if note == first else note) for name, note in noted.items()]
    # file names can hold a path of the instructor's machine
    file = PurePath(report.file.replace("\\", "/")).name
    late = words.late(report.flags)
    return rendering.page(
        "page.html",
        styles=("base.css", "page.css"),
        title=headline(report, words.who(report.id, report.name)),
        file=words.FILE.format(assignment=report.assignment, file=file),
        late=words.SUBMITTED.format(late=late) if late else "",
        notice=notice,
        lead=first,
        notes=[note for note in (words.of_all(report), *report.notes) if note and note not in first],  # once
        lost=[one for one in shown if one.verdict != "passed"],
        passed=[one for one in shown if one.verdict == "passed"],
    )


def _exercise(report, name, note=""):
    results = [result for result in report.results if result.exercise == name]
    if not results:
        raise KeyError(name)
    earned, worth = sum(r.earned for r in results), sum(r.points for r in results)
    title = exercise_title(results)
    told: set[str] = set()
    measured = [figure for figure in report.figures if figure.exercise == name]
    rows = tuple(_row(card, told, measured) for card in cards(results) if words.title(card.result))
    if report.answers.get(name):
        answer = Part(Kind.ANSWER, report.answers[name])
        rows = (replace(rows[0], parts=(*rows[0].parts, answer)), *rows[1:])
    return Exercise(name, _verdict(results, earned, worth), title, note, rows, _code(report, name, rows))


def _code(report: Report, name: str, rows: Sequence[Row]) -> tuple[tuple[str, bool], ...]:
    raised = {part.code.strip() for row in rows for part in row.parts if part.kind is Kind.WHERE}
    return tuple((line, line.strip() in raised) for line in report.code.get(name, "").splitlines())


def _verdict(results, earned, worth):
    if any(r.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ) for r in results):
        return "not_judged"
    by_hand = [r.outcome is Outcome.DECIDED for r in results]
    if all(by_hand) or (any(by_hand) and earned >= worth):
        return "decided"
    return "passed" if earned >= worth else "failed"


def _row(card: Card, told: set[str], measured: Sequence[Figure]) -> Row:
    # the same words are read once
    result = card.result
    shown = [part for part in card.parts if result.example or part.line not in told]
    told.update(part.line for part in shown)
    also = tuple(_checked(one) for one in card.with_it)
    checks = {one.check for one in (result, *card.with_it)} if result.outcome not in EARNING else ()
    drawn = tuple(one for one in measured if one.check in checks)
    return _checked(result, tuple(piece for part in shown for piece in _pieces(part, result)), also, drawn)


def _checked(result: Result, parts=(), with_it=(), drawn=()) -> Row:
    verdict = VERDICTS.get(result.outcome, "failed")
    return Row(verdict, words.part(result), words.title(result), parts, with_it, drawn)


def _pieces(part: Part, result: Result) -> list[Part]:
    """A part as a page has it: the line that raised stands apart, and what was lost with it is folded."""
    if part.kind is Kind.WITH_IT:
        return []
    found = re.fullmatch(str(words.WHERE), part.text, re.DOTALL) if part.kind is Kind.REASON else None
    if found and result.outcome not in EARNING:
        return [Part(Kind.REASON, found["what"]), Part(Kind.WHERE, found["place"], found["code"])]
    return [part]

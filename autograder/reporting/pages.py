"""A report as HTML: the fragment below a notebook's test cell, and a page for one submission.

Chooses the contents; the templates decide how they look, and escape everything, because a student can write
most of it.  A page names none of our files.
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
from autograder.results import Figure, Outcome, Report


@dataclass(frozen=True)
class Exercise:
    """One exercise as it is shown.  cards: one for each cause, or each check that passed.

    code: the student's lines of the function, each with whether it raised.
    """

    name: str
    verdict: str
    title: str
    note: str
    cards: tuple[Card, ...]
    code: tuple[tuple[str, bool], ...] = ()

    @property
    def lost(self) -> list[Card]:
        return [card for card in self.cards if words.verdict(card.result) != "passed"]

    @property
    def passed(self) -> list[Card]:
        return [card for card in self.cards if words.verdict(card.result) == "passed"]


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment, below our sentence `note`.  Raises KeyError without any."""
    return rendering.render("exercise.html", exercise=_exercise(report, name, note))


def notes(report: Report) -> str:
    """Notes for the student about the whole file, as a fragment; empty if there are none."""
    return rendering.render("notes.html", notes=report.notes) if report.notes else ""


def page(report: Report, notice: Sequence[str] = ()) -> str:
    """A whole page for one submission: what to fix comes first.  notice: sentences about this attempt."""
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
    said: set[str] = set()
    measured = [figure for figure in report.figures if figure.exercise == name]
    shown = [_shown(card, said, measured) for card in cards(results) if words.title(card.result)]
    if report.answers.get(name):
        answer = Part(Kind.ANSWER, report.answers[name])
        shown[0] = replace(shown[0], parts=(*shown[0].parts, answer))
    raised = {part.code.strip() for card in shown for part in card.parts if part.kind is Kind.WHERE}
    lines = report.code.get(name, "").splitlines()
    code = tuple((line, line.strip() in raised) for line in lines)
    return Exercise(name, _verdict(results), exercise_title(results), note, tuple(shown), code)


def _verdict(results):
    if any(r.outcome in (Outcome.GRADER_ERROR, Outcome.NOT_READ) for r in results):
        return "not_judged"
    is_full = sum(r.earned for r in results) >= sum(r.points for r in results)
    by_hand = [r.outcome is Outcome.DECIDED for r in results]
    if all(by_hand) or (any(by_hand) and is_full):
        return "decided"
    return "passed" if is_full else "failed"


def _shown(card: Card, said: set[str], measured: Sequence[Figure]) -> Card:
    """A card for a page.  said: texts shown above.  measured: all figures of the exercise."""
    result, is_lost = card.result, card.result.outcome not in EARNING
    parts = [p for p in card.parts if p.kind is not Kind.WITH_IT and (result.example or p.line not in said)]
    said.update(part.line for part in parts)
    if is_lost:
        parts = [piece for part in parts for piece in _pieces(part)]
    checks = {one.check for one in (result, *card.with_it)} if is_lost else ()
    return replace(card, parts=tuple(parts), figures=tuple(f for f in measured if f.check in checks))


def _pieces(part: Part) -> list[Part]:
    """A part, with the line that raised as a separate part."""
    found = re.fullmatch(str(words.WHERE), part.text, re.DOTALL) if part.kind is Kind.REASON else None
    if found is None:
        return [part]
    return [Part(Kind.REASON, found["what"]), Part(Kind.WHERE, found["place"], found["code"])]

"""Reports as HTML: the fragment below a notebook's test cell, a student's page, and the class report.

Chooses the contents; the templates decide how they look, and escape everything, because a student can write
most of it.  A page names none of our files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from urllib.parse import quote

from autograder.languages import N_, tr
from autograder.reporting import rendering, words
from autograder.reporting.class_statistics import ClassStatistics, histogram
from autograder.reporting.text import Card, Part, cards
from autograder.results import UNKNOWN, Figure, Outcome, Report
from autograder.untrusted_text import safe_name

FEEDBACK = "feedback"  # the folder of students' pages, below the class report
# finds the line of code in a message of the judge
WHERE = N_(r"(?P<what>.*) \((?P<place>in (?:`\w+`, line \d+|a lambda)): `(?P<code>.*)`\)")


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment, below our sentence `note`.  Raises KeyError without any."""
    return rendering.render("exercise.html", exercise=_exercise(report, name, note))


def notes(report: Report) -> str:
    """Notes for the student about the whole file, as a fragment; empty if there are none."""
    return rendering.render("notes.html", notes=report.notes) if report.notes else ""


def page(report: Report, notice: Sequence[str] = ()) -> str:
    """A whole page for one submission: what to fix comes first.  notice: sentences about this attempt."""
    first = words.lead(report)
    names = () if words.only_reason(report) else report.exercises
    noted = {name: words.rests_on(report, name) for name in names}
    # file names can hold a path of the instructor's machine
    file = PurePath(report.file.replace("\\", "/")).name
    return rendering.page(
        "page.html",
        styles=("base.css", "page.css"),
        title=words.headline_of(report, words.who(report.id, report.name)),
        file=f"{report.assignment}, {file}",
        late=words.late(report.flags),
        notice=notice,
        lead=first,
        notes=[note for note in (words.of_all(report), *report.notes) if note and note not in first],  # once
        exercises=[_exercise(report, name, "" if note == first else note) for name, note in noted.items()],
    )


def feedback_link(id: str) -> str:
    """The link from the class report to a student's page."""
    return f"{FEEDBACK}/{quote(safe_name(id))}.html"


def class_page(
    found: ClassStatistics, assignment: str, when: datetime, review: str, sections: Mapping[str, str]
) -> str:
    """The class report, `index.html`: what to review, the common mistakes, and which checks work.

    review: the file for decisions; "" if they are made elsewhere.  sections: id -> the parts of the class,
    one a line, if known.
    """
    return rendering.page(
        "class.html",
        styles=("base.css", "class.css"),
        script="class.js",
        found=found,
        assignment=assignment,
        when=f"{when:%Y-%m-%d %H:%M}",
        bars=histogram(found.scores, found.worth),
        feedback_link=feedback_link,
        review=review,
        sections=sections,
    )


def _exercise(report, name, note=""):
    """An exercise as it is shown.

    cards: one for each cause, or each check that passed.  code: the student's lines of the function, each
    with whether it raised.
    """
    results = report.exercises[name]
    said: set[str] = set()
    measured = [figure for figure in report.figures if figure.exercise == name]
    shown = [_shown(card, said, measured) for card in cards(results) if words.title(card.result)]
    if report.answers.get(name):
        shown[0] = replace(shown[0], parts=(*shown[0].parts, Part("answer", report.answers[name])))
    raised = {part.code.strip() for card in shown for part in card.parts if part.kind == "where"}
    code = [(line, line.strip() in raised) for line in report.code.get(name, "").splitlines()]
    title = words.exercise_title(results)
    return {
        "name": name,
        "verdict": _verdict(results),
        "title": title,
        "note": note,
        "cards": shown,
        "code": code,
    }


def _verdict(results):
    if any(r.outcome in UNKNOWN for r in results):
        return "not_judged"
    is_full = sum(r.earned for r in results) >= sum(r.points for r in results)
    by_hand = [r.outcome is Outcome.DECIDED for r in results]
    if (any if is_full else all)(by_hand):
        return "decided"
    return "passed" if is_full else "failed"


def _shown(card: Card, said: set[str], measured: Sequence[Figure]) -> Card:
    """A card for a page.  said: texts shown above.  measured: all figures of the exercise."""
    result = card.result
    parts = [part for part in card.parts if result.example or part.line not in said]
    said.update(part.line for part in parts)
    if result.is_earned:
        return replace(card, parts=tuple(parts))
    checks = {one.check for one in (result, *card.with_it)}
    parts = [piece for part in parts for piece in _pieces(part)]
    return replace(card, parts=tuple(parts), figures=tuple(f for f in measured if f.check in checks))


def _pieces(part: Part) -> list[Part]:
    """A part, with the line that raised as a separate part."""
    found = re.fullmatch(tr(WHERE), part.text, re.DOTALL) if part.kind == "reason" else None
    if found is None:
        return [part]
    return [Part("reason", found["what"]), Part("where", found["place"], found["code"])]

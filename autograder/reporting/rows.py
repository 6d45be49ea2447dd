"""A submission in lists of the class: a row of a table, and each loss by its cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder import sentences
from autograder.assessment import Lateness
from autograder.languages import ENGLISH, N_, language, listed, tr
from autograder.reporting.phrases import (
    WITH,
    all_in_words,
    lateness,
    names_of,
)
from autograder.reporting.view import View, is_blank
from autograder.results import Outcome, Result

# characters of a known mistake's words in a row of a table, where it has no name
SHORT = 24
# What happened, if no known mistake explains it.
WORDS = {
    Outcome.FAILED: N_("wrong answer"),
    Outcome.ERROR: N_("error"),
    Outcome.TIMEOUT: N_("time limit"),
    Outcome.CRASHED: N_("crash"),
    Outcome.MISSING: N_("not defined"),
}


@dataclass(frozen=True)
class Loss:
    """What one cause cost a student in an exercise: why, in a word or two and in a sentence."""

    exercise: str  # "" if nothing was written at all
    short: str
    sentence: str
    results: Sequence[Result]  # at least one
    mistake: str = ""  # a known mistake's name
    # whether a check's message adds to it
    has_message: bool = False

    @property
    def kind(self) -> tuple[str, ...]:
        """What a class counts as one: a cause that is known, or else what the function did."""
        cause = self.exercise, self.short, self.sentence, self.mistake
        if self.mistake or not self.has_message:
            return cause
        first = self.results[0]
        return *cause, sentences.message(first), first.code


class ClassRow:
    """One student in a class.  number: the place in the class."""

    def __init__(self, view: View, losses: Sequence[Loss], number: int) -> None:
        assessment = view.assessment
        report = view.report
        self.number = number
        self.id = report.id
        self.name = report.name
        self.file = report.file
        self.content = report.content
        self.grade = assessment.grade
        self.max_score = assessment.max_score
        # by exercise; None if they, or the grade, are not known
        self.points: dict[str, float | None] = {}
        for name in assessment.exercises:
            self.points[name] = None
            if self.grade is not None:
                self.points[name] = assessment.points_of(name)
        # by exercise: how many times as fast as a loop the student's function was
        self.factors: dict[str, Any] = {}
        for name, measured in report.timings.items():
            self.factors[name] = measured.values["factor"]
        self.is_excused = assessment.is_excused
        self.is_blank = view.is_blank and not self.is_excused
        # why it needs review, or ""
        self.waits_for = assessment.waits_for
        self.summary = _summary(view, losses)
        self.late = lateness(assessment.late)
        self.lateness = assessment.late or Lateness()
        self.flags = assessment.flags
        self.decisions = all_in_words(assessment.decisions, report)


def losses_of(view: View) -> list[Loss]:
    """Return the lost points by cause, in order, without grader errors and without decisions."""
    if view.is_blank:
        nothing = tr("nothing attempted")
        return [Loss("", nothing, nothing, view.results)]
    losses = []
    for results in _by_cause(view):
        exercise = results[0].exercise
        parts = view.report.knock_on.get(exercise, ())
        if any(part in view.failed for part in parts):
            # It is a knock-on of theirs.
            continue
        loss = _loss_of(results)
        # an instructor may have given the parts' points, but the parts behave as before
        if parts:
            knock_on = tr("knock-on of {parts}", parts=names_of(parts))
            loss = Loss(exercise, knock_on, knock_on, results)
        losses.append(loss)
    return losses


def _by_cause(view: View) -> list[list[Result]]:
    groups: dict[tuple[str, object], list[Result]] = {}
    for results in view.failed.values():
        for number, result in enumerate(results):
            cause: object = result.cause or result.mistake or number
            # where one check runs out of time, others are not run
            if result.outcome is Outcome.TIMEOUT and not result.mistake:
                cause = Outcome.TIMEOUT
            groups.setdefault((result.exercise, cause), []).append(result)
    return [*groups.values()]


def _loss_of(results: Sequence[Result]) -> Loss:
    result = results[0]
    exercise = result.exercise
    if result.mistake:
        name = result.mistake.replace("_", " ")
        says = tr(result.says) or name
        # the name is English
        short = name if language() == ENGLISH else says.rstrip("。")
        if short != name and len(short) > SHORT:
            short = f"{short[:SHORT]}…"
        return Loss(exercise, short, says, results, result.mistake, True)
    kind = tr(WORDS[result.outcome])
    if result.slip:
        kind = f"`{result.slip.source[: sentences.LONGEST]}`"
    elif is_blank(result):
        kind = tr("not attempted")
    elif result.outcome is not Outcome.MISSING:
        unnamed = tr(
            'fails "{title}" ({kind}); cause unknown',
            kind=kind,
            title=tr(result.title),
        )
        return Loss(exercise, kind, unnamed, results, has_message=True)
    return Loss(exercise, kind, kind, results)


def _summary(view: View, losses: Sequence[Loss]) -> str:
    """Return where points were lost and why, in a line of a table."""
    assessment = view.assessment
    if assessment.needs_review or assessment.is_excused:
        return assessment.waits_for or view.overall_comment
    if view.is_blank and view.report.notes:
        return sentences.sentence(view.report.notes[0])
    if view.is_blank:
        return losses[0].sentence
    causes: dict[str, dict[str, None]] = {}
    for loss in losses:
        causes.setdefault(loss.exercise, {})[loss.short] = None
    return listed(
        tr(WITH, name=name, what=listed(shorts, "; "))
        for name, shorts in causes.items()
    )

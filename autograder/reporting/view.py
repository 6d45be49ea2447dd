"""A submission prepared for people, once: texts, pages and tables render what this view
decides to say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from autograder import sentences
from autograder.assessment import Assessment, Decision
from autograder.languages import ENGLISH, N_, language, listed, tr
from autograder.reporting.cards import (
    Section,
    because,
    headline,
    points,
    reason,
    section,
)
from autograder.reporting.disclosure import ALL, POINTS, limited
from autograder.results import Outcome, Report, Result, by_exercise

REVIEW_WAITS = N_("Your instructor still has to review this submission.")
DECIDED_BEFORE = N_(
    "Your instructor graded an earlier submission by hand, and will look at this one."
)
PENALTY = N_("Late penalty: {points} points. The points here do not include it.")
NOT_LOST = (Outcome.GRADER_ERROR, Outcome.DECIDED)  # ours, or a person's
SHORT = 24  # characters of a known mistake's words in a row of a table, where it has no name
UNWRITTEN = (
    "not_written",
    "part_not_written",
    "unreadable",
)  # causes if nothing was written
BESIDE = N_("{one}, {other}")
# What happened, if no known mistake explains it.
KINDS = {
    Outcome.FAILED: N_("wrong answer"),
    Outcome.ERROR: N_("error"),
    Outcome.TIMEOUT: N_("time limit"),
    Outcome.CRASHED: N_("crash"),
    Outcome.MISSING: N_("not defined"),
}


@dataclass(frozen=True)
class Cause:
    """Why points of an exercise were lost, in a word or two and in a sentence."""

    exercise: str  # "" if nothing was written at all
    short: str
    sentence: str
    mistake: str = ""  # a known mistake's name
    has_message: bool = False  # whether a check's message adds to it


@dataclass(frozen=True)
class Loss:
    """What one cause cost one student.  results: at least one.  knock_ons: exercises with a
    knock-on.
    """

    cause: Cause
    results: tuple[Result, ...]
    knock_ons: tuple[str, ...]

    @property
    def kind(self) -> object:
        """What is counted as one in a class: a cause that is known, or else what the function
        did.
        """
        first = self.results[0]
        is_known = self.cause.mistake or not self.cause.has_message
        return (
            self.cause
            if is_known
            else (self.cause, sentences.message(first), first.code)
        )


@dataclass(frozen=True)
class View:
    """What people read of a submission.  Each part is prepared when it is first read.

    detail: as of `limited`, for a student before the due date.
    """

    assessment: Assessment
    detail: str = ALL

    @property
    def report(self) -> Report:
        return self.assessment.report

    @cached_property
    def results(self) -> tuple[Result, ...]:
        return limited(self.assessment.results, self.detail)

    @cached_property
    def exercises(self) -> dict[str, list[Result]]:
        return by_exercise(self.results)

    @property
    def knock_on(self) -> dict[str, tuple[str, ...]]:
        """Exercise -> its parts that lost points, if it runs the student's own."""
        return {} if self.detail == POINTS else dict(self.report.knock_on)

    @property
    def who(self) -> str:
        name, id = self.report.name, self.report.id
        return tr("{name} ({what})", name=name, what=id) if name else id

    @property
    def file(self) -> str:
        """The assignment and the name of the file, without folders of the instructor's machine."""
        name = PurePath(self.report.file.replace("\\", "/")).name
        return tr(BESIDE, one=self.report.assignment, other=name)

    def title(self, who: str = "") -> str:
        """Return the student, or `who`, and the points as far as they are known."""
        who = who or self.who
        if self.assessment.is_excused:
            return tr("{who}: excused", who=who)
        if self.assessment.needs_review:
            return tr("{who}: not graded yet", who=who)
        return headline(who, points(self.assessment.score), self.assessment.max_score)

    # --- what was lost

    @cached_property
    def lost(self) -> dict[str, list[Result]]:
        """The checks that lost points by exercise, without grader errors and what an
        instructor decided.
        """
        lost = {}
        for name, results in self.exercises.items():
            checks = [
                r for r in results if r.earned < r.points and r.outcome not in NOT_LOST
            ]
            if checks and sum(r.points - r.earned for r in results) > 0:
                lost[name] = checks
        return lost

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing at all was written."""
        return bool(self._judged) and all(
            is_unwritten(result) for result in self._judged
        )

    @property
    def _judged(self) -> tuple[Result, ...]:
        return tuple(
            result for result in self.results if result.outcome is not Outcome.DECIDED
        )

    @cached_property
    def losses(self) -> list[Loss]:
        """The lost points by cause, in order, without grader errors and without decisions."""
        if self.is_blank:
            nothing = tr("nothing attempted")
            return [Loss(Cause("", nothing, nothing), self._judged, ())]
        losses = []
        for results in self._by_cause():
            exercise = results[0].exercise
            parts = self.knock_on.get(exercise, ())
            if any(part in self.lost for part in parts):
                continue  # it is a knock-on of theirs
            cause = _cause_of(results[0])
            # an instructor may have given the parts' points, but the parts behave as before
            if parts:
                knock_on = tr("knock-on of {parts}", parts=names_of(parts))
                cause = Cause(exercise, knock_on, knock_on)
            knock_ons = tuple(
                whole for whole, parts in self.knock_on.items() if exercise in parts
            )
            losses.append(Loss(cause, tuple(results), knock_ons))
        return losses

    def _by_cause(self) -> list[list[Result]]:
        groups: dict[tuple[str, object], list[Result]] = {}
        for results in self.lost.values():
            for number, result in enumerate(results):
                cause: object = result.cause or result.mistake or number
                if result.outcome is Outcome.TIMEOUT and not result.mistake:
                    cause = (
                        Outcome.TIMEOUT
                    )  # where one check runs out of time, others are not run
                groups.setdefault((result.exercise, cause), []).append(result)
        return [*groups.values()]

    @property
    def _by_hand(self) -> set[str]:
        decisions = self.assessment.decisions
        return {
            decision.exercise for decision in decisions if decision.points is not None
        }

    # --- what to read first

    @cached_property
    def only_reason(self) -> str:
        """Why nothing was judged, in a sentence; "" if something was."""
        is_ours = all(result.outcome is Outcome.GRADER_ERROR for result in self.results)
        if is_ours and self.assessment.of_all is not None:
            return self.on_the_whole
        is_one = (
            is_ours and len({sentences.message(result) for result in self.results}) == 1
        )
        if is_one or (self.is_blank and not self.assessment.decisions):
            return reason(self.results[0])
        return ""

    @cached_property
    def lead(self) -> str:
        """What to do first, in a sentence or two."""
        if self.only_reason:
            return self.only_reason
        lost = self.lost
        knock_ons = [name for name in lost if self.knock_on.get(name)]
        to_fix = [name for name in lost if name not in knock_ons]
        errors = [
            result for result in self.results if result.outcome is Outcome.GRADER_ERROR
        ]
        if errors and not to_fix:
            return reason(errors[0]) if self.assessment.needs_review else ""
        if not lost:  # where points are missing, a person says why
            is_full = self.assessment.score >= self.assessment.max_score
            return tr("All checks passed. Nothing to fix.") if is_full else ""
        if not to_fix:
            return self.rests_on(knock_ons[0])
        write = [
            name
            for name in to_fix
            if all(is_unwritten(result) for result in lost[name])
        ]
        fix = [name for name in to_fix if name not in write]
        sentence = N_("Write {unwritten} first.")
        if fix:
            sentence = (
                N_("Fix {names} and write {unwritten} first.")
                if write
                else N_("Fix {names} first.")
            )
        also = (
            tr(" That should also fix {rest}.", rest=names_of(knock_ons))
            if knock_ons
            else ""
        )
        return tr(sentence, names=names_of(fix), unwritten=names_of(write)) + also

    def rests_on(self, name: str) -> str:
        """Return the sentence of an exercise that runs the student's own functions, if they
        lost points.
        """
        parts = self.knock_on.get(name, ()) if name in self.lost else ()
        lost = [part for part in parts if part in self.lost]
        counted = [part for part in parts if part in self._by_hand]
        if counted and not lost:
            sentence = N_(
                "`{name}` still fails because of {parts}, which your instructor counted as right."
            )
            return tr(sentence, name=name, parts=names_of(counted))
        sentence = N_(
            "This runs your own {parts}. Fix that first, then look here again."
        )
        return tr(sentence, parts=names_of(lost)) if parts else ""

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The exercises; none if one sentence says why nothing was judged."""
        if self.only_reason:
            return ()
        return tuple(self.section(name) for name in self.exercises)

    def section(self, name: str) -> Section:
        """Return one exercise.  Raises KeyError."""
        note = self.rests_on(name)
        figures = self.report.figures if self.detail == ALL else ()
        code = self.report.code.get(name, "")
        return section(
            self.exercises[name], figures, code, "" if note == self.lead else note
        )

    @cached_property
    def notes(self) -> list[str]:
        """What the student should know of the file as a whole, once."""
        notes = [self.on_the_whole, *map(sentences.note, self.report.notes)]
        if self.assessment.outdated:
            notes.append(tr(DECIDED_BEFORE))
        return [note for note in notes if note and note not in self.lead]

    # --- what stands in lists of the class

    @cached_property
    def late(self) -> str:
        """How late it was submitted; "" if it was in time, or if nobody knows."""
        late = self.assessment.late
        if late is None or late.days == 0:
            return ""
        return (
            tr("late")
            if late.days is None
            else tr("{days:.1f} days late", days=max(late.days, 0.1))
        )

    @property
    def submitted_late(self) -> list[str]:
        """The same as sentences for the student, if it was."""
        lines = [tr("Submitted {late}.", late=self.late)] if self.late else []
        late = self.assessment.late
        if late is not None and late.penalty:
            lines.append(tr(PENALTY, points=points(late.penalty)))
        return lines

    @cached_property
    def review(self) -> str:
        """Why it needs review, with the exercises if it is not all of them; "" if it does not."""
        is_decided = (
            self.assessment.of_all is not None or self.exercises.keys() <= self._by_hand
        )
        if self.assessment.later_failure and not is_decided:
            return self.assessment.later_failure
        errors = [r.exercise for r in self.results if r.outcome is Outcome.GRADER_ERROR]
        failed = dict.fromkeys(errors)
        if (
            not self.assessment.reason
            or not failed
            or failed.keys() == self.exercises.keys()
        ):
            return self.assessment.reason
        return listed(failed) + tr(": ") + self.assessment.reason

    @cached_property
    def remark(self) -> str:
        """Where points were lost and why, in a line of a table."""
        if self.assessment.needs_review or self.assessment.is_excused:
            return self.review or self.on_the_whole
        if self.is_blank:
            return (
                sentences.note(self.report.notes[0])
                if self.report.notes
                else self.losses[0].cause.sentence
            )
        causes: dict[str, dict[str, None]] = {}
        for loss in self.losses:
            causes.setdefault(loss.cause.exercise, {})[loss.cause.short] = None
        words = N_("{name} ({what})")
        return listed(
            tr(words, name=name, what=listed(shorts, "; "))
            for name, shorts in causes.items()
        )

    @property
    def on_the_whole(self) -> str:
        """The instructor's decision or comment on the whole submission, or ""."""
        return self._in_words(
            decision for decision in self.assessment.decisions if not decision.exercise
        )

    @property
    def decisions(self) -> str:
        """All decisions on the submission."""
        return self._in_words(self.assessment.decisions)

    def _in_words(self, decisions: Iterable[Decision]) -> str:
        return listed((self._decision(decision) for decision in decisions), "; ")

    def _decision(self, decision: Decision) -> str:
        why = because(decision.comment)
        if decision.is_excused:
            return tr("excused{why}", why=why)
        given = "" if decision.points is None else points(decision.points)
        if not decision.exercise and given:
            sentence = N_("your instructor gave {given} of {worth} points{why}")
            return tr(
                sentence, given=given, worth=points(self.assessment.max_score), why=why
            )
        if not decision.exercise:
            return decision.comment
        name = decision.exercise
        for result in self.report.results:
            if (result.exercise, result.check) == (decision.exercise, decision.check):
                name = tr(
                    "{name} ({what})", name=decision.exercise, what=tr(result.title)
                )
        return name + because(given) + why


def names_of(exercises: Iterable[str]) -> str:
    """Return the names of exercises, as code."""
    return listed(f"`{name}`" for name in exercises)


def _cause_of(result: Result) -> Cause:
    kind = tr(KINDS.get(result.outcome, KINDS[Outcome.FAILED]))
    if result.mistake:
        name = result.mistake.replace("_", " ")
        says = tr(result.says) or name
        short = name
        if language() != ENGLISH:  # the name is English
            short = says.rstrip("。")
            if len(short) > SHORT:
                short = f"{short[:SHORT]}…"
        return Cause(result.exercise, short, says, result.mistake, has_message=True)
    if result.slip:
        line = f"`{result.slip.source[: sentences.LONGEST]}`"
        return Cause(result.exercise, line, line)
    if is_unwritten(result):
        not_attempted = tr("not attempted")
        return Cause(result.exercise, not_attempted, not_attempted)
    if result.outcome is Outcome.MISSING:
        return Cause(result.exercise, kind, kind)
    unnamed = tr(
        'fails "{title}" ({kind}); cause unknown', kind=kind, title=tr(result.title)
    )
    return Cause(result.exercise, kind, unnamed, has_message=True)


def is_unwritten(result: Result) -> bool:
    """Return whether the function was not attempted, or the file is empty."""
    return result.cause.split(":", 1)[0] in UNWRITTEN

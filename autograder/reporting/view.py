"""A submission prepared for people, once: texts, pages and tables show what this view says."""

from collections.abc import Iterable, Sequence
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
)
from autograder.reporting.disclosure import ALL, limited
from autograder.results import (
    Outcome,
    Report,
    Result,
    by_exercise,
    has_grader_error,
)

FIX, WRITE = N_("Fix {names} first."), N_("Write {unwritten} first.")
FIX_AND_WRITE = N_("Fix {names} and write {unwritten} first.")
# These are ours, or a person's.
NOT_LOST = (Outcome.GRADER_ERROR, Outcome.DECIDED)
# characters of a known mistake's words in a row of a table, where it has no name
SHORT = 24
# causes if nothing was written
UNWRITTEN = ("not_written", "part_not_written", "unreadable")
WITH = N_("{name} ({what})")
# What happened, if no known mistake explains it.
KINDS = {
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
    def who(self) -> str:
        name, id = self.report.name, self.report.id
        if name:
            return tr(WITH, name=name, what=id)
        return id

    @property
    def file(self) -> str:
        """The assignment and the name of the file, without folders of the instructor's machine."""
        name = PurePath(self.report.file.replace("\\", "/")).name
        return listed([self.report.assignment, name])

    def title(self, who: str = "") -> str:
        """Return the student, or `who`, and the points as far as they are known."""
        who = who or self.who
        if self.assessment.is_excused:
            return tr("{who}: excused", who=who)
        if self.assessment.needs_review:
            return tr("{who}: not graded yet", who=who)
        return headline(
            who, points(self.assessment.score), self.assessment.max_score
        )

    # --- what was lost

    @cached_property
    def lost(self) -> dict[str, list[Result]]:
        """Exercise -> its checks that lost points, without grader errors and decisions."""
        lost = {}
        for name, results in self.exercises.items():
            missing = sum(result.points - result.earned for result in results)
            checks = []
            for result in results:
                is_lost = result.earned < result.points
                if is_lost and result.outcome not in NOT_LOST:
                    checks.append(result)
            # a person may have given the points of the others
            if checks and missing > 0:
                lost[name] = checks
        return lost

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing at all was written."""
        judged = []
        for result in self.results:
            if result.outcome is not Outcome.DECIDED:
                judged.append(result)
        return bool(judged) and all(map(is_unwritten, judged))

    @cached_property
    def losses(self) -> list[Loss]:
        """The lost points by cause, in order, without grader errors and without decisions."""
        if self.is_blank:
            nothing = tr("nothing attempted")
            return [Loss("", nothing, nothing, self.results)]
        losses = []
        for results in self._by_cause():
            exercise = results[0].exercise
            parts = self.report.knock_on.get(exercise, ())
            if any(part in self.lost for part in parts):
                # It is a knock-on of theirs.
                continue
            loss = _loss_of(results)
            # an instructor may have given the parts' points, but the parts behave as before
            if parts:
                knock_on = tr("knock-on of {parts}", parts=names_of(parts))
                loss = Loss(exercise, knock_on, knock_on, results)
            losses.append(loss)
        return losses

    def _by_cause(self) -> list[list[Result]]:
        groups: dict[tuple[str, object], list[Result]] = {}
        for results in self.lost.values():
            for number, result in enumerate(results):
                cause: object = result.cause or result.mistake or number
                # where one check runs out of time, others are not run
                if result.outcome is Outcome.TIMEOUT and not result.mistake:
                    cause = Outcome.TIMEOUT
                groups.setdefault((result.exercise, cause), []).append(result)
        return [*groups.values()]

    @property
    def _by_hand(self) -> set[str]:
        """The exercises that a person gave points for; "" for the whole submission."""
        decisions = self.assessment.decisions
        return {
            decision.exercise
            for decision in decisions
            if decision.points is not None
        }

    # --- what to read first

    @cached_property
    def only_reason(self) -> str:
        """Why nothing was judged, in a sentence; "" if something was."""
        if self.is_blank and not self.assessment.decisions:
            return reason(self.results[0])
        if {result.outcome for result in self.results} != {
            Outcome.GRADER_ERROR
        }:
            return ""
        if self.assessment.of_all is not None:
            return self.on_the_whole
        return reason(self.results[0])

    @cached_property
    def lead(self) -> str:
        """What to do first, in a sentence or two."""
        if self.only_reason:
            return self.only_reason
        knock_ons = []
        fix = []
        write = []
        for name, results in self.lost.items():
            if self.report.knock_on.get(name):
                knock_ons.append(name)
            elif all(map(is_unwritten, results)):
                write.append(name)
            else:
                fix.append(name)
        if not fix and not write:
            return self._lead_of_a_person(knock_ons)
        sentence = FIX if fix else WRITE
        if fix and write:
            sentence = FIX_AND_WRITE
        lead = tr(
            sentence,
            names=names_of(fix),
            unwritten=names_of(write),
        )
        if knock_ons:
            lead += tr(
                " That should also fix {rest}.", rest=names_of(knock_ons)
            )
        return lead

    def _lead_of_a_person(self, knock_ons: Sequence[str]) -> str:
        """Return what to read first if a person decides, or has decided, on all that is lost."""
        for result in self.results:
            if result.outcome is Outcome.GRADER_ERROR:
                if self.assessment.needs_review:
                    return reason(result)
                return ""
        if knock_ons:
            return self.rests_on(knock_ons[0])
        # where points are missing, a person says why
        if self.assessment.score < self.assessment.max_score:
            return ""
        return tr("All checks passed. Nothing to fix.")

    def rests_on(self, name: str) -> str:
        """Return the sentence of an exercise that runs the student's own lost functions, or ""."""
        parts = self.report.knock_on.get(name)
        if not parts or name not in self.lost:
            return ""
        lost = [part for part in parts if part in self.lost]
        counted = [part for part in parts if part in self._by_hand]
        if counted and not lost:
            return tr(
                "`{name}` still fails because of {parts}, which your instructor counted as "
                "right.",
                name=name,
                parts=names_of(counted),
            )
        return tr(
            "This runs your own {parts}. Fix that first, then look here again.",
            parts=names_of(lost),
        )

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The exercises; none if one sentence says why nothing was judged."""
        if self.only_reason:
            return ()
        return tuple(map(self.section, self.exercises))

    def section(self, name: str) -> Section:
        """Return one exercise.  Raises KeyError."""
        results = self.exercises[name]
        note = self.rests_on(name)
        if note == self.lead:
            note = ""
        code = self.report.code.get(name, "")
        if self.detail != ALL:
            return Section(results, code=code, note=note)
        measured = tr(self.report.timings.get(name, ""))
        return Section(results, self.report.figures, code, note, measured)

    @cached_property
    def notes(self) -> list[str]:
        """What the student should know of the file as a whole, once."""
        notes = [self.on_the_whole, *map(sentences.sentence, self.report.notes)]
        if self.assessment.needs_review and self.assessment.outdated:
            notes.append(
                tr(
                    "Your instructor graded an earlier submission by hand, and will look at this "
                    "one."
                )
            )
        return [note for note in notes if note and note not in self.lead]

    # --- what stands in lists of the class

    @cached_property
    def late(self) -> str:
        """How late it was submitted; "" if it was in time, or if nobody knows."""
        late = self.assessment.late
        if late is None or late.days == 0:
            return ""
        if late.days is None:
            return tr("late")
        return tr("{days:.1f} days late", days=max(late.days, 0.1))

    @property
    def submitted_late(self) -> list[str]:
        """The same as sentences for the student, if it was."""
        lines = []
        if self.late:
            lines.append(tr("Submitted {late}.", late=self.late))
        if self.assessment.late and self.assessment.late.penalty:
            lines.append(
                tr(
                    "Late penalty: {points} points. The points here do not include it.",
                    points=points(self.assessment.late.penalty),
                )
            )
        return lines

    @cached_property
    def review(self) -> str:
        """Why it needs review, with the exercises if it is not all of them; else ""."""
        assessment = self.assessment
        is_decided = assessment.of_all or self.exercises.keys() <= self._by_hand
        if assessment.later_failure and not is_decided:
            return assessment.later_failure
        failed = []
        for name, results in self.exercises.items():
            if has_grader_error(results):
                failed.append(name)
        if assessment.reason and 0 < len(failed) < len(self.exercises):
            return listed(failed) + because(assessment.reason)
        return assessment.reason

    @cached_property
    def remark(self) -> str:
        """Where points were lost and why, in a line of a table."""
        if self.assessment.needs_review or self.assessment.is_excused:
            return self.review or self.on_the_whole
        if self.is_blank and self.report.notes:
            return sentences.sentence(self.report.notes[0])
        if self.is_blank:
            return self.losses[0].sentence
        causes: dict[str, dict[str, None]] = {}
        for loss in self.losses:
            causes.setdefault(loss.exercise, {})[loss.short] = None
        remarks = []
        for name, shorts in causes.items():
            remarks.append(tr(WITH, name=name, what=listed(shorts, "; ")))
        return listed(remarks)

    @property
    def on_the_whole(self) -> str:
        """The instructor's decision or comment on the whole submission, or ""."""
        decisions = self.assessment.decisions
        whole = [decision for decision in decisions if not decision.exercise]
        return self._listed(whole)

    @property
    def decisions(self) -> str:
        """All decisions on the submission."""
        return self._listed(self.assessment.decisions)

    def _listed(self, decisions: Iterable[Decision]) -> str:
        sentences = (in_words(decision, self.report) for decision in decisions)
        return listed(sentences, "; ")


def in_words(decision: Decision, report: Report) -> str:
    """Return an instructor's decision in a few words."""
    comment = because(decision.comment)
    if decision.is_excused:
        return tr("excused{why}", why=comment)
    given = "" if decision.points is None else points(decision.points)
    if not decision.exercise and given:
        return tr(
            "your instructor gave {given} of {worth} points{why}",
            given=given,
            worth=points(report.max_score),
            why=comment,
        )
    if not decision.exercise:
        return decision.comment
    name = decision.exercise
    for result in report.exercises.get(name, []):
        if result.check == decision.check:
            name = tr(
                WITH,
                name=name,
                what=tr(result.title),
            )
    return name + because(given) + comment


def names_of(exercises: Iterable[str]) -> str:
    """Return the names of exercises, as code."""
    return listed(f"`{name}`" for name in exercises)


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
    kind = tr(KINDS[result.outcome])
    if result.slip:
        kind = f"`{result.slip.source[: sentences.LONGEST]}`"
    elif is_unwritten(result):
        kind = tr("not attempted")
    elif result.outcome is not Outcome.MISSING:
        unnamed = tr(
            'fails "{title}" ({kind}); cause unknown',
            kind=kind,
            title=tr(result.title),
        )
        return Loss(exercise, kind, unnamed, results, has_message=True)
    return Loss(exercise, kind, kind, results)


def is_unwritten(result: Result) -> bool:
    """Return whether the function was not attempted, or the file is empty."""
    return result.cause.split(":", 1)[0] in UNWRITTEN

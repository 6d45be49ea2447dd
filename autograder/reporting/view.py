"""A submission prepared for its student: what pages and texts show of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from autograder import sentences
from autograder.assessment import Assessment
from autograder.languages import N_, listed, tr
from autograder.reporting.cards import Section, what_happened
from autograder.reporting.disclosure import ALL, limited
from autograder.reporting.phrases import (
    WITH,
    all_in_words,
    headline,
    lateness,
    names_of,
    points,
)
from autograder.results import Outcome, Report, Result, by_exercise

FIX, WRITE = N_("Fix {names} first."), N_("Write {unwritten} first.")
FIX_AND_WRITE = N_("Fix {names} and write {unwritten} first.")
# causes if nothing was written
BLANK = ("not_written", "part_not_written", "unreadable")


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

    @cached_property
    def failed(self) -> dict[str, list[Result]]:
        """Exercise -> its checks to fix, without grader errors and decisions."""
        failed = {}
        for name, results in self.exercises.items():
            missing = sum(result.lost for result in results)
            checks = []
            for result in results:
                is_open = result.outcome in (
                    Outcome.GRADER_ERROR,
                    Outcome.DECIDED,
                )
                if not is_open and not result.is_earned:
                    checks.append(result)
            # a person may have given the points of the others
            if checks and missing > 0:
                failed[name] = checks
        return failed

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing at all was written."""
        judged = [
            result
            for result in self.results
            if result.outcome is not Outcome.DECIDED
        ]
        return bool(judged) and all(map(is_blank, judged))

    @cached_property
    def sole_sentence(self) -> str:
        """Why nothing was judged, in a sentence; "" if something was."""
        if self.is_blank and not self.assessment.decisions:
            return what_happened(self.results[0])
        if {result.outcome for result in self.results} != {
            Outcome.GRADER_ERROR
        }:
            return ""
        if self.assessment.overall is not None:
            return self.overall_comment
        return what_happened(self.results[0])

    @cached_property
    def lead(self) -> str:
        """What to do first, in a sentence or two."""
        if self.sole_sentence:
            return self.sole_sentence
        knock_ons = []
        fix = []
        write = []
        for name, results in self.failed.items():
            if self.report.knock_on.get(name):
                knock_ons.append(name)
            elif all(map(is_blank, results)):
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
                    return what_happened(result)
                return ""
        if knock_ons:
            return self.knock_on_sentence(knock_ons[0])
        # where points are missing, a person says why
        if self.assessment.score < self.assessment.max_score:
            return ""
        return tr("All checks passed. Nothing to fix.")

    def knock_on_sentence(self, name: str) -> str:
        """Return the sentence of an exercise that runs the student's own lost functions, or ""."""
        parts = self.report.knock_on.get(name)
        if not parts or name not in self.failed:
            return ""
        failed = [part for part in parts if part in self.failed]
        counted = [
            part for part in parts if part in self.assessment.graded_by_hand
        ]
        if counted and not failed:
            return tr(
                "`{name}` still fails because of {parts}, which your instructor counted as "
                "right.",
                name=name,
                parts=names_of(counted),
            )
        return tr(
            "This runs your own {parts}. Fix that first, then look here again.",
            parts=names_of(failed),
        )

    @property
    def rule(self) -> str:
        """How the course gives points, in a sentence; "" if nothing was lost by it."""
        if self.sole_sentence or self.assessment.overall or not self.failed:
            return ""
        return sentences.rule(self.assessment.partial_credit)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The exercises; none if one sentence says why nothing was judged."""
        if self.sole_sentence:
            return ()
        return tuple(map(self.section, self.exercises))

    def section(self, name: str) -> Section:
        """Return one exercise.  Raises KeyError."""
        results = self.exercises[name]
        note = self.knock_on_sentence(name)
        if note == self.lead:
            note = ""
        code = self.report.code.get(name, "")
        if self.detail != ALL:
            return Section(results, (), code, note)
        measured = tr(self.report.timings.get(name, ""))
        return Section(results, self.report.figures, code, note, measured)

    @cached_property
    def notes(self) -> list[str]:
        """What the student should know of the file as a whole, once."""
        notes = [
            self.overall_comment,
            *map(sentences.sentence, self.report.notes),
        ]
        if self.assessment.needs_review and self.assessment.outdated:
            notes.append(
                tr(
                    "Your instructor graded an earlier submission by hand, and will look at this "
                    "one."
                )
            )
        return [note for note in notes if note and note not in self.lead]

    @property
    def submitted_late(self) -> list[str]:
        """How late it was submitted, in sentences for the student; none if it was in time."""
        late = self.assessment.late
        lines = []
        if phrase := lateness(late):
            lines.append(tr("Submitted {late}.", late=phrase))
        if late and late.penalty:
            lines.append(
                tr(
                    "Late penalty: {points} points. The points here do not include it.",
                    points=points(late.penalty),
                )
            )
        return lines

    @property
    def overall_comment(self) -> str:
        """The instructor's decision or comment on the whole submission, or ""."""
        decisions = self.assessment.decisions
        whole = [decision for decision in decisions if not decision.exercise]
        return all_in_words(whole, self.report)


def is_blank(result: Result) -> bool:
    """Return whether the function was not attempted, or the file is empty."""
    return result.cause.split(":", 1)[0] in BLANK

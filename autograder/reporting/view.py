"""A report prepared for people, once: every text, page and table renders what this view decides to say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import PurePath

from autograder import sentences
from autograder.languages import ENGLISH, N_, language, listed, tr
from autograder.reporting.cards import Section, because, headline, points, reason, section
from autograder.results import Decision, Outcome, Report, Result

REVIEW_WAITS = N_("Your instructor still has to review this submission.")
REGRADING_FAILED = N_("Regrading failed; the earlier result counts. {why}")
PENALTY = N_("Late penalty: {points} points. The points here do not include it.")
NOT_LOST = (Outcome.GRADER_ERROR, Outcome.DECIDED)  # ours, or a person's
UNWRITTEN = ("not_written", "part_not_written", "unreadable")  # causes if nothing was written
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
    """What one cause cost one student.  results: at least one.  knock_ons: exercises with a knock-on."""

    cause: Cause
    results: tuple[Result, ...]
    knock_ons: tuple[str, ...]

    @property
    def kind(self) -> object:
        """What is counted as one in a class: a cause that is known, or else what the function did."""
        first = self.results[0]
        is_known = self.cause.mistake or not self.cause.has_message
        return self.cause if is_known else (self.cause, sentences.message(first), first.code)


@dataclass(frozen=True)
class View:
    """What people read of a report.  Each part is prepared when it is first read."""

    report: Report

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
        report, who = self.report, who or self.who
        if report.is_excused:
            return tr("{who}: excused", who=who)
        if report.needs_review:
            return tr("{who}: not graded yet", who=who)
        return headline(who, points(report.score), report.max_score)

    @cached_property
    def lost(self) -> dict[str, list[Result]]:
        """The checks that lost points by exercise, without grader errors and what an instructor decided."""
        lost = {}
        for name, results in self.report.exercises.items():
            checks = [r for r in results if r.earned < r.points and r.outcome not in NOT_LOST]
            if checks and sum(r.points - r.earned for r in results) > 0:
                lost[name] = checks
        return lost

    @cached_property
    def is_blank(self) -> bool:
        """Whether nothing at all was written."""
        return bool(self._judged) and all(map(is_unwritten, self._judged))

    @cached_property
    def losses(self) -> list[Loss]:
        """The lost points by cause, in order, without grader errors and without decisions."""
        if self.is_blank:
            nothing = tr("nothing attempted")
            return [Loss(Cause("", nothing, nothing), self._judged, ())]
        alike: dict[tuple[str, object], list[Result]] = {}
        for number, result in enumerate(chain.from_iterable(self.lost.values())):
            # where one check runs out of time, others are not run
            is_slow = result.outcome is Outcome.TIMEOUT and not result.mistake
            why = Outcome.TIMEOUT if is_slow else result.cause or result.mistake or number
            alike.setdefault((result.exercise, why), []).append(result)
        lost = []
        for (exercise, _), results in alike.items():
            parts = self.report.knock_on_of.get(exercise, ())
            if not self.lost.keys().isdisjoint(parts):
                continue
            # an instructor may have given the parts' points, but the parts behave as before
            knock_on = tr("knock-on of {parts}", parts=names_of(parts))
            cause = Cause(exercise, knock_on, knock_on) if parts else _cause_of(results[0])
            rest = tuple(whole for whole, parts in self.report.knock_on_of.items() if exercise in parts)
            lost.append(Loss(cause, tuple(results), rest))
        return lost

    @property
    def _by_hand(self) -> set[str]:
        return {one.exercise for one in self.report.decisions if one.points is not None}

    @property
    def _judged(self) -> tuple[Result, ...]:
        return tuple(result for result in self.report.results if result.outcome is not Outcome.DECIDED)

    @cached_property
    def only_reason(self) -> str:
        """Why nothing was judged, in a sentence; "" if something was."""
        report, judged = self.report, self.report.results
        is_ours = all(r.outcome is Outcome.GRADER_ERROR for r in judged)
        if is_ours and report.of_all is not None:
            return self.on_the_whole
        is_one = is_ours and len({sentences.message(r) for r in judged}) == 1
        return reason(judged[0]) if is_one or (self.is_blank and not report.decisions) else ""

    @cached_property
    def lead(self) -> str:
        """What to do first, in a sentence or two."""
        if self.only_reason:
            return self.only_reason
        report, lost = self.report, self.lost
        knock_ons = [name for name in lost if report.knock_on_of.get(name)]
        to_fix = [name for name in lost if name not in knock_ons]
        waits = [r for r in report.results if r.outcome is Outcome.GRADER_ERROR]
        if waits and not to_fix:
            return reason(waits[0]) if report.needs_review else ""
        if not lost:  # where points are missing, a person says why
            return tr("All checks passed. Nothing to fix.") if report.score >= report.max_score else ""
        if not to_fix:
            return self.rests_on(knock_ons[0])
        write = [name for name in to_fix if all(map(is_unwritten, lost[name]))]
        fix, unwritten = names_of(name for name in to_fix if name not in write), names_of(write)
        both = N_("Fix {names} and write {unwritten} first.") if write else N_("Fix {names} first.")
        sentence = both if fix else N_("Write {unwritten} first.")
        also = tr(" That should also fix {rest}.", rest=names_of(knock_ons)) if knock_ons else ""
        return tr(sentence, names=fix, unwritten=unwritten) + also

    def rests_on(self, name: str) -> str:
        """Return the sentence of an exercise that runs the student's own functions, if they lost points."""
        parts = self.report.knock_on_of.get(name, ()) if name in self.lost else ()
        if self._by_hand.intersection(parts) and self.lost.keys().isdisjoint(parts):
            counted = N_("`{name}` still fails because of {parts}, which your instructor counted as right.")
            return tr(counted, name=name, parts=names_of(filter(self._by_hand.__contains__, parts)))
        own = N_("This runs your own {parts}. Fix that first, then look here again.")
        return tr(own, parts=names_of(filter(self.lost.__contains__, parts))) if parts else ""

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The exercises; none if one sentence says why nothing was judged."""
        return () if self.only_reason else tuple(map(self.section, self.report.exercises))

    def section(self, name: str) -> Section:
        """Return one exercise.  Raises KeyError."""
        note = self.rests_on(name)
        return section(self.report, name, "" if note == self.lead else note)

    @cached_property
    def notes(self) -> list[str]:
        """What the student should know of the file as a whole, once."""
        return [
            note
            for note in (self.on_the_whole, *map(sentences.note, self.report.notes))
            if note and note not in self.lead
        ]

    @cached_property
    def late(self) -> str:
        """How late it was submitted, or ""."""
        if self.report.late_days:
            return tr("{days:.1f} days late", days=max(self.report.late_days, 0.1))
        return tr(next((flag for flag in self.report.flags if re.match(r"late\b", flag)), ""))

    @property
    def submitted_late(self) -> list[str]:
        """The same as sentences for the student, if it was."""
        penalty = points(self.report.late_penalty)
        said = [tr("Submitted {late}.", late=self.late)] if self.late else []
        return [*said, tr(PENALTY, points=penalty)] if self.report.late_penalty else said

    @cached_property
    def regrading_failed(self) -> str:
        """Why a later grading failed; "" if none failed, or the instructor decided."""
        is_decided = self.report.of_all is not None or self.report.exercises.keys() <= self._by_hand
        flags, lead = () if is_decided else self.report.flags, tr(REGRADING_FAILED, why="")
        return next((flag.removeprefix(lead) for flag in flags if flag.startswith(lead)), "")

    @cached_property
    def review(self) -> str:
        """Why it needs review, with the exercises if it is not all of them; "" if it does not."""
        ours = dict.fromkeys(r.exercise for r in self.report.results if r.outcome is Outcome.GRADER_ERROR)
        is_all = not self.report.exercises.keys() - ours.keys()
        where = "" if is_all or not sentences.reason(self.report) else listed(ours) + tr(": ")
        return self.regrading_failed or where + sentences.reason(self.report)

    @cached_property
    def remark(self) -> str:
        """Where points were lost and why, in a line of a table."""
        report = self.report
        if report.needs_review or report.is_excused:
            return self.review or self.on_the_whole
        if self.is_blank:
            return sentences.note(report.notes[0]) if report.notes else self.losses[0].cause.sentence
        causes: dict[str, dict[str, None]] = {}
        for loss in self.losses:
            causes.setdefault(loss.cause.exercise, {})[loss.cause.short] = None
        words = N_("{name} ({what})")
        lost = [tr(words, name=name, what=listed(shorts, "; ")) for name, shorts in causes.items()]
        return listed(lost)

    @property
    def on_the_whole(self) -> str:
        """The instructor's decision or comment on the whole submission, or ""."""
        return listed((self._decision(one) for one in self.report.decisions if not one.exercise), "; ")

    @property
    def decisions(self) -> str:
        """All decisions on the submission."""
        return listed((self._decision(one) for one in self.report.decisions), "; ")

    def _decision(self, decision: Decision) -> str:
        why, results = because(decision.comment), self.report.results
        if decision.is_excused:
            return tr("excused{why}", why=why)
        earned = "" if decision.points is None else points(decision.points)
        if not decision.exercise and earned:
            by_hand = N_("your instructor gave {given} of {worth} points{why}")
            return tr(by_hand, given=earned, worth=points(self.report.max_score), why=why)
        if not decision.exercise:
            return decision.comment
        key = decision.exercise, decision.check
        title = next((tr(r.title) for r in results if (r.exercise, r.check) == key), "")
        named = tr("{name} ({what})", name=decision.exercise, what=title) if title else decision.exercise
        return named + because(earned) + why


def names_of(exercises: Iterable[str]) -> str:
    """Return the names of exercises, as code."""
    return listed(f"`{name}`" for name in exercises)


def _cause_of(result: Result) -> Cause:
    kind = tr(KINDS.get(result.outcome, KINDS[Outcome.FAILED]))
    if result.mistake:
        name = result.mistake.replace("_", " ")
        says = tr(result.says) or name  # in another language, its first sentence is as short as a name
        short = name if language() == ENGLISH else re.split("[。：；]", says)[0]
        return Cause(result.exercise, short, says, result.mistake, has_message=True)
    if result.slip:
        what = sentences.slip_sort(result.slip)
        return Cause(result.exercise, what, what)
    if is_unwritten(result) or result.outcome is Outcome.MISSING:
        short = tr("not attempted") if is_unwritten(result) else kind
        return Cause(result.exercise, short, short)
    unnamed = tr('fails "{title}" ({kind}); cause unknown', kind=kind, title=tr(result.title))
    return Cause(result.exercise, kind, unnamed, has_message=True)


def is_unwritten(result: Result) -> bool:
    """Return whether the function was not attempted, or the file is empty."""
    return result.cause.split(":", 1)[0] in UNWRITTEN

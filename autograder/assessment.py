"""A report with all that became known after judging: what every text, page and table is made
from.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from autograder import sentences
from autograder.languages import listed, tr
from autograder.results import (
    CAUSE,
    FUNCTION,
    Outcome,
    Report,
    Result,
    by_exercise,
    first_grader_fault,
    has_grader_error,
    known_points,
    said,
)

# Stands for a check's name where a person gave the points; no check may be called so.
BY_HAND = "by hand"


@dataclass(frozen=True)
class Decision:
    """An instructor's decision."""

    exercise: str = ""  # "" for the whole submission
    check: str = ""  # "" for the whole exercise
    # None for a comment alone, or with is_excused
    points: float | None = None
    comment: str = ""
    is_excused: bool = False
    # made on another content: it does not count, and waits again
    is_outdated: bool = False

    @property
    def is_comment(self) -> bool:
        """Whether it gives no points and takes none."""
        return self.points is None and not self.is_excused


@dataclass(frozen=True)
class Lateness:
    """How late a submission was, where the platform or the course says so."""

    # 0 if it was in time; None if it was late and nobody knows by how much
    days: float | None = None
    # points that the course's own rule takes off; no score here includes it
    penalty: float = 0.0


@dataclass(frozen=True)
class Assessment:
    """One submission as it counts.  The report stays as it was judged."""

    report: Report
    entered: tuple[Decision, ...] = ()  # by an instructor
    late: Lateness | None = None  # None if nobody knows
    problem: str = ""  # why nothing that was judged may count
    # of a later grading; the report is of the earlier one
    later_failure: str = ""
    partial_credit: str = CAUSE  # the course's rule, as of `results`

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions that count."""
        return tuple(
            decision for decision in self.entered if not decision.is_outdated
        )

    @property
    def outdated(self) -> tuple[Decision, ...]:
        """The decisions that wait to be made again."""
        return tuple(
            decision for decision in self.entered if decision.is_outdated
        )

    @property
    def graded_by_hand(self) -> set[str]:
        """The exercises that a person gave points for; "" for the whole submission."""
        return {
            decision.exercise
            for decision in self.decisions
            if decision.points is not None
        }

    @property
    def flags(self) -> tuple[str, ...]:
        """What an instructor should know, a sentence each."""
        return tuple(map(tr, self.report.flags))

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The results as they count: by the course's rule, with the points that a person gave."""
        if self.problem:
            unknown = []
            for result in self.report.results:
                unknown.append(
                    result.bare(Outcome.GRADER_ERROR, 0.0, self.problem)
                )
            return tuple(unknown)
        results = [*self.report.results]
        of_exercises = []
        for decision in self.decisions:
            if decision.check:
                _apply(decision, results)
            else:
                of_exercises.append(decision)
        # A check that a person counts as right does not fail its function.
        if self.partial_credit != CAUSE:
            results = _marked(results, self.partial_credit)
        # A decision on a whole exercise has the last word.
        for decision in of_exercises:
            _apply(decision, results)
        return tuple(results)

    @cached_property
    def exercises(self) -> dict[str, list[Result]]:
        """The results of each exercise as they count, in order."""
        return by_exercise(self.results)

    @property
    def max_score(self) -> float:
        return self.report.max_score

    @property
    def score(self) -> float:
        """The points as far as they are known."""
        if self.overall is not None and self.overall.points is not None:
            return self.overall.points
        return sum(result.earned or 0.0 for result in self.results)

    @property
    def overall(self) -> Decision | None:
        """The decision on the whole submission."""
        for decision in self.decisions:
            if not decision.exercise and not decision.is_comment:
                return decision
        return None

    @property
    def is_excused(self) -> bool:
        return self.overall is not None and self.overall.is_excused

    @property
    def needs_review(self) -> bool:
        """Whether it waits for a person; every list, page, export and exit code asks this."""
        if self.overall is not None:
            return False
        return bool(self.outdated) or has_grader_error(self.results)

    @property
    def reason(self) -> str:
        """Why it needs review, in a sentence; "" if it does not."""
        if not self.needs_review:
            return ""
        fault = first_grader_fault(self.results)
        if fault is not None:
            return sentences.sentence(fault)
        if self.outdated:
            return tr(
                "Points were given by hand for an earlier submission. Decide again."
            )
        return tr(sentences.NO_REASON)

    @property
    def waits_for(self) -> str:
        """Why it needs review, as every list shows it: with the exercises if it is not all of
        them; "" if it does not.
        """
        is_decided = (
            self.overall or self.exercises.keys() <= self.graded_by_hand
        )
        if self.later_failure and not is_decided:
            return self.later_failure
        failed = [
            name
            for name, results in self.exercises.items()
            if has_grader_error(results)
        ]
        if self.reason and 0 < len(failed) < len(self.exercises):
            return listed(failed) + tr(": ") + self.reason
        return self.reason

    @property
    def grade(self) -> float | None:
        """The score; None if the submission needs review, or is excused."""
        if self.needs_review or self.is_excused:
            return None
        return self.score

    def points_of(self, exercise: str) -> float | None:
        """Return the points for an exercise; None if they are not known."""
        return known_points(self.exercises.get(exercise, []))

    def to_json(self) -> dict[str, Any]:
        """Return the submission as results.json has it."""
        tree = asdict(self.report)
        # The results are those with the decisions; the file names its assignment once.
        for name in "log", "results", "assignment":
            del tree[name]
        tree["score"] = self.grade
        tree["max_score"] = self.max_score
        tree["checks"] = []
        for result in self.results:
            check = asdict(result) | {"message": sentences.message(result)}
            tree["checks"].append(check)
        tree["decisions"] = [asdict(decision) for decision in self.decisions]
        tree["flags"] = self.flags
        tree["needs_review"] = self.reason or self.later_failure
        late = self.late or Lateness(days=None)
        tree["late_days"] = late.days
        tree["late_penalty"] = late.penalty
        return tree


def _marked(results: Sequence[Result], rule: str) -> list[Result]:
    """Return results with their points by another rule than CAUSE; a person's points stay.

    What was seen of each check stays, too, so nobody needs to be graded again.
    """
    failing = set()
    for result in results:
        # Of a check that was not judged, nobody knows.
        if result.outcome is Outcome.CARRIED_FORWARD or (
            result.outcome is not Outcome.GRADER_ERROR and result.lost > 0
        ):
            failing.add(result.exercise)
    marked = []
    for result in results:
        costs = result.outcome is Outcome.CARRIED_FORWARD or (
            rule == FUNCTION
            and result.outcome is Outcome.PASSED
            and result.exercise in failing
        )
        marked.append(replace(result, earned=0.0) if costs else result)
    return marked


def _apply(decision: Decision, results: list[Result]) -> None:
    """Let a decision count: in the result of its check, or as a further one of the exercise."""
    places = []
    difference = decision.points or 0.0
    for at, result in enumerate(results):
        if result.exercise != decision.exercise:
            continue
        if decision.points is not None and result.check == decision.check:
            results[at] = result.bare(
                Outcome.DECIDED, decision.points, decision.comment
            )
            return
        places.append(at)
        difference -= result.earned or 0.0
    if not places:
        # It is on the whole submission, or on an exercise that is gone.
        return
    if decision.points is None:
        difference = 0.0
    else:
        for at in places:
            if results[at].outcome is Outcome.GRADER_ERROR:
                results[at] = replace(
                    results[at], earned=0.0, outcome=Outcome.DECIDED, fault=None
                )
    by_hand = Result(
        decision.exercise,
        BY_HAND,
        title="",
        points=0,
        earned=difference,
        outcome=Outcome.DECIDED,
        fault=said(decision.comment),
    )
    results.insert(places[-1] + 1, by_hand)

"""How each check of a submission ended, and the report of all of them, as frozen data.

Knows no torch.  A report is made once, when a submission was judged.  What is known
afterwards is in an `Assessment`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import Message, as_data
from autograder.figure import Figure

# How a course gives points: one cause costs one check (the default), each check that fails
# costs its points, or a function has all of its points or none.
CAUSE, CHECK, FUNCTION = PARTIAL_CREDIT = "cause", "check", "function"


class Outcome(enum.StrEnum):
    """How a check ended.  By default, `passed` and `carried_forward` earn points."""

    PASSED = "passed"
    # not decided: a cause explains it, and costs points elsewhere
    CARRIED_FORWARD = "carried_forward"
    # the function answered, and the answer is wrong
    FAILED = "failed"
    ERROR = "error"  # the function raised
    TIMEOUT = "timeout"  # the function used up its time
    CRASHED = "crashed"  # the function ended its process
    MISSING = "missing"  # the submission defines no such function
    # our error, never the student's: it needs review, and an earlier grade stays
    GRADER_ERROR = "grader_error"
    DECIDED = "decided"  # the instructor gave these points


@dataclass(frozen=True)
class Slip:
    """One place in a student's own function where one change makes every check pass."""

    line: int  # its number in the function
    source: str  # the line as the student wrote it
    # of the change that undoes it, as in `reading.slips`
    sort: str
    # the line as it should be; "" if it moves or goes, or may not be shown
    fixed: str = ""
    # of the helper or class that has the line, if it is not the function
    name: str = ""
    # the other lines that need the same change
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fault:
    """Why a check is not passed, as data in JSON types; `sentences` makes a sentence of it.

    kind: a key of `sentences.SENTENCES`.  values: what fills it.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One check on one submission: what it was worth, what it earned, and why.

    title and says are in English, and translated where they are read.  earned: None if the check
    could not be judged: nobody knows its points.
    """

    exercise: str
    check: str
    title: str
    points: float
    earned: float | None
    outcome: Outcome
    # the difference, or what went wrong
    fault: Fault | None = None
    # the smallest input found that shows it, as lines to paste into a notebook
    code: str = ""
    mistake: str = ""  # the name of a known mistake
    says: str = ""  # that mistake's words for the student
    # equal for checks of an exercise that failed for the same reason
    cause: str = ""
    # in the student's own source, if no known mistake explains the failure
    slip: Slip | None = None

    def __post_init__(self) -> None:
        # Zero is what somebody saw.
        if self.outcome is Outcome.GRADER_ERROR:
            object.__setattr__(self, "earned", None)

    def bare(self, outcome: Outcome, earned: float, text: str) -> Result:
        """Return a result of the same check that says nothing but a text."""
        head = self.exercise, self.check, self.title, self.points
        return Result(*head, earned, outcome, said(text))

    @property
    def lost(self) -> float:
        """The points that it does not have; all of them if nobody knows."""
        return self.points - (self.earned or 0.0)

    @property
    def is_earned(self) -> bool:
        """Whether it earns points by default: there is nothing to fix but what another shows."""
        return self.outcome in (Outcome.PASSED, Outcome.CARRIED_FORWARD)


def said(text: str | Message) -> Fault | None:
    """Return a text of a person or of the intake in place of a fault; None for an empty one."""
    if text:
        return Fault("said", {"text": as_data(text)})
    return None


@dataclass(frozen=True)
class Report:
    """All results of one submission.  There is always one: with 0 points and a reason if need be.

    It has who submitted what, the results, what people should know, and what was measured.
    """

    id: str
    file: str
    assignment: str
    results: tuple[Result, ...]
    # what an instructor should know
    flags: tuple[Message, ...] = ()
    # what the student should know of the file as a whole
    notes: tuple[Fault, ...] = ()
    # exercise -> what was measured of it, which grades nobody
    timings: Mapping[str, Message] = field(default_factory=dict)
    name: str = ""  # of the person, if the platform gives it
    # an exercise that runs the student's own parts and lost points -> its parts that lost points
    knock_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # measured, never graded
    figures: tuple[Figure, ...] = field(default=(), compare=False)
    # of functions that lost points
    code: Mapping[str, str] = field(default_factory=dict)
    content: str = ""  # a digest of what was submitted
    # the instructor must choose the one that counts
    files: tuple[str, ...] = ()
    # our own traceback, for a file beside the results: never in JSON or feedback
    log: str = field(default="", compare=False, repr=False)

    @property
    def score(self) -> float:
        """The points that the checks gave, as far as they are known."""
        return sum(result.earned or 0.0 for result in self.results)

    @property
    def max_score(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def exercises(self) -> dict[str, list[Result]]:
        """The results of each exercise, in order."""
        return by_exercise(self.results)

    @property
    def needs_review(self) -> bool:
        """Whether some of the points could not be judged."""
        return has_grader_error(self.results)


def has_grader_error(results: Iterable[Result]) -> bool:
    """Return whether some of these could not be judged."""
    return any(result.outcome is Outcome.GRADER_ERROR for result in results)


def first_grader_fault(results: Iterable[Result]) -> Fault | None:
    """Return the first fault that is not the student's; None if no result has one."""
    for result in results:
        if result.outcome is Outcome.GRADER_ERROR and result.fault:
            return result.fault
    return None


def by_exercise(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return the results of each exercise, in order."""
    exercises: dict[str, list[Result]] = {}
    for result in results:
        exercises.setdefault(result.exercise, []).append(result)
    return exercises


def known_points(results: Sequence[Result]) -> float | None:
    """Return the points of some results together; None if one of them could not be judged."""
    if not results or has_grader_error(results):
        return None
    return float(sum(result.earned or 0.0 for result in results))

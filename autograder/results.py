"""How each check of a submission ended, and the report of all of them, as frozen data; knows
no torch.

A report is made once, when a submission was judged.  What is known afterwards is in an
`Assessment`.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from autograder.errors import Message, as_data


class Outcome(enum.StrEnum):
    """How a check ended.  `passed` and `carried_forward` earn points; `grader_error` is not the
    student's.
    """

    PASSED = "passed"
    # not decided: a cause explains it, and costs points elsewhere
    CARRIED_FORWARD = "carried_forward"
    FAILED = "failed"  # the function answered, and the answer is wrong
    ERROR = "error"  # the function raised
    TIMEOUT = "timeout"  # the function used up its time
    CRASHED = "crashed"  # the function ended its process
    MISSING = "missing"  # the submission defines no such function
    GRADER_ERROR = (
        "grader_error"  # our error: it needs review, and an earlier grade stays
    )
    DECIDED = "decided"  # the instructor gave these points


@dataclass(frozen=True)
class Slip:
    """One place in a student's own function where one change makes every check pass."""

    line: int  # its number in the function
    source: str  # the line as the student wrote it
    sort: str  # a key of `sentences.SLIPS`
    fixed: str = (
        ""  # the line as it should be; "" if it moves or goes, or may not be shown
    )
    name: str = (
        ""  # of the helper or class that has the line, if it is not the function
    )


@dataclass(frozen=True)
class Fault:
    """Why a check is not passed, as data in JSON types; `sentences` makes a sentence of it.

    kind: a key of `sentences.SENTENCES`.  values: what fills it.
    """

    kind: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """One check on one submission: what it was worth, what it earned, and why.

    title and says are in English, and translated where they are read.
    """

    exercise: str
    check: str
    title: str
    points: float
    earned: float
    outcome: Outcome
    fault: Fault | None = None  # the difference, or what went wrong
    code: str = (
        ""  # the smallest input found that shows it, as lines to paste into a notebook
    )
    mistake: str = ""  # the name of a known mistake
    says: str = ""  # that mistake's words for the student
    cause: str = ""  # equal for checks of an exercise that failed for the same reason
    slip: Slip | None = (
        None  # in the student's own source, if no known mistake explains the failure
    )

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Result:
        """Return the result that `dataclasses.asdict` gave.  Raises what `Report.from_json`
        does.
        """
        fault, slip = tree.get("fault"), tree.get("slip")
        parts = {"fault": fault and Fault(**fault), "slip": slip and Slip(**slip)}
        return cls(**tree | parts | {"outcome": Outcome(tree["outcome"])})

    def bare(
        self, outcome: Outcome, earned: float, text: str, cause: str = ""
    ) -> Result:
        """Return a result of the same check with a text in place of all that says how this one
        ended.
        """
        head = self.exercise, self.check, self.title, self.points
        return Result(*head, earned, outcome, said(text), cause=cause)

    @property
    def is_earned(self) -> bool:
        return self.outcome in (Outcome.PASSED, Outcome.CARRIED_FORWARD)


def said(text: str | Message) -> Fault | None:
    """Return a text of a person or of the intake in place of a fault; None for an empty one."""
    return Fault("said", {"text": as_data(text)}) if text else None


@dataclass(frozen=True)
class Line:
    """One series of points in a figure.  marks: joined, dots, or crosses."""

    name: str
    points: tuple[tuple[float, float], ...]
    marks: str = "joined"

    @classmethod
    def shown(
        cls, name: str, points: Iterable[tuple[float, float]], marks: str = "joined"
    ) -> Line:
        """Return a line of these points: the first ones that fit a picture, without infinite
        ones.
        """
        shown = (
            (_rounded(x), _rounded(y))
            for x, y in points
            if _can_be_shown(x) and _can_be_shown(y)
        )
        return cls(as_data(name), tuple(islice(shown, MAX_POINTS)), marks)


@dataclass(frozen=True)
class Figure:
    """Measurements of a function that lost points, to be drawn; they grade nobody."""

    title: str
    says: str  # the same in words, for people who cannot see it
    x: str  # the label of the axis
    y: str
    lines: tuple[Line, ...]
    log: str = ""  # the logarithmic axes, "", "y" or "xy"
    cuts: tuple[float, ...] = ()  # the places of vertical lines
    exercise: str = ""  # of the result that it belongs to
    check: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what no picture can show: a worker can send any number."""
        for name in ("title", "says", "x", "y"):
            object.__setattr__(self, name, as_data(getattr(self, name)))
        points = [point for line in self.lines for point in line.points]
        is_small = (
            len(self.lines) <= MAX_LINES
            and len(points) + len(self.cuts) <= MAX_LINES * MAX_POINTS
        )
        if not is_small or not all(map(_can_be_shown, chain(self.cuts, *points))):
            raise ValueError("no figure")

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Figure:
        """Return the figure that `dataclasses.asdict` gave.  Raises TypeError or ValueError."""
        lines = [
            line | {"points": tuple((x, y) for x, y in line["points"])}
            for line in tree["lines"]
        ]
        return cls(
            **tree
            | {
                "lines": tuple(Line(**line) for line in lines),
                "cuts": tuple(tree["cuts"]),
            }
        )


MAX_LINES, MAX_POINTS, MAX_NUMBER = 4, 200, 1e15  # of a readable picture


def _can_be_shown(number: float) -> bool:
    return (
        type(number) in (int, float) and abs(number) <= MAX_NUMBER
    )  # false for NaN, too


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")


@dataclass(frozen=True)
class Report:
    """All results of one submission.  There is always one: with 0 points and a reason, never a
    gap.
    """

    id: str
    file: str
    assignment: str
    results: tuple[Result, ...]
    flags: tuple[Message, ...] = ()  # what an instructor should know
    notes: tuple[Fault, ...] = ()  # what the student should know of the file as a whole
    seconds: float = 0.0  # CPU time of the student's code and of its judge
    # exercise -> what was measured of it, which grades nobody
    timings: Mapping[str, Message] = dataclasses.field(default_factory=dict)
    name: str = ""  # of the person, if the platform gives it
    # an exercise that runs the student's own parts and lost points -> its parts that lost points
    knock_on: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    figures: tuple[Figure, ...] = dataclasses.field(
        default=(), compare=False
    )  # measured, never graded
    code: Mapping[str, str] = dataclasses.field(
        default_factory=dict
    )  # of functions that lost points
    content: str = ""  # a digest of what was submitted
    files: tuple[str, ...] = ()  # the instructor must choose the one that counts
    # Our own traceback, for a file beside the results: never in JSON or feedback, and not compared.
    log: str = dataclasses.field(default="", compare=False, repr=False)

    @property
    def score(self) -> float:
        """The points that the checks gave."""
        return sum(result.earned for result in self.results)

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
        return any(result.outcome is Outcome.GRADER_ERROR for result in self.results)

    @property
    def grader_fault(self) -> Fault | None:
        """The first fault that is not the student's."""
        return first_grader_fault(self.results)

    def to_json(self) -> dict[str, Any]:
        """Return JSON types, without `log`; infinite `seconds` are null."""
        tree = dataclasses.asdict(self)
        del tree["log"]
        tree["checks"] = tree.pop("results")
        if not math.isfinite(self.seconds):
            tree["seconds"] = None
        return tree

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Report:
        """Return the report that `to_json` gave.  Raises KeyError, TypeError or ValueError
        otherwise.
        """
        tree = dict(tree)
        results = tuple(Result.from_json(check) for check in tree.pop("checks"))
        tree["flags"] = tuple(Message(*flag) for flag in tree["flags"])
        tree["files"] = tuple(tree["files"])
        tree["notes"] = tuple(Fault(**note) for note in tree["notes"])
        if tree["seconds"] is None:
            tree["seconds"] = math.nan
        tree["knock_on"] = {
            name: tuple(parts) for name, parts in tree["knock_on"].items()
        }
        tree["timings"] = {
            name: Message(*message) for name, message in tree["timings"].items()
        }
        tree["figures"] = tuple(Figure.from_json(figure) for figure in tree["figures"])
        return cls(results=results, **tree)


def first_grader_fault(results: Iterable[Result]) -> Fault | None:
    """Return the first fault that is not the student's; None if there is none, or if none says
    why.
    """
    faults = (
        result.fault for result in results if result.outcome is Outcome.GRADER_ERROR
    )
    return next(filter(None, faults), None)


def by_exercise(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return the results of each exercise, in order."""
    exercises: dict[str, list[Result]] = {}
    for result in results:
        exercises.setdefault(result.exercise, []).append(result)
    return exercises


def known_points(results: Sequence[Result]) -> float | None:
    """Return the points of some results together; None if one of them could not be judged."""
    if not results or any(result.outcome is Outcome.GRADER_ERROR for result in results):
        return None
    return float(sum(result.earned for result in results))

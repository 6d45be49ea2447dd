"""The outcome of each check and the report of a submission, as frozen data; knows no check and no torch."""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from autograder.errors import as_data

BY_HAND = "by hand"  # in place of a check's name, and never one: for an instructor's decision


class Outcome(enum.StrEnum):
    """How a check ended.  `passed` and `followed` earn points; only `grader_error` is not the student's."""

    PASSED = "passed"
    CARRIED_FORWARD = "followed"  # wrong because of a known mistake, which costs points in another check
    FAILED = "failed"  # the function answered, and the answer is wrong
    ERROR = "error"  # the function raised
    TIMEOUT = "timeout"  # the function used up its time
    CRASHED = "crashed"  # the function ended its process
    MISSING = "missing"  # the submission defines no such function
    GRADER_ERROR = "grader_error"  # our error: it needs review, and an earlier grade stays
    DECIDED = "decided"  # the instructor gave these points


@dataclass(frozen=True)
class Slip:
    """One place in a student's own function where one change makes every check pass."""

    line: int  # its number in the function
    source: str  # the line as the student wrote it
    sort: str  # a key of `slips.SORTS`
    fixed: str = ""  # the line as it should be; "" if it moves or goes, or may not be shown
    name: str = ""  # of the helper or class that has the line, if it is not the function


@dataclass(frozen=True)
class Fault:
    """Why a check is not passed, as data in JSON types; `reporting.sentences` makes a sentence of it.

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
    code: str = ""  # the smallest input found that shows it, as lines to paste into a notebook
    mistake: str = ""  # the name of a known mistake
    says: str = ""  # that mistake's words for the student
    cause: str = ""  # equal for checks of an exercise that failed for the same reason
    slip: Slip | None = None  # in the student's own source, if no known mistake explains the failure

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Result:
        """Return the result that `dataclasses.asdict` gave.  Raises what `Report.from_json` does."""
        fault, slip = tree.get("fault"), tree.get("slip")
        parts = {"fault": fault and Fault(**fault), "slip": slip and Slip(**slip)}
        return cls(**tree | parts | {"outcome": Outcome(tree["outcome"])})

    def bare(self, outcome: Outcome, earned: float, text: str, cause: str = "") -> Result:
        """Return a result of the same check with a text in place of all that says how this one ended."""
        head = self.exercise, self.check, self.title, self.points
        return Result(*head, earned, outcome, said(text), cause=cause)

    @property
    def is_earned(self) -> bool:
        return self.outcome in (Outcome.PASSED, Outcome.CARRIED_FORWARD)


def said(text: str) -> Fault | None:
    """Return a text of a person or of the intake in place of a fault; None for ""."""
    return Fault("said", {"text": text}) if text else None


@dataclass(frozen=True)
class Line:
    """One series of points in a figure.  marks: joined, dots, or crosses."""

    name: str
    points: tuple[tuple[float, float], ...]
    marks: str = "joined"

    @classmethod
    def shown(cls, name: str, points: Iterable[tuple[float, float]], marks: str = "joined") -> Line:
        """Return a line of these points: the first ones that fit a picture, without infinite ones."""
        shown = ((_rounded(x), _rounded(y)) for x, y in points if _can_be_shown(x) and _can_be_shown(y))
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
        is_small = len(self.lines) <= MAX_LINES and len(points) + len(self.cuts) <= MAX_LINES * MAX_POINTS
        if not is_small or not all(map(_can_be_shown, chain(self.cuts, *points))):
            raise ValueError("no figure")

    @classmethod
    def from_json(cls, tree: dict[str, Any]) -> Figure:
        """Return the figure that `dataclasses.asdict` gave.  Raises TypeError or ValueError."""
        lines = [line | {"points": tuple((x, y) for x, y in line["points"])} for line in tree["lines"]]
        return cls(**tree | {"lines": tuple(Line(**line) for line in lines), "cuts": tuple(tree["cuts"])})


MAX_LINES, MAX_POINTS, MAX_NUMBER = 4, 200, 1e15  # of a readable picture


def _can_be_shown(number: float) -> bool:
    return type(number) in (int, float) and abs(number) <= MAX_NUMBER  # false for NaN, too


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")


@dataclass(frozen=True)
class Decision:
    """An instructor's decision."""

    exercise: str = ""  # "" for the whole submission
    check: str = ""  # "" for the whole exercise
    points: float | None = None  # None for a comment alone, or with is_excused
    comment: str = ""
    is_excused: bool = False


@dataclass(frozen=True)
class Report:
    """All results of one submission.  There is always one: with 0 points and a reason, never a gap."""

    id: str
    file: str
    assignment: str
    results: tuple[Result, ...]
    flags: tuple[str, ...] = ()  # what an instructor should know, a sentence each
    notes: tuple[Fault, ...] = ()  # what the student should know of the file as a whole
    seconds: float = 0.0  # CPU time of the student's code and of its judge
    timings: Mapping[str, float] = dataclasses.field(default_factory=dict)  # measured, never graded
    name: str = ""  # of the person, if the platform gives it
    late_days: float | None = None  # if the due date and the time of submission are known; never guessed
    late_penalty: float = 0.0  # points that the course's own rule takes off; no score here includes it
    # an exercise that runs the student's own parts and lost points -> its parts that lost points
    knock_on_of: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    figures: tuple[Figure, ...] = dataclasses.field(default=(), compare=False)  # measured, never graded
    # of functions that lost points, or of `files`: what differs from the release
    code: Mapping[str, str] = dataclasses.field(default_factory=dict)
    content: str = ""  # a digest of the text
    decisions: tuple[Decision, ...] = ()  # the instructor's; the results already include them
    files: tuple[str, ...] = ()  # the instructor must choose the one that counts
    # Our own traceback, for a file beside the results: never in JSON or feedback, and not compared.
    log: str = dataclasses.field(default="", compare=False, repr=False)

    @property
    def score(self) -> float:
        given = self.of_all
        return sum(r.earned for r in self.results) if given is None or given.points is None else given.points

    @property
    def of_all(self) -> Decision | None:
        """The instructor's decision on the whole submission."""
        made = (d for d in self.decisions if not d.exercise and (d.is_excused or d.points is not None))
        return next(made, None)

    def points_of(self, exercise: str) -> float | None:
        """Return the points for an exercise; None if they are not known."""
        results = self.exercises.get(exercise, [])
        if not results or any(result.outcome is Outcome.GRADER_ERROR for result in results):
            return None
        return float(sum(result.earned for result in results))

    @property
    def exercises(self) -> dict[str, list[Result]]:
        """The results of each exercise, in order."""
        found: dict[str, list[Result]] = {}
        for result in self.results:
            found.setdefault(result.exercise, []).append(result)
        return found

    @property
    def max_score(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def is_excused(self) -> bool:
        """Whether the instructor excused the student."""
        return self.of_all is not None and self.of_all.is_excused

    @property
    def needs_review(self) -> bool:
        """Whether only a person can give some of the points; all lists ask this."""
        if self.of_all is not None:
            return False
        return any(result.outcome is Outcome.GRADER_ERROR for result in self.results)

    @property
    def grade(self) -> float | None:
        """The score; None if the submission needs review, or is excused."""
        return None if self.needs_review or self.is_excused else self.score

    def decided(self, decisions: Iterable[Decision]) -> Report:
        """Return the report with decisions in place of earlier ones; what was judged stays visible.

        Points for a check go into its own result; those for an exercise add a result.
        """
        # those of a check first, so that a decision on the whole exercise has the last word
        decisions = tuple(sorted(decisions, key=lambda one: not one.check))
        results = [result for result in self.results if result.check != BY_HAND]
        for one in decisions:
            mine = [i for i, result in enumerate(results) if one.exercise == result.exercise]
            exact = [i for i in mine if one.points is not None and results[i].check == one.check]
            if exact and one.points is not None:
                results[exact[0]] = results[exact[0]].bare(Outcome.DECIDED, one.points, one.comment)
            elif mine:
                more = 0.0
                if one.points is not None:
                    more = one.points - sum(results[i].earned for i in mine)
                    for i in mine:
                        if results[i].outcome is Outcome.GRADER_ERROR:
                            results[i] = dataclasses.replace(results[i], outcome=Outcome.DECIDED, fault=None)
                by_hand = Result(one.exercise, BY_HAND, "", 0, more, Outcome.DECIDED, one.comment)
                results.insert(mine[-1] + 1, by_hand)
        return dataclasses.replace(self, results=tuple(results), decisions=decisions)

    def withheld(self, why: str, cause: str = "") -> Report:
        """Return the report of a submission that needs review, without what was judged."""
        results = tuple(result.bare(Outcome.GRADER_ERROR, 0.0, why, cause) for result in self.results)
        return dataclasses.replace(self, results=results, figures=(), knock_on_of={}, code={})

    @property
    def grader_fault(self) -> Fault | None:
        """Why it needs review, if that is no decision; the first fault that is not the student's."""
        faults = (result.fault for result in self.results if result.outcome is Outcome.GRADER_ERROR)
        return next(filter(None, faults), None) if self.needs_review else None

    def to_json(self) -> dict[str, Any]:
        """Return JSON types, without `log`; infinite `seconds` are null, infinite `timings` left out."""
        head = {"id": self.id, "name": self.name, "file": self.file}
        tree = {**head, "score": self.score, "max_score": self.max_score, **dataclasses.asdict(self)}
        tree["checks"], tree["follows"] = tree.pop("results"), tree.pop("knock_on_of")
        tree["seconds"] = self.seconds if math.isfinite(self.seconds) else None
        tree["timings"] = {name: value for name, value in self.timings.items() if math.isfinite(value)}
        del tree["assignment"]  # the file has it once, for all submissions
        del tree["log"]
        return tree

    @classmethod
    def from_json(cls, tree: dict[str, Any], assignment: str) -> Report:
        """Return the report that `to_json` gave.  Raises KeyError, TypeError or ValueError otherwise."""
        fields = {field.name for field in dataclasses.fields(cls)}  # older results have fewer
        known = {name: value for name, value in tree.items() if name in fields}
        known |= {name: tuple(tree.get(name, ())) for name in ("flags", "files")}
        known["notes"] = tuple(Fault(**note) for note in tree.get("notes", ()))
        known["seconds"] = math.nan if tree["seconds"] is None else tree["seconds"]
        known["knock_on_of"] = {name: tuple(parts) for name, parts in tree.get("follows", {}).items()}
        known["figures"] = tuple(map(Figure.from_json, tree.get("figures", ())))
        known["decisions"] = tuple(Decision(**one) for one in tree.get("decisions", ()))
        results = tuple(map(Result.from_json, tree["checks"]))
        return cls(**known, assignment=assignment, results=results)

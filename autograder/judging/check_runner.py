"""Runs one check on one submission: asks a worker its cases, and compares the answers.

In: a worker that has loaded the submission.  Out: a Judgment, the answers and what is wrong with
them.  It knows no known mistake, no points and no sentence for a student.
"""

from __future__ import annotations

import marshal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from autograder import wire
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import Difference
from autograder.authoring.proxy import (
    RECORDED,
    Malformed,
    Question,
    StudentError,
    StudentFunction,
)
from autograder.authoring.values import copied
from autograder.errors import Ended, SandboxError
from autograder.judging import first_questions
from autograder.judging.cases import Cases, number_of, size
from autograder.judging.faults import SIDE_EFFECT, fault, raised
from autograder.results import Fault
from autograder.sandbox.client import Reply, Worker
from autograder.settings import Settings

# Faults cached by equal answers: without any, a right answer takes 1.4 times as long.
MAX_CACHED = 1000
# Returns a question's answer, and its CPU seconds if known.
Answer = Callable[[Question], tuple[Any, float]]


class CheckRunner:
    """One check of an exercise, with the cases of this run, for all submissions."""

    def __init__(
        self, exercise: Exercise, check: Check, cases: Cases, settings: Settings
    ):
        self.exercise = exercise
        self.check = check
        self.settings = settings
        # The cases of this check, or of each check whose cases it shares.
        self.groups = cases.groups(check)
        self.cases: list[dict] = [*chain(*self.groups)]
        self.seed = number_of(check, cases.seed)
        # Made once: a body runs for each case of each student.
        self.roles = exercise.default_roles
        # by case: what the body computes with a right answer, for all students
        self.right_values: list[dict] = [{} for _ in self.cases]
        # by the parts that passed: the first questions of all cases
        self._frames: dict[frozenset[str], list[tuple[bytes, int]]] = {}
        # By what was asked and answered, since many students answer alike: the fault, its case,
        # and the cases that asked further questions.
        self._cached: dict[tuple, tuple[Fault | None, int, list[int]]] = {}

    def passing(self) -> bytes:
        """Return the questions asked so far, and the answers that pass, for `recognize`."""
        passing = {}
        for key, cached in self._cached.items():
            if cached[0] is None:
                passing[key] = cached
        return marshal.dumps((self._frames, passing))

    def recognize(self, passing: bytes) -> None:
        """Let answers pass that passed in an earlier run."""
        self._frames, self._cached = marshal.loads(passing)

    @cached_property
    def order(self) -> list[int]:
        """The cases' numbers, smallest case first."""
        return sorted(
            range(len(self.cases)), key=lambda number: size(self.cases[number])
        )

    @cached_property
    def edge_cases(self) -> list[dict]:
        """The edge cases of this check, or of each check whose cases it shares."""
        declaring = [
            check
            for check in self.exercise.checks
            if check.body in self.check.same_cases_as
        ]
        edge_cases = []
        for check, group in zip(declaring or [self.check], self.groups):
            edge_cases += group[: len(check.edge_cases)]
        return edge_cases

    def run(
        self,
        worker: Worker,
        passed: frozenset[str],
        seconds: float | None = None,
    ) -> Judgment:
        """Judge all cases in a worker.  Raises Ended.

        passed: the parts that passed all their own checks.  seconds: for each message, by
        default the settings'.
        """
        if self.check.is_drawn:
            return self._run_drawn(
                worker, passed, seconds or self.settings.check_seconds
            )
        dialog = self.dialog(worker, seconds or self.settings.single_seconds)
        judgment = Judgment(self, history=dialog.history)
        judgment.fault = self.fault_in(
            self.cases[0],
            dialog.answer,
            passed,
            self.right_values[0],
            judgment.measured,
        )
        return judgment

    def _run_drawn(
        self, worker: Worker, passed: frozenset[str], seconds: float
    ) -> Judgment:
        """Ask the first questions of all cases together, and compare case by case."""
        judgment = Judgment(self)
        passed &= self.exercise.conditional
        if passed not in self._frames:
            self._frames[passed] = first_questions.frames(self, passed)
        for frame, count in self._frames[passed]:
            # Another check may have asked the same.
            if frame not in worker.replies:
                worker.replies[frame] = worker.reply_to(frame, seconds)
            judgment.replies.append((worker.replies[frame], count))
        key = (passed, *(reply.key for reply, _ in judgment.replies))
        judgment.fault, judgment.case, numbers = self._cached.get(
            key, (None, 0, self.order)
        )
        dialog = self.dialog(worker, seconds)
        asking = self._compare(judgment, dialog, passed, numbers)
        # Of a fault, further answers may have been a part.
        is_known = key in self._cached or (asking and judgment.fault)
        if not is_known and len(self._cached) < MAX_CACHED:
            self._cached[key] = judgment.fault, judgment.case, asking
        return judgment

    def _compare(
        self,
        judgment: Judgment,
        dialog: Dialog,
        passed: frozenset[str],
        numbers: Sequence[int],
    ) -> list[int]:
        """Find the smallest case that fails, or else the largest with a side effect.

        numbers: of the cases to look at.  Returns those that asked further questions.
        """
        asking = []
        for number in numbers:
            asked = len(dialog.history)
            (first_answer,) = judgment.answers[number]
            case_fault = self.fault_in(
                self.cases[number],
                after(first_answer, dialog.answer),
                passed,
                self.right_values[number],
            )
            if len(dialog.history) > asked:
                asking.append(number)
            if not case_fault:
                continue
            # Side effects count only if no case fails.
            is_side_effect = case_fault.kind == SIDE_EFFECT
            if not judgment.fault or not is_side_effect:
                judgment.fault = case_fault
                judgment.case = number
            if not is_side_effect:
                break
        return asking

    def show_case(
        self, case: dict, worker: Worker, passed: frozenset[str]
    ) -> ShownCase:
        """Ask a worker one case, whose latest question counts: a body may have others.

        Where all parts are right, they are the student's own, as in their notebook.  Raises
        Ended.
        """
        dialog = self.dialog(worker, self.settings.check_seconds)
        parts = {part.name for part in self.exercise.parts}
        dialog.has_own_parts = parts <= passed
        case_fault = self.fault_in(case, dialog.answer, passed, {})
        if not dialog.history:
            return ShownCase(case_fault, None)
        question, _ = dialog.history[-1]
        if dialog.has_own_parts and case_fault and case_fault.kind == "raised":
            # Recorded batches may raise otherwise than the student's own.
            value, _ = dialog.answer(question._replace(roles={}, recorded={}))
            if type(value) is wire.Raised:
                case_fault = raised(value, self.exercise)
        return ShownCase(case_fault, question)

    def is_random(self, question: object, worker: Worker) -> bool:
        """Return whether copies of a question get different answers.  Raises Ended.

        Only within a message: each message begins with the same seed.
        """
        # Of two examples in a random order, eight answers are alike once in 128 times.
        answers = worker.ask(
            self.exercise.function,
            [question] * 8,
            self.settings.check_seconds,
        )
        return len({*map(str, answers)}) > 1

    def dialog(self, worker: Worker, seconds: float) -> Dialog:
        """Return a way to ask a worker one question at a time, each within `seconds`."""
        return Dialog(worker, self.exercise.function, seconds)

    def fault_in(
        self,
        case: dict,
        answer: Answer,
        passed: frozenset[str],
        right_values: dict,
        measured: dict[str, dict[str, float]] | None = None,
    ) -> Fault | None:
        """Return the first fault of a case; None if its body passes with one of the roles.

        answer: answers a question.  right_values: of this case, filled in.  measured:
        as in Judgment, filled in.
        """
        measured = {} if measured is None else measured
        first_fault = None
        for roles in self.roles:
            function = StudentFunction(
                answer, right_values, roles, passed, measured
            )
            fault_with_roles = self._fault(function, case)
            if fault_with_roles is None:
                return None
            first_fault = first_fault or fault_with_roles
        return first_fault

    def _fault(self, function: StudentFunction, case: dict) -> Fault | None:
        """Run the body.  An exception of its own is our fault, except an overflow.

        The reference passed the same cases, so if the body's arithmetic overflows, the
        answers contain such large numbers.
        """
        try:
            self.check.body(function, **copied(case))
        except Difference as error:
            return fault(
                "differs", message=error.message, sort=error.sort, of=error.of
            )
        except StudentError as error:
            return raised(error.raised, self.exercise)
        except Malformed:
            return fault("malformed")
        except (Ended, SandboxError):
            raise
        except ArithmeticError:
            return fault("beyond")
        except Exception as error:
            # The check is broken, for whatever reason.
            log = "".join(traceback.format_exception(error))
            return fault(
                "ours", error=type(error).__name__, message=str(error), log=log
            )
        for effect in function.side_effects:
            if effect != "seeds" or not self.exercise.may_seed:
                return fault(
                    SIDE_EFFECT, what=effect, function=self.exercise.function
                )
        return None


@dataclass
class Dialog:
    """Questions to one worker, one at a time, and its answers.  Raises Ended."""

    worker: Worker
    function: str
    seconds: float  # for each
    has_own_parts: bool = False  # no right ones stand in
    history: list[tuple[Question, Any]] = field(default_factory=list)

    def answer(self, question: Question) -> tuple[Any, float]:
        """Return the answer, and the CPU seconds that it took."""
        before = self.worker.cpu()
        if self.has_own_parts:
            roles = question.roles.items()
            recorded = {part: role for part, role in roles if role == RECORDED}
            question = question._replace(roles=recorded)
        (value,) = self.worker.ask(self.function, [question], self.seconds)
        self.history.append((question, value))
        return value, self.worker.cpu() - before


def after(first: object, answer: Answer) -> Answer:
    """Return a function that gives this answer to the first question, and asks the others."""
    answers = [(first, 0.0)]
    return lambda question: answers.pop() if answers else answer(question)


class ShownCase(NamedTuple):
    """A case's fault, and the question that shows it."""

    fault: Fault | None
    question: Question | None


@dataclass
class Judgment:
    """The answers of one submission to one check, and what is wrong with them."""

    runner: CheckRunner
    fault: Fault | None = None
    case: int = 0  # the smallest one drawn that shows the fault
    # to the first questions, and their number
    replies: list[tuple[Reply, int]] = field(default_factory=list)
    # a fault that ended the worker: no case to look at
    ended: bool = False
    # a sentence -> its numbers
    measured: dict[str, dict[str, float]] = field(default_factory=dict)
    # the smallest case found that fails, and its fault
    smallest: tuple[dict, Fault | None] | None = None
    # of a check that is not drawn
    history: list[tuple[Question, Any]] = field(default_factory=list)

    @property
    def check(self) -> Check:
        return self.runner.check

    @cached_property
    def answers(self) -> list:
        """The answer to the first question of each drawn case, or all to a sequential check."""
        if not self.replies:
            return [[answer for _, answer in self.history]]
        cases = []
        for reply, count in self.replies:
            cases += [[answer] for answer in reply.values(count)]
        return cases

    @cached_property
    def fingerprint(self) -> object:
        """What to compare of the answers with a mistake's; rare cases are left out."""
        cases = self.answers[self.check.rare :]
        return self.check.fingerprint(
            [[*map(value_of, case)] for case in cases]
        )


def value_of(answer: Any) -> Any:
    """Return an answer's value, without its side effect."""
    if type(answer) is wire.SideEffect:
        return answer.value
    return answer

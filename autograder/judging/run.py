"""Runs a check on its cases: one message takes the first questions of all bodies to a worker.

It is packed once for all submissions.  Knows nothing of mistakes' names, results or words.
"""

from __future__ import annotations

import marshal
import math
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import torch

from autograder import wire
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import Difference
from autograder.authoring.proxy import (
    Doubles,
    Malformed,
    Question,
    StudentError,
    StudentFunction,
)
from autograder.authoring.values import copied
from autograder.errors import N_, DeclarationError, Ended, SandboxError
from autograder.judging.cases import Cases, number_of, size
from autograder.judging.faults import SIDE_EFFECT, fault, raised
from autograder.results import Fault
from autograder.sandbox.client import Reply, Worker, questions_frame
from autograder.settings import Settings

# Faults cached by equal answers: without any, a right answer takes 1.4 times as long.
MAX_CACHED = 1000
# Of a frame's inputs: its answers have results, inputs and gradients.
MAX_ROWS = wire.MAX_ROWS // 4
ASKS_NOTHING = N_(
    "{file}, line {line}: {where} asks nothing{why}. Call the student's function in it."
)
IS_RANDOM = N_(
    "{file}, line {line}: {where} asks something else each time. Let given= draw what is random."
)
# Returns a question's answer, and its CPU seconds if known.
Answer = Callable[[Question], tuple[Any, float]]


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
    # what the check measured: a sentence -> its numbers
    notes: dict[str, dict[str, float]] = field(default_factory=dict)
    # the smallest case found that fails, and its fault
    smallest: tuple[dict, Fault | None] | None = None
    # of a sequential check
    log: list[tuple[Question, Any]] = field(default_factory=list)

    @property
    def check(self) -> Check:
        return self.runner.check

    @cached_property
    def answers(self) -> list:
        """The answer to the first question of each drawn case, or all to a sequential check."""
        if not self.replies:
            return [[answer for _, answer in self.log]]
        cases = []
        for reply, count in self.replies:
            cases += [[answer] for answer in reply.values(count)]
        return cases

    @cached_property
    def fingerprint(self) -> object:
        """What to compare of the answers with a mistake's; rare cases are left out."""
        cases = self.answers
        if self.check.is_drawn:
            cases = cases[self.check.rare :]
        return self.check.fingerprint([[*map(_plain, case)] for case in cases])


def _plain(answer: Any) -> Any:
    if type(answer) is wire.SideEffect:
        return answer.value
    return answer


class ShownCase(NamedTuple):
    """A case's fault, and the question that shows it."""

    fault: Fault | None
    question: Question | None


class _FirstQuestion(BaseException):
    """Ends a body at its first question.  No check's `except Exception` catches it."""

    def __init__(self, question: Question):
        self.question = question


def _stop(question: Question) -> tuple[Any, float]:
    raise _FirstQuestion(question)


def after(first: object, ask: Answer) -> Answer:
    """Return a function that gives this answer to the first question, and asks the others."""
    answers = [(first, 0.0)]
    return lambda question: answers.pop() if answers else ask(question)


def in_frames(cases: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Yield how many cases go into each frame, so that their answers fit into one, too."""
    count = rows = 0
    for case in cases:
        rows_of_case = 0
        for value in case.values():
            if isinstance(value, torch.Tensor):
                rows_of_case += math.prod(value.shape[:-1])
        if count and rows + rows_of_case > MAX_ROWS:
            yield count
            count = rows = 0
        count += 1
        rows += rows_of_case
    yield count


class CheckRunner:
    """One check of an exercise, with the cases of this run."""

    def __init__(
        self, exercise: Exercise, check: Check, cases: Cases, settings: Settings
    ):
        self.exercise = exercise
        self.check = check
        self.settings = settings
        groups = cases.groups(check)
        self.cases: list[dict] = [*chain(*groups)]
        self.counts = [*chain(*map(in_frames, groups))]
        sources = [
            sibling
            for sibling in exercise.checks
            if sibling.body in check.same_cases_as
        ]
        self.edge_cases: list[dict] = []
        for source, group in zip(sources or [check], groups):
            self.edge_cases += group[: len(source.edge_cases)]
        # Right values, for all students.
        self.right_values: list[dict] = [{} for _ in self.cases]
        # The fault and its case by what was asked and answered: many students answer alike.
        self.cached_faults: dict[tuple, tuple[Fault | None, int]] = {}
        self.frames: dict[frozenset[str], list[tuple[bytes, int]]] = {}
        self.seed = number_of(check, cases.seed)
        # Made once: a body runs for each case of each student.
        self.doubles = exercise.default_doubles

    def passing(self) -> bytes:
        """Return the questions asked so far, and the answers that pass, for `recognize`."""
        passing = []
        for key, (cached, _) in self.cached_faults.items():
            if cached is None:
                passing.append(key)
        return marshal.dumps((self.frames, passing))

    def recognize(self, passing: bytes) -> None:
        """Let answers pass that passed in an earlier run."""
        self.frames, keys = marshal.loads(passing)
        self.cached_faults = dict.fromkeys(keys, (None, 0))

    @cached_property
    def order(self) -> list[int]:
        """The cases' numbers, smallest case first."""
        return sorted(
            range(len(self.cases)), key=lambda number: size(self.cases[number])
        )

    def fault_in(
        self,
        case: dict,
        right_values: dict,
        passed: frozenset[str],
        answer: Answer,
        notes: dict[str, dict[str, float]] | None = None,
        doubles: Sequence[Doubles] | None = None,
    ) -> Fault | None:
        """Return the first fault of a case; None if its body passes with one of these doubles.

        right_values: of this case, filled in.  answer: answers a question.  notes: gets
        measurements.  doubles: by default the exercise's.
        """
        first_fault = None
        for roles in doubles or self.doubles:
            function = StudentFunction(
                answer,
                right_values,
                roles,
                passed,
                {} if notes is None else notes,
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

    def opening(self, passed: frozenset[str]) -> list[tuple[bytes, int]]:
        """Return the first questions of all cases as frames, each with their number.

        They are the same for every submission, so that grading is fair.  Raises
        DeclarationError if a body asks nothing, or draws random inputs of its own.
        """
        if passed not in self.frames:
            questions = []
            for number in range(len(self.cases)):
                questions.append(self._first_question(number, passed))
            again = self._first_question(-1, passed)
            if wire.pack(questions[-1]) != wire.pack(again):
                raise self._error(IS_RANDOM)
            waiting = iter(questions)
            self.frames[passed] = []
            for count in self.counts:
                frame = questions_frame(
                    self.exercise.function, [*islice(waiting, count)]
                )
                self.frames[passed].append((frame, count))
        return self.frames[passed]

    def _first_question(self, number: int, passed: frozenset[str]) -> Question:
        case = self.cases[number]
        try:
            first_fault = self.fault_in(
                case, self.right_values[number], passed, _stop
            )
        except _FirstQuestion as stopped:
            return stopped.question
        reason = first_fault and first_fault.values.get("message")
        raise self._error(ASKS_NOTHING, why=f" ({reason})" if reason else "")

    def _error(self, text: str, **values: object) -> DeclarationError:
        code = self.check.body.__code__
        return DeclarationError(
            text,
            self.exercise.place("check", self.check.name),
            file=Path(code.co_filename).name,
            line=code.co_firstlineno,
            **values,
        )

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
        judgment = Judgment(self)
        # A case that was not drawn cannot get smaller.
        if not self.check.is_drawn:
            ask = self.asking(
                worker, seconds or self.settings.single_seconds, judgment.log
            )
            judgment.fault = self.fault_in(
                self.cases[0],
                self.right_values[0],
                passed,
                ask,
                judgment.notes,
            )
            return judgment
        seconds = seconds or self.settings.check_seconds
        for frame, count in self.opening(passed):
            # Another check may have asked the same.
            if frame not in worker.replies:
                worker.replies[frame] = worker.exchange(frame, seconds)
            judgment.replies.append((worker.replies[frame], count))
        key = (passed, *(reply.key for reply, _ in judgment.replies))
        if key in self.cached_faults:
            judgment.fault, judgment.case = self.cached_faults[key]
            return judgment
        further_questions: list = []
        ask = self.asking(worker, seconds, further_questions)
        for number in self.order:
            (first_answer,) = judgment.answers[number]
            case_fault = self.fault_in(
                self.cases[number],
                self.right_values[number],
                passed,
                after(first_answer, ask),
            )
            if case_fault is None:
                continue
            # Side effects count only if no case fails.
            is_side_effect = case_fault.kind == SIDE_EFFECT
            if judgment.fault is None or not is_side_effect:
                judgment.fault = case_fault
                judgment.case = number
            if not is_side_effect:
                break
        if not further_questions and len(self.cached_faults) < MAX_CACHED:
            self.cached_faults[key] = judgment.fault, judgment.case
        return judgment

    def asking(
        self, worker: Worker, seconds: float, log: list | None = None
    ) -> Answer:
        """Return a function that asks a worker one question at a time, each within `seconds`.

        log: gets the questions and their answers.
        """

        def answer(question: Question) -> tuple[Any, float]:
            before = worker.cpu()
            (value,) = worker.ask(self.exercise.function, [question], seconds)
            if log is not None:
                log.append((question, value))
            return value, worker.cpu() - before

        return answer

    def show_case(
        self, case: dict, worker: Worker, passed: frozenset[str]
    ) -> ShownCase:
        """Ask a worker one case, whose latest question counts: a body may have others.

        Raises Ended.
        """
        log: list[tuple[Question, Any]] = []
        ask = self.asking(worker, self.settings.check_seconds, log)
        first, *other_doubles = self.doubles
        case_fault = self.fault_in(case, {}, passed, ask, doubles=[first])
        if not log:
            return ShownCase(case_fault, None)
        question, _ = log[-1]
        if (
            other_doubles
            and self.fault_in(case, {}, passed, ask, doubles=other_doubles)
            is None
        ):
            case_fault = None
        return ShownCase(case_fault, question)

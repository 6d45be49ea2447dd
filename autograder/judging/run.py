"""Runs a check on its cases: one message takes the first questions of all bodies to a worker.

It is packed once for all submissions.  Knows nothing of mistakes' names, results or words.
"""

import contextlib
import math
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import torch

from autograder import wire
from autograder.authoring import drawing
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
from autograder.judging.faults import SIDE_EFFECT, Judgment, fault, raised
from autograder.results import Fault
from autograder.sandbox.client import Worker, questions_frame
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


class ShownCase(NamedTuple):
    """A case's fault, the question and answer that show it, and whether these are its inputs."""

    fault: Fault | None
    question: Question | None
    answer: object
    is_own: bool


class _FirstQuestion(BaseException):
    """Ends a body at its first question.  No check's `except Exception` catches it."""


def _after(first: object, ask: Answer) -> Answer:
    """Return a function that gives this answer to the first question, and asks the others."""
    answers = [(first, 0.0)]
    return lambda question: answers.pop() if answers else ask(question)


def in_frames(cases: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Yield how many cases go into each frame, so that their answers fit into one, too."""
    count = rows = 0
    for case in cases:
        tensors = (
            value for value in case.values() if isinstance(value, torch.Tensor)
        )
        more = sum(math.prod(tensor.shape[:-1]) for tensor in tensors)
        if count and rows + more > MAX_ROWS:
            yield count
            count = rows = 0
        count, rows = count + 1, rows + more
    yield count


class CheckRunner:
    """One check of an exercise, with the cases of this run."""

    def __init__(
        self, exercise: Exercise, check: Check, cases: Cases, settings: Settings
    ):
        self.exercise, self.check, self.settings = exercise, check, settings
        groups = cases.groups(check)
        self.cases = [case for group in groups for case in group]
        self.counts = [count for group in groups for count in in_frames(group)]
        self.is_edge_case: list[bool] = []
        sources = [
            other
            for other in exercise.checks
            if other.body in check.same_cases_as
        ]
        for source, group in zip(sources or [check], groups):
            edge_cases = len(source.edge_cases)
            self.is_edge_case += [True] * edge_cases
            self.is_edge_case += [False] * (len(group) - edge_cases)
        # Right values, for all students.
        self.known: list[dict] = [{} for _ in self.cases]
        # The fault and its case by what was asked and answered: many students answer alike.
        self.cached_faults: dict[tuple, tuple[Fault | None, int]] = {}
        self.frames: dict[frozenset[str], list[tuple[bytes, int]]] = {}
        self.number = number_of(check, cases.seed)
        # Made once: a body runs for each case of each student.
        self.doubles = exercise.default_doubles

    @cached_property
    def order(self) -> list[int]:
        """The cases' numbers, smallest case first."""
        return sorted(range(len(self.cases)), key=lambda i: size(self.cases[i]))

    def fault_in(
        self,
        case: dict,
        known: dict,
        passed: frozenset[str],
        answer: Answer,
        notes: dict[str, dict[str, float]] | None = None,
        doubles: Sequence[Doubles] | None = None,
    ) -> Fault | None:
        """Return the first fault of a case; None if its body passes with one of these doubles.

        known: right values of this case, filled in.  answer: answers a question.  notes:
        gets measurements.
        doubles: by default the exercise's.
        """
        first_fault = None
        if notes is None:
            notes = {}
        if doubles is None:
            doubles = self.doubles
        for roles in doubles:
            function = StudentFunction(answer, known, roles, passed, notes)
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
            self.check.body(
                function,
                **{name: copied(value) for name, value in case.items()},
            )
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
        except Exception as error:  # the check is broken, for whatever reason
            log = "".join(traceback.format_exception(error))
            return fault(
                "ours", error=type(error).__name__, message=str(error), log=log
            )
        for effect in function.side_effects:
            if not (effect == "seeds" and self.exercise.may_seed):
                return fault(
                    SIDE_EFFECT, what=effect, function=self.exercise.function
                )
        return None

    def opening(self, passed: frozenset[str]) -> list[tuple[bytes, int]]:
        """Return the first questions of all cases, as a frame and their number for each group."""
        if passed not in self.frames:
            questions = iter(self.first_questions(passed))
            name = self.exercise.function
            frames = [
                questions_frame(name, [*islice(questions, count)])
                for count in self.counts
            ]
            self.frames[passed] = list(zip(frames, self.counts))
        return self.frames[passed]

    def first_questions(self, passed: frozenset[str]) -> list[Question]:
        """Return the first question of each case: the same for every submission, so that
        grading is fair.

        Raises DeclarationError if a body asks nothing, or draws random inputs of its own.
        """
        code, place = (
            self.check.body.__code__,
            self.exercise.place("check", self.check.name),
        )
        where = {
            "file": Path(code.co_filename).name,
            "line": code.co_firstlineno,
        }
        questions: list[Question] = []

        def stop(question: Question) -> tuple[Any, float]:
            questions.append(question)
            raise _FirstQuestion

        for i in (*range(len(self.cases)), -1):
            with contextlib.suppress(_FirstQuestion):
                found = self.fault_in(
                    self.cases[i], self.known[i], passed, stop
                )
                why = found.values.get("message", "") if found else ""
                raise DeclarationError(
                    ASKS_NOTHING, place, why=why and f" ({why})", **where
                )
        *first, again = questions
        if wire.pack(first[-1]) != wire.pack(again):
            raise DeclarationError(IS_RANDOM, place, **where)
        return first

    def run(
        self,
        worker: Worker,
        passed: frozenset[str],
        seconds: float | None = None,
    ) -> Judgment:
        """Judge all cases in a worker.  Raises Ended.

        passed: the parts that passed all their own checks.  seconds: for each message, by
        default the
        settings'.
        """
        judgment = Judgment()
        if not self.check.is_drawn:  # sequential
            answer = self.asking(
                worker, seconds or self.settings.single_seconds, judgment.log
            )
            judgment.fault = self.fault_in(
                self.cases[0], self.known[0], passed, answer, judgment.notes
            )
            return judgment
        seconds = seconds or self.settings.check_seconds
        for frame, count in self.opening(passed):
            if (
                frame not in worker.replies
            ):  # another check may have asked the same
                worker.replies[frame] = worker.exchange(frame, seconds)
            judgment.replies.append((worker.replies[frame], count))
        key = (passed, *(reply.key for reply, _ in judgment.replies))
        if key in self.cached_faults:
            judgment.fault, judgment.case = self.cached_faults[key]
            return judgment
        first = [answer for (answer,) in judgment.answers]
        further: list = []
        ask = self.asking(worker, seconds, further)
        for i, found in self._faults(
            passed, ask, {i: first[i] for i in self.order}
        ):
            # Side effects count only if no case fails.
            if judgment.fault is None or found.kind != SIDE_EFFECT:
                judgment.case, judgment.fault = i, found
            if found.kind != SIDE_EFFECT:
                break
        if not further and len(self.cached_faults) < MAX_CACHED:
            self.cached_faults[key] = judgment.fault, judgment.case
        return judgment

    def _faults(
        self, passed: frozenset[str], ask: Answer, first: Mapping[int, object]
    ) -> Iterator[tuple[int, Fault]]:
        """Run the body on cases, in order.  Yields the number and the fault of each case that
        fails.

        first: the answers to the cases' first questions, by number.  ask: answers each
        further question.
        """
        for i, answer in first.items():
            found = self.fault_in(
                self.cases[i], self.known[i], passed, _after(answer, ask)
            )
            if found is not None:
                yield i, found

    def each(
        self, worker: Worker, passed: frozenset[str], judgment: Judgment
    ) -> list[Fault | None]:
        """Return the fault of each case, given a judgment's answers to the first questions.  Raises
        Ended.
        """
        ask = self.asking(worker, self.settings.single_seconds)
        answers = [answer for (answer,) in judgment.answers]
        faults = dict(self._faults(passed, ask, dict(enumerate(answers))))
        return [faults.get(i) for i in range(len(answers))]

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

    def smallest(
        self,
        judgment: Judgment,
        worker: Worker,
        passed: frozenset[str],
        tries: int,
    ) -> tuple[dict, Fault | None, int]:
        """Return the smallest case found that fails, its fault, and the tries left."""
        best, left = (self.cases[judgment.case], judgment.fault), tries
        given: Any = self.check.simpler
        is_simplest = given is None and judgment.case == self.order[0]
        if given is None:
            given = self.check.given  # None only for a single case
        if (
            is_simplest
            or not tries
            or (judgment.fault and judgment.fault.kind == "ours")
        ):
            return *best, left
        answer = self.asking(worker, self.settings.check_seconds)

        def fails(case: dict) -> bool:
            nonlocal best, left
            left -= 1
            found = self.fault_in(case, {}, passed, answer)
            if found is not None and size(case) <= size(best[0]):
                best = case, found
            return found is not None

        try:
            drawing.shrink(
                given, self.number, self.settings.shrink_tries, fails, tries
            )
        except Ended:  # a case ended the worker: keep what was found before
            left = 0
        return *best, left

    def show_case(
        self, case: dict, worker: Worker, passed: frozenset[str]
    ) -> ShownCase:
        """Ask a worker one case, whose latest question counts: a body may have others.  Raises
        Ended.
        """
        log: list[tuple[Question, Any]] = []
        ask = self.asking(worker, self.settings.check_seconds, log)
        found = self.fault_in(case, {}, passed, ask, doubles=self.doubles[:1])
        asked, others = [*log], self.doubles[1:]
        if (
            others
            and self.fault_in(case, {}, passed, ask, doubles=others) is None
        ):
            found = None
        if not asked:
            return ShownCase(found, None, None, True)
        question, answer = asked[-1]
        is_own = wire.pack(question.args) == wire.pack(asked[0][0].args)
        return ShownCase(
            found,
            question,
            answer.value if type(answer) is wire.SideEffect else answer,
            is_own,
        )

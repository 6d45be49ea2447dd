"""Runs a check, prepared once for all submissions: its cases and its first questions.

Knows nothing of mistakes' names, of results or of words.
"""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from autograder import wire
from autograder.authoring import drawing
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import Difference
from autograder.authoring.proxy import Malformed, Question, Student, StudentError
from autograder.errors import N_, DeclarationError, Ended, SandboxError
from autograder.judging.cases import Cases, copied, number_of, size
from autograder.judging.faults import LEFT_BEHIND, Fault, fault, not_permitted
from autograder.sandbox.worker import Reply, questions_frame
from autograder.settings import Settings

REMEMBERED = 1000  # cached verdicts on equal answers
SHORT = 150  # characters of an exception's message from a worker that has right answers in it
KEY = 16  # bytes of a digest of answers
ASKS_NOTHING = N_("{file}, line {line}: {where} asks nothing{why}. Call the student's function in it.")
IS_RANDOM = N_("{file}, line {line}: {where} asks something else each time. Let given= draw what is random.")


@dataclass
class Run:
    """The answers of one submission to one check."""

    fault: Fault | None = None
    case: int = 0  # the smallest one drawn that shows the fault
    replies: list[tuple[Reply, int]] = field(default_factory=list)  # to the first questions, and their number
    ended: bool = False  # a fault that ended the worker: no case to look at
    notes: dict = field(default_factory=dict)  # what the check measured
    alone: list = field(default_factory=list)  # the answers to a sequential check

    @cached_property
    def answers(self) -> list:
        """The answer to the first question of each drawn case, or all answers to a sequential check."""
        return [[one] for reply, count in self.replies for one in reply.values(count)] or [self.alone]


class CheckRunner:
    """One check of an exercise, with the cases of this run."""

    def __init__(self, exercise: Exercise, check: Check, cases: Cases, settings: Settings):
        self.exercise, self.check, self.settings = exercise, check, settings
        groups = cases.groups(check)
        shared = [c for c in exercise.checks if c.body in check.same_cases_as] or [check]
        edge_cases = [len(c.edge_cases) for c in shared]
        self.cases, self.counts = [case for group in groups for case in group], [len(g) for g in groups]
        self.is_edge_case = [
            at < count for group, count in zip(groups, edge_cases) for at in range(len(group))
        ]
        self.known: list[dict] = [{} for _ in self.cases]
        # Verdicts by a key of answers, because many students answer alike: the fault, and its case.
        self.verdicts: dict[bytes, tuple[Fault | None, int]] = {}
        self.frames: dict[frozenset[str], list[tuple[bytes, int]]] = {}
        self.number = number_of(check, cases.seed)
        self.doubles = exercise.default_doubles  # made once: a body runs for each case of each student

    @cached_property
    def order(self) -> list[int]:
        """The cases' numbers, smallest case first."""
        sizes = [size(case) for case in self.cases]
        return sorted(range(len(sizes)), key=sizes.__getitem__)

    def judged(self, case: dict, known: dict, answer, passed, notes=None) -> Fault | Question | None:
        """None for a pass, a Fault, or the Question that has no answer yet.

        An exception from the body itself is our fault, except an overflow: the reference passed the same
        cases, so if the body's arithmetic overflows, the answers contain such large numbers.
        """
        first = None
        for doubles in self.doubles:
            found = self._judged_with(doubles, case, known, answer, passed, notes)
            if found is None or isinstance(found, Question):
                return found
            first = first or found
        return first

    def _judged_with(self, doubles, case, known, answer, passed, notes):
        student = Student(answer, known, doubles, passed, notes, names=self.exercise.parameters)
        try:
            self.check.body(student, **copied(case))
        except Question as question:
            return question
        except Difference as error:
            return fault("differs", words=str(error), sort=error.sort, of=error.of)
        except StudentError as error:
            return self._fault_raised(error.raised)
        except Malformed:
            return fault("malformed")
        except (Ended, SandboxError):
            raise
        except ArithmeticError:
            return fault("beyond")
        except Exception as error:  # the check is broken, for whatever reason
            log = "".join(traceback.format_exception(error))
            return fault("ours", error=type(error).__name__, message=str(error), log=log)
        may = {"seeds"} if self.exercise.may_seed else set()
        left = [what for what in student.left if what not in may]
        return fault(LEFT_BEHIND, what=left[0], function=self.exercise.function) if left else None

    def _fault_raised(self, raised):
        # torch raises it too, with a long message, for a dtype that an operation lacks
        if raised.error == "NotImplementedError" and (raised.message or "x").isidentifier():
            if raised.message in {part.function for part in self.exercise.parts}:
                return fault("part_not_written", part=raised.message)
            return fault("not_written")
        if limit := not_permitted(raised.error, raised.message, place=raised.place):
            return limit
        message = raised.message
        if self.exercise.has_doubles and len(message) > SHORT:  # its worker has right answers
            message = message[: SHORT - 1] + "…"
        return fault("raised", error=raised.error, message=message, place=raised.place)

    def opening(self, passed: frozenset[str]) -> list[tuple[bytes, int]]:
        """The first questions of all cases, a frame for each group.  They do not depend on any answer."""
        if passed not in self.frames:
            packed = iter([question.packed for question in self.first_questions(passed)])
            name = self.exercise.function
            frames = [questions_frame(name, [*islice(packed, count)]) for count in self.counts]
            self.frames[passed] = list(zip(frames, self.counts))
        return self.frames[passed]

    def first_questions(self, passed: frozenset[str]) -> list[Question]:
        """The first question of each case.  Raises DeclarationError where there is none, or no fixed one."""
        first = [self._first_question(case, known, passed) for case, known in zip(self.cases, self.known)]
        again = self._first_question(self.cases[-1], self.known[-1], passed)
        if wire.pack(first[-1].packed) != wire.pack(again.packed):
            raise self._slip(IS_RANDOM)
        return first

    def _first_question(self, case, known, passed):
        question = self.judged(case, known, _no_answer, passed)
        if isinstance(question, Question):
            return question
        why = question.values.get("message", "") if question else ""
        raise self._slip(ASKS_NOTHING, why=why and f" ({why})")

    def _slip(self, words, **values):
        code, where = self.check.body.__code__, self.exercise.place("check", self.check.name)
        place = {"file": Path(code.co_filename).name, "line": code.co_firstlineno}
        return DeclarationError(words, where, **place, **values)

    def run(self, worker, passed: frozenset[str], seconds: float | None = None) -> Run:
        """Judge all cases.  passed: the parts that passed their checks.  seconds: for each question sent."""
        if not self.check.is_drawn:
            return self._one_by_one(worker, passed, seconds or self.settings.single_seconds)
        seconds, replies = seconds or self.settings.check_seconds, []
        for frame, count in self.opening(passed):
            if frame not in worker.replies:  # another check may have asked the same
                worker.replies[frame] = worker.exchange(frame, seconds)
            replies.append((worker.replies[frame], count))
        key = self._key(passed, [reply for reply, _ in replies])
        if key in self.verdicts:
            return Run(*self.verdicts[key], replies)
        run = Run(replies=replies)
        rounds = self._first_fault(worker, passed, seconds, run)
        if rounds == 1 and len(self.verdicts) < REMEMBERED:
            self.verdicts[key] = run.fault, run.case
        return run

    def _key(self, passed, replies):
        """A key that is equal for equal answers to the same questions."""
        key = hashlib.blake2b(",".join(sorted(passed)).encode(), digest_size=KEY)
        for reply in replies:
            key.update(reply.key)
        return key.digest()

    def _first_fault(self, worker, passed, seconds, run):
        """Judge the cases, smallest first, until one fails.  Returns the rounds of questions that it took.

        If a body asks again, 8 cases share a message and its deadline, and each next message has twice as
        many.  What calls left behind counts only if no case fails.
        """
        answers = [first[:1] for first in run.answers]
        waiting, rounds, faults = self.order, 0, {}
        while waiting:
            asked, rounds = {}, rounds + 1
            for i in waiting:
                found = self.judged(self.cases[i], self.known[i], _answers_so_far(answers[i]), passed)
                if isinstance(found, Question):
                    asked[i] = found.packed
                elif found is not None:
                    faults[i] = found
                    if found.kind != LEFT_BEHIND:
                        break  # only smaller cases go on
            waiting, left, count = [*asked], iter(asked), 8
            while some := [*islice(left, count)]:
                values = worker.ask(self.exercise.function, [asked[i] for i in some], seconds)
                for i, value in zip(some, values):
                    answers[i].append(value)
                count *= 2
        shown = {i: one for i, one in faults.items() if one.kind != LEFT_BEHIND} or faults
        if shown:
            run.case = min(shown, key=self.order.index)
            run.fault = shown[run.case]
        return rounds

    def each(self, worker, passed: frozenset[str], answers: list) -> list[Fault | Question | None]:
        """Whether each case shows a fault, given the answers to the first questions.  Raises Ended."""
        ask, faults = self.asking(worker, self.settings.single_seconds), []
        for case, known, first in zip(self.cases, self.known, answers):
            faults.append(self.judged(case, known, _answers_so_far(first[:1], ask), passed))
        return faults

    def _one_by_one(self, worker, passed, seconds):
        run, asked = Run(), []
        answer = self.asking(worker, seconds, asked)
        run.fault = self.judged(self.cases[0], self.known[0], answer, passed, run.notes)
        run.alone = [value for _, value in asked]
        return run

    def asking(self, worker, seconds: float, asked: list | None = None):
        """A function that asks a worker one question at a time, each within `seconds`.  asked: the log."""

        def answer(question):
            before = worker.cpu()
            (value,) = worker.ask(self.exercise.function, [question.packed], seconds)
            if asked is not None:
                asked.append((question, value))
            return value, worker.cpu() - before

        return answer

    def smallest(
        self, run: Run, worker, passed: frozenset[str], tries: int
    ) -> tuple[dict, Fault | None, int]:
        """The smallest case found that fails, its fault, and the tries left."""
        best, left = (self.cases[run.case], run.fault), tries
        given: Any = self.check.given  # None only for a single case
        if run.case == self.order[0] or not tries or (run.fault and run.fault.kind == "ours"):
            return *best, left
        answer = self.asking(worker, self.settings.check_seconds)

        def fails(case):
            nonlocal best, left
            left -= 1
            found = self.judged(case, {}, answer, passed)
            if isinstance(found, Fault) and size(case) <= size(best[0]):
                best = case, found
            return isinstance(found, Fault)

        try:
            drawing.shrink(given, self.number, self.settings.shrink_tries, fails, tries)
        except Ended:  # a case ended the worker: keep what was found before
            left = 0
        return *best, left

    def asked(self, case: dict, worker, passed: frozenset[str]) -> tuple[Any, Question | None]:
        """The fault of one case in this worker, and the question whose answer shows it.  Raises Ended."""
        asked: list[tuple[Question, object]] = []
        answer, (first, *others) = self.asking(worker, self.settings.check_seconds, asked), self.doubles
        found, at = self._judged_with(first, case, {}, answer, passed, None), len(asked)
        if not all(self._judged_with(each, case, {}, answer, passed, None) for each in others):
            found = None
        return found, asked[at - 1][0] if at else None


def _no_answer(question):
    raise question


def _answers_so_far(answers, then=_no_answer):
    left = iter(answers)

    def answer(question):
        for value in left:
            return value, 0.0
        return then(question)

    return answer

"""Runs a check on its cases, in rounds: all bodies ask, one message takes their questions to a worker.

The first round is packed once for all submissions.  Knows nothing of mistakes' names, results or wording.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from greenlet import getcurrent, greenlet

from autograder import wire
from autograder.authoring import drawing
from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import Difference
from autograder.authoring.proxy import Doubles, Malformed, Question, Student, StudentError
from autograder.errors import N_, DeclarationError, Ended, SandboxError
from autograder.judging.cases import Cases, copied, number_of, size
from autograder.judging.faults import SIDE_EFFECT, Fault, fault, not_permitted
from autograder.sandbox.worker import Reply, Worker, questions_frame
from autograder.settings import Settings

REMEMBERED = 1000  # cached verdicts on equal answers; without any, a right answer takes 1.4 times as long
FEW = 8  # cases whose second questions share a message and its deadline; each next message has twice as many
SHORT = 150  # characters of an exception's message from a worker that has right answers in it
KEY = 16  # bytes of a digest of answers
ASKS_NOTHING = N_("{file}, line {line}: {where} asks nothing{why}. Call the student's function in it.")
IS_RANDOM = N_("{file}, line {line}: {where} asks something else each time. Let given= draw what is random.")
Answer = Callable[[Question], tuple[Any, float]]  # returns a question's answer, and its CPU seconds if known


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


class Body:
    """A check's body on one case, in a greenlet: it waits at each question until it gets the answer.

    question: the one that waits for an answer.  fault: what it found, once no question is left.
    """

    def __init__(self, judged: Callable[[Answer], Fault | None]):
        """Run `judged`, which takes the function that answers, up to its first question."""
        self.question: Question | None = None
        self.fault: Fault | None = None
        self._greenlet = greenlet(judged)
        self._go_on(_wait)

    def answer(self, value: object) -> None:
        """Let it go on with this answer, up to its next question or its end."""
        self._go_on((value, 0.0))

    def _go_on(self, given: object) -> None:
        with torch.set_grad_enabled(torch.is_grad_enabled()):  # a body may wait in a no_grad() of its own
            found = self._greenlet.switch(given)
        is_question = isinstance(found, Question)
        self.question, self.fault = (found, None) if is_question else (None, found)

    def close(self) -> None:
        """Abandon it, if it still waits."""
        if self._greenlet:
            self._greenlet.throw()


def _wait(question: Question) -> tuple[Any, float]:
    """Hand a question over to the loop that runs this body; returns when it has an answer."""
    is_on = torch.is_grad_enabled()
    answer: tuple[Any, float] = getcurrent().parent.switch(question)
    torch.set_grad_enabled(is_on)
    return answer


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

    def judged(
        self,
        case: dict,
        known: dict,
        passed: frozenset[str],
        answer: Answer,
        notes: dict[str, float] | None = None,
    ) -> Fault | None:
        """Run the body on a case, once for each of the exercise's default doubles until one passes.

        known: right values of this case, filled in.  answer: answers a question.  notes: gets measurements.
        An exception from the body itself is our fault, except an overflow: the reference passed the same
        cases, so if the body's arithmetic overflows, the answers contain such large numbers.
        """
        first = None
        for doubles in self.doubles:
            found = self._judged_with(doubles, case, known, passed, answer, notes)
            if found is None:
                return None
            first = first or found
        return first

    def _judged_with(
        self,
        doubles: Doubles,
        case: dict,
        known: dict,
        passed: frozenset[str],
        answer: Answer,
        notes: dict[str, float] | None = None,
    ) -> Fault | None:
        notes = {} if notes is None else notes
        student = Student(answer, known, doubles, passed, notes, self.exercise.parameters)
        try:
            self.check.body(student, **copied(case))
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
        left = [what for what in student.side_effects if what not in may]
        return fault(SIDE_EFFECT, what=left[0], function=self.exercise.function) if left else None

    def _fault_raised(self, raised: wire.Raised) -> Fault:
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

    def _body(self, i: int, passed: frozenset[str]) -> Body:
        """The body on a drawn case, waiting at its first question."""
        return Body(partial(self.judged, self.cases[i], self.known[i], passed))

    def opening(self, passed: frozenset[str]) -> list[tuple[bytes, int]]:
        """The first questions of all cases, a frame for each group.  They do not depend on any answer."""
        if passed not in self.frames:
            questions = iter(self.first_questions(passed))
            name = self.exercise.function
            frames = [questions_frame(name, [*islice(questions, count)]) for count in self.counts]
            self.frames[passed] = list(zip(frames, self.counts))
        return self.frames[passed]

    def first_questions(self, passed: frozenset[str]) -> list[Question]:
        """The first question of each case: the same for every submission, so that grading is fair.

        Raises DeclarationError if a body asks nothing, or draws random inputs of its own.
        """
        first = [self._first_question(i, passed) for i in range(len(self.cases))]
        if wire.pack(first[-1]) != wire.pack(self._first_question(-1, passed)):
            raise self._declaration_error(IS_RANDOM)
        return first

    def _first_question(self, i: int, passed: frozenset[str]) -> Question:
        body = self._body(i, passed)
        body.close()
        if body.question is None:
            why = body.fault.values.get("message", "") if body.fault else ""
            raise self._declaration_error(ASKS_NOTHING, why=why and f" ({why})")
        return body.question

    def _declaration_error(self, words: str, **values: object) -> DeclarationError:
        code, where = self.check.body.__code__, self.exercise.place("check", self.check.name)
        place = {"file": Path(code.co_filename).name, "line": code.co_firstlineno}
        return DeclarationError(words, where, **place, **values)

    def run(self, worker: Worker, passed: frozenset[str], seconds: float | None = None) -> Run:
        """Judge all cases in a worker.  Raises Ended.

        passed: the parts that passed all their own checks.  seconds: for each message, by default the
        settings'.
        """
        if not self.check.is_drawn:
            return self._run_sequentially(worker, passed, seconds or self.settings.single_seconds)
        seconds, replies = seconds or self.settings.check_seconds, []
        for frame, count in self.opening(passed):
            if frame not in worker.replies:  # another check may have asked the same
                worker.replies[frame] = worker.exchange(frame, seconds)
            replies.append((worker.replies[frame], count))
        key = self._key(passed, [reply for reply, _ in replies])
        if key in self.verdicts:
            return Run(*self.verdicts[key], replies)
        run = Run(replies=replies)
        first = [answer for (answer,) in run.answers]
        faults, rounds = self._faults(worker, passed, seconds, {i: first[i] for i in self.order})
        # Side effects count only if no case fails.
        shown = {i: one for i, one in faults.items() if one.kind != SIDE_EFFECT} or faults
        if shown:
            run.case = min(shown, key=self.order.index)
            run.fault = shown[run.case]
        if rounds == 1 and len(self.verdicts) < REMEMBERED:
            self.verdicts[key] = run.fault, run.case
        return run

    def _key(self, passed: frozenset[str], replies: list[Reply]) -> bytes:
        """A key that is equal for equal answers to the same questions."""
        key = hashlib.blake2b(",".join(sorted(passed)).encode(), digest_size=KEY)
        for reply in replies:
            key.update(reply.key)
        return key.digest()

    def _faults(
        self,
        worker: Worker,
        passed: frozenset[str],
        seconds: float,
        first: Mapping[int, object],
        until_one: bool = True,
    ) -> tuple[dict[int, Fault], int]:
        """Run the body on each case.  Returns the faults of cases by number, and the rounds that it took.

        first: the answers to the cases' first questions.  until_one: once a case fails, only those before it
        go on.
        """
        bodies: dict[int, Body] = {}
        answers, rounds, faults = first, 0, {}
        try:
            while answers:
                waiting, rounds = [], rounds + 1
                for i, answer in answers.items():
                    body = bodies[i] = bodies.get(i) or self._body(i, passed)
                    body.answer(answer)
                    if body.question is not None:
                        waiting.append(i)
                    elif body.fault is not None:
                        faults[i] = body.fault
                        if until_one and body.fault.kind != SIDE_EFFECT:
                            break
                answers, count = {}, FEW
                while waiting:
                    some, waiting, count = waiting[:count], waiting[count:], 2 * count
                    asked = [bodies[i].question for i in some]
                    answers |= zip(some, worker.ask(self.exercise.function, asked, seconds))
        finally:
            for body in bodies.values():
                body.close()
        return faults, rounds

    def each(self, worker: Worker, passed: frozenset[str], run: Run) -> list[Fault | None]:
        """The fault of each case, given a run's answers to the first questions.  Raises Ended."""
        first = {i: answer for i, (answer,) in enumerate(run.answers)}
        faults, _ = self._faults(worker, passed, self.settings.single_seconds, first, until_one=False)
        return [faults.get(i) for i in first]

    def _run_sequentially(self, worker: Worker, passed: frozenset[str], seconds: float) -> Run:
        run, asked = Run(), list[tuple[Question, object]]()
        answer = self.asking(worker, seconds, asked)
        run.fault = self.judged(self.cases[0], self.known[0], passed, answer, run.notes)
        run.alone = [value for _, value in asked]
        return run

    def asking(self, worker: Worker, seconds: float, asked: list | None = None) -> Answer:
        """A function that asks a worker one question at a time, each within `seconds`.  asked: the log."""

        def answer(question: Question) -> tuple[Any, float]:
            before = worker.cpu()
            (value,) = worker.ask(self.exercise.function, [question], seconds)
            if asked is not None:
                asked.append((question, value))
            return value, worker.cpu() - before

        return answer

    def smallest(
        self, run: Run, worker: Worker, passed: frozenset[str], tries: int
    ) -> tuple[dict, Fault | None, int]:
        """The smallest case found that fails, its fault, and the tries left."""
        best, left = (self.cases[run.case], run.fault), tries
        given: Any = self.check.given  # None only for a single case
        if run.case == self.order[0] or not tries or (run.fault and run.fault.kind == "ours"):
            return *best, left
        answer = self.asking(worker, self.settings.check_seconds)

        def fails(case: dict) -> bool:
            nonlocal best, left
            left -= 1
            found = self.judged(case, {}, passed, answer)
            if found is not None and size(case) <= size(best[0]):
                best = case, found
            return found is not None

        try:
            drawing.shrink(given, self.number, self.settings.shrink_tries, fails, tries)
        except Ended:  # a case ended the worker: keep what was found before
            left = 0
        return *best, left

    def asked(self, case: dict, worker: Worker, passed: frozenset[str]) -> tuple[Any, Question | None]:
        """The fault of one case in this worker, and the question whose answer shows it.  Raises Ended."""
        asked: list[tuple[Question, object]] = []
        answer, (first, *others) = self.asking(worker, self.settings.check_seconds, asked), self.doubles
        found, at = self._judged_with(first, case, {}, passed, answer), len(asked)
        if not all(self._judged_with(each, case, {}, passed, answer) for each in others):
            found = None
        return found, asked[at - 1][0] if at else None

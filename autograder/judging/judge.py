"""Makes a report for a submission: reads it, tries each exercise, and always returns a report."""

import contextlib
import errno
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from autograder.authoring.exercise import Exercise, right_answers
from autograder.authoring.expect import phrase
from autograder.errors import Ended, Message, SandboxError
from autograder.figure import Figure
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.judging.check_runner import CheckRunner
from autograder.judging.compare import KnownMistakes
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.faults import fault, statement
from autograder.judging.load import load
from autograder.judging.other_names import with_functions_found
from autograder.judging.repairs import charged
from autograder.judging.report import failed_by, passing, report_exercise
from autograder.judging.reports import report_of
from autograder.judging.trial import Trial
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.reading.source import Change, changes_from_wire
from autograder.results import Fault, Outcome, Report, Result
from autograder.sandbox.client import NO_WORKER, Sandbox, Worker
from autograder.sandbox.deadline import Budget
from autograder.settings import Settings
from autograder.temporary import Closing

# CPU seconds of the judge itself for a submission; a wrong one takes some 2
OWN_SECONDS = 60.0
# of the student's code for each check, if functions share a worker
SHARED_SECONDS = 0.5
# of a submission's time, to find smaller failing inputs
SHRINK_SECONDS = 10.0


class Unread(SandboxError):
    """The worker that reads the file ended, so nothing is known about it; the message says why."""


class Judge(Closing):
    """Judges submissions of one assignment.

    get_or_create: keeps what takes long to make, as `cache.get_or_create`; by default
    nothing is kept.  sandbox: the first one to use, if one runs already.
    """

    def __init__(
        self,
        exercises: Sequence[Exercise],
        cases: Cases,
        settings: Settings = Settings(),  # noqa: B008 - it is frozen
        get_or_create: Callable = lambda name, make: make(),
        sandbox: Sandbox | None = None,
    ):
        # Two judges on two cores must not fight for them.
        torch.set_num_threads(1)
        self.exercises = list(exercises)
        self.cases = cases
        self.settings = settings
        self.checks = {}
        for exercise in exercises:
            self.checks[exercise.name] = [
                CheckRunner(exercise, check, cases, settings)
                for check in exercise.checks
            ]
        self.functions = [*{exercise.function: None for exercise in exercises}]
        self._sandbox = sandbox
        self._parser: Worker | None = None
        key = f"{cases.hash}-{settings.digest}"
        self.mistakes = KnownMistakes(get_or_create, key, self._trial_of_source)

    def judge(self, submission: Submission) -> Report:
        """Return the report of one submission.  There always is one."""
        problem = Exception()
        logs: list[str] = []
        # A sandbox that died is replaced, and the submission tried once more.
        for _ in range(2):
            try:
                with cpu_limit(OWN_SECONDS):
                    return self._report(submission)
            except TookTooLong as error:
                self.close()
                return self.failure(
                    submission,
                    phrase(
                        "the grader ran out of time while checking the returned values"
                    ),
                    str(error),
                )
            except Unread as error:
                return self.failure(
                    submission, phrase("the file could not be read"), str(error)
                )
            except Exception as error:
                # It is ours, whatever it is, and the other exercises go on.
                problem = error
                if isinstance(error, OSError) and error.errno == errno.EAGAIN:
                    problem = SandboxError(NO_WORKER)
                logs.append("".join(traceback.format_exception(error)))
                self.close()
        return self.failure(
            submission, type(problem).__name__, str(problem), "\n".join(logs)
        )

    def failure(
        self,
        submission: Submission,
        error: str | Message,
        message: str,
        log: str = "",
    ) -> Report:
        """Return the report of a submission that we could not judge.  log: our traceback."""
        bug = fault("ours", error=error, message=message)
        return self._with_one_fault(submission, bug, log=log)

    def _with_one_fault(
        self, submission: Submission, problem: Fault, **facts: Any
    ) -> Report:
        """Return a report with one fault for every check."""
        results: list[Result] = []
        for exercise in self.exercises:
            results += _all_failed(exercise, problem)
        return report_of(submission, self.cases.assignment, results, **facts)

    def _report(self, submission: Submission) -> Report:
        start = time.process_time()
        flags = (
            [Message("graded with --unsafe, without enough sandbox layers")]
            if self.settings.unsafe
            else []
        )

        def unread(kind: str, problem: Message | str) -> Report:
            note = fault(kind, problem=problem)
            return self._with_one_fault(
                submission, note, notes=(note,), flags=flags
            )

        if submission.problem:
            kind = "unread" if submission.needs_review else "unreadable"
            return unread(kind, submission.problem)
        parsed, parser_cpu = self.parse(submission)
        if parsed.problem:
            return unread("unread", parsed.problem)
        budget = Budget(self.settings.submission_seconds)
        parsed, search_cpu = with_functions_found(
            self, submission, parsed, budget
        )
        right, shared_cpu = self._right_in_one_worker(parsed, budget)
        results, trials, knock_on = self._try_exercises(parsed, right, budget)
        earning = {result.exercise for result in results if result.earned}
        if not earning and {*parsed.names}.isdisjoint(self.functions):
            names = ", ".join(self.functions)
            return unread(
                "unread",
                phrase(
                    "{file} does not define {names}.",
                    file=submission.file,
                    names=names,
                ),
            )
        notes = [
            fault("unread_line", lost=statement(lost))
            for lost in parsed.failed[:5]
        ]
        results = charged(results, self.exercises, parsed)
        for function, misread in parsed.misread.items():
            # Where nothing is earned, every check says that it could not be read.
            if function in earning:
                notes.append(fault("corrected_line", lost=statement(misread)))
        for function, name in parsed.misnamed.items():
            if function in earning:
                notes.append(fault("other_name", function=function, name=name))
        seconds = time.process_time() - start
        seconds += parser_cpu + search_cpu + shared_cpu
        timings: dict[str, Message] = {}
        figures: list[Figure] = []
        logs: list[str] = []
        for trial in trials:
            seconds += trial.cpu
            for words, numbers in trial.measured.items():
                timings[trial.exercise.name] = Message(words, numbers)
            figures += trial.figures or ()
            logs += trial.logs
        return report_of(
            submission,
            self.cases.assignment,
            results,
            flags=flags,
            notes=tuple(notes),
            seconds=round(seconds, 3),
            timings=timings,
            knock_on=knock_on,
            figures=tuple(figures),
            log="\n".join(logs),
        )

    def _right_in_one_worker(
        self, parsed: ParsedSubmission, budget: Budget
    ) -> tuple[set[str], float]:
        """Return the exercises that are right in one worker, one after another, and its CPU
        seconds.

        Most are right, and a worker for each exercise costs more than some checks.  An
        exercise that is not right here is judged again in its own worker, so no function
        costs another a point.  Exercises with doubles, with a right answer in a probe, or
        with wrong parts always get their own worker.
        """
        right: set[str] = set()
        sharing = []
        for exercise in self.exercises:
            # No right answer may run beside it, in a part's double.
            if not exercise.parts or not exercise.has_doubles:
                sharing.append(exercise)
        if len(sharing) < 2:
            return right, 0.0
        names = {exercise.name for exercise in sharing}
        seconds = SHARED_SECONDS
        with self.sandbox.worker(budget) as worker, contextlib.suppress(Ended):
            for exercise in sharing:
                parts = {part.name for part in exercise.parts}
                if names & parts - right:
                    continue
                loaded = load(
                    worker,
                    exercise,
                    parsed,
                    self.functions,
                    seconds,
                    beside=tuple(sharing),
                )
                if exercise.function not in loaded.functions:
                    continue
                for check in self.checks[exercise.name]:
                    if check.run(worker, frozenset(), seconds).fault:
                        break
                else:
                    right.add(exercise.name)
        return right, worker.close()["cpu"]

    def _try_exercises(
        self, parsed: ParsedSubmission, right: set[str], budget: Budget
    ) -> tuple[list[Result], list[Trial], dict[str, tuple[str, ...]]]:
        """Return the results of all exercises, the trials of those not known as right, and
        `Report.knock_on`.
        """
        shrink_budget = budget.portion(SHRINK_SECONDS)
        results: list[Result] = []
        trials: list[Trial] = []
        knock_on: dict[str, tuple[str, ...]] = {}
        judged: set[str] = set()
        lost: set[str] = set()
        for exercise in self.exercises:
            if exercise.name in right:
                judged.add(exercise.name)
                results += [
                    passing(exercise, check) for check in exercise.checks
                ]
                continue
            passed = frozenset(judged - lost)
            trial = self.trial(exercise, parsed, passed, budget, shrink_budget)
            trials.append(trial)
            lost_parts = tuple(
                part.name for part in exercise.parts if part.name in lost
            )
            rests_on_lost_parts = bool(lost_parts) and not exercise.has_doubles
            tried = self._try(trial, rests_on_lost_parts)
            judged.add(exercise.name)
            for check, result in zip(exercise.checks, tried):
                # No caller of the function needs a docstring.
                if result.outcome is not Outcome.PASSED and not check.of_style:
                    lost.add(exercise.name)
            if rests_on_lost_parts and exercise.name in lost:
                knock_on[exercise.name] = lost_parts
            for result in tried:
                # A notebook's lines would run the wrong part.
                code = "" if lost_parts else result.code
                results.append(replace(result, code=code))
        return results, trials, knock_on

    def _try(self, trial: Trial, rests_on_lost_parts: bool) -> list[Result]:
        """Return the results of one exercise.  An error of ours costs no other exercise."""
        try:
            return report_exercise(trial, self.mistakes, rests_on_lost_parts)
        except SandboxError:
            raise
        except Exception as error:
            trial.logs.append("".join(traceback.format_exception(error)))
            bug = fault("ours", error=type(error).__name__, message=str(error))
            return _all_failed(trial.exercise, bug)

    def trial(
        self,
        exercise: Exercise,
        parsed: ParsedSubmission,
        passed: frozenset[str] = frozenset(),
        budget: Budget | None = None,
        shrink_budget: Budget | None = None,
    ) -> Trial:
        """Return a trial of one exercise of a submission, by default on a budget of its own."""
        budget = budget or Budget(self.settings.submission_seconds)
        shrink_budget = shrink_budget or budget.portion(SHRINK_SECONDS)
        return Trial(self, exercise, parsed, passed, budget, shrink_budget)

    def _trial_of_source(self, exercise: Exercise, source: str) -> Trial:
        """Return a trial of the right answers of all exercises, followed by another one, as a
        submission.
        """
        text = right_answers(self.exercises) + source
        parsed, _ = self.parse(Submission("", "", text))
        trial = self.trial(exercise, parsed)
        trial.leave_out_style()
        return trial

    def parse(
        self,
        submission: Submission,
        misnamed: Mapping[str, str] | None = None,
        repaired: Mapping[str, int] | None = None,
    ) -> tuple[ParsedSubmission, float]:
        """Return the parsed submission, from a worker that runs none of it, and its CPU seconds.

        misnamed, repaired: as `reading.parser.parse` takes them.  If it needs imports that few
        submissions need, the sandbox has them from now on.  Raises Unread.
        """
        text, suffix = submission.text, submission.suffix
        args = [text, suffix, self.functions, misnamed, repaired]
        problem: Exception | None = None
        for _ in range(2):
            parser = self._ready_parser()
            before = parser.cpu()
            try:
                parsed = ParsedSubmission.from_wire(
                    parser.read("parse", args, self.settings.load_seconds)
                )
            except (Ended, ValueError) as error:
                problem = error
                continue
            if parsed.needs_slow_imports:
                self.sandbox.warm_up_for_few()
            return parsed, parser.cpu() - before
        raise Unread(str(problem)) from None

    def changes(
        self,
        exercise: Exercise,
        statement: Statement,
        names: Sequence[str],
        line: int,
        most: int,
    ) -> Sequence[Change]:
        """Return changes that may undo a slip, from the worker that parses; none if it ends."""
        args = [
            statement.source,
            exercise.function,
            [*exercise.parameters],
            [*names],
            line,
            most,
        ]
        try:
            changes = self._ready_parser().read(
                "slips", args, self.settings.load_seconds
            )
        except Ended:
            return []
        return changes_from_wire(changes, len(statement.source))

    def _ready_parser(self) -> Worker:
        if self._parser is None or self._parser.end:
            self._parser = self.sandbox.worker()
        return self._parser

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox, started when it is first needed, and again if it died."""
        if self._sandbox is None:
            memory = self.settings.memory << 20
            self._sandbox = Sandbox(memory=memory, unsafe=self.settings.unsafe)
        return self._sandbox

    def close(self) -> None:
        """End the sandbox; the next submission starts another."""
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = self._parser = None

    def rehearse(self) -> None:
        """Start what one submission needs at a time: a worker that reads it, and one that runs it.

        Raises SandboxError or OSError if a limit of this machine prevents that.
        """
        with self.sandbox.worker() as worker:
            self.parse(Submission("", "", ""))
            worker.load([], [], {}, self.settings.load_seconds)


def _all_failed(exercise: Exercise, problem: Fault) -> list[Result]:
    return [failed_by(exercise, check, problem) for check in exercise.checks]

"""Makes a report for a submission: reads it, tries each exercise, and always returns a report."""

from __future__ import annotations

import contextlib
import errno
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from autograder.authoring.exercise import Exercise, right_answers
from autograder.authoring.expect import phrase
from autograder.errors import N_, Ended, Message, SandboxError
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.judging.compare import KnownMistakes
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.faults import fault, statement
from autograder.judging.other_names import with_functions_found
from autograder.judging.repairs import charged
from autograder.judging.report import failed_by, passing, report_exercise
from autograder.judging.reports import report_of
from autograder.judging.run import CheckRunner
from autograder.judging.trial import Trial, load
from autograder.reading.parsed import ParsedSubmission, Statement
from autograder.reading.source import Change, changes_from_wire
from autograder.results import Fault, Outcome, Report, Result
from autograder.sandbox.client import NO_WORKER, Sandbox, Worker
from autograder.sandbox.deadline import Budget
from autograder.settings import Settings
from autograder.temporary import Closing

UNREAD = N_("the file could not be read")
TOOK_TOO_LONG = N_(
    "the grader ran out of time while checking the returned values"
)
DEFINES_NONE = N_("{file} does not define {names}.")
GRADED_UNSAFE = N_("graded with --unsafe, without enough sandbox layers")
OWN_SECONDS = 60.0  # CPU seconds of the judge itself for a submission; a wrong one takes some 2


class Unread(SandboxError):
    """The worker that reads the file ended, so nothing is known about it; the message says why."""


class Judge(Closing):
    """Judges submissions of one assignment.

    get_or_create: keeps what takes long to make, as `cache.get_or_create`; by default
    nothing is kept.
    sandbox: the first one to use, if one runs already.
    """

    def __init__(
        self,
        exercises: Sequence[Exercise],
        cases: Cases,
        settings: Settings = Settings(),  # noqa: B008 - it is frozen
        get_or_create: Callable = lambda name, make: make(),
        sandbox: Sandbox | None = None,
    ):
        torch.set_num_threads(
            1
        )  # two judges on two cores must not fight for them
        self.exercises, self.cases, self.settings = (
            list(exercises),
            cases,
            settings,
        )
        self.checks = {
            e.name: [CheckRunner(e, c, cases, settings) for c in e.checks]
            for e in exercises
        }
        self.style = {
            (e.name, c.name) for e in exercises for c in e.checks if c.of_style
        }
        self.functions = list(dict.fromkeys(e.function for e in exercises))
        self._sandbox = sandbox
        self._parser: Worker | None = None
        key = f"{cases.hash}-{settings.digest}"
        self.mistakes = KnownMistakes(get_or_create, key, self._trial_of_source)

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
        self.parse(Submission("", "", ""))
        with self.sandbox.worker() as worker:
            worker.load([], [], {}, self.settings.load_seconds)

    def judge(self, submission: Submission) -> Report:
        """Return the report of one submission.  There always is one."""
        problem, logs = Exception(), list[str]()
        for _ in range(
            2
        ):  # a sandbox that died is replaced, and the submission tried once more
            try:
                with cpu_limit(OWN_SECONDS):
                    return self._report(submission)
            except TookTooLong as error:
                self.close()
                return self.failure(
                    submission, phrase(TOOK_TOO_LONG), str(error)
                )
            except Unread as error:
                return self.failure(submission, phrase(UNREAD), str(error))
            except Exception as error:  # ours, whatever it is: the others go on
                cannot_fork = (
                    isinstance(error, OSError) and error.errno == errno.EAGAIN
                )
                problem = SandboxError(NO_WORKER) if cannot_fork else error
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
        return self._all(
            submission, fault("ours", error=error, message=message), log=log
        )

    def _all(
        self, submission: Submission, found: Fault, **facts: Any
    ) -> Report:
        """Return a report with one fault for every check."""
        lost = [
            failed_by(e, check, found)
            for e in self.exercises
            for check in e.checks
        ]
        return self._put_together(submission, lost, 0.0, **facts)

    def _unread(
        self, submission: Submission, problem: Fault, flags: Sequence[Message]
    ) -> Report:
        return self._all(submission, problem, notes=(problem,), flags=flags)

    def _put_together(
        self,
        submission: Submission,
        results: Sequence[Result],
        seconds: float,
        **facts: Any,
    ) -> Report:
        lost = self._wrong(
            result for result in results if result.earned < result.points
        )
        knock_on = {}
        for exercise in self.exercises:
            parts = tuple(
                part.name for part in exercise.parts if part.name in lost
            )
            if parts and exercise.name in lost and not exercise.has_doubles:
                knock_on[exercise.name] = parts
        facts |= {"seconds": round(seconds, 3), "knock_on": knock_on}
        return report_of(submission, self.cases.assignment, results, **facts)

    def _wrong(self, failed: Iterable[Result]) -> set[str]:
        """Return the exercises of which a check of values failed: no caller of theirs needs a
        docstring.
        """
        return {
            result.exercise
            for result in failed
            if (result.exercise, result.check) not in self.style
        }

    def _report(self, submission: Submission) -> Report:
        start = time.process_time()
        flags: list[Message] = []
        if self.settings.unsafe:
            flags.append(Message(GRADED_UNSAFE))
        if submission.problem:
            kind = "unread" if submission.needs_review else "unreadable"
            return self._unread(
                submission, fault(kind, problem=submission.problem), flags
            )
        parsed, cpu = self.parse(submission)
        if parsed.problem:
            return self._unread(
                submission, fault("unread", problem=parsed.problem), flags
            )
        budget = Budget(self.settings.submission_seconds)
        parsed, search_cpu = with_functions_found(
            self, submission, parsed, budget
        )
        right, shared_cpu = self._right_in_one_worker(parsed, budget)
        cpu += search_cpu + shared_cpu
        results, trials = self._tried(parsed, right, budget)
        earns_points = any(result.earned for result in results)
        if not earns_points and not self._defines_any(parsed):
            names = ", ".join(self.functions)
            problem = phrase(DEFINES_NONE, file=submission.file, names=names)
            return self._unread(
                submission, fault("unread", problem=problem), flags
            )
        cpu += sum(trial.cpu for trial in trials) + time.process_time() - start
        return self._put_together(
            submission,
            charged(results, self.exercises, parsed),
            cpu,
            flags=flags,
            notes=tuple(
                fault("lost_in_reading", lost=statement(lost))
                for lost in parsed.lost[:5]
            ),
            timings={
                trial.exercise.name: Message(words, numbers)
                for trial in trials
                for words, numbers in trial.notes.items()
            },
            log="\n".join(log for trial in trials for log in trial.logs),
            figures=tuple(
                figure for trial in trials for figure in trial.figures
            ),
        )

    def _tried(
        self, parsed: ParsedSubmission, right: set[str], budget: Budget
    ) -> tuple[list[Result], list[Trial]]:
        """Return the results of all exercises, and the trials of those not known as right."""
        looking = budget.portion(self.settings.shrink_seconds)
        results: list[Result] = []
        trials: list[Trial] = []
        for exercise in self.exercises:
            if exercise.name in right:
                results += [
                    passing(exercise, check) for check in exercise.checks
                ]
                continue
            lost = self._wrong(
                result
                for result in results
                if result.outcome is not Outcome.PASSED
            )
            judged = {result.exercise for result in results}
            passed = exercise.conditional & (judged - lost)
            trial = self.trial(exercise, parsed, passed, budget, looking)
            trials.append(trial)
            has_lost_part = any(part.name in lost for part in exercise.parts)
            results += self._results_of(trial, has_lost_part)
        return results, trials

    def _results_of(self, trial: Trial, has_lost_part: bool) -> list[Result]:
        """Return the results of one exercise.  An error of ours costs no other exercise."""
        exercise = trial.exercise
        rests_on_lost_parts = has_lost_part and not exercise.has_doubles
        try:
            results = report_exercise(trial, self.mistakes, rests_on_lost_parts)
        except SandboxError:
            raise
        except Exception as error:
            trial.logs.append("".join(traceback.format_exception(error)))
            bug = fault("ours", error=type(error).__name__, message=str(error))
            return [
                failed_by(exercise, check, bug) for check in exercise.checks
            ]
        if has_lost_part:
            # A notebook's lines would run the wrong part.
            return [replace(result, code="") for result in results]
        return results

    def _defines_any(self, parsed: ParsedSubmission) -> bool:
        """Return whether a file defines any of the functions, or tries to, at its top level."""
        names = {*parsed.names}
        for lost in parsed.lost:
            names |= {*lost.binds}
        return not names.isdisjoint(self.functions)

    def trial(
        self,
        exercise: Exercise,
        parsed: ParsedSubmission,
        passed: frozenset[str] = frozenset(),
        budget: Budget | None = None,
        looking: Budget | None = None,
    ) -> Trial:
        """Return a trial of one exercise of a submission, by default on a budget of its own."""
        budget = budget or Budget(self.settings.submission_seconds)
        looking = looking or budget.portion(self.settings.shrink_seconds)
        return Trial(self, exercise, parsed, passed, budget, looking)

    def _trial_of_source(self, exercise: Exercise, source: str) -> Trial:
        """Return a trial of the right answers of all exercises, followed by another one, as a
        submission.
        """
        text = right_answers(self.exercises) + source
        parsed, _ = self.parse(Submission("", "", text))
        trial = self.trial(exercise, parsed)
        trial.leave_out_style()
        return trial

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
        passed: set[str] = set()
        sharing = tuple(filter(_may_share_worker, self.exercises))
        if len(sharing) < 2:
            return passed, 0.0
        names, seconds = {e.name for e in sharing}, self.settings.shared_seconds
        with self.sandbox.worker(budget) as worker, contextlib.suppress(Ended):
            for exercise in sharing:
                if names & {part.name for part in exercise.parts} - passed:
                    continue
                loaded = load(
                    worker,
                    exercise,
                    parsed,
                    self.functions,
                    seconds,
                    beside=sharing,
                )
                if exercise.function not in loaded.functions:
                    continue
                checks = self.checks[exercise.name]
                if all(
                    check.run(worker, frozenset(), seconds).fault is None
                    for check in checks
                ):
                    passed.add(exercise.name)
        return passed, worker.close()["cpu"]

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
            if parsed.extras:
                self.sandbox.warm_up_for_few()
            return parsed, parser.cpu() - before
        raise Unread(str(problem)) from None

    def changes(
        self,
        exercise: Exercise,
        statement: Statement,
        known: Sequence[str],
        line: int,
        most: int,
    ) -> Sequence[Change]:
        """Return changes that may undo a slip, from the worker that parses; none if it ends."""
        args = [
            statement.source,
            exercise.function,
            [*exercise.parameters],
            [*known],
            line,
            most,
        ]
        try:
            made = self._ready_parser().read(
                "slips", args, self.settings.load_seconds
            )
        except Ended:
            return []
        return changes_from_wire(made, len(statement.source))

    def _ready_parser(self) -> Worker:
        if self._parser is None or self._parser.end:
            self._parser = self.sandbox.worker()
        return self._parser


def _may_share_worker(exercise: Exercise) -> bool:
    """Return whether no right answer runs beside it, in a part's double."""
    return not (exercise.parts and exercise.has_doubles)

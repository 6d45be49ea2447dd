"""Makes a report for a submission: reads it, tries each exercise, and always returns a report."""

import contextlib
import errno
import traceback
from collections.abc import Callable, Sequence, Set
from typing import Any

import torch

from autograder.authoring.exercise import Exercise, right_answers
from autograder.authoring.expect import phrase
from autograder.errors import Ended, Message, SandboxError
from autograder.figure import Figure
from autograder.intake.released import release_of
from autograder.intake.submission import Submission
from autograder.judging.cases import Cases
from autograder.judging.check_runner import CheckRunner
from autograder.judging.compare import KnownMistakes
from autograder.judging.corrected_parts import with_part_corrected
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.faults import fault, statement
from autograder.judging.load import load
from autograder.judging.other_names import with_functions_found
from autograder.judging.repairs import charged
from autograder.judging.report import failed_by, passed_result, report_exercise
from autograder.judging.reports import report_of
from autograder.judging.trial import Trial
from autograder.judging.workers import ParserEnded, Workers
from autograder.reading.parsed import ParsedSubmission
from autograder.results import Fault, Report, Result
from autograder.sandbox.client import NO_WORKER, Sandbox
from autograder.sandbox.deadline import Budget
from autograder.settings import Settings
from autograder.temporary import Closing

# CPU seconds of the judge itself for a submission; a wrong one takes some 2
OWN_SECONDS = 60.0
# of the student's code for each check, if functions share a worker
SHARED_SECONDS = 0.5
# of a submission's time, to find smaller failing inputs
SHRINK_SECONDS = 10.0


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
        self.runners = {}
        for exercise in exercises:
            self.runners[exercise.name] = [
                CheckRunner(exercise, check, cases, settings)
                for check in exercise.checks
            ]
        self._with_right_part: dict[tuple[str, str], list[CheckRunner]] = {}
        self.functions = [*{exercise.function: None for exercise in exercises}]
        # function -> the parameters that the notebook's own calls name
        self.keywords = release_of(cases.assignment).keywords
        self.workers = Workers(self.functions, settings, sandbox)
        self.flags: list[Message] = []
        if settings.unsafe:
            self.flags.append(
                Message("graded with --unsafe, without enough sandbox layers")
            )
        key = f"{cases.hash}-{settings.digest}"
        self.mistakes = KnownMistakes(get_or_create, key, self._trial_of_source)

    def runners_of(
        self, exercise: Exercise, right_part: str = ""
    ) -> list[CheckRunner]:
        """Return the check runners of an exercise.  right_part: as of `Trial`."""
        if not right_part:
            return self.runners[exercise.name]
        key = exercise.name, right_part
        if key not in self._with_right_part:
            runners = []
            for check in exercise.checks:
                runner = CheckRunner(exercise, check, self.cases, self.settings)
                runner.roles = exercise.roles_with_right(right_part)
                runners.append(runner)
            self._with_right_part[key] = runners
        return self._with_right_part[key]

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
            except ParserEnded as error:
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

    def close(self) -> None:
        """End the workers; the next submission starts others."""
        self.workers.close()

    def _with_one_fault(
        self, submission: Submission, problem: Fault, **fields: Any
    ) -> Report:
        """Return a report with one fault for every check."""
        results: list[Result] = []
        for exercise in self.exercises:
            results += _all_failed(exercise, problem)
        return report_of(submission, self.cases.assignment, results, **fields)

    def _nothing_to_judge(
        self, submission: Submission, kind: str, problem: Message | str
    ) -> Report:
        """Return the report of a file in which there is nothing to judge.  kind: of its fault."""
        note = fault(kind, problem=problem)
        return self._with_one_fault(
            submission, note, notes=(note,), flags=self.flags
        )

    def _report(self, submission: Submission) -> Report:
        if submission.problem:
            kind = "unread" if submission.needs_review else "unreadable"
            return self._nothing_to_judge(submission, kind, submission.problem)
        parsed = self.workers.parse(submission)
        if parsed.problem:
            return self._nothing_to_judge(submission, "unread", parsed.problem)
        budget = Budget(self.settings.submission_seconds)
        parsed = with_functions_found(self, submission, parsed, budget)
        trials = self._try_exercises(parsed, budget)
        results: list[Result] = []
        figures: list[Figure] = []
        logs: list[str] = []
        knock_on = {}
        for trial in trials:
            results += trial.results
            figures += trial.figures or ()
            logs += trial.logs
            if trial.is_knock_on and not trial.is_right:
                knock_on[trial.exercise.name] = trial.wrong_parts
        earning = {result.exercise for result in results if result.earned}
        if not earning and {*parsed.names}.isdisjoint(self.functions):
            problem = phrase(
                "{file} does not define {names}.",
                file=submission.file,
                names=", ".join(self.functions),
            )
            return self._nothing_to_judge(submission, "unread", problem)
        return report_of(
            submission,
            self.cases.assignment,
            charged(trials, parsed),
            flags=self.flags,
            notes=_notes(parsed, earning),
            timings=_measurements(trials),
            knock_on=knock_on,
            figures=tuple(figures),
            log="\n".join(logs),
        )

    def _try_exercises(
        self, parsed: ParsedSubmission, budget: Budget
    ) -> list[Trial]:
        """Return a trial of each exercise, with its results."""
        right = self._right_in_one_worker(parsed, budget)
        shrink_budget = budget.portion(SHRINK_SECONDS)
        trials: list[Trial] = []
        passed: set[str] = set()
        wrong: set[str] = set()
        for exercise in self.exercises:
            trial = Trial(
                self,
                exercise,
                parsed,
                frozenset(passed),
                budget,
                shrink_budget,
                tuple(
                    part.name for part in exercise.parts if part.name in wrong
                ),
            )
            if exercise.name in right:
                trial.signature = right[exercise.name]
                trial.results = [
                    passed_result(exercise, check) for check in exercise.checks
                ]
            else:
                trial.results = self._try(trial)
                if trial.is_knock_on and not trial.is_right:
                    trial.results = with_part_corrected(trial, trials)
            if trial.is_right:
                passed.add(exercise.name)
            else:
                wrong.add(exercise.name)
            trials.append(trial)
        return trials

    def _right_in_one_worker(
        self, parsed: ParsedSubmission, budget: Budget
    ) -> dict[str, dict | None]:
        """Return the exercises that are right in one worker, one after another, with their
        functions' parameters.

        Most are right, and a worker for each exercise costs more than some checks.  An
        exercise that is not right here is judged again in its own worker, so no function
        costs another a point.  Exercises with doubles, with a right answer in a probe, or
        with wrong parts always get their own worker.
        """
        right: dict[str, dict | None] = {}
        sharing = []
        for exercise in self.exercises:
            # No right answer may run beside it, in a part's double.
            if not exercise.parts or not exercise.has_doubles:
                sharing.append(exercise)
        if len(sharing) < 2:
            return right
        names = {exercise.name for exercise in sharing}
        worker = self.workers.sandbox.worker(budget)
        with worker, contextlib.suppress(Ended):
            for exercise in sharing:
                parts = {part.name for part in exercise.parts}
                if names & parts - right.keys():
                    continue
                loaded = load(
                    worker,
                    exercise,
                    parsed,
                    self.functions,
                    SHARED_SECONDS,
                    sharing=tuple(sharing),
                )
                if exercise.function not in loaded.functions:
                    continue
                if not any(
                    runner.run(worker, frozenset(), SHARED_SECONDS).fault
                    for runner in self.runners[exercise.name]
                ):
                    right[exercise.name] = loaded.functions[exercise.function]
        return right

    def _try(self, trial: Trial) -> list[Result]:
        """Return the results of one exercise.  An error of ours costs no other exercise."""
        try:
            return report_exercise(trial, self.mistakes)
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
    ) -> Trial:
        """Return a trial of one exercise of a submission, by default on a budget of its own."""
        budget = budget or Budget(self.settings.submission_seconds)
        shrink_budget = budget.portion(SHRINK_SECONDS)
        return Trial(self, exercise, parsed, passed, budget, shrink_budget)

    def _trial_of_source(self, exercise: Exercise, source: str) -> Trial:
        """Return a trial of the right answers of all exercises, followed by another one, as a
        submission.
        """
        text = right_answers(self.exercises) + source
        parsed = self.workers.parse(Submission("", "", text))
        trial = self.trial(exercise, parsed)
        trial.leave_out_style()
        return trial


def _all_failed(exercise: Exercise, problem: Fault) -> list[Result]:
    return [failed_by(exercise, check, problem) for check in exercise.checks]


def _notes(parsed: ParsedSubmission, earning: Set[str]) -> tuple[Fault, ...]:
    """Return what a student should know of the file.  earning: the exercises with points."""
    notes = [
        fault("unread_line", lost=statement(failed))
        for failed in parsed.failed[:5]
    ]
    # Where nothing is earned, every check says what could not be read, or what is missing.
    for function, misread in parsed.misread.items():
        if function in earning:
            notes.append(fault("corrected_line", lost=statement(misread)))
    for function, name in parsed.misnamed.items():
        if function in earning:
            notes.append(fault("other_name", function=function, name=name))
    return tuple(notes)


def _measurements(trials: Sequence[Trial]) -> dict[str, Message]:
    """Return exercise -> what was measured of it, in a sentence."""
    measurements = {}
    for trial in trials:
        for words, numbers in trial.measured.items():
            measurements[trial.exercise.name] = Message(words, numbers)
    return measurements

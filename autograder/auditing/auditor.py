"""Tries an author's programs with an assignment's checks.  Knows nothing of files, pages or
printing.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import sentences
from autograder.auditing import inspection, programs
from autograder.auditing.programs import Program
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.exercises import load as load_exercises
from autograder.judging import cases, gate
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.judge import Judge
from autograder.judging.report import report_exercise
from autograder.judging.trial import Trial
from autograder.results import Outcome, Result
from autograder.settings import Settings

# CPU seconds of the checks and the right answers that they call, for the reference
RIGHT_SECONDS = 10.0
TOO_SLOW = (
    "The right answer or a check takes more than {seconds:g} s for all cases. Make "
    "it faster, or draw fewer "
    "or smaller cases."
)


@dataclass(frozen=True)
class ProgramScore:
    """What the checks say of a program.

    lost: the checks that fail; of a mutant, only the first.
    earned: its points by check, where it has any; of a mutant, none.
    problem: what the author should do about it, in a sentence, or "".
    """

    program: Program
    lost: tuple[str, ...]
    earned: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""


class Auditor:
    """Tries programs of one assignment.  Raises DeclarationError for errors in its exercises."""

    def __init__(self, assignment: str, settings: Settings):
        self.assignment, self.settings = assignment, settings
        self.exercises = {
            exercise.name: exercise for exercise in load_exercises(assignment)
        }

    def close(self) -> None:
        """End the sandbox, if one runs."""
        if "judge" in vars(self):
            self.judge.close()

    @functools.cached_property
    def judge(self) -> Judge:
        return gate.open_judge(
            cases.cases_of(self.assignment, self.settings.seed), self.settings
        )

    def errors_of_files(self) -> list[str]:
        """Return what is wrong with the author's files, as far as a release depends on it."""
        cases.not_judged(
            self.assignment, "", ""
        )  # for the cache: the release needs the points, too
        return [
            *inspection.of_notebook([*self.exercises.values()]),
            *inspection.blanks(self.assignment),
        ]

    def programs(
        self, mutants: int, folder: Path | None
    ) -> dict[str, list[Program]]:
        """Return the programs to try, by exercise.

        mutants: how many to make of each exercise's function.  folder: with the author's answers.
        Raises BrokenGate and DeclarationError.
        """
        gate.check_files(self.judge)
        stub, reference = (
            gate.stub(self.assignment),
            gate.reference(self.assignment),
        )
        written = programs.answers(self.judge, folder) if folder else []
        by_exercise = {}
        for exercise in self.exercises.values():
            by_exercise[exercise.name] = [
                Program(
                    exercise.name,
                    "reference",
                    "the reference",
                    reference.text,
                    reference.suffix,
                ),
                Program(
                    exercise.name, "stub", "the stub", stub.text, stub.suffix
                ),
                *programs.lazy(exercise),
                *programs.styles(exercise),
                *programs.mistakes(exercise),
                *(
                    program
                    for program in written
                    if program.exercise == exercise.name
                ),
                *programs.mutants(self.judge, exercise, reference, mutants),
            ]
        return by_exercise

    def look(self, program: Program) -> ProgramScore:
        """Return what the checks say of a program."""
        exercise = self.exercises[program.exercise]
        if program.sort == "mutant":
            return self._look_at_mutant(program, exercise)
        limit = (
            cpu_limit(RIGHT_SECONDS)
            if program.sort == "reference"
            else contextlib.nullcontext()
        )
        try:
            with limit:
                found = self._results(program, exercise)
        except TookTooLong:
            self.judge.close()
            return ProgramScore(
                program, (), problem=TOO_SLOW.format(seconds=RIGHT_SECONDS)
            )
        if program.sort != "reference":
            style = {check.name for check in exercise.checks if check.of_style}
            found = [result for result in found if result.check not in style]
        failed = [
            result for result in found if result.outcome is not Outcome.PASSED
        ]
        lost = tuple(result.check for result in failed)
        earned = {
            result.check: result.earned for result in found if result.earned
        }
        problem = ""
        if program.sort in ("reference", "right") and failed:
            problem = f"{program.name} is right, and fails {_why(failed[0])}"
        elif program.sort == "wrong" and not failed:
            problem = (
                f"{program.name} is wrong, and passes every check. Draw a case that it gets wrong, "
                "or move it to right_answers/."
            )
        elif program.sort == "mistake":
            mistake = next(
                known
                for known in exercise.mistakes
                if known.name == program.name
            )
            problem = _problem_of_mistake(mistake, found, lost)
        return ProgramScore(program, lost, earned, problem)

    def _look_at_mutant(
        self, program: Program, exercise: Exercise
    ) -> ProgramScore:
        trial = self._trial(program, exercise)
        trial.leave_out_style()
        try:
            runs = trial.run_checks(until_one_fails=True)
        finally:
            trial.end()
        lost = [
            check.check.name
            for check, run in zip(trial.checks, runs)
            if run.fault is not None
        ]
        return ProgramScore(program, tuple(lost))

    def _results(
        self, program: Program, exercise: Exercise
    ) -> Sequence[Result]:
        trial = self._trial(program, exercise)
        if program.sort == "mistake":  # its words say what no line could
            trial.settings = dataclasses.replace(trial.settings, slip_changes=0)
        return report_exercise(
            trial, self.judge.mistakes, rests_on_lost_parts=False
        )

    def _trial(self, program: Program, exercise: Exercise) -> Trial:
        parsed, _ = self.judge.parse(program.submission)
        return self.judge.trial(exercise, parsed, exercise.conditional)


def _why(result: Result) -> str:
    reason = f'"{result.check}": {sentences.message(result)}'
    lines = "; ".join(result.code.splitlines())
    return f"{reason}, for {lines}" if lines else reason


def _problem_of_mistake(
    mistake: Mistake, found: Sequence[Result], lost: Sequence[str]
) -> str:
    what = f"{mistake.place}: mistake {mistake.name}"
    checks = ", ".join(f'"{name}"' for name in lost)
    if not lost:
        return (
            f"{what} breaks no check, so it is none. Draw cases that it gets wrong, or "
            f"remove it."
        )
    if mistake.is_open:
        return f"{what}: write fails=[{checks}]."
    if mistake.fails != {*lost}:
        return f"{what} fails [{checks}], not {sorted(mistake.fails)}. Write fails=[{checks}]."
    named = next((result.mistake for result in found if result.mistake), "")
    if named != mistake.name:
        other = named or "nothing"
        return f"{what} is diagnosed as {other}: another mistake answers alike."
    return ""

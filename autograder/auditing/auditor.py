"""Tries an author's programs with an assignment's checks.  Knows nothing of pages or printing."""

import copy
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder import sentences
from autograder.auditing import inspection, programs
from autograder.auditing.programs import Program
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.exercises import load as load_exercises
from autograder.judging import cases, costs, gate
from autograder.judging.check_runner import Judgment
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.explain import add_details, explain
from autograder.judging.judge import Judge
from autograder.judging.report import report_exercise
from autograder.judging.trial import Trial
from autograder.results import Outcome, Result
from autograder.settings import Settings

# CPU seconds of the checks and the right answers that they call, for the reference
RIGHT_SECONDS = 10.0
TOO_SLOW = (
    "The right answer or a check takes more than {seconds:g} s for all cases. Make it "
    "faster, or draw fewer or smaller cases."
)
PASSES = (
    "{name} is wrong, and passes every check. Draw a case that it gets wrong, or move it to "
    "right_answers/."
)


@dataclass(frozen=True)
class ProgramScore:
    """What the checks say of a program.

    failed: the checks that fail; of a mutant, only the first.
    earned: its points by check, where it has any; of a mutant, none.
    problem: what the author should do about it, in a sentence, or "".
    """

    program: Program
    failed: tuple[str, ...]
    earned: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""


class Auditor:
    """Tries programs of one assignment.  Raises DeclarationError for errors in its exercises."""

    def __init__(self, assignment: str, settings: Settings):
        self.assignment = assignment
        self.settings = settings
        self.exercises: dict[str, Exercise] = {}
        for declared in load_exercises(assignment):
            exercise = copy.copy(declared)
            # In another style, a mistake fails the same checks: the kit's tests look at that.
            exercise.mistakes = [
                replace(mistake, sources=mistake.sources[:1])
                for mistake in declared.mistakes
            ]
            self.exercises[exercise.name] = exercise

    def close(self) -> None:
        """End the sandbox, if one runs."""
        if "judge" in vars(self):
            self.judge.close()

    @functools.cached_property
    def judge(self) -> Judge:
        drawn = cases.cases_of(self.assignment, self.settings.seed)
        return gate.open_judge(drawn, self.settings)

    def errors_of_files(self) -> list[str]:
        """Return what is wrong with the author's files, as far as a release depends on it."""
        # for the cache: the release needs the points, too
        cases.not_judged(self.assignment, "", "")
        return [
            *inspection.of_notebook([*self.exercises.values()]),
            *inspection.unfilled(self.assignment),
        ]

    def programs(self, mutants: int) -> dict[str, list[Program]]:
        """Return the programs to try, by exercise.

        mutants: how many to make of each exercise's function.  Raises DeclarationError.
        """
        gate.check_files(self.judge)
        stub = gate.stub(self.assignment)
        reference = gate.reference(self.assignment)
        answers = programs.answers(self.judge)
        by_exercise = {}
        for name, exercise in self.exercises.items():
            right = (name, "reference", "the reference")
            written = [
                *programs.styles(exercise),
                *(answer for answer in answers if answer.exercise == name),
            ]
            by_exercise[name] = [
                Program(*right, reference.text, reference.suffix),
                Program(name, "stub", "the stub", stub.text, stub.suffix),
                *programs.lazy(exercise),
                *programs.mistakes(exercise),
                *written,
                *programs.mutants(
                    self.judge, exercise, reference, mutants, written
                ),
            ]
        return by_exercise

    def look(self, program: Program) -> ProgramScore:
        """Return what the checks say of a program, as far as its kind asks for it."""
        exercise = self.exercises[program.exercise]
        parsed = self.judge.workers.parse(program.submission)
        trial = self.judge.trial(exercise, parsed, exercise.conditional)
        # Programs that the kit makes have no docstring, and a right answer may do without.
        if program.kind not in ("reference", "wrong"):
            trial.leave_out_style()
        try:
            if program.kind in ("reference", "right"):
                return self._look_at_right(program, trial)
            # Nobody reads with which input a wrong program fails.
            trial.shrink_tries = 0
            if program.kind == "mutant":
                judgments = trial.run_checks(until_one_fails=True)
                return ProgramScore(program, _failed(judgments))
            return self._look_at_wrong(program, trial)
        finally:
            trial.end()

    def _look_at_right(self, program: Program, trial: Trial) -> ProgramScore:
        try:
            with cpu_limit(RIGHT_SECONDS):
                results = report_exercise(trial, self.judge.mistakes)
        except TookTooLong:
            self.judge.close()
            problem = TOO_SLOW.format(seconds=RIGHT_SECONDS)
            return ProgramScore(program, (), problem=problem)
        earned = {result.check: result.earned or 0.0 for result in results}
        failures = [r for r in results if r.outcome is not Outcome.PASSED]
        problem = ""
        if failures:
            problem = f"{program.name} is right, and fails {_why(failures[0])}"
        failed = tuple(result.check for result in failures)
        return ProgramScore(program, failed, earned, problem)

    def _look_at_wrong(self, program: Program, trial: Trial) -> ProgramScore:
        judgments = trial.run_checks()
        failed = _failed(judgments)
        mistake = None
        for declared in trial.exercise.mistakes:
            if (program.kind, program.name) == ("mistake", declared.name):
                mistake = declared
                # Its words say what no line could.
                trial.settings = replace(trial.settings, slip_changes=0)
                self.judge.mistakes.keep(
                    trial.exercise, judgments, mistake.source
                )
        add_details(trial, judgments)
        explanation = explain(trial, judgments, self.judge.mistakes)
        costly = costs.costly(failed, explanation.broken)
        earned = {}
        for judgment in judgments:
            if judgment.check.name not in costly:
                earned[judgment.check.name] = judgment.check.points
        problem = ""
        if mistake is not None:
            problem = _problem_of_mistake(mistake, explanation.mistake, failed)
        elif program.kind == "wrong" and not failed:
            problem = PASSES.format(name=program.name)
        return ProgramScore(program, failed, earned, problem)


def _failed(judgments: Sequence[Judgment]) -> tuple[str, ...]:
    """Return the names of the checks that fail."""
    return tuple(
        judgment.check.name for judgment in judgments if judgment.fault
    )


def _why(result: Result) -> str:
    reason = f'"{result.check}": {sentences.message(result)}'
    if not result.code:
        return reason
    lines = "; ".join(result.code.splitlines())
    return f"{reason}, for {lines}"


def _problem_of_mistake(
    mistake: Mistake, named: Mistake | None, failed: Sequence[str]
) -> str:
    what = f"{mistake.declared_at}: mistake {mistake.name}"
    checks = ", ".join(f'"{name}"' for name in failed)
    if not failed:
        return (
            f"{what} breaks no check, so it is none. Draw cases that it gets wrong, or "
            "remove it."
        )
    if mistake.is_unknown:
        return f"{what}: write fails=[{checks}]."
    if mistake.fails != {*failed}:
        return f"{what} fails [{checks}], not {sorted(mistake.fails)}. Write fails=[{checks}]."
    if named is None:
        return f"{what} is diagnosed as nothing: another mistake answers alike."
    if named.name != mistake.name:
        return f"{what} is diagnosed as {named.name}: another mistake answers alike."
    return ""

"""Tries an author's programs with an assignment's checks.  Knows nothing of files, pages or
printing.
"""

import copy
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder import sentences
from autograder.auditing import inspection, programs
from autograder.auditing.programs import Program
from autograder.authoring.mistakes import Mistake
from autograder.errors import Ended
from autograder.exercises import load as load_exercises
from autograder.judging import cases, gate, price
from autograder.judging.check_runner import CheckRunner, Judgment
from autograder.judging.cpu_limit import TookTooLong, cpu_limit
from autograder.judging.explain import explain, refine
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
        # for the cache: the release needs the points, too
        cases.not_judged(self.assignment, "", "")
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
        stub = gate.stub(self.assignment)
        reference = gate.reference(self.assignment)
        written = programs.answers(self.judge, folder) if folder else []
        by_exercise = {}
        for name, exercise in self.exercises.items():
            right = (name, "reference", "the reference")
            by_exercise[name] = [
                Program(*right, reference.text, reference.suffix),
                Program(name, "stub", "the stub", stub.text, stub.suffix),
                *programs.lazy(exercise),
                *programs.styles(exercise),
                *programs.mistakes(exercise),
                *(answer for answer in written if answer.exercise == name),
                *programs.mutants(self.judge, exercise, reference, mutants),
            ]
        return by_exercise

    def look(self, program: Program) -> ProgramScore:
        """Return what the checks say of a program, as far as its sort asks for it."""
        exercise = self.exercises[program.exercise]
        parsed, _ = self.judge.parse(program.submission)
        trial = self.judge.trial(exercise, parsed, exercise.conditional)
        if program.sort != "reference":
            trial.leave_out_style()
        try:
            if program.sort in ("reference", "right"):
                return self._look_at_right(program, trial)
            if program.sort == "style":
                return _look_at_style(program, trial)
            if program.sort == "mutant":
                judgments = trial.run_checks(until_one_fails=True)
                return ProgramScore(program, _failed(trial, judgments))
            return self._look_at_wrong(program, trial)
        finally:
            trial.end()

    def _look_at_right(self, program: Program, trial: Trial) -> ProgramScore:
        try:
            with cpu_limit(RIGHT_SECONDS):
                results = report_exercise(trial, self.judge.mistakes, False)
        except TookTooLong:
            self.judge.close()
            problem = TOO_SLOW.format(seconds=RIGHT_SECONDS)
            return ProgramScore(program, (), problem=problem)
        earned = {result.check: result.earned for result in results}
        failed = [r for r in results if r.outcome is not Outcome.PASSED]
        problem = ""
        if failed:
            problem = f"{program.name} is right, and fails {_why(failed[0])}"
        lost = tuple(result.check for result in failed)
        return ProgramScore(program, lost, earned, problem)

    def _look_at_wrong(self, program: Program, trial: Trial) -> ProgramScore:
        """Decide what a wrong program earns.  No input is looked for that shows why."""
        judgments, known = trial.run_checks(), self.judge.mistakes
        lost = _failed(trial, judgments)
        # Another style of a mistake answers as the first does.
        first_styles = [
            replace(mistake, sources=mistake.sources[:1])
            for mistake in trial.exercise.mistakes
        ]
        trial.exercise = copy.copy(trial.exercise)
        trial.exercise.mistakes = first_styles
        if program.sort == "mistake":
            # Its words say what no line could.
            trial.settings = replace(trial.settings, slip_changes=0)
            source = _mistake(program, trial).source
            known.keep(trial.exercise, judgments, source)
        refine(trial, judgments)
        explanation = explain(trial, judgments, known)
        costly = price.lost(lost, explanation.causes)
        earned = {
            check.name: check.points
            for check in trial.exercise.checks
            if check.name not in costly and not check.of_style
        }
        problem = ""
        if program.sort == "mistake":
            mistake = _mistake(program, trial)
            problem = _problem_of_mistake(mistake, explanation.mistake, lost)
        elif program.sort == "wrong" and not lost:
            problem = (
                f"{program.name} is wrong, and passes every check. Draw a case that it gets wrong, "
                "or move it to right_answers/."
            )
        return ProgramScore(program, lost, earned, problem)


def _mistake(program: Program, trial: Trial) -> Mistake:
    by_name = {mistake.name: mistake for mistake in trial.exercise.mistakes}
    return by_name[program.name]


def _failed(trial: Trial, judgments: Sequence[Judgment]) -> tuple[str, ...]:
    """Return the names of the checks that fail."""
    return tuple(
        check.check.name
        for check, judgment in zip(trial.checks, judgments)
        if judgment.fault is not None
    )


def _look_at_style(program: Program, trial: Trial) -> ProgramScore:
    """Look whether a mistake in another style fails the same checks: one case of each decides."""
    mistake, lost = _mistake(program, trial), []
    for check in trial.checks:
        if check.check.name in mistake.fails and _fails(check, trial):
            lost.append(check.check.name)
    problem = _problem_of_mistake(mistake, mistake, lost)
    return ProgramScore(program, tuple(lost), problem=problem)


def _fails(check: CheckRunner, trial: Trial) -> bool:
    """Return whether a check fails; its cases are asked one by one, the smallest first."""
    try:
        if not check.check.is_drawn:
            return check.run(trial.ready(), trial.passed).fault is not None
        for number in check.order:
            case = check.cases[number]
            if check.show_case(case, trial.ready(), trial.passed).fault:
                return True
    except Ended:
        return True
    return False


def _why(result: Result) -> str:
    reason = f'"{result.check}": {sentences.message(result)}'
    lines = "; ".join(result.code.splitlines())
    return f"{reason}, for {lines}" if lines else reason


def _problem_of_mistake(
    mistake: Mistake, named: Mistake | None, lost: Sequence[str]
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
    if named is None or named.name != mistake.name:
        other = named.name if named else "nothing"
        return f"{what} is diagnosed as {other}: another mistake answers alike."
    return ""

"""Tries programs with the checks of an assignment and with its oracles; runs in the pool's
processes.
"""

import contextlib
import copy
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

import oracle

from autograder import courses, sentences
from autograder.auditing import programs
from autograder.auditing.auditor import Auditor
from autograder.auditing.programs import Program
from autograder.errors import Ended
from autograder.intake.submission import open_submission
from autograder.judging import cases
from autograder.judging.check_runner import after
from autograder.judging.judge import Judge
from autograder.settings import Settings

PATIENCE = 4  # times the course's deadline: an oracle's inputs may be larger, and slow is not wrong
OTHER_SEED = 0x0AC1E  # an oracle's inputs grade nobody
STYLES = 6  # right answers of an exercise that mutants are made of, besides the reference


def _with_oracles(exercise, checks):
    """A copy that is judged by these checks alone."""
    other = copy.copy(exercise)
    other.checks, other.mistakes = checks, []
    return other


@dataclass(frozen=True)
class Look:
    """What oracles and checks say of a program.

    objection: the oracle's to a mutant or the reference, or "".
    lost: the failed checks, by seed, with the share of drawn cases that show it: 1 if they
    are not counted.
    """

    program: Program
    objection: str = ""
    lost: dict[int, dict[str, float]] = field(default_factory=dict)

    @property
    def is_wrong(self):
        if self.program.kind == "mutant":
            return self.objection != ""
        return self.program.kind not in ("reference", "right")


class Looker:
    """Looks at programs of an assignment.  seeds: whose cases the checks use; the first is the
    course's.
    """

    def __init__(self, assignment, seeds, is_counting):
        oracle.load()
        self.assignment, self.seeds, self.is_counting = (
            assignment,
            seeds,
            is_counting,
        )
        self.auditor = Auditor(assignment, Settings())
        self.course = self.auditor.judge
        self.judges = {seed: self._judge_of(seed) for seed in seeds}
        patient = Settings(check_seconds=PATIENCE * Settings().check_seconds)
        asked = [
            _with_oracles(e, oracle.ORACLES.get(e.name, []))
            for e in self.course.exercises
        ]
        number = Settings().seed ^ OTHER_SEED
        self.oracle = Judge(
            asked, cases.draw(assignment, asked, number), patient
        )

    def _judge_of(self, seed):
        drawn = cases.cases_of(self.assignment, seed)
        return Judge(
            self.course.exercises,
            drawn,
            Settings(shrink_tries=0, slip_changes=0),
        )

    def close(self):
        self.auditor.close()

    def programs(self, mutants, folder):
        """Return all programs, with `mutants` of each exercise.

        Half of these are made from the reference, and half from other right answers.
        """
        of_course = courses.folder

        def beside_tests(kind, assignment):
            """The tests have more answers than the assignment itself."""
            if kind in courses.ANSWERS:
                return folder / kind / assignment
            return of_course(kind, assignment)

        with patch.object(courses, "folder", beside_tests):
            every = self.auditor.programs((mutants + 1) // 2)
        for name, tried in every.items():
            paths = sorted(
                (folder / programs.RIGHT_ANSWERS / self.assignment).glob("*")
            )
            written = {
                program.name for program in tried if program.kind == "right"
            }
            paths = [path for path in paths if path.name in written]
            for path in Random(name).sample(paths, min(STYLES, len(paths))):
                exercise, source = (
                    self.auditor.exercises[name],
                    open_submission(path, path.name),
                )
                tried += programs.mutants(
                    self.course, exercise, source, mutants // 2 // STYLES
                )
        return [
            *dict.fromkeys(
                program for tried in every.values() for program in tried
            )
        ]

    def look(self, program):
        lost = {
            seed: self._lost(judge, program)
            for seed, judge in self.judges.items()
        }
        asked = program.kind in ("mutant", "reference")
        return Look(program, self._objection(program) if asked else "", lost)

    def _objection(self, program):
        with self._trial(self.oracle, program) as trial:
            for check, run in zip(
                trial.runners, trial.run_checks(until_one_fails=True)
            ):
                if run.fault is not None:
                    return (
                        f"{check.check.title}: {sentences.sentence(run.fault)}"
                    )
        return ""

    def _lost(self, judge, program):
        one_decides = (
            program.kind in ("mutant", "wrong") and not self.is_counting
        )
        lost = {}
        with self._trial(judge, program) as trial:
            for check, run in zip(
                trial.runners, trial.run_checks(until_one_fails=one_decides)
            ):
                if run.fault is None:
                    continue
                lost[check.check.name] = 1.0
                if self.is_counting and check.check.is_drawn and not run.ended:
                    with contextlib.suppress(Ended):
                        faults = fault_of_each(check, trial, run)
                        groups = judge.cases.groups(check.check)
                        edges = edge_cases(check, groups)
                        drawn = [
                            f
                            for f, is_edge in zip(faults, edges)
                            if not is_edge
                        ]
                        lost[check.check.name] = sum(
                            f is not None for f in drawn
                        ) / len(drawn)
        return lost

    @contextlib.contextmanager
    def _trial(self, judge, program):
        """Try a program with a judge's checks, in the sandbox that the course's judge has."""
        parsed = self.course.workers.parse(program.submission)
        exercise = next(
            e for e in judge.exercises if e.name == program.exercise
        )
        trial = self.course.trial(exercise, parsed, exercise.conditional)
        trial.settings, trial.runners = (
            judge.settings,
            judge.runners[exercise.name],
        )
        try:
            yield trial
        finally:
            trial.end()


def look(program, looker):
    return looker.look(program)


def all_programs(question, looker):
    return looker.programs(*question)


def fault_of_each(check, trial, judgment):
    """The fault of each case, given a judgment's answers to the first questions."""
    dialog = check.dialog(trial.ready(), check.settings.single_seconds)
    faults = []
    for case, values, (answer,) in zip(
        check.cases, check.right_values, judgment.answers
    ):
        ask = after(answer, dialog.answer)
        faults.append(check.fault_in(case, ask, trial.passed, values))
    return faults


def edge_cases(check, groups):
    """Whether each case is an edge case, of the check whose cases it is."""
    shared = check.check.same_cases_as
    sources = [c for c in check.exercise.checks if c.body in shared]
    edges = []
    for source, group in zip(sources or [check.check], groups):
        count = len(source.edge_cases)
        edges += [True] * count + [False] * (len(group) - count)
    return edges

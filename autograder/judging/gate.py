"""Judges the reference solution before any student: it must earn every point, and the
unchanged stub none.

A machine does so once for the same kit, settings and notebooks.  Knows nothing of
students.  If the gate stays closed, nobody is graded, and an error explains what to fix.
"""

import contextlib
import platform
from collections.abc import Sequence
from pathlib import Path

from autograder import cache, exercises, sentences
from autograder.authoring.exercise import Exercise
from autograder.courses import folder, hidden
from autograder.errors import DeclarationError, SandboxError, Unread
from autograder.intake.released import TEST_CELL, points_of_cells
from autograder.intake.submission import Submission, open_submission
from autograder.judging.cases import Cases
from autograder.judging.check_runner import CheckRunner
from autograder.judging.judge import Judge
from autograder.languages import N_, listed, tr
from autograder.results import first_grader_fault
from autograder.settings import Settings


def notebook(kind: str, assignment: str) -> Path:
    """Return the notebook of an assignment among the `solutions` or the `assignments`."""
    return folder(kind, assignment) / f"{assignment}.ipynb"


def reference(assignment: str) -> Submission:
    """Return the solution notebook as a submission."""
    return open_submission(notebook("solutions", assignment), "reference")


def stub(assignment: str) -> Submission:
    """Return the released notebook as an unchanged submission."""
    return open_submission(notebook("assignments", assignment), "stub")


def open_judge(drawn: Cases, settings: Settings) -> Judge:
    """Return a judge for one process."""
    return Judge(
        exercises.load(drawn.assignment), drawn, settings, cache.get_or_create
    )


def check_exposure(judge: Judge, paths: Sequence[Path]) -> None:
    """Raise SandboxError if a worker could read the hidden checks, or any of these paths."""
    if judge.settings.unsafe:
        return
    for path in filter(None, (*hidden(), cache.folder(), *paths)):
        if through := judge.workers.sandbox.exposes(str(path)):
            raise SandboxError(
                "Student code could read {path}, because it is in {folder}. Move it to another "
                "folder.",
                path=path,
                folder=through,
            )


def check(judge: Judge) -> None:
    """Check both notebooks, and judge both or start a worker.

    Raises DeclarationError, or SandboxError for the machine's fault.
    """
    assignment = judge.cases.assignment
    texts = reference(assignment).text, stub(assignment).text
    layers = str(judge.workers.sandbox.layers)
    digest = cache.digest([], *texts, layers, platform.node())
    try:
        check_files(judge)
        passing = judge.mistakes.get_or_create(
            f"{judge.mistakes.key}-gate.{digest}", lambda: _passing(judge)
        )
    except DeclarationError as error:
        raise DeclarationError("Nobody was graded. {why}", why=error) from None
    for name, runner in _runners(judge).items():
        runner.recognize(passing[name])
    judge.workers.require_processes()


def _passing(judge: Judge) -> dict[str, bytes]:
    """Judge both notebooks.  Returns the answers that pass each check.  Raises as `check`."""
    _check_points(judge)
    return {name: runner.passing() for name, runner in _runners(judge).items()}


def _runners(judge: Judge) -> dict[str, CheckRunner]:
    """Return the check runners by exercise and check."""
    runners = {}
    for exercise, of_exercise in judge.runners.items():
        for runner in of_exercise:
            runners[f"{exercise}.{runner.check.name}"] = runner
    return runners


def check_files(judge: Judge) -> None:
    """Check the cells of both notebooks.  Raises DeclarationError."""
    assignment = judge.cases.assignment
    for kind, submission, cure in (
        (
            "solutions",
            reference(assignment),
            N_("Write the reference solution."),
        ),
        ("assignments", stub(assignment), N_("Run `autograder release`.")),
    ):
        where = f"{kind}/{assignment}/"
        if submission.problem:
            raise DeclarationError(
                N_("{folder}: {problem} {cure}"),
                problem=submission.problem,
                folder=where,
                cure=tr(cure),
            )
        if submission.suffix == ".ipynb":
            where += submission.file
            _check_test_cells(judge.exercises, submission.text, where)


def _check_points(judge: Judge) -> None:
    """Raise DeclarationError unless the reference has all points and the stub none."""
    assignment = judge.cases.assignment
    for submission, words in (
        (reference(assignment), LOST),
        (stub(assignment), EARNED),
    ):
        report = judge.judge(submission)
        problem = first_grader_fault(report.results)
        if problem and problem.values.get("error") == SandboxError.__name__:
            raise SandboxError("{why}", why=problem.values["message"])
        wrong = [
            result
            for result in report.results
            if (result.lost > 0) == (words == LOST)
        ]
        if not wrong and report.needs_review:
            wrong += report.results
        if wrong:
            checks = listed(
                f"{result.exercise}.{result.check}" for result in wrong[:5]
            )
            reason = ""
            if wrong[0].fault:
                reason = f" ({wrong[0].outcome}: {sentences.message(wrong[0])})"
            raise DeclarationError(
                words, assignment=assignment, checks=checks, why=reason
            )


LOST = N_(
    "The reference solution of {assignment} failed {checks}{why}. Correct the "
    "solution or the check."
)
EARNED = N_(
    "The unchanged stub of {assignment} passed {checks}{why}. Make the check stricter."
)


def prepare(judge: Judge, paths: Sequence[Path] = ()) -> str:
    """Check everything that a judge needs before it grades.  Returns the active sandbox
    layers, in words.

    paths: files and folders that no student code may read.  Raises SandboxError
    and DeclarationError.
    """
    check_exposure(judge, paths)
    check(judge)
    return str(judge.workers.sandbox.layers)


def speedups(judge: Judge) -> dict[str, dict[str, float]]:
    """Return device -> exercise -> how many times as fast as a loop its right answer is there.

    Only the exercises' own code runs here, since no worker sees a device.
    """
    factors: dict[str, dict[str, float]] = {}
    for device in devices():
        for exercise in judge.exercises:
            if exercise.speedup is None:
                continue
            # A device may be broken, or without memory, and this grades nobody.
            with contextlib.suppress(Exception):
                factor = exercise.speedup(device)
                factors.setdefault(device, {})[exercise.name] = factor
    return factors


def devices() -> list[str]:
    """Return the devices of this machine as torch names them, the CPU first."""
    import torch

    names = ["cpu"]
    if accelerator := torch.accelerator.current_accelerator(
        check_available=True
    ):
        names.append(accelerator.type)
    return names


def _check_test_cells(
    exercises: Sequence[Exercise], text: str, where: str
) -> None:
    """Raise DeclarationError unless each exercise's test cell has the points of its checks."""
    try:
        points = points_of_cells(text)
    except Unread as error:
        raise DeclarationError(
            "{where}: {why}", where=where, why=error
        ) from None
    for exercise in exercises:
        name = TEST_CELL + exercise.name
        cell = {"name": name, "where": where, "points": points.get(name)}
        if name not in points:
            raise DeclarationError(
                "No test cell `{name}` in {where}. Add one below the stub.",
                **cell,
            )
        if points[name] != exercise.points:
            words = N_(
                "The test cell `{name}` in {where} has {points:g} points, "
                "but the checks of {exercise} have {worth:g}. Make them equal."
            )
            raise DeclarationError(
                words, **cell, exercise=exercise.name, worth=exercise.points
            )

"""In every run the reference is judged as well: it must earn every point, and the untouched stub none.

Knows nothing of students.  Where the gate does not open, nobody is graded, and the instructor is
told which check is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder import exercises, kept
from autograder.judge import Exam, Judge, draw_exam
from autograder.results import Report
from autograder.sandbox import SandboxError
from autograder.submission import Source, open_source

SEED = 20260901  # of the course: all students of all runs meet the same cases


class UnknownAssignment(ValueError):
    """There is no such assignment; the message lists those that there are."""


class BrokenExam(Exception):
    """The reference or the stub is not judged as it must be; the message names the checks."""


def folder(kind: str) -> Path:
    """Where `solutions` or `assignments` lie: beside the package in the repository, in it in a wheel."""
    package = Path(__file__).parent
    packed = package / "course" / kind
    return packed if packed.is_dir() else package.parent / kind


def reference(assignment: str) -> Source:
    """The solution notebook, as a submission."""
    path = folder("solutions") / assignment / f"{assignment}.ipynb"
    return open_source(path, "reference", file=path.name)


def stub(assignment: str) -> Source:
    """The released notebook, as a submission that nobody has touched."""
    path = folder("assignments") / assignment / f"{assignment}.ipynb"
    return open_source(path, "stub", file=path.name)


def exam_of(assignment: str, seed: int = SEED) -> Exam:
    """An assignment's cases.  Raises UnknownAssignment."""
    found = exercises.of(assignment)
    if not found:
        names = ", ".join(exercises.assignments())
        raise UnknownAssignment(f"there is no assignment {assignment!r}: choose one of {names}")
    frames = kept.kept(f"{assignment}-{seed}", lambda: draw_exam(assignment, found, seed).frames)
    return Exam(assignment, seed, frames)


def open_judge(exam: Exam, **options) -> Judge:
    """A judge for one process.  options: those of `sandbox.Sandbox`."""
    return Judge(exercises.of(exam.assignment), exam, kept.kept, **options)


def check_walls(judge: Judge, paths: Sequence[Path]) -> None:
    """Raises SandboxError where a worker could read the hidden checks, or any of these paths."""
    hidden = (Path(exercises.__file__).parent, folder("solutions"), kept.folder())
    if judge.options.get("unsafe"):
        return
    for path in filter(None, (*hidden, *paths)):
        through = judge.sandbox.exposes(str(path))
        if through:
            raise SandboxError(
                f"student code can read {path}, since it lies in {through}: move it to another folder"
            )


def check(judge: Judge) -> None:
    """Judge the reference and the stub.  Raises BrokenExam."""
    assignment = judge.exam.assignment
    for source, rule in ((reference(assignment), "lost"), (stub(assignment), "earned")):
        report = judge.judge(source)
        wrong = [r for r in report.results if (r.earned < r.points) == (rule == "lost")]
        if report.needs_a_person or wrong:
            raise BrokenExam(_words(report, rule, wrong or list(report.results)))


def _words(report: Report, rule: str, wrong) -> str:
    first = wrong[0]
    checks = ", ".join(f"{r.exercise}.{r.check}" for r in wrong[:5])
    who = "the reference solution" if report.id == "reference" else "the untouched stub"
    why = f" ({first.outcome}: {first.message})" if first.message else ""
    return f"nobody was graded: {who} of {report.assignment} {rule} points by {checks}{why}"

"""The compared ways to grade a class: each writes its files, returns its command, and reads
its scores.

Knows nothing of how they are measured.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classes import ASSIGNMENT, TESTS, Submission

from autograder import exercises
from autograder.judging import gate

sys.path.append(str(TESTS))
import course_helpers

HERE = Path(__file__).resolve().parent
PYTHON = Path(sys.executable)


@dataclass(frozen=True)
class Work:
    """What a method does for a class: a command, and how to read the scores."""

    command: list
    scores: Callable[[], dict[str, float]]
    cwd: Path | None = None


@dataclass(frozen=True)
class Method:
    """A way to grade.  prepare: writes a class into an empty folder.

    costly: takes seconds per submission, so it grades only a part of the class.  words: for
    the table.
    """

    words: str
    prepare: Callable[[Path, list[Submission]], Work]
    costly: bool = True


@dataclass
class Workshop:
    """Makes the methods.  folder: for what they share, such as courses with a generated assignment.

    jobs: the kit's number of judges.
    """

    folder: Path
    jobs: int
    _courses: dict[str, Path] = field(default_factory=dict)

    def methods(self) -> list[Method]:
        """All, the cheap ones first."""
        return [
            Method("autograder grade", self.kit, costly=False),
            Method("autograder grade --course", self.kit_course, costly=False),
            Method("nbgrader autograde, our plugin", self.plugin, costly=False),
            Method("nbgrader autograde, in kernel", self.nbgrader),
        ]

    # --- The kit's three commands

    def kit(self, place: Path, students: Sequence[Submission]) -> Work:
        """`autograder grade` with its files of results."""
        _hand_in(
            place, students, course_helpers.released(self._course("ours"), ASSIGNMENT)
        )
        out = place / "results"
        command = [
            PYTHON,
            "-m",
            "autograder.cli",
            "grade",
            place / "submitted",
            "--out",
            out,
        ]
        command += ["--assignment", ASSIGNMENT, "--jobs", self.jobs]

        def scores():
            tree = json.loads((out / "results.json").read_text("utf-8"))
            return {s["id"]: s["score"] for s in tree["submissions"]}

        return Work(command, scores)

    def kit_course(self, place: Path, students: Sequence[Submission]) -> Work:
        """`autograder grade --course` with nbgrader's gradebook."""
        course = self._copy("ours", place, students)
        command = [PYTHON, "-m", "autograder.cli", "grade", "--course", course]
        command += ["--assignment", ASSIGNMENT, "--jobs", self.jobs]
        return Work(command, lambda: _gradebook(course))

    def plugin(self, place: Path, students: Sequence[Submission]) -> Work:
        """`nbgrader autograde` with our preprocessor in place of Execute."""
        course = self._copy("ours", place, students)
        return Work(_autograde(), lambda: _gradebook(course), cwd=course)

    # --- nbgrader as it comes

    def nbgrader(self, place: Path, students: Sequence[Submission]) -> Work:
        """`nbgrader autograde` of the notebook as it stands, with the checks in hidden test
        cells.
        """
        course = self._copy("plain", place, students)
        return Work(_autograde(), lambda: _gradebook(course), cwd=course)

    # --- Courses

    def _course(self, kind):
        if kind not in self._courses:
            folder = self.folder / kind
            if kind == "ours":
                course_helpers.new_course(folder, [ASSIGNMENT])
            else:
                _plain_course(folder)
            self._courses[kind] = folder
        return self._courses[kind]

    def _copy(self, kind, place, students):
        template = self._course(kind)
        course = place / "course"
        shutil.copytree(template, course)
        _hand_in(course, students, course_helpers.released(template, ASSIGNMENT))
        return course


def environment() -> dict[str, str]:
    """The environment of all commands: the kit, the checks for the kernel, and one thread for
    torch.
    """
    known = course_helpers.environment()
    path = os.pathsep.join([known["PYTHONPATH"], str(HERE)])
    return {**known, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


def _autograde():
    return [course_helpers.BIN / "nbgrader", "autograde", ASSIGNMENT]


def _hand_in(course, students, notebook):
    for student in students:
        answer = json.loads(json.dumps(notebook))
        for name in [e.function for e in exercises.load(ASSIGNMENT)]:
            source = student.cells.get(name, "")
            course_helpers.cell_of(answer, name)["source"] = source.splitlines(True)
        course_helpers.hand_in(course, student.student, ASSIGNMENT, answer)


def _gradebook(course):
    found = course_helpers.scores(course, ASSIGNMENT)
    tests = {f"test_{exercise.name}" for exercise in exercises.load(ASSIGNMENT)}
    return {
        student: sum(score or 0 for name, score in grades.items() if name in tests)
        for student, grades in found.items()
    }


def _plain_course(folder):
    """A course without our settings, whose hidden test cells run the checks in the student's
    kernel.
    """
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        'c.CourseDirectory.course_id = "linear-regression"\n'
        'c.CourseDirectory.source_directory = "solutions"\n'
        'c.CourseDirectory.release_directory = "assignments"\n'
    )
    notebook = json.loads(gate.reference(ASSIGNMENT).text)
    names = {f"test_{e.name}": e.name for e in exercises.load(ASSIGNMENT)}
    started = False
    for cell in notebook["cells"]:
        if cell["id"] in names:
            start = (
                ""
                if started
                else "import in_process\n\ngrading = in_process.Grading(globals())\n"
            )
            started = True
            cell["source"] = (
                f"### BEGIN HIDDEN "
                f"TESTS\n{start}grading.points({names[cell['id']]!r})\n### END HIDDEN TESTS"
            )
    path = folder / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    done = subprocess.run(
        [course_helpers.BIN / "nbgrader", "generate_assignment", ASSIGNMENT],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)

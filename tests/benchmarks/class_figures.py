"""Measures the cost of grading a class, by this kit and by nbgrader with the same checks.

    python tests/benchmarks/class_figures.py

grades a class of 40 by each method in turn, in several rounds, and prints a table.  A
kernel grades only the first ten submissions, with the same mix of right and wrong.  Each
method is measured as a whole command, start included.  The cost of a further submission is
the slope from half a class to a whole one.  A first round only fills the caches.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from classes import ASSIGNMENT, EXERCISES, POINTS, TESTS, a_class
from measuring import SAMPLE, adopt_orphans, cost_of, show

from autograder.judging import gate

sys.path.append(str(TESTS))
from course_helpers import (
    BIN,
    environment,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    solution_cells,
    with_code,
)
from file_helpers import read_json
from test_nbgrader import PLAIN

STUDENTS, PART, ROUNDS = 40, 10, 3  # PART: submissions that a kernel grades
ENVIRONMENT = environment() | {"OMP_NUM_THREADS": "1"}
ENVIRONMENT["PYTHONPATH"] += f"{os.pathsep}{Path(__file__).parent}"
JOBS = ["--assignment", ASSIGNMENT, "--jobs", len(os.sched_getaffinity(0))]
KIT = "autograder grade"
KERNEL = "nbgrader autograde, in kernel"
METHODS = {  # for the table -> the command in a course
    KIT: ["autograder", "grade", "submitted", "--out", "results", *JOBS],
    "autograder grade --course": [
        "autograder",
        "grade",
        "--course",
        ".",
        *JOBS,
    ],
    "nbgrader autograde, our plugin": ["nbgrader", "autograde", ASSIGNMENT],
    KERNEL: ["nbgrader", "autograde", ASSIGNMENT],
}


def main():
    adopt_orphans()
    students = a_class(STUDENTS)
    rows = {method: [] for method in METHODS}
    with tempfile.TemporaryDirectory(prefix="class-figures-") as folder:
        for number in range(ROUNDS + 1):
            for method in METHODS:
                # A kernel fills no cache.
                if method == KERNEL and not number:
                    continue
                for size in (
                    [PART] if method == KERNEL else [STUDENTS // 2, STUDENTS]
                ):
                    some = dict([*students.items()][:size])
                    row = measure(method, some, Path(folder, "course"))
                    print(number, method, row, file=sys.stderr, flush=True)
                    if number:
                        rows[method].append(row)
    show("class_figures.md", table(rows))


def measure(method, students, course):
    """Run one method on one class; return its cost, and how many points are as expected."""
    shutil.rmtree(course, ignore_errors=True)
    if method == KERNEL:
        plain_course(course)
    else:
        new_course(course, (ASSIGNMENT,))
    notebook = released(course, ASSIGNMENT)
    for student, code in students.items():
        answer = with_code(notebook, code)
        # Before the tests of all functions: a kernel runs the cells in turn.
        cells = solution_cells(answer)
        cells[-1]["source"] = ""
        cells[0]["source"] = code
        hand_in(course, student, ASSIGNMENT, answer)
    program, *words = METHODS[method]
    log = course.with_suffix(".log")
    cost = cost_of([BIN / program, *words], log, cwd=course, env=ENVIRONMENT)
    points = points_of(course, is_kit=method == KIT)
    expected = [
        (points[id] == POINTS) == id.startswith("right") for id in students
    ]
    return {**vars(cost), "count": len(students), "expected": sum(expected)}


def points_of(course, is_kit):
    """The points of each student, from results.json or from the gradebook."""
    if is_kit:
        tree = read_json(course / "results/results.json")
        return {one["id"]: one["score"] for one in tree["submissions"]}
    return {
        student: sum(score or 0 for score in cells.values())
        for student, cells in scores(course, ASSIGNMENT).items()
    }


def plain_course(course):
    """A course without our settings, whose hidden tests run the checks in a kernel."""
    source = course / "solutions" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source.parent.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(PLAIN)
    notebook = json.loads(gate.reference(ASSIGNMENT).text)
    tests = {f"test_{exercise.name}": exercise.name for exercise in EXERCISES}
    for cell in notebook["cells"]:
        if name := tests.get(cell["id"]):
            call = f"import in_process\nin_process.points({name!r}, globals())"
            cell["source"] = (
                f"### BEGIN HIDDEN TESTS\n{call}\n### END HIDDEN TESTS"
            )
    source.write_text(json.dumps(notebook))
    nbgrader(course, "generate_assignment", ASSIGNMENT)


def table(rows):
    """The figures in Markdown."""
    lines = [
        f"Seconds per submission of a class of {STUDENTS}, start included: medians of "
        f"{ROUNDS} rounds.  MiB: PSS summed every {SAMPLE} s over all processes, the most.",
        "",
        "| method | of | wall s | CPU s | MiB | as expected | times our wall | further |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for method, measured in rows.items():
        size = measured[-1]["count"]
        whole = [row for row in measured if row["count"] == size]
        half = [row for row in measured if row["count"] < size]
        wall, cpu, memory = (
            middle(whole, what) for what in ("wall", "cpu", "memory")
        )
        kit = [row["wall"] / row["count"] for row in rows[KIT][1::2]]
        ratios = sorted(
            row["wall"] / size / own for row, own in zip(whole, kit)
        )
        further = (
            (cpu - middle(half, "cpu")) / (size / 2) if half else float("nan")
        )
        lines.append(
            f"| {method} | {size} | {wall / size:.2f} | {cpu / size:.2f} | {memory:.0f} "
            f"| {whole[-1]['expected']} | {ratios[0]:.1f} to {ratios[-1]:.1f} "
            f"| {further:.2f} CPU s |"
        )
    return "\n".join(lines)


def middle(rows, what):
    return statistics.median(row[what] for row in rows)


if __name__ == "__main__":
    main()

"""Runs the command line as a person does, and reads what it wrote.  Knows nothing of what is
expected.
"""

import contextlib
import io
import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

from file_helpers import read_json
from process_helpers import PATIENCE

from autograder import courses, exercises, languages
from autograder.authoring.exercise import right_answers
from autograder.cli import main

COMMAND = [sys.executable, "-m", "autograder"]
NAME = min(
    courses.names(), key=lambda name: len(exercises.load(name))
)  # the smallest
LARGE = max(courses.names(), key=lambda name: len(exercises.load(name)))
(EXERCISE, *_) = exercises.load(NAME)
FULL = {
    f"test_{one.name}": one.points for one in exercises.load(NAME)
}  # by nbgrader's cells
POINTS = sum(FULL.values())
RIGHT = right_answers(exercises.load(NAME))
WRONG = f"{RIGHT}def {EXERCISE.function}(*args):\n    return None\n"  # earns nothing
NEAR = RIGHT.replace(
    f"def {EXERCISE.function}(", f"def {EXERCISE.function}s("
)  # a name that is misspelt
# Loses some of its points.
PARTLY = RIGHT + next(
    m.source for m in EXERCISE.mistakes if len(m.fails) < len(EXERCISE.checks)
)
# A submission that is not done before somebody ends the run, in a folder with these settings.
ENDLESS = "import signal\n" + RIGHT.replace(
    ":\n", ":\n    while True:\n        signal.pause()\n", 1
)
PATIENT = "check_seconds = 600\nsubmission_seconds = 36000\n"


def run(*args, cwd="/", before=(), **variables):
    """`autograder ARGS`; from a folder without an autograder.toml, unless another is given.

    In this process, where judges and their template process are warm after the first; in
    one of its own where words before it, or variables of its environment, are given.
    """
    words = [*map(str, args)]
    if before or variables:
        environment = {**os.environ, "COLUMNS": "80", **variables}
        return subprocess.run(
            [*map(str, before), *COMMAND, *words],
            cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
    out, err = (
        io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
        for _ in range(2)
    )
    with (
        _as_a_process_of_its_own(words, cwd),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
    told = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(["autograder", *words], status, *told)


@contextlib.contextmanager
def _as_a_process_of_its_own(words, cwd):
    """What the command finds and changes of its process, for as long as it runs."""
    folder = os.getcwd()
    argv = sys.argv
    columns = os.environ.get("COLUMNS")
    os.umask(umask := os.umask(0o022))
    heeded = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    }
    os.chdir(cwd)
    sys.argv, os.environ["COLUMNS"] = ["autograder", *words], "80"
    try:
        with languages.in_language(languages.ENGLISH):
            yield
    finally:
        os.chdir(folder)
        os.umask(umask)
        sys.argv = argv
        os.environ.pop("COLUMNS")
        if columns is not None:
            os.environ["COLUMNS"] = columns
        for number, handler in heeded.items():
            signal.signal(number, handler)


def grade(folder, out, *options, **more):
    """`autograder grade FOLDER --out OUT`, of the assignment with the fewest exercises, by one
    judge.

    Small classes are graded as soon by one as by two, and other tests run beside.
    """
    jobs = () if "--jobs" in options else ("--jobs", 1)
    return run(
        "grade",
        folder,
        "--assignment",
        NAME,
        "--out",
        out,
        *jobs,
        *options,
        **more,
    )


def start(*args, before=(), **options):
    """`autograder ARGS`, which goes on.  options: those of subprocess.Popen."""
    return subprocess.Popen(
        [*map(str, [*before, *COMMAND, *args])], text=True, **options
    )


def a_class(folder, *more, **texts):
    """A folder with a file for each student; `more` are those of s0, s1 and so on, none like
    another.
    """
    texts |= {
        f"s{number}": f"{text}# {number}\n" for number, text in enumerate(more)
    }
    folder.mkdir(exist_ok=True)
    for id, text in texts.items():
        (folder / f"{id}.py").write_text(text)
    return folder


def results_of(out):
    """results.json."""
    return read_json(out / "results.json")


def without_times(out, *names):
    """results.json, apart from times, and from what else of a submission has these names."""
    tree = results_of(out)
    tree["run"].pop("speedups", None)
    for one in tree["submissions"]:
        for name in ("seconds", "timings", *names):
            one.pop(name, None)
    return tree


def submissions_of(out):
    """Its submissions by student."""
    return {s["id"]: s for s in results_of(out)["submissions"]}


def points_of(out):
    """The points of each student."""
    return {s["id"]: s["score"] for s in results_of(out)["submissions"]}

"""A Dask cluster of processes on this machine: the same results, whoever dies, and no worker
that differs.
"""

import re
import sys

import pytest
from cli_helpers import (
    NAME,
    PARTLY,
    POINTS,
    RIGHT,
    WRONG,
    a_class,
    grade,
    run,
    without_times,
)
from cluster_helpers import a_port, cluster
from course_helpers import answered, hand_in, new_course, scores
from process_helpers import PATIENCE

from autograder.grading import cluster as executor

CLASS = (RIGHT, WRONG, PARTLY, "") * 2
EMPTY = (
    "s3 needs review. s3.py does not define ",
    "s7 needs review. s7.py does not",
)
# What a worker's process is told before it begins, and some twice: it is another, or has no layers.
ANOTHER = """
from autograder import cache
cache.versions = lambda: {"torch": "9.9", "hypothesis": "1", "numpy": "1"}
"""
NO_WALLS = """
from autograder.sandbox import client, template
made = getattr(client, "made", client.Sandbox.__init__)
def weak(self, **options):
    inner = template.Template.started()
    made(self, lambda: inner.fork_sandbox(["seccomp", "limits"]), **options)
client.made, client.Sandbox.__init__ = made, weak
"""
# Its kit is broken in a way that says so in no words that can be sent.
BROKEN = """
from autograder.judging import gate
class Odd(Exception):
    def __reduce__(self):
        raise TypeError("it cannot be pickled")
def broken(*args, **options):
    raise Odd("the disk is odd")
gate.open_judge = broken
"""
MORTAL = """
import os, pathlib, re, signal, time
from autograder.grading import cluster_worker
place = pathlib.Path(PLACE)
answer = getattr(cluster_worker, "mortal", cluster_worker.answer)
def dies(run, layers="", submission=None):
    if submission is None:
        return answer(run, layers)
    words = r"# (once|always) kills the (worker|scheduler)(?: after (\\d+))?"
    said = re.search(words, submission.text)
    times = place / f"{submission.id}.times"
    if said and (said[1] == "always" or not times.exists()):
        reports = place.parent / "there" / "reports"
        while said[3] and len([*reports.glob("[!.]*.json")]) < int(said[3]):
            time.sleep(0.05)
        with open(times, "a") as file:
            file.write("killed\\n")
        process = os.getpid() if said[2] == "worker" else int((place / f"{said[2]}.pid").read_text())
        os.kill(process, signal.SIGKILL)
    return answer(run, layers, submission)
cluster_worker.mortal, cluster_worker.answer = answer, dies
"""


NOBODY = f"tcp://127.0.0.1:{a_port()}"


def killed(place, name):
    """How often a process was killed while this student's submission was judged."""
    return (place / f"{name}.times").read_text().count("killed")


@pytest.fixture(scope="module", autouse=True)
def patient():
    """All that start are heard, however busy this machine is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executor, "ARRIVE", PATIENCE)
        yield


@pytest.mark.exhaustive
def test_the_results_are_those_of_a_judge_here(tmp_path):
    """But for times, by two workers beside three that must not judge, each named with why."""
    folder = a_class(tmp_path / "class", *CLASS)
    here = tmp_path / "here"
    place = tmp_path / "there"
    grade(folder, here)
    course = new_course(tmp_path / "course", (NAME,))
    (course / "autograder.toml").write_text("seed = 7\n")
    hand_in(course, "ann", NAME, answered(course, NAME))
    with cluster(tmp_path / "cluster") as there:
        there.start_scheduler()
        there.start_workers(2)
        for words in (ANOTHER, NO_WALLS, BROKEN):
            there.start_workers(1, words, nanny=False)
        there.wait(5)
        options = ("--jobs", 0, "--scheduler", there.address)
        done, again = (grade(folder, place, *options) for _ in range(2))
        of_course = run(
            "grade", "--course", course, "--scheduler", there.address
        )
        assert there.end() == set()
    assert list((tmp_path / "cluster/tmp").glob("autograder-*")) == []
    assert without_times(place) == without_times(here)
    assert "8 of 8 did not change since the last run." in again.stdout
    lines = sorted(
        re.sub(r"tcp://[\d.:]+", "tcp:", line)
        for line in done.stderr.splitlines()
    )
    refused = (f"Worker tcp: is not used. {words}" for words in REFUSED)
    for line, words in zip(lines, (*refused, *EMPTY), strict=True):
        assert line.startswith(words)
    assert of_course.returncode == 0, of_course.stderr
    assert sum(scores(course, NAME)["ann"].values()) == POINTS


# In the order of the alphabet.
REFUSED = (
    "A judge would grade differently (",
    "Odd: the disk is odd",
    "The sandbox around student code is",
)


@pytest.mark.parametrize(
    ("jobs", "scheduler", "words"),
    [
        (0, NOBODY, "No Dask scheduler at tcp://127.0.0.1:"),
        (2, NOBODY, "exclude each other. Use one of them"),
        (0, "none.json", "No file none.json. Start `dask scheduler"),
        (0, NOBODY, "pip install distributed"),
    ],
    ids=["nobody answers", "jobs beside it", "no file", "no Dask"],
)
def test_a_cluster_that_cannot_be_is_one_line(
    tmp_path, monkeypatch, jobs, scheduler, words
):
    """It says what to start, or what to install."""
    monkeypatch.setattr(executor, "CONNECT", 1)
    if words.startswith("pip"):
        monkeypatch.setitem(sys.modules, "distributed", None)
    folder = a_class(tmp_path / "class", RIGHT)
    done = grade(
        folder, tmp_path / "out", "--jobs", jobs, "--scheduler", scheduler
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert words in line


@pytest.mark.exhaustive
def test_what_is_killed_costs_nothing(tmp_path):
    """A worker's nanny starts another; what kills all needs review, and nobody else does.

    A run whose scheduler was killed ends in one line; with another at the address it grades
    the rest.
    """
    bo, zoe, kim = (
        f"{RIGHT}# {words}\n"
        for words in (
            "once kills the worker",
            "once kills the scheduler after 9",
            "always kills the worker",
        )
    )
    folder = a_class(tmp_path / "class", *CLASS, RIGHT, bo=bo, zoe=zoe)
    grade(folder, tmp_path / "here", "--jobs", 2)
    a_class(folder, kim=kim)
    place = tmp_path / "cluster"
    out = tmp_path / "there"
    told = []
    with cluster(place) as there:
        options = "--jobs", 0, "--scheduler", there.address
        for _ in range(2):
            there.start_scheduler()
            there.start_workers(3, MORTAL.replace("PLACE", repr(str(place))))
            there.wait(3)
            told.append(grade(folder, out, *options))
    first, second = told
    assert first.returncode == 2
    assert second.returncode == 1
    words = f"The scheduler at {there.address} has disconnected. What was graded is saved;"
    assert words in first.stderr.splitlines()[-1]
    assert killed(place, "bo") == 1
    assert killed(place, "zoe") == 1
    words = "kim needs review. The judge died more than once on this submission. Grade"
    assert second.stderr.startswith(words)
    assert re.search(
        r"(7|8|9) of 12 did not change since the last run", second.stdout
    )
    # The first run measured another speedup.
    found = without_times(out, "run")
    found["submissions"] = [
        one for one in found["submissions"] if one["id"] != "kim"
    ]
    found["submitted"] -= 1
    assert found == without_times(tmp_path / "here")

"""A Dask cluster of processes on this machine: the same results, whoever dies, and no worker that differs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import COMMAND, RIGHT, grade, results_of, run, submissions_of
from cluster_helpers import a_port, cluster
from course_helpers import answered, hand_in, new_course, released, scores
from process_helpers import PATIENCE, wait_until

from autograder.grading import cluster as executor
from autograder.grading import cluster_members

KINDS = (RIGHT, RIGHT.replace("a + b", "a - b"), RIGHT.replace("a + b", "(a + b).float()"), "")
# What a worker's process is told before it begins, and some twice: it is another, or has no walls.
ANOTHER = """
from autograder import cache
cache.versions = lambda: {"torch": "9.9", "hypothesis": "1", "numpy": "1"}
"""
NO_WALLS = """
from autograder.sandbox import client
made = getattr(client, "made", client.Sandbox.__init__)
def weak(self, *args, lent=None, **options):
    made(self, *args, **options | {"bwrap": False, "landlock": False})
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
# Somebody is killed, or told to end, while a submission that says so is judged, and once so many others are
# in the journal; a file has a line each time.
MORTAL = """
import os, pathlib, re, signal, time
from autograder.grading import cluster_worker
place = pathlib.Path(PLACE)
judge = getattr(cluster_worker, "mortal", cluster_worker.Opened.judge)
def dies(self, submission):
    words = r"# (once|always) (kills|ends) the (worker|scheduler|client|first)(?: after (\\d+))?"
    said = re.search(words, submission.text)
    times = place / f"{submission.id}.times"
    if said and (said[1] == "always" or not times.exists()):
        journal = place.parent / "there" / "reports.jsonl"
        while said[4] and journal.read_bytes().count(b"\\n") < int(said[4]):
            time.sleep(0.05)
        with open(times, "a") as file:
            file.write("killed\\n")
        process = os.getpid() if said[3] == "worker" else int((place / f"{said[3]}.pid").read_text())
        os.kill(process, signal.SIGKILL if said[2] == "kills" else signal.SIGTERM)
    return judge(self, submission)
cluster_worker.mortal, cluster_worker.Opened.judge = judge, dies
"""


def a_class(folder: Path, count: int, **more: str) -> Path:
    """A folder of so many loose files, right and wrong, none like another; and right ones with more words."""
    folder.mkdir()
    for number in range(count):
        text = f"{KINDS[number % len(KINDS)]}\n# student {number}\n"
        (folder / f"student{number:02}.py").write_text(text, encoding="utf-8")
    for name, words in more.items():
        (folder / f"{name}.py").write_text(f"{RIGHT}\n# {words}\n", encoding="utf-8")
    return folder


def without_times(out: Path) -> dict:
    """results.json, apart from times and from whether the reference was judged in this run."""
    tree = results_of(out)
    del tree["gate"]
    for one in tree["submissions"]:
        del one["seconds"], one["timings"]
    return tree


def killed(place: Path, name: str) -> int:
    """How often somebody was killed while this student's submission was judged."""
    return (place / f"{name}.times").read_text().count("killed")


@pytest.fixture(scope="module", autouse=True)
def patient():
    """All that start are heard, however busy this machine is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executor, "ARRIVE", PATIENCE)
        yield


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class by a judge here; and by two workers beside three that must not judge, which then end."""
    place = tmp_path_factory.mktemp("cluster")
    folder = a_class(place / "class", 8)
    grade(folder, place / "here")
    with cluster(place / "cluster") as there:
        there.start_scheduler()
        there.start_workers(2)
        there.start_workers(1, ANOTHER, nanny=False)
        there.start_workers(1, NO_WALLS, nanny=False)
        there.start_workers(1, BROKEN, nanny=False)
        there.wait(5)
        done = grade(folder, place / "there", "--jobs", 0, "--scheduler", there.address)
        again = grade(folder, place / "there", "--jobs", 0, "--scheduler", there.address)
        left = there.end()
        return place, done, again, left


@pytest.mark.slow
def test_the_results_are_those_of_a_judge_here(graded):
    """Byte for byte, but for times and for whether the reference was judged in this run."""
    place, done, _, _ = graded
    assert 0 == done.returncode, done.stderr
    assert without_times(place / "here") == without_times(place / "there")


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "torch is 9.9, here ",
        "the walls around student code do not stand here (found: ",
        ": Odd: the disk is odd",
    ],
)
def test_a_worker_that_would_grade_otherwise_is_named_and_left_out(graded, words):
    """Each in a line that says why; nothing else is on stderr."""
    lines = graded[1].stderr.splitlines()
    (line,) = [line for line in lines if words in line]
    assert re.match(r"left out: worker tcp://127\.0\.0\.1:\d+: ", line)
    assert 3 == len(lines), lines


@pytest.mark.slow
def test_run_again_only_what_changed_is_graded(graded):
    """The journal knows nothing of who judged."""
    assert "8 of 8 were graded before, and did not change." in graded[2].stdout


@pytest.mark.slow
def test_a_cluster_that_ends_leaves_no_process_and_no_folder(graded):
    """Told by SIGTERM, workers of a nanny and others: judges and their sandboxes have ended before."""
    place, _, _, left = graded
    assert set() == left
    assert [] == list((place / "cluster" / "tmp").glob("autograder-*"))


def test_no_scheduler_is_one_line(tmp_path, monkeypatch):
    """With the command that starts one."""
    monkeypatch.setattr(cluster_members, "CONNECT", 1)
    folder = a_class(tmp_path / "class", 1)
    done = grade(folder, tmp_path / "out", "--jobs", 0, "--scheduler", f"tcp://127.0.0.1:{a_port()}")
    (line,) = done.stderr.splitlines()
    assert 2 == done.returncode
    assert "there is no Dask scheduler at tcp://127.0.0.1:" in line
    assert "start one with `dask scheduler`" in line


def test_without_dask_there_is_one_line(tmp_path, monkeypatch):
    """With what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = a_class(tmp_path / "class", 1)
    done = grade(folder, tmp_path / "out", "--jobs", 0, "--scheduler", "tcp://127.0.0.1:1")
    (line,) = done.stderr.splitlines()
    assert 2 == done.returncode
    assert "pip install distributed" in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scheduler", "tcp://a:1", "--jobs", 2], "both say who judges: give one of them"),
        (["--scheduler", "none.json", "--jobs", 0], "there is no none.json: start `dask scheduler"),
    ],
)
def test_wrong_use_is_one_line(tmp_path, options, words):
    """Before anything is started."""
    done = grade(tmp_path, tmp_path / "out", *options)
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert words in done.stderr


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_nothing(tmp_path):
    """Twice; its nanny starts another.  What kills three needs a person, and nobody else does."""
    folder = a_class(tmp_path / "class", 18, bo="once kills the worker", cy="once kills the worker")
    grade(folder, tmp_path / "here", "--jobs", 2)
    (folder / "kim.py").write_text(f"{RIGHT}\n# always kills the worker\n", encoding="utf-8")
    place = tmp_path / "cluster"
    with cluster(place) as there:
        there.start_scheduler()
        there.start_workers(3, MORTAL.replace("PLACE", repr(str(place))))
        there.wait(3)
        done = grade(folder, tmp_path / "there", "--jobs", 0, "--scheduler", there.address)
    assert 1 == done.returncode, done.stderr
    assert [1, 1, 3] == [killed(place, name) for name in ("bo", "cy", "kim")]
    assert ["needs a person: kim: three workers died while they judged it"] == done.stderr.splitlines()
    assert {"grader_error"} == {c["outcome"] for c in submissions_of(tmp_path / "there")["kim"]["checks"]}
    found = without_times(tmp_path / "there")
    found["submissions"] = [one for one in found["submissions"] if one["id"] != "kim"]
    assert without_times(tmp_path / "here") == found


@pytest.mark.release
def test_a_worker_that_is_told_to_end_costs_nothing(tmp_path):
    """As by a batch system whose time is up: its tasks go to the others, and nothing of it stays."""
    folder = a_class(tmp_path / "class", 30, amy="once ends the first")
    grade(folder, tmp_path / "here", "--jobs", 2)
    place = tmp_path / "cluster"
    with cluster(place) as there:
        there.start_scheduler()
        first, _ = [there.start_workers(1, MORTAL.replace("PLACE", repr(str(place)))) for _ in range(2)]
        (place / "first.pid").write_text(str(first.pid))
        there.wait(2)
        done = grade(folder, tmp_path / "there", "--jobs", 0, "--scheduler", there.address)
        first.wait(PATIENCE)
        assert set() == there.end()
    assert 0 == done.returncode, done.stderr
    assert 1 == killed(place, "amy")
    assert [] == list((place / "tmp").glob("autograder-*"))
    assert without_times(tmp_path / "here") == without_times(tmp_path / "there")


@pytest.mark.slow
def test_after_the_scheduler_was_killed_the_same_command_goes_on(tmp_path):
    """It ends in one line; with another scheduler at the address it grades what was left."""
    folder = a_class(tmp_path / "class", 19, zoe="once kills the scheduler after 19")
    grade(folder, tmp_path / "here", "--jobs", 2)
    place, told = tmp_path / "cluster", []
    with cluster(place) as there:
        for _ in range(2):
            there.start_scheduler()
            there.start_workers(2, MORTAL.replace("PLACE", repr(str(place))))
            there.wait(2)
            told.append(grade(folder, tmp_path / "there", "--jobs", 0, "--scheduler", there.address))
    assert [2, 0] == [done.returncode for done in told], [done.stderr for done in told]
    (line,) = told[0].stderr.splitlines()
    assert f"the scheduler at {there.address} is gone: what was graded is kept, and the same command" in line
    assert 1 == killed(place, "zoe")
    before = re.search(r"(\d+) of 20 were graded before", told[1].stdout)
    assert before, told[1].stdout
    assert 19 == int(before[1])
    assert without_times(tmp_path / "here") == without_times(tmp_path / "there")


@pytest.mark.parametrize(
    "nanny", [pytest.param(True, marks=pytest.mark.slow), pytest.param(False, marks=pytest.mark.release)]
)
def test_judges_end_when_whoever_ran_them_was_killed(tmp_path, nanny):
    """The workers stay, and the same command goes on."""
    folder = a_class(tmp_path / "class", 6, zoe="once kills the client after 6")
    place, out = tmp_path / "cluster", tmp_path / "there"
    with cluster(place) as there:
        there.start_scheduler()
        there.start_workers(1, MORTAL.replace("PLACE", repr(str(place))), nanny)
        there.wait(1)
        words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--scheduler", there.address]
        process = subprocess.Popen([*COMMAND, *map(str, words)], stdout=subprocess.DEVNULL)
        (place / "client.pid").write_text(str(process.pid))
        assert -signal.SIGKILL == process.wait(PATIENCE)
        wait_until(lambda: not sandboxes(there.running()))
        done = grade(folder, out, "--jobs", 0, "--scheduler", there.address)
    assert 0 == done.returncode, done.stderr
    before = re.search(r"(\d) of 7 were graded before", done.stdout)
    assert 6 == int(before[1]), done.stdout


@pytest.mark.slow
def test_a_course_is_graded_on_a_cluster_too(tmp_path):
    """Into its gradebook; the seed of its own file goes to the workers, which have none."""
    name = "vectorization"
    course = new_course(tmp_path / "course", (name,))
    (course / "autograder.toml").write_text("seed = 7\n", encoding="utf-8")
    hand_in(course, "ann", name, answered(course, name))
    hand_in(course, "bob", name, released(course, name))
    with cluster(tmp_path / "cluster") as there:
        there.start_scheduler()
        there.start_workers(1)
        there.wait(1)
        done = run("grade", "--course", course, "--scheduler", there.address)
    assert 0 == done.returncode, done.stderr
    assert {"ann": 5, "bob": 0} == {who: sum(cells.values()) for who, cells in scores(course, name).items()}


def sandboxes(members):
    """Those of these processes that are a template process's, or bubblewrap's around one."""
    commands = []
    for pid, _ in members:
        try:
            commands.append(Path(f"/proc/{pid}/cmdline").read_bytes())
        except OSError:
            continue
    return [command for command in commands if b"autograder.sandbox.inside.template" in command]

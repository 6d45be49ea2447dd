"""A Dask cluster of processes on this machine: the same results, whoever dies, and no worker that differs."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import RIGHT, run, submissions_of
from process_helpers import family, processes, still_there

DASK = [sys.executable, "-m", "dask"]
CLASS = {
    "ana": RIGHT,
    "bo": RIGHT.replace("a + b", "a - b"),
    "cy": RIGHT.replace("a + b", "(a + b).float()"),
    "eve": "",
    "fay": RIGHT + "# in her own words\n",
}
KILLER = RIGHT + "# whoever judges it dies\n"
# What a worker's process is told before it begins: it is another, has no walls, or dies of a submission.
ANOTHER = """
from autograder import cache
cache.versions = lambda: {"torch": "9.9", "hypothesis": "1", "numpy": "1"}
"""
NO_WALLS = """
from autograder.judging.judge import Judge
made = Judge.__init__
def weak(self, *args, **walls):
    made(self, *args, **walls | {"bwrap": False, "landlock": False})
Judge.__init__ = weak
"""
MORTAL = """
import os, signal
from autograder.grading import cluster_worker
judge = getattr(cluster_worker, "mortal", cluster_worker.judge)  # a nanny's process is told twice
def dies(run, proof, submission):
    if "whoever judges it dies" in submission.text:
        os.kill(os.getpid(), signal.SIGKILL)
    return judge(run, proof, submission)
cluster_worker.mortal, cluster_worker.judge = judge, dies
"""


def a_class(folder: Path, files: dict[str, str]) -> Path:
    """A folder of loose files."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def a_port() -> int:
    """One that is free."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


@contextlib.contextmanager
def cluster(place: Path, *workers: tuple[int, str]):
    """The address of a scheduler with so many workers that are told so."""
    address = f"tcp://127.0.0.1:{a_port()}"
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    started = []

    def start(*words):
        with open(place / f"{len(started)}.log", "wb") as log:
            command = [*DASK, *map(str, words)]
            started.append(
                subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=place)
            )

    try:
        start("scheduler", "--host", address, "--no-dashboard")
        for number, (count, told) in enumerate(workers):
            preload = place / f"told{number}.py"
            preload.write_text(told, encoding="utf-8")
            words = ["--nworkers", count, "--nthreads", 1, "--no-dashboard", "--preload", preload]
            start("worker", address, *words, "--local-directory", place / f"space{number}")
        from distributed import Client

        with Client(address, timeout=60) as client:
            client.wait_for_workers(sum(count for count, _ in workers), timeout=120)
        yield address
    finally:
        now = processes()
        members = family({(one.pid, now[one.pid][1]) for one in started if one.pid in now}, now)
        for one in started:
            one.terminate()
        for one in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(20)
        for pid, _ in still_there(members, 5):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)


def without_times(out: Path) -> dict:
    """results.json, apart from times and from whether the gate was remembered."""
    tree = json.loads((out / "results.json").read_text(encoding="utf-8"))
    del tree["gate"]
    for one in tree["submissions"]:
        del one["seconds"], one["timings"]
    return tree


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class by a judge here; and by two workers that die of one more, beside two that must not judge."""
    place = tmp_path_factory.mktemp("cluster")
    here, there = place / "here", place / "there"
    folder = a_class(place / "class", CLASS)
    run("grade", folder, "--assignment", "vectorization", "--out", here, "--jobs", 1)
    (folder / "kim.py").write_text(KILLER, encoding="utf-8")
    with cluster(place, (2, MORTAL), (1, ANOTHER), (1, NO_WALLS)) as address:
        done = run("grade", folder, "--assignment", "vectorization", "--out", there, "--scheduler", address)
        run("grade", folder, "--assignment", "vectorization", "--out", there, "--scheduler", address)
    return here, there, done


@pytest.mark.slow
def test_the_results_are_those_of_a_judge_here(graded):
    """Byte for byte but for times, though three workers were killed meanwhile."""
    here, there, done = graded
    found, want = without_times(there), without_times(here)
    found["submissions"] = [one for one in found["submissions"] if one["id"] != "kim"]
    assert want == found, done.stderr


@pytest.mark.slow
def test_what_kills_three_workers_needs_a_person(graded):
    """It alone; it is tried by three."""
    _, there, done = graded
    assert 1 == done.returncode, done.stderr
    assert "needs a person: kim: three workers died while they judged it" in done.stderr
    assert {"grader_error"} == {check["outcome"] for check in submissions_of(there)["kim"]["checks"]}


@pytest.mark.slow
def test_a_worker_that_would_grade_otherwise_is_named_and_left_out(graded):
    """Another torch, and walls that do not stand, each in a line of its own."""
    lines = [line for line in graded[2].stderr.splitlines() if line.startswith("left out: worker tcp://")]
    assert 1 == sum("torch is 9.9, here " in line for line in lines), lines
    assert 1 == sum("the walls around student code do not stand here" in line for line in lines), lines
    assert 2 == len(lines)


def test_no_scheduler_is_one_line(tmp_path):
    """With the command that starts one."""
    folder = a_class(tmp_path / "class", {"ana": RIGHT})
    words = ["--assignment", "vectorization", "--out", tmp_path / "out"]
    done = run("grade", folder, *words, "--scheduler", f"tcp://127.0.0.1:{a_port()}")
    (line,) = done.stderr.splitlines()
    assert 2 == done.returncode
    assert "there is no Dask scheduler at tcp://127.0.0.1:" in line
    assert "start one with `dask scheduler`" in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scheduler", "tcp://a:1", "--jobs", "2"], "each say who judges: give one of them"),
        (["--scheduler-file", "none.json"], "there is no none.json: start `dask scheduler --scheduler-file"),
    ],
)
def test_wrong_use_is_one_line(tmp_path, options, words):
    """Before anything is started."""
    done = run("grade", tmp_path, "--out", tmp_path / "out", *options)
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert words in done.stderr

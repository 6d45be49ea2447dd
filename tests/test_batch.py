"""Judges' processes: those that cannot start say so, and what they leave and import is nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import exercises, gate
from autograder.batch import Batch
from autograder.collect import Entry

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path(sys.executable).with_name("autograder")
RIGHT = "import torch\n" + exercises.of("vectorization")[0].source
FORGETFUL = """
from autograder import gate
from autograder.batch import Batch

Batch(gate.exam_of("vectorization"), 2)
"""


@pytest.fixture
def command(tmp_path):
    """Grades two submissions in this folder, by two judges; TMPDIR is there too."""
    for name in ("ana", "bo"):
        (tmp_path / f"{name}.py").write_text(RIGHT, encoding="utf-8")
    words = "grade ana.py bo.py --assignment vectorization --out out --jobs 2"
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}

    def start(**changes):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        env = environment | changes
        return subprocess.Popen([SCRIPT, *words.split()], cwd=tmp_path, env=env, text=True, **pipes)

    return start


def test_judges_that_end_as_they_start_are_told(tmp_path):
    """Here since each process runs the script anew, which has no `if __name__ == "__main__":`."""
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert 1 == done.returncode
    assert "the judges' processes end as they start" in done.stderr.splitlines()[-1]


def test_where_the_gate_stays_shut_nobody_is_graded(command, tmp_path):
    """Though another judge begins before the reference was judged."""
    for part in ("autograder", "solutions", "assignments"):
        shutil.copytree(ROOT / part, tmp_path / "kit" / part)
    broken = tmp_path / "kit" / "solutions" / "vectorization" / "vectorization.ipynb"
    broken.write_text(broken.read_text("utf-8").replace("return a + b", "return a - b"), encoding="utf-8")
    process = command(PYTHONPATH=str(tmp_path / "kit"))
    output, _ = process.communicate(timeout=300)
    assert (1, 1) == (process.returncode, output.count("\n")), output
    assert output.startswith("autograder: nobody was graded: the reference solution of vectorization lost")
    assert [] == json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["submissions"]
    assert [] == os.listdir(tmp_path / "out" / "feedback") == os.listdir(tmp_path / "tmp")


@pytest.mark.parametrize("count", [0, 5])
def test_a_judge_that_dies_before_the_gate_is_open_costs_nothing(tmp_path, count):
    """The gate is opened anew, and everybody is graded; also where there is nobody."""
    entries = [Entry(f"s{number}", tmp_path / f"s{number}.py", "s.py") for number in range(count)]
    for entry in entries:
        entry.path.write_text(RIGHT, encoding="utf-8")
    with Batch(gate.exam_of("vectorization"), 2) as pool:
        pool._gate = pool._pool.submit(time.sleep, 600)
        for pid in list(pool._pool._processes):
            os.kill(pid, signal.SIGKILL)
        found = {entry.id: report.score for entry, report in pool.reports(entries)}
        pool._gate.result(timeout=0)
    assert {entry.id: 5 for entry in entries} == found


def test_nothing_is_imported_from_the_current_folder(command, tmp_path):
    """Where a student's file may be called torch.py; and no folder is left among the temporary ones."""
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')\nraise SystemExit('this is not torch')\n"
    (tmp_path / "autograder").mkdir()
    for name in ("torch", "numpy", "hypothesis", "autograder/__init__", "autograder/batch"):
        (tmp_path / f"{name}.py").write_text(trap, encoding="utf-8")
    process = command()
    output, _ = process.communicate(timeout=300)
    assert 0 == process.returncode, output
    assert not (tmp_path / "sprung").exists()
    assert [] == os.listdir(tmp_path / "tmp")


def test_a_run_that_is_interrupted_leaves_no_folder(command, tmp_path):
    """Its judges end in the middle of their work, and their sandboxes with them."""
    process = command()
    end = time.monotonic() + 120
    while len(list((tmp_path / "tmp").glob("autograder-*/*"))) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    while os.listdir(tmp_path / "tmp") and time.monotonic() < end:
        time.sleep(0.1)
    assert [] == os.listdir(tmp_path / "tmp")


def test_a_long_path_of_temporary_files_is_no_obstacle(command, tmp_path):
    """Longer than the path of a socket may be: judges are then started each anew."""
    folder = tmp_path / "tmp" / ("long" * 30)
    folder.mkdir()
    process = command(TMPDIR=str(folder))
    output, _ = process.communicate(timeout=300)
    assert 0 == process.returncode, output
    assert [] == os.listdir(folder)

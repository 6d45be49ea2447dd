"""Judges' processes: those that cannot start say so, and what they leave and import is nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process_helpers import PATIENCE, wait_until
from sampling import some_of

from autograder import exercises
from autograder.errors import SandboxError
from autograder.grading import executors, provenance
from autograder.grading.executors import InThisProcess, LocalProcesses, Task
from autograder.intake.submission import Submission
from autograder.judging import gate
from autograder.judging.judge import Judge
from autograder.results import Outcome
from autograder.settings import PUBLIC_SEED, Settings

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = Path(sys.executable).with_name("autograder")
RIGHT = "import torch\n" + exercises.of("vectorization")[0].right_source
FORGETFUL = """
from autograder.grading.executors import LocalProcesses
from autograder.judging import gate
from autograder.settings import Settings

LocalProcesses(gate.cases_of("vectorization", Settings().seed), Settings(), 2)
"""


def started(folder, *students, **changes):
    """A run that grades right submissions of these in this folder, by two judges; TMPDIR is there too."""
    for name in students:
        (folder / f"{name}.py").write_text(RIGHT, encoding="utf-8")
    (folder / "tmp").mkdir(exist_ok=True)
    words = [
        *(f"{name}.py" for name in students),
        "--assignment",
        "vectorization",
        "--out",
        "out",
        "--jobs",
        "2",
    ]
    env = os.environ | {"TMPDIR": str(folder / "tmp")} | changes
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen([SCRIPT, "grade", *words], cwd=folder, env=env, text=True, **pipes)


def copy_of_the_kit(folder):
    """To be changed: run with it in PYTHONPATH."""
    for part in ("autograder", "solutions", "assignments"):
        shutil.copytree(ROOT / part, folder / "kit" / part)
    return folder / "kit"


@pytest.fixture
def command(tmp_path):
    """Grades two students in this test's folder."""
    (tmp_path / "tmp").mkdir()
    return lambda **changes: started(tmp_path, "ana", "bo", **changes)


@pytest.fixture
def kit(tmp_path):
    return copy_of_the_kit(tmp_path)


@pytest.mark.slow
def test_judges_that_end_as_they_start_are_told(tmp_path):
    """Here since each process runs the script anew, which has no `if __name__ == "__main__":`."""
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=PATIENCE)
    assert 1 == done.returncode
    assert "the judges' processes end as they start" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_where_the_gate_stays_shut_nobody_is_graded(command, kit, tmp_path):
    """Though another judge begins before the reference was judged."""
    broken = kit / "solutions" / "vectorization" / "vectorization.ipynb"
    broken.write_text(broken.read_text("utf-8").replace("return a + b", "return a - b"), encoding="utf-8")
    process = command(PYTHONPATH=str(kit))
    output, _ = process.communicate(timeout=PATIENCE)
    *before, line = output.splitlines()
    assert (1, 2) == (process.returncode, len(before)), output  # the cases are public; the run begins
    assert line.startswith("autograder: nobody was graded: the reference solution of vectorization lost")
    assert [] == json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["submissions"]
    assert [] == os.listdir(tmp_path / "out" / "feedback") == os.listdir(tmp_path / "tmp")


def processes(jobs):
    """Judges of their own, under the kit's own settings."""
    return LocalProcesses(gate.cases_of("vectorization", PUBLIC_SEED), Settings(), jobs)


def right_ones(count):
    """Right submissions of so many students."""
    return [Submission(f"s{number}", "s.py", RIGHT) for number in range(count)]


def kill_all(pool):
    """As a system does that has no memory left; returns when the pool has seen it."""
    for process in pool.processes:
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: pool._pool._broken)


@pytest.mark.parametrize("count", some_of([0, 5], 2))
def test_a_judge_that_dies_before_the_gate_is_open_costs_nothing(count):
    """The gate is opened anew, and everybody is graded; also where there is nobody."""
    with contextlib.closing(processes(2)) as pool:
        pool._gate = pool._pool.submit(time.sleep, 600)
        for process in pool.processes:
            os.kill(process.pid, signal.SIGKILL)
        found = {submission.id: report.score for submission, report in pool.reports(right_ones(count))}
        pool._gate.result(timeout=0)
    assert {one.id: 5 for one in right_ones(count)} == found


def test_judges_that_die_while_nobody_waits_for_them_cost_nothing():
    """Whoever writes the reports may take long, and the judges may be gone by then."""
    found = {}
    with contextlib.closing(processes(1)) as pool:
        pool._gate = pool._pool.submit(time.sleep, 600)
        kill_all(pool)  # so that those in hand are tried one by one
        for submission, report in pool.reports(right_ones(4)):
            found[submission.id] = report.score
            kill_all(pool)
    assert {one.id: 5 for one in right_ones(4)} == found


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """The folder and the output of a run whose judges die of bo's submission and raise at cy's."""
    folder = tmp_path_factory.mktemp("failing")
    kit = copy_of_the_kit(folder)
    judge = kit / "autograder/judging/judge.py"
    line = "    def _report(self, submission):\n"
    fails = line + "        import os\n        submission.id == 'bo' and os._exit(9)\n"
    fails += "        if submission.id == 'cy':\n            raise ValueError\n"
    judge.write_text(judge.read_text("utf-8").replace(line, fails), encoding="utf-8")
    process = started(folder, "ana", "bo", "cy", PYTHONPATH=str(kit))
    output, _ = process.communicate(timeout=PATIENCE)
    assert 1 == process.returncode, output
    tree = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    assert [("ana", 5), ("bo", 0), ("cy", 0)] == [(s["id"], s["score"]) for s in tree["submissions"]]
    return folder, output


@pytest.mark.slow
def test_a_submission_whose_judge_dies_twice_is_given_up_alone(failing):
    """Its report needs a person and says why; the others are graded."""
    assert "needs a person: bo: its judge died twice" in failing[1]


@pytest.mark.parametrize("name", ["cases", "checks", "kit", "settings_digest"])
def test_a_judge_that_would_grade_otherwise_refuses(judges, monkeypatch, name):
    """By the digest in the task, in one sentence that names what differs."""
    judge = judges["vectorization"]
    proof = provenance.proof(judge.cases, Settings())
    monkeypatch.setattr(executors._Own, "judge", judge)
    monkeypatch.setattr(executors._Own, "proof", proof, raising=False)
    (one,) = right_ones(1)
    assert 5 == executors._judge(Task(one, proof)).score
    with pytest.raises(SandboxError) as caught:
        executors._judge(Task(one, proof | {name: "another"}))
    assert executors.OTHERWISE.format(names=name) == str(caught.value)


def test_a_run_with_such_a_judge_ends_in_that_sentence():
    """It comes from the judge's process, and nobody has a report."""
    with contextlib.closing(processes(1)) as pool:
        pool._proof = pool._proof | {"cases": "others", "kit": "another"}
        with pytest.raises(SandboxError, match="its cases, kit differ: install the same kit everywhere"):
            list(pool.reports(right_ones(2)))


def test_an_exception_without_words_needs_a_person_and_has_a_reason(monkeypatch):
    """A bare ValueError() in a judge: tried once more, then told by its type, with a traceback to log."""
    cases = gate.cases_of("vectorization", PUBLIC_SEED)
    with contextlib.closing(InThisProcess(cases, Settings())) as here:
        monkeypatch.setattr(Judge, "_report", wordless)
        ((_, report),) = here.reports(right_ones(1))
    assert report.needs_a_person
    assert "ValueError" == report.reason
    assert {Outcome.GRADER_ERROR} == {result.outcome for result in report.results}
    assert 2 == report.log.count("in wordless\n")
    assert "Traceback" not in json.dumps(report.to_json())


def wordless(*_):
    raise ValueError


@pytest.mark.slow
def test_a_traceback_of_ours_stands_in_the_log_and_nowhere_else(failing):
    """No student reads it, and neither does a spreadsheet; the others are graded."""
    out = failing[0] / "out"
    assert "needs a person: cy: ValueError" in failing[1].splitlines()
    log = (out / "errors.log").read_text("utf-8")
    assert [True, True] == [
        words in log for words in (" cy\n    Traceback (most recent call last)", "_report")
    ]
    others = [path for path in out.rglob("*") if path.is_file() and path.name != "errors.log"]
    assert {".csv", ".html", ".json", ".jsonl", ".txt"} == {path.suffix for path in others}
    assert [] == [path.name for path in others if "Traceback" in path.read_text("utf-8")]


@pytest.mark.slow
def test_nothing_is_imported_from_the_current_folder(command, tmp_path):
    """Where a student's file may be called torch.py; and no folder is left among the temporary ones."""
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')\nraise SystemExit('this is not torch')\n"
    (tmp_path / "autograder").mkdir()
    for name in ("torch", "numpy", "hypothesis", "autograder/__init__", "autograder/grading"):
        (tmp_path / f"{name}.py").write_text(trap, encoding="utf-8")
    process = command()
    output, _ = process.communicate(timeout=PATIENCE)
    assert 0 == process.returncode, output
    assert not (tmp_path / "sprung").exists()
    assert [] == os.listdir(tmp_path / "tmp")


@pytest.mark.slow
def test_a_run_that_is_interrupted_leaves_no_folder(command, tmp_path):
    """Its judges end in the middle of their work, and their sandboxes with them."""
    process = command()
    wait_until(lambda: [*(tmp_path / "tmp").glob("autograder-*/*")] or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: not os.listdir(tmp_path / "tmp"))


@pytest.mark.slow
def test_a_long_path_of_temporary_files_is_no_obstacle(command, tmp_path):
    """Longer than the path of a socket may be: judges are then started each anew."""
    folder = tmp_path / "tmp" / ("long" * 30)
    folder.mkdir()
    process = command(TMPDIR=str(folder))
    output, _ = process.communicate(timeout=PATIENCE)
    assert 0 == process.returncode, output
    assert [] == os.listdir(folder)

"""Judges' processes: those that cannot start say so, and what they leave and import is nothing."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from process_helpers import PATIENCE, wait_until

from autograder import exercises
from autograder.errors import SandboxError
from autograder.grading import executors
from autograder.grading.executors import InThisProcess, LocalProcesses
from autograder.intake.submission import Submission
from autograder.judging.cases import cases_of
from autograder.judging.judge import Judge
from autograder.results import Outcome
from autograder.settings import PUBLIC_SEED, Settings

ROOT = Path(__file__).resolve().parent.parent
judge = executors._judge
SCRIPT = Path(sys.executable).with_name("autograder")
RIGHT = "import torch\n" + exercises.of("vectorization")[0].right_source


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
    return LocalProcesses(cases_of("vectorization", PUBLIC_SEED), Settings(), jobs)


def right_ones(count):
    """Right submissions of so many students."""
    return [Submission(f"s{number}", "s.py", RIGHT) for number in range(count)]


def judged_second(submission, proof, own):
    """A report, when a process has died of it once; of bo's every one dies."""
    with contextlib.suppress(FileExistsError):
        open(Path(tempfile.gettempdir(), f"died-{submission.id}"), "x").close()
        os._exit(9)
    if submission.id == "bo":
        os._exit(9)
    return judge(submission, proof, own)


def test_a_submission_whose_judge_dies_is_tried_once_more_and_then_given_up_alone(monkeypatch):
    """Its report needs a person and says why; the others are graded."""
    monkeypatch.setattr(executors, "_judge", judged_second)
    bo = Submission("bo", "bo.py", RIGHT)
    with contextlib.closing(processes(2)) as pool:
        found = {submission.id: report for submission, report in pool.reports([bo, *right_ones(2)])}
    assert ("its judge died twice", True) == (found["bo"].reason, found["bo"].needs_a_person)
    assert {"s0": 5, "s1": 5, "bo": 0} == {id: report.score for id, report in found.items()}


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """The folder and the output of a run whose judges raise at cy's submission."""
    folder = tmp_path_factory.mktemp("failing")
    kit = copy_of_the_kit(folder)
    judge = kit / "autograder/judging/judge.py"
    line = "    def _report(self, submission):\n"
    fails = line + "        if submission.id == 'cy':\n            raise ValueError\n"
    judge.write_text(judge.read_text("utf-8").replace(line, fails), encoding="utf-8")
    process = started(folder, "ana", "cy", PYTHONPATH=str(kit))
    output, _ = process.communicate(timeout=PATIENCE)
    assert 1 == process.returncode, output
    tree = json.loads((folder / "out" / "results.json").read_text("utf-8"))
    assert [("ana", 5), ("cy", 0)] == [(s["id"], s["score"]) for s in tree["submissions"]]
    return folder, output


def test_a_judge_that_would_grade_otherwise_refuses():
    """By the digests that its run gives it, in one sentence that names what differs; nobody has a report."""
    with contextlib.closing(processes(1)) as pool:
        pool.proof |= {"cases": "others", "kit": "another"}
        with pytest.raises(SandboxError, match="its cases, kit differ: install the same kit everywhere"):
            list(pool.reports(right_ones(2)))


def test_an_exception_without_words_needs_a_person_and_has_a_reason(monkeypatch):
    """A bare ValueError() in a judge: tried once more, then told by its type, with a traceback to log."""
    cases = cases_of("vectorization", PUBLIC_SEED)
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

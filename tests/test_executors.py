"""Judges' processes: those that cannot start say so, and what they leave and import is nothing."""

import contextlib
import os
import sys
import tempfile
import time
from functools import partial
from operator import methodcaller
from pathlib import Path

import pytest
from cli_helpers import NAME, RIGHT, a_class
from process_helpers import ran

from autograder.assessment import Assessment
from autograder.errors import SandboxError
from autograder.grading import executors, pool
from autograder.grading.executors import LocalProcesses
from autograder.grading.pool import Pool
from autograder.intake.submission import Submission
from autograder.judging.cases import cases_of
from autograder.sandbox import template
from autograder.settings import PUBLIC_SEED, Settings

SCRIPT = Path(sys.executable).with_name("autograder")


def processes(jobs):
    """Judges of their own, under the kit's own settings."""
    return LocalProcesses(cases_of(NAME, PUBLIC_SEED), Settings(), jobs, ())


def right_ones(count):
    """Right submissions of so many students."""
    return [Submission(f"s{number}", "s.py", RIGHT) for number in range(count)]


def judged_second(submission, own):
    """A report, when a process has died of it once; of bo's every one dies."""
    with contextlib.suppress(FileExistsError):
        open(Path(tempfile.gettempdir(), f"died-{submission.id}"), "x").close()
        os._exit(9)
    if submission.id == "bo":
        os._exit(9)
    return own.judge(submission)


def test_a_submission_whose_judge_dies_is_tried_once_more_and_then_given_up_alone(
    monkeypatch,
):
    """Its report needs a person and says why; the others are graded."""
    calls = {
        "judge": lambda name, submission: partial(judged_second, submission)
    }
    monkeypatch.setattr(
        executors,
        "methodcaller",
        lambda name, *of: calls.get(name, methodcaller)(name, *of),
    )
    bo = Submission("bo", "bo.py", RIGHT)
    with contextlib.closing(processes(2)) as pool:
        found = {
            submission.id: report
            for submission, report in pool.reports([bo, *right_ones(2)])
        }
    assert (
        Assessment(found["bo"]).reason
        == "The judge died more than once on this submission. Grade it alone to see why."
    )
    assert found["bo"].needs_review
    assert {id: report.score for id, report in found.items()} == {
        "s0": 5,
        "s1": 5,
        "bo": 0,
    }


def test_a_judge_that_would_grade_otherwise_refuses(monkeypatch):
    """By the digests that its run gives it, in one sentence that names what differs; nobody
    has a report.
    """
    other = executors.provenance.facts(cases_of(NAME, PUBLIC_SEED), Settings())
    other |= {"cases": "others", "kit": "another"}
    monkeypatch.setattr(executors.provenance, "facts", lambda *given: other)
    with pytest.raises(
        SandboxError,
        match=r"cases is .* instead of others, kit is .* instead of another\). Install",
    ):
        processes(1)


@pytest.mark.slow
def test_nothing_is_imported_from_the_current_folder(tmp_path):
    """Where a student's file may be called torch.py; and no folder is left among the temporary
    ones.
    """
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')\nraise SystemExit('this is not torch')\n"
    for name in ("autograder", "tmp"):
        (tmp_path / name).mkdir()
    for name in (
        "torch",
        "numpy",
        "hypothesis",
        "autograder/__init__",
        "autograder/grading",
    ):
        (tmp_path / f"{name}.py").write_text(trap)
    a_class(tmp_path, ana=RIGHT, bo=RIGHT)
    words = [
        "grade",
        "ana.py",
        "bo.py",
        "--assignment",
        NAME,
        "--out",
        "out",
        "--jobs",
        "2",
    ]
    done = ran(
        SCRIPT,
        *words,
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sprung").exists()
    assert os.listdir(tmp_path / "tmp") == []


LONG = 10_000  # seconds in which a process does nothing


class Tool:
    """Has a template process of its own."""

    def __init__(self):
        self.lent = template.start().fork_sandbox()


def dies():
    os._exit(3)


def asked(item, tool):
    """Sleeps for what is negative, ends for None; else twice the item, and who it is."""
    if item is None:
        os._exit(3)
    if item < 0:
        time.sleep(-item)
    return 2 * item, os.getpid()


def parallel_map(make, ask, items, jobs):
    with contextlib.closing(Pool(make, jobs)) as processes:
        yield from processes.map(ask, items)


def test_where_one_ends_in_the_middle_it_says_so():
    """After another has tried the same item."""
    with pytest.raises(SandboxError) as caught:
        list(parallel_map(Tool, asked, [1, None], 1))
    assert str(caught.value) == pool.ENDED_TWICE


@pytest.mark.parametrize("how", ["close", "throw"])
def test_who_stops_waits_for_nothing_in_hand(how):
    """Ctrl-C and SIGTERM end it, however long an item takes."""
    answers = parallel_map(Tool, asked, [1, *[-LONG] * 3], 1)
    _, pid = next(answers)
    if how == "close":
        answers.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            answers.throw(KeyboardInterrupt)
    assert not Path(
        f"/proc/{pid}/cwd"
    ).exists()  # at most it waits to be buried

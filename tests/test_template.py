"""Template processes: what they fork is its taker's own, and none of it outlives who asked for it."""

from __future__ import annotations

import select
import subprocess
import sys

import pytest
from process_helpers import PATIENCE

from autograder.sandbox import template
from autograder.sandbox.client import Sandbox

DOUBLES = [["file", 1, "def doubles(x):\n    return 2 * x\n"]]
# A fork that gets to run only once its parent has ended, as on a busy machine.
LATE = """
import os, select
from autograder.sandbox.inside import lockdown

parent = os.getpid()
handle = os.pidfd_open(parent)
if os.fork() == 0:
    select.select([handle], [], [])
    lockdown.end_with_parent(parent)
    print("it goes on", flush=True)
"""


@pytest.fixture(scope="module", autouse=True)
def own_one():
    """It begins with one of its own, of few modules; the one that other tests have goes on."""
    others = dict(template._OWN)
    template._OWN.clear()
    template.start((), judges=False)
    yield
    template.close()
    template._OWN.update(others)


def answer(sandbox, x):
    """What a worker of a sandbox says."""
    with sandbox.worker() as worker:
        worker.load(DOUBLES, ["doubles"], {}, 5.0)
        return worker.ask("doubles", [("call", [x])], 5.0)[0]


def test_each_sandbox_has_one_of_its_own_as_if_it_had_started_it():
    """The same layers, the same files to read; and one that dies takes no other with it."""
    with (
        Sandbox(lent=template.lend()) as one,
        Sandbox(lent=template.lend()) as two,
        Sandbox() as own,
    ):
        assert one.walls == two.walls == own.walls
        assert one.readable == own.readable
        assert {"landlock", "seccomp", "limits"} <= {
            name for name, stands in vars(one.walls).items() if stands
        }
        assert [6, 8, 10] == [answer(one, 3), answer(two, 4), answer(own, 5)]
        one.kill()
        assert 10 == answer(two, 5)


def test_where_the_template_process_has_died_a_sandbox_starts_its_own():
    """Nobody is told, and nothing is lost; the next one is lent by a new template process."""
    lent = template.lend()
    template.close()
    assert template.lend() is None
    other_end = select.poll()
    other_end.register(lent.control, 0)
    assert other_end.poll(1000 * PATIENCE)  # it is gone
    with Sandbox(lent=lent) as sandbox:
        assert 4 == answer(sandbox, 2)
    template.start((), judges=False)
    with Sandbox(lent=template.lend()) as sandbox:
        assert 4 == answer(sandbox, 2)


def test_a_fork_whose_parent_has_ended_before_it_ran_ends_too():
    """The kernel sends no signal for an end that was before it was asked for one."""
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=PATIENCE)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)

"""Zygotes that are lent: forks of one, each its judge's own, and none of them outlives who lent it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys

import pytest
from process_helpers import PATIENCE, wait_until

from autograder.sandbox import stem
from autograder.sandbox.client import Sandbox

DOUBLES = [["file", 1, "def doubles(x):\n    return 2 * x\n"]]
WALLS_OF_ALL = {"landlock", "seccomp", "limits"}
DIES = """
import os, sys
from autograder.sandbox import stem
from autograder.sandbox.client import Sandbox

lender = stem.Lender(1, ())
sandbox = Sandbox(lent=stem.take(lender.taken_by_judges))
sandbox.worker().cpu()
print(stem._STEM.process.pid, sandbox.process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
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
def own_stem():
    """It begins with one of its own, of few modules; the one that other tests have goes on."""
    others, stem._STEM = stem._STEM, stem._Stem()
    yield
    stem.close()
    stem._STEM = others


@pytest.fixture
def lender():
    """Lends two."""
    with contextlib.closing(stem.Lender(2, ())) as one:
        yield one


def answer(sandbox, x):
    """What a worker of a sandbox says."""
    with sandbox.worker() as worker:
        worker.load(DOUBLES, ["doubles"], {}, 5.0)
        return worker.ask("doubles", [("call", [x])], 5.0)[0]


def ended(pid):
    """Whether a process has; nobody may have collected it yet."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] in "ZX"
    return True


def test_each_taker_has_one_of_its_own_with_all_walls(lender):
    """Forks of the same process, which is neither; and a third taker gets none."""
    taken = [stem.take(lender.taken_by_judges) for _ in range(3)]
    assert [True, True, False] == [one is not None for one in taken]
    with Sandbox(lent=taken[0]) as one, Sandbox(lent=taken[1]) as two:
        assert 3 == len({one.process.pid, two.process.pid, stem._STEM.process.pid})
        assert one.walls == two.walls
        assert WALLS_OF_ALL <= {name for name, stands in vars(one.walls).items() if stands}
        assert [6, 8] == [answer(one, 3), answer(two, 4)]


def test_a_lent_one_is_as_one_that_is_started(lender):
    """The same walls, and the same files to read."""
    with Sandbox(lent=stem.take(lender.taken_by_judges)) as lent, Sandbox() as own:
        assert (own.walls, own.readable) == (lent.walls, lent.readable)


def test_one_that_dies_takes_no_other_with_it(lender):
    """A judge's sandbox is its own, also in its end."""
    one, two = (Sandbox(lent=stem.take(lender.taken_by_judges)) for _ in range(2))
    with one, two:
        one.process.kill()
        one.process.wait(PATIENCE)
        assert one.process.poll() is not None
        assert 10 == answer(two, 5)


def test_one_that_is_closed_ends(lender):
    """And with it its workers."""
    sandbox = Sandbox(lent=stem.take(lender.taken_by_judges))
    worker = sandbox.worker()
    worker.load(DOUBLES, ["doubles"], {}, 5.0)
    sandbox.close()
    wait_until(lambda: ended(sandbox.process.pid) and ended(worker.pid))


def test_where_the_stem_has_died_a_sandbox_starts_its_own(lender):
    """Nobody is told, and nothing is lost; the next lender has a new stem."""
    lent = stem.take(lender.taken_by_judges)
    stem.close()
    other_end = select.poll()
    other_end.register(lent.control, 0)
    assert other_end.poll(1000 * PATIENCE)  # it is gone
    with Sandbox(lent=lent) as sandbox:
        assert isinstance(sandbox.process, subprocess.Popen)
        assert 4 == answer(sandbox, 2)


def test_a_fork_whose_parent_has_ended_before_it_ran_ends_too():
    """The kernel sends no signal for an end that was before it was asked for one."""
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=PATIENCE)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
def test_nothing_outlives_who_lent_it():
    """However it ended."""
    done = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, timeout=PATIENCE)
    assert -signal.SIGKILL == done.returncode, done.stderr
    lent_by, lent = map(int, done.stdout.split())
    wait_until(lambda: ended(lent_by) and ended(lent))


def test_one_that_was_started_for_nothing_is_not_waited_for(monkeypatch):
    """As by a command that then finds a misspelt name: it ends by itself, once it has imported."""
    stem.close()
    stem.start(())
    process, waited_for = stem._STEM.process, []
    monkeypatch.setattr(stem, "end", lambda *told: waited_for.append(told))
    stem.close()
    assert [] == waited_for
    assert 0 <= process.wait(PATIENCE)
    assert stem.spare() is None


def test_who_asks_nobody_gets_none():
    """A judge then starts its own."""
    assert stem.take(None) is None


def test_a_judge_in_this_process_takes_one_only_where_they_are_lent_already():
    """For one alone, a zygote to fork from would cost as much as its own."""
    stem.close()
    assert stem.spare() is None
    with contextlib.closing(stem.Lender(0, ())), Sandbox(lent=stem.spare()) as sandbox:
        assert isinstance(sandbox.process, stem.Process)
        assert 4 == answer(sandbox, 2)


def test_a_process_that_is_no_child_is_waited_for():
    """As for a child, but for its status."""
    child = subprocess.Popen(["sleep", "infinity"])
    other = stem.Process(child.pid)
    assert other.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        other.wait(0.01)
    other.kill()
    assert -1 == other.wait(PATIENCE) == other.poll()
    child.wait()
    other.kill()  # which asks nobody for anything any more
    assert not os.path.exists(f"/proc/{child.pid}")

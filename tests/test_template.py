"""Template processes: what they fork is its taker's own, and none of it outlives who asked for
it.
"""

import os
import sys

import pytest
from process_helpers import ran, wait_until
from warm import called

from autograder.sandbox import template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import bwrap_works

DOUBLES = "def doubles(x):\n    return 2 * x\n", "doubles"
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
    others = dict(template.running)
    template.running.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template, "PRELOAD", ())
        yield
    template.close()
    template.running.update(others)


def test_each_sandbox_has_one_of_its_own():
    """With all layers; and one that dies takes no other with it."""
    with Sandbox() as one, Sandbox() as two:
        assert one.layers == two.layers
        assert {"landlock", "seccomp", "limits"} <= {
            name for name, stands in vars(one.layers).items() if stands
        }
        assert [6, 8] == [called(one, *DOUBLES, 3), called(two, *DOUBLES, 4)]
        one.close()
        assert 10 == called(two, *DOUBLES, 5)


def test_where_the_template_process_has_died_a_sandbox_has_another_started():
    """Nobody is told, and nothing is lost."""
    lent = [template.fork_template()]
    template.close()
    wait_until(lambda: not lent[0].is_alive)
    with Sandbox(lambda: lent.pop() if lent else template.fork_template()) as sandbox:
        assert 4 == called(sandbox, *DOUBLES, 2)


@pytest.mark.skipif(not bwrap_works(), reason="no namespaces may be made here")
def test_one_that_does_not_start_inside_bubblewrap_starts_without(
    tmp_path, monkeypatch
):
    """As where torch needs what that does not show; the other layers stand."""
    template.close()
    (tmp_path / "not_shown.py").touch()
    monkeypatch.setattr(template, "PRELOAD", ("not_shown",))
    shown = template.environment
    outside = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{shown(False)['PYTHONPATH']}"}
    monkeypatch.setattr(
        template, "environment", lambda bwrap: shown(bwrap) | ({} if bwrap else outside)
    )
    with Sandbox() as sandbox:
        assert (False, True) == (sandbox.layers.bwrap, sandbox.layers.enough)
        assert 4 == called(sandbox, *DOUBLES, 2)
    template.close()


def test_a_fork_whose_parent_has_ended_before_it_ran_ends_too():
    """The kernel sends no signal for an end that was before it was asked for one."""
    done = ran(sys.executable, "-c", LATE)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)

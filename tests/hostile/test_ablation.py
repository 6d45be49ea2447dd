"""With each wall taken away, the attacks that it guards against succeed: no wall stands for show."""

import contextlib
import functools
import os
import select
import signal
import time

import psutil
import pytest
from autograder.errors import Ended
from autograder.sandbox.client import Sandbox
from autograder.sandbox.template import LAYERS, Template
from autograder.sandbox.worker import questions_frame

from driver import PATIENCE, load
from settings import expected, run, why_not

HERE = "root" if os.getuid() == 0 else "user"  # the settings without bwrap, in which walls stand alone

# What stands no more without a wall, though all others but bwrap do: one attack of each sort.
GUARDED = {
    "landlock": [
        "files_read_hidden_tests",
        "files_list_folders",
        "files_through_links",
        "import_own_library",
    ],
    "seccomp": ["process_fork", "files_change", "net_udp_and_dns", "privilege_namespaces", "spy_pidfd"],
    "limits": ["memory_torch", "files_limit_alone", "memory_mappings"],
}


def surprises(setting: str, programs: list[str], without: str = "") -> dict[str, str]:
    """The programs that do not end as they must, and what they saw."""
    result = run(setting, programs, without=without)
    assert not result["error"]
    return {
        r["program"]: r["says"] for r in result["rows"] if r["seen"] not in expected(r["program"], setting)
    }


@pytest.mark.parametrize("wall", GUARDED)
def test_without_a_wall_its_attacks_succeed(wall):
    """So that it is this layer that keeps them away."""
    seen = surprises(HERE, GUARDED[wall], wall)
    assert set(GUARDED[wall]) - seen.keys() == set(), f"nothing notices that {wall} is missing"


def test_with_all_walls_none_of_them_succeeds():
    """The first attack on each."""
    assert surprises(HERE, [programs[0] for programs in GUARDED.values()]) == {}


def test_bwrap_keeps_files_away_where_landlock_is_missing():
    """Each of the two alone does."""
    inside = f"{HERE}, bwrap"
    if why_not(inside):
        pytest.skip(why_not(inside))
    guarded = ["files_read_hidden_tests", "files_read_other_submission", "files_stat_hidden"]
    assert surprises(inside, guarded, "landlock") == {}


BUSY = "def f():\n    while True:\n        pass\n"


@pytest.fixture(scope="module")
def template():
    """A template process without bubblewrap."""
    with contextlib.closing(Template((), bwrap=False)) as one:
        yield one


@contextlib.contextmanager
def busy(template, limits: bool, cpu: int = 60):
    """A worker whose function computes for ever, in a sandbox with or without limits."""
    lend = functools.partial(template.lend, LAYERS if limits else ["landlock", "seccomp"])
    with Sandbox(lend, cpu=cpu, unsafe=True) as sandbox, sandbox.worker() as worker:
        load(worker, BUSY, function="f")
        yield sandbox, worker


@pytest.mark.slow
@pytest.mark.parametrize("limits", [True, False])
def test_the_kernel_ends_a_worker_that_the_judge_forgets_or_whose_parent_dies(template, limits):
    """And nothing else does, where there are no limits."""
    if not limits and HERE != "root":
        pytest.skip("an ordinary user cannot load the other walls without no_new_privs")
    with busy(template, limits, cpu=1) as (_, worker):
        with pytest.raises(Ended) as ended:
            worker.ask("f", [("call", [])], 2.5)
        by_judge = "did not finish within 2.5 s" in str(ended.value)
        assert by_judge != limits
    with busy(template, limits) as (sandbox, worker):
        worker.socket.send(questions_frame("f", [("call", [])]))
        handle = os.pidfd_open(worker.pid)
        try:
            psutil.Process(worker.pid).parent().kill()
            while sandbox.is_alive:
                time.sleep(0.01)  # its workers have their signal a moment later
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            assert limits == bool(poll.poll(1000 * PATIENCE if limits else 1000))
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)
            worker.end = {"status": -9, "cpu": 0.0}
            worker.socket.close()

"""With each wall taken away, the attacks that it guards against succeed: no wall stands for show."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

import pytest
from autograder.errors import Ended
from autograder.sandbox.client import Sandbox, questions_frame

from driver import PATIENCE, load, parent_of
from settings import expected, run, why_not

HERE = "root" if os.getuid() == 0 else "user"  # the settings without bwrap, in which walls stand alone

# What stands no more without a wall, though all others but bwrap do.
GUARDED = {
    "landlock": [
        "files_list_folders",
        "files_read_etc",
        "files_read_hidden_tests",
        "files_read_other_submission",
        "files_read_proc",
        "files_read_the_kit",
        "files_o_path",
        "files_through_links",
        "import_own_library",
        "import_own_torch",
    ],
    "seccomp": [
        "fd_socket_options",
        "files_change",
        "files_temporary",
        "files_watch",
        "net_listen",
        "net_rare_families",
        "net_udp_and_dns",
        "net_unix",
        "net_uring",
        "privilege_identity",
        "privilege_namespaces",
        "privilege_other_abi",
        "privilege_own_filter",
        "privilege_rare_calls",
        "privilege_undo_walls",
        "process_daemon",
        "process_fork",
        "process_threads",
        "process_vfork",
        "spy_pidfd",
        "spy_scheduling",
    ],
    "limits": [
        "files_limit_alone",
        "files_too_many_open",
        "memory_mappings",
        "memory_python",
        "memory_torch",
    ],
}


def surprises(setting: str, programs: list[str], **options) -> dict[str, str]:
    """The programs that do not end as they must, and what they saw."""
    result = run(setting, programs, unsafe=True, **options)
    assert not result["error"]
    return {
        r["program"]: r["says"] for r in result["rows"] if r["seen"] not in expected(r["program"], setting)
    }


@pytest.mark.parametrize("wall", GUARDED)
@pytest.mark.parametrize("which", ["first", pytest.param("all", marks=pytest.mark.slow)])
def test_without_a_wall_its_attacks_succeed(wall, which):
    """So that it is this layer that keeps them away."""
    programs = GUARDED[wall][:1] if which == "first" else GUARDED[wall]
    seen = surprises(HERE, programs, **{wall: False})
    assert set(programs) - seen.keys() == set(), f"nothing notices that {wall} is missing"


def test_with_all_walls_none_of_them_succeeds():
    """The first attack on each."""
    assert surprises(HERE, [programs[0] for programs in GUARDED.values()]) == {}


def test_bwrap_keeps_files_away_where_landlock_is_missing():
    """Each of the two alone does."""
    inside = f"{HERE}, bwrap"
    if why_not(inside):
        pytest.skip(why_not(inside))
    guarded = [
        "files_read_hidden_tests",
        "files_read_other_submission",
        "files_read_etc",
        "files_stat_hidden",
    ]
    assert surprises(inside, guarded, landlock=False) == {}


@pytest.mark.slow
def test_without_limits_nothing_is_promised_to_the_kernel():
    if HERE != "root":
        pytest.skip("an ordinary user cannot load the other walls without no_new_privs")
    assert surprises(HERE, ["privilege_parent_death"], seccomp=False) == {}
    seen = surprises(HERE, ["privilege_parent_death"], seccomp=False, limits=False)
    assert seen.keys() == {"privilege_parent_death"}


BUSY = "def f():\n    while True:\n        pass\n"


@contextlib.contextmanager
def busy(limits: bool, cpu: int = 60):
    """A worker whose function computes for ever, in a sandbox with or without limits."""
    with Sandbox(cpu=cpu, bwrap=False, limits=limits, unsafe=True) as sandbox, sandbox.worker() as worker:
        load(worker, BUSY, function="f")
        yield sandbox, worker


@pytest.mark.slow
@pytest.mark.parametrize("limits", [True, False])
def test_the_kernel_ends_a_worker_that_the_judge_forgets(limits):
    if not limits and HERE != "root":
        pytest.skip("an ordinary user cannot load the other walls without no_new_privs")
    with busy(limits, cpu=1) as (_, worker):
        with pytest.raises(Ended) as ended:
            worker.ask("f", [("call", [])], 2.5)
        by_judge = "did not finish within 2.5 s" in str(ended.value)
        assert by_judge != limits


@pytest.mark.slow
@pytest.mark.parametrize("limits", [True, False])
def test_a_worker_dies_with_its_template_process(limits):
    if not limits and HERE != "root":
        pytest.skip("an ordinary user cannot load the other walls without no_new_privs")
    with busy(limits) as (sandbox, worker):
        worker.socket.send(questions_frame("f", [("call", [])]))
        handle = os.pidfd_open(worker.pid)
        try:
            os.kill(parent_of(worker.pid), signal.SIGKILL)
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

"""Template processes: what they fork is its taker's own, and none of it outlives who asked for
it.
"""

import os
import re
from pathlib import Path

import psutil
import pytest
from process_helpers import bwrap_works, wait_until
from warm import called

from autograder.errors import Message
from autograder.sandbox import template
from autograder.sandbox.client import Sandbox

needs_bwrap = pytest.mark.skipif(
    not bwrap_works(), reason="no namespaces may be made here"
)

DOUBLES = "def doubles(x):\n    return 2 * x\n", "doubles"


@pytest.fixture(scope="module", autouse=True)
def own_one():
    """It begins with one of its own; the one that other tests have goes on."""
    others = list(template.running)
    template.running.clear()
    yield
    template.close()
    template.running.extend(others)


def test_where_the_template_process_has_died_a_sandbox_has_another_started():
    """Nobody is told, and nothing is lost."""
    lent = [template.start().fork_sandbox()]
    template.close()
    wait_until(lambda: not lent[0].is_alive)
    with Sandbox(
        lambda: lent.pop() if lent else template.start().fork_sandbox()
    ) as sandbox:
        assert called(sandbox, *DOUBLES, 2) == 4


# A stand-in makes no namespaces: it fails, or runs what comes after its own options, of whose
# namespaces nobody can join the one of users, which is ours.
FAILS = "echo first; echo No permissions >&2; exit 1"
MAKES_NONE = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"'


@pytest.mark.parametrize(
    ("bwrap", "why"),
    [
        ("", "bubblewrap is not installed. Run `apt install bubblewrap`."),
        (
            FAILS,
            "bubblewrap cannot create its namespaces here (No permissions).",
        ),
        (
            MAKES_NONE,
            "This user cannot join bubblewrap's namespaces (Invalid argument).",
        ),
    ],
    ids=["no_bwrap", "bwrap_that_fails", "namespaces_that_nobody_can_join"],
)
def test_the_other_layers_do_where_bubblewrap_does_not_work(
    monkeypatch, tmp_path, bwrap, why
):
    """The sandbox says so, and why, whether this machine has bubblewrap or not."""
    template.close()
    if bwrap:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{bwrap}\n")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with Sandbox() as sandbox:
        assert str(sandbox.layers) == "landlock + seccomp + limits"
        assert str(Message(*sandbox.missing["bwrap"])) == why
        assert called(sandbox, *DOUBLES, 2) == 4
    template.close()


@needs_bwrap
def test_namespaces_that_have_ended_are_made_again():
    """A sandbox never goes on without what those before it had."""
    with Sandbox():
        before = template.running[0]
        bwrap = psutil.Process(before._namespaces._process.pid)
        bwrap.children()[0].kill()
        wait_until(lambda: not before.is_alive)
        with Sandbox() as other:
            assert other.layers.bwrap
        assert template.running[0] is not before


@needs_bwrap
def test_a_sandbox_and_its_workers_are_away_from_all_other_processes():
    """They share no namespace with this process, no session, and have no privileges."""
    with Sandbox() as sandbox, sandbox.worker() as worker:
        worker.load([], [], {}, 5.0)
        for process in (
            worker.process.pid,
            psutil.Process(worker.process.pid).ppid(),
        ):
            # Only root may look at the others.
            for name in ("user", "mnt", "pid", "net", "ipc", "uts"):
                if os.getuid() == 0:
                    space = os.stat(f"/proc/{process}/ns/{name}").st_ino
                    assert space != os.stat(f"/proc/self/ns/{name}").st_ino
            status = Path(f"/proc/{process}/status").read_text()
            # Its number here, and the one inside.
            assert re.search(r"^NSpid:(\t\d+){2,}$", status, re.MULTILINE)
            for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                assert f"{kind}:\t0000000000000000\n" in status
            assert "NoNewPrivs:\t1\n" in status
            assert os.getsid(process) not in (0, os.getsid(0))

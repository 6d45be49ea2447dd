"""Where courses run: each place is made here, by bubblewrap, limits or signals, and graded in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_helpers import COMMAND, ENDLESS, PATIENT, RIGHT, submissions_of
from process_helpers import PATIENCE, lines_of, wait_until

from autograder.sandbox.walls import bwrap_works
from autograder.settings import FILE

SLOW = RIGHT.replace("    return", "    __import__('time').sleep(0.002)\n    return")
pytestmark = pytest.mark.slow
needs_bwrap = pytest.mark.skipif(not bwrap_works(), reason="the place is made by bubblewrap")


def a_class(folder: Path, count: int = 1, text: str = RIGHT) -> Path:
    """A folder of so many submissions that differ."""
    folder.mkdir()
    for i in range(count):
        (folder / f"s{i}.py").write_text(f"{text}# {i}\n", encoding="utf-8")
    return folder


@needs_bwrap
@pytest.mark.parametrize(
    "dev",
    [
        pytest.param(["--dev", "/dev", "--remount-ro", "/dev"], id="a read-only /dev/shm"),
        pytest.param(["--tmpfs", "/dev"], id="no /dev/shm"),
    ],
)
def test_a_read_only_disk_with_a_tmp_is_enough(tmp_path, dev):
    """Judges share nothing that lies in /dev/shm, and keep nothing but in /tmp."""
    folder, out = a_class(tmp_path / "class", 2), tmp_path / "out"
    out.mkdir()
    place = ["bwrap", "--ro-bind", "/", "/", *dev, "--proc", "/proc"]
    for name in ("null", "zero", "urandom") if "--tmpfs" in dev else ():
        place += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    place += ["--tmpfs", "/tmp", "--ro-bind", folder, folder, "--bind", out, out, "--chdir", "/"]
    for path in {*sys.path, sys.prefix, os.getcwd()}:
        if path.startswith("/tmp/") and os.path.exists(
            path
        ):  # a checkout, or an environment, that lies there
            place += ["--ro-bind", path, path]
    words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", "2"]
    environment = {**os.environ, "TMPDIR": "/tmp"}
    done = subprocess.run(
        [*map(str, place), "--", *COMMAND, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert {"s0": 5, "s1": 5} == {id: one["score"] for id, one in submissions_of(out).items()}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A run as the first process of a container, which hears SIGTERM only if it wants to, told to end."""
    if subprocess.run(["unshare", "--map-root-user", "--pid", "--fork", "true"], check=False).returncode:
        pytest.skip("namespaces may not be made here")
    place = tmp_path_factory.mktemp("stopped")
    folder, out = a_class(place / "class", 2), place / "out"
    (place / FILE).write_text(PATIENT)
    for name in ("t0", "t1", "t2"):
        (folder / f"{name}.py").write_text(ENDLESS)
    words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", "1"]
    process = subprocess.Popen(
        ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc", *COMMAND, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
    )
    wait_until(lambda: 2 == lines_of(out / "reports.jsonl"), process)
    (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(first), signal.SIGTERM)
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, errors, out


def test_a_container_that_is_stopped_writes_what_it_has(stopped):
    """With the exit code that tells a signal, in one line; it waits for no submission that is in hand."""
    code, errors, out = stopped
    assert (
        143,
        "autograder: stopped; what was graded is kept, and the same command goes on from there\n",
    ) == (
        code,
        errors,
    )
    assert {"s0": 5, "s1": 5} == {id: one["score"] for id, one in submissions_of(out).items()}


def test_an_ordinary_user_s_landlock_stands_alone():
    """Without the limits, which give up privileges, it does so itself: doctor tries each layer alone."""
    script = "from autograder.cli import doctor; print(*doctor.layers())"
    # root without this one is like anybody else to landlock(7)
    less = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    command = [*(less if os.geteuid() == 0 else []), sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=PATIENCE)
    assert "Layer(name='landlock', is_active=True" in done.stdout, done.stderr


FORBIDDING = """
import ctypes, sys
from autograder.sandbox.inside import lockdown

seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(0x7FFF0000))
# landlock_create_ruleset, unshare, clone3: threads are made by clone where it is not there
for number, code in ((lockdown._CREATE_RULESET, int(sys.argv[1])), (272, 1), (435, 38)):
    assert seccomp.seccomp_rule_add(context, 0x00050000 | code, number, 0) == 0
seccomp.seccomp_rule_add(context, 0x00050001, 56, 1, lockdown._Arg(0, 7, 0x10000000, 0x10000000))
assert seccomp.seccomp_load(context) == 0
from autograder.cli import main

sys.argv = ["autograder", *sys.argv[2:]]
main()
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the profile has this machine's numbers")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "landlock_* are forbidden (Operation not permitted): "),
        (38, "landlock_* are not there: "),
    ],
)
def test_a_profile_without_landlock_is_named(tmp_path, code, words):
    """Neither it nor namespaces, as in a container's profile of before: the refusal says what to allow."""
    folder = a_class(tmp_path / "class")
    args = ["grade", folder, "--assignment", "vectorization", "--out", tmp_path / "out", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDING, str(code), *map(str, args)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd="/",
    )
    line = done.stderr.strip()
    assert 2 == done.returncode
    assert words + "let the container's seccomp profile allow them" in line
    assert "or else bubblewrap may not make its namespaces here (" in line
    assert 1 == len(done.stderr.splitlines())


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [
        (
            "64:64",
            2,
            "autograder: only 64 files may be open at a time: raise the limit, as by `ulimit -n 1024`\n",
        ),
        ("64:4096", 0, ""),
    ],
)
def test_too_few_open_files_are_told_or_raised(tmp_path, limit, code, words):
    """Where they may be, the kit raises them itself."""
    folder = a_class(tmp_path / "class")
    args = ["grade", folder, "--assignment", "vectorization", "--out", tmp_path / "out", "--jobs", "1"]
    command = ["prlimit", f"--nofile={limit}", *COMMAND, *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd="/")
    assert (code, words) == (done.returncode, done.stderr)


# Where the kernel freezes what is in a group: the file, and what it takes to freeze and to thaw (cgroups(7)).
FREEZERS = {
    "version 2": ("/sys/fs/cgroup", "cgroup.freeze", "1", "0"),
    "version 2 beside 1": ("/sys/fs/cgroup/unified", "cgroup.freeze", "1", "0"),
    "version 1": ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"),
}


@pytest.fixture
def freezer():
    """A group of processes, the file that freezes them, and its two words: of the first kind there is."""
    for root, name, *words in FREEZERS.values():
        group = Path(root, f"test-{os.getpid()}")
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / name).exists():
                yield group, group / name, *words
                return
        finally:
            group.rmdir()
    pytest.skip("this kernel lets nobody make a group of processes that it freezes")


def test_a_container_that_is_frozen_costs_nobody_a_point(tmp_path, freezer):
    """Up to five times for nine seconds, while students are graded: the last may be done before the fifth."""
    group, switch, freeze, thaw = freezer
    folder, out = a_class(tmp_path / "class", 10, SLOW), tmp_path / "out"
    words = ["grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", "1"]
    enters = f'echo $$ > {group}/cgroup.procs && exec "$@"'
    process = subprocess.Popen(
        ["sh", "-c", enters, "sh", *COMMAND, *map(str, words)], stderr=subprocess.PIPE, text=True
    )
    try:
        for number in range(5):
            while lines_of(out / "reports.jsonl") <= number and process.poll() is None:
                time.sleep(0.02)
            switch.write_text(freeze)
            time.sleep(9)
            switch.write_text(thaw)
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        switch.write_text(thaw)
        process.kill()
        process.wait()
        while (group / "cgroup.procs").read_text():
            time.sleep(0.05)
    assert (0, "") == (process.returncode, errors)
    assert {f"s{i}": 5 for i in range(10)} == {id: one["score"] for id, one in submissions_of(out).items()}

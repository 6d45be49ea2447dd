"""Runs that are stopped or killed, and where courses run: each is one line, and what was
graded stays.
"""

import os
import signal
import subprocess
import sys

import psutil
import pytest
from cli_helpers import (
    ENDLESS,
    NAME,
    PARTLY,
    PATIENT,
    POINTS,
    RIGHT,
    a_class,
    grade,
    points_of,
    run,
    start,
    without_times,
)
from process_helpers import (
    PATIENCE,
    bwrap_works,
    family,
    ran,
    still_there,
    wait_until,
)

from autograder.settings import FILE


@pytest.mark.parametrize(
    "as_first",
    [False, True],
    ids=["Ctrl-C", "a container's first process, SIGTERM"],
)
def test_a_run_that_is_stopped_writes_what_it_has(tmp_path, as_first):
    """It waits for no submission in hand, and leaves no temporary folder."""
    folder = a_class(tmp_path / "class", RIGHT, RIGHT)
    out = tmp_path / "out"
    a_class(folder, **{f"t{i}": f"{ENDLESS}# {i}\n" for i in range(3)})
    (tmp_path / FILE).write_text(PATIENT)
    (tmp_path / "tmp").mkdir()
    # Only a process that asks for it hears SIGTERM as the first of a container.
    alone = [
        "unshare",
        "--map-root-user",
        "--pid",
        "--fork",
        "--mount-proc",
    ] * as_first
    if alone and subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("namespaces may not be made here")
    words = ["grade", folder, "--assignment", NAME, "--out", out, "--jobs", "1"]
    process = start(
        *words, before=alone, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")}, start_new_session=True,
        # a shell's background ignores it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_until(lambda: len(graded(out)) == 2, process)
    if as_first:
        psutil.Process(process.pid).children()[0].terminate()
    else:
        os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == (143 if as_first else 130)
    words = "What was graded is saved; run the same command again to continue."
    assert errors == f"autograder: Stopped. {words}\n"
    assert points_of(out) == {"s0": POINTS, "s1": POINTS}
    wait_until(lambda: not os.listdir(tmp_path / "tmp"))


pytestmark = pytest.mark.slow


def graded(out):
    """The ids of the students with a file, in the order of these."""
    files = sorted(
        (out / "reports").glob("[!.]*.json"),
        key=lambda path: path.stat().st_mtime_ns,
    )
    return [path.stem for path in files]


def test_a_run_that_was_killed_goes_on(tmp_path):
    """What was graded before is not graded again, and the rest as in one run."""
    folder = a_class(tmp_path / "class", RIGHT, PARTLY)
    out = tmp_path / "out"
    whole = tmp_path / "w"
    (tmp_path / FILE).write_text(PATIENT)
    grade(folder, whole, cwd=tmp_path)
    a_class(folder, s1=ENDLESS)
    words = "grade", folder, "--assignment", NAME, "--out", out, "--jobs", 2
    process = start(*words, stdout=subprocess.DEVNULL, cwd=tmp_path)
    wait_until(lambda: "s0" in graded(out), process)
    left = family(process.pid)
    process.kill()
    process.wait(PATIENCE)
    assert still_there(left) == set()
    (out / "reports/s1.json").write_bytes(b'{"key": "torn in the mid')
    a_class(folder, RIGHT, PARTLY)
    again = run(*words, cwd=tmp_path)
    assert "1 of 2 did not change since the last run" in again.stdout
    same = [
        without_times(path, "figures", "run")["submissions"]
        for path in (whole, out)
    ]
    assert same[1] == same[0]


needs_bwrap = pytest.mark.skipif(
    not bwrap_works(), reason="the place is made by bubblewrap"
)


@needs_bwrap
def test_a_read_only_disk_with_a_tmp_is_enough(tmp_path):
    """Judges share nothing in /dev/shm, and keep nothing but in /tmp; few files are open."""
    folder = a_class(tmp_path / "class", RIGHT, RIGHT)
    out = tmp_path / "out"
    out.mkdir()
    place = ["prlimit", "--nofile=64:64", "bwrap"]
    place += [
        "--ro-bind",
        "/",
        "/",
        "--tmpfs",
        "/dev",
        "--proc",
        "/proc",
        "--chdir",
        "/",
    ]
    for name in ("null", "zero", "urandom"):
        place += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    place += [
        "--tmpfs",
        "/tmp",
        "--ro-bind",
        folder,
        folder,
        "--bind",
        out,
        out,
    ]
    # a checkout or an environment may be there
    for path in {*sys.path, sys.prefix, os.getcwd()}:
        if path.startswith("/tmp/") and os.path.exists(path):
            place += ["--ro-bind", path, path]
    done = grade(folder, out, "--jobs", 2, before=[*place, "--"], TMPDIR="/tmp")
    assert done.returncode == 0
    assert done.stderr == ""
    assert points_of(out) == {"s0": POINTS, "s1": POINTS}


FORBIDDING = """
import ctypes, sys
from autograder.sandbox.inside import lockdown

seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(seccomp.seccomp_init(0x7FFF0000))
# landlock_create_ruleset, unshare, clone3: threads are made by clone where it is not there
for number, code in ((lockdown._CREATE_RULESET, 1), (272, 1), (435, 38)):
    assert seccomp.seccomp_rule_add(context, 0x00050000 | code, number, 0) == 0
seccomp.seccomp_rule_add(context, 0x00050001, 56, 1, lockdown._Arg(0, 7, 0x10000000, 0x10000000))
assert seccomp.seccomp_load(context) == 0
from autograder.cli import main

sys.argv = ["autograder", *sys.argv[1:]]
main()
"""


@pytest.mark.skipif(
    os.uname().machine != "x86_64",
    reason="the profile has this machine's numbers",
)
def test_a_profile_without_landlock_is_named(tmp_path):
    """The refusal says what a container's profile has to allow."""
    folder = a_class(tmp_path / "class", RIGHT)
    out = tmp_path / "out"
    words = "grade", folder, "--assignment", NAME, "--out", out
    done = ran(sys.executable, "-c", FORBIDDING, *words, cwd="/")
    why = "Landlock is not available (Operation not permitted). It needs Linux 5.13,"
    assert done.returncode == 2
    assert why in done.stderr
    assert "bubblewrap cannot create its namespaces here (" in done.stderr

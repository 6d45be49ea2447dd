"""Where courses run: each place is made here, by bubblewrap, limits or signals, and graded in."""

import os
import subprocess
import sys

import pytest
from cli_helpers import RIGHT, a_class, grade, submissions_of
from process_helpers import PATIENCE

from autograder.sandbox.walls import bwrap_works

pytestmark = pytest.mark.slow
needs_bwrap = pytest.mark.skipif(not bwrap_works(), reason="the place is made by bubblewrap")


@needs_bwrap
def test_a_read_only_disk_with_a_tmp_is_enough(tmp_path):
    """Judges share nothing that lies in /dev/shm, and keep nothing but in /tmp."""
    folder, out = a_class(tmp_path / "class", RIGHT, RIGHT), tmp_path / "out"
    out.mkdir()
    place = ["bwrap", "--ro-bind", "/", "/", "--tmpfs", "/dev", "--proc", "/proc"]
    for name in ("null", "zero", "urandom"):
        place += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    place += ["--tmpfs", "/tmp", "--ro-bind", folder, folder, "--bind", out, out, "--chdir", "/"]
    for path in {*sys.path, sys.prefix, os.getcwd()}:  # a checkout or an environment may lie there
        if path.startswith("/tmp/") and os.path.exists(path):
            place += ["--ro-bind", path, path]
    done = grade(folder, out, "--jobs", 2, before=[*place, "--"], TMPDIR="/tmp")
    assert (0, "") == (done.returncode, done.stderr)
    assert {"s0": 5, "s1": 5} == {id: one["score"] for id, one in submissions_of(out).items()}


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


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the profile has this machine's numbers")
def test_a_profile_without_landlock_is_named(tmp_path):
    """Neither it nor namespaces, as in a container's profile of before: the refusal says what to allow."""
    words = [
        "grade",
        a_class(tmp_path / "class", RIGHT),
        "--assignment",
        "vectorization",
        "--out",
        tmp_path / "out",
    ]
    command = [sys.executable, "-c", FORBIDDING, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd="/")
    (line,) = done.stderr.splitlines()
    assert 2 == done.returncode
    said = (
        "landlock_* calls are forbidden (Operation not permitted). Let the container's seccomp profile allow"
    )
    assert said in line
    assert "bubblewrap cannot create its namespaces here (" in line


@pytest.mark.parametrize(
    ("limit", "code", "words"),
    [("64:64", 2, "Only 64 files can be open at a time. Raise the limit,"), ("64:4096", 0, "")],
)
def test_too_few_open_files_are_told_or_raised(tmp_path, limit, code, words):
    """Where they may be, the kit raises them itself."""
    folder = a_class(tmp_path / "class", RIGHT)
    done = grade(folder, tmp_path / "out", before=["prlimit", f"--nofile={limit}"])
    assert (code, bool(words)) == (done.returncode, bool(done.stderr))
    assert words in done.stderr

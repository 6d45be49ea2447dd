"""Runs that are stopped or killed, and where courses run: each is one line, and what was
graded stays.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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
    run,
    start,
    submissions_of,
    without_times,
)
from process_helpers import PATIENCE, family, ran, still_there, wait_until

from autograder.sandbox.layers import bwrap_works
from autograder.settings import FILE


@pytest.mark.slow
@pytest.mark.parametrize(
    "as_first", [False, True], ids=["Ctrl-C", "a container's first process, SIGTERM"]
)
def test_a_run_that_is_stopped_writes_what_it_has(tmp_path, as_first):
    """In one line, with a signal's exit code; it waits for no submission in hand, and leaves
    no folder.
    """
    folder, out = a_class(tmp_path / "class", RIGHT, RIGHT), tmp_path / "out"
    a_class(folder, **{f"t{i}": f"{ENDLESS}# {i}\n" for i in range(3)})
    (tmp_path / FILE).write_text(PATIENT)
    (tmp_path / "tmp").mkdir()
    # Only a process that asks for it hears SIGTERM as the first of a container.
    alone = (
        ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"]
        if as_first
        else []
    )
    if alone and subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("namespaces may not be made here")
    words = ["grade", folder, "--assignment", NAME, "--out", out, "--jobs", "1"]
    process = start(
        *words, before=alone, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")}, start_new_session=True,
        # a shell's background ignores it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    wait_until(lambda: 2 == len(graded(out)), process)
    if as_first:
        children = (
            Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        )
        os.kill(int(children[0]), signal.SIGTERM)
    else:
        os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    line = (
        "autograder: Stopped. What was graded is saved; run the same command again to "
        "continue.\n"
    )
    assert (143 if as_first else 130, line) == (process.returncode, errors)
    assert {"s0": POINTS, "s1": POINTS} == {
        id: one["score"] for id, one in submissions_of(out).items()
    }
    assert [] == [p.name for p in out.iterdir() if p.name.endswith(".tmp")]
    wait_until(lambda: not os.listdir(tmp_path / "tmp"))


@pytest.mark.exhaustive
@pytest.mark.skipif(os.geteuid() != 0, reason="the place is made by root")
@pytest.mark.parametrize(
    ("most", "is_enough"),
    [(6, False), (12, False), (17, True)],
)
def test_too_few_processes_are_one_line_by_doctor_and_by_grading(
    tmp_path, most, is_enough
):
    """As `pids-limit` bounds them, with a warm cache too; 17 are enough for two judges."""
    group = Path("/sys/fs/cgroup/pids", f"test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "pids.max").write_text(str(most))
    except OSError as error:
        pytest.skip(f"processes cannot be bounded here: {error}")
    enters = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    folder = a_class(tmp_path / "class", ana=RIGHT, bo=PARTLY)
    grading = [
        "grade",
        folder,
        "--assignment",
        NAME,
        "--jobs",
        2,
        "--out",
        tmp_path / "out",
    ]
    cache = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert (
        0
        == run(
            "grade", folder, "--assignment", NAME, "--out", tmp_path / "warm", **cache
        ).returncode
    )
    try:
        for words, code in ((["doctor"], 1), (grading, 2)):
            done = run(*words, before=enters, **cache)
            assert (0 if is_enough else code) == done.returncode
            said = (
                done.stderr if code == 2 else done.stdout
            )  # OpenBLAS may warn beside it
            assert is_enough or "pids-limit" in said.splitlines()[-1]
            assert "Traceback" not in done.stderr
        assert is_enough == (tmp_path / "out/results.json").is_file()
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.05)
        group.rmdir()


pytestmark = pytest.mark.slow
STUDENTS = 8


def started(folder, out, output=subprocess.DEVNULL):
    (temporary := folder.parent / "tmp").mkdir(exist_ok=True)
    words = ("grade", folder, "--assignment", NAME, "--out", out, "--jobs", 2)
    env = {**os.environ, "TMPDIR": str(temporary)}
    return start(
        *words, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=folder.parent
    )


def graded(out):
    """The ids of the students with a file, in the order of these."""
    files = sorted(
        (out / "reports").glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns
    )
    return [path.stem for path in files]


def reports(out):
    """What results.json says of each student, apart from what is measured."""
    return {one["id"]: one for one in without_times(out, "figures")["submissions"]}


def kill_after(process, out, count):
    """SIGKILL the main process when so many students have a file; the family that it leaves."""
    wait_until(lambda: len(graded(out)) >= count, process)
    left = family(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    return left


def write(texts, count):
    """The first so many as they are; the others never end: a run that is killed is in the
    middle.
    """
    for number, (path, text) in enumerate(texts.items()):
        path.write_text(text if number < count else ENDLESS)


def test_two_kills_and_a_torn_file_change_no_report(tmp_path):
    """The union is that of an undisturbed run; what was graded before is not graded again."""
    folder = tmp_path / "class"
    folder.mkdir()
    (tmp_path / FILE).write_text(PATIENT)
    texts = {
        folder / f"s{i}.py": (RIGHT if i % 3 else PARTLY) + f"# {i}\n"
        for i in range(STUDENTS)
    }
    write(texts, STUDENTS)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    grade(folder, whole, cwd=tmp_path)
    write(texts, 2)
    left = kill_after(started(folder, cut), cut, 2)
    first = graded(cut)
    write(texts, 5)
    left |= kill_after(started(folder, cut), cut, 4)
    second = graded(cut)
    orphans = still_there(left)
    for one in orphans:
        one.kill()
    for name in (f"s{STUDENTS - 1}.json", ".unfinished-1.tmp"):
        (cut / "reports" / name).write_bytes(b'{"key": "torn in the mid')
    write(texts, STUDENTS)
    words, _ = started(folder, cut, subprocess.PIPE).communicate(timeout=PATIENCE)

    assert 2 <= len(first) < len(second) < STUDENTS
    assert STUDENTS == len(reports(whole))
    assert reports(whole) == reports(cut)
    names = [
        sorted(p.name for p in (out / "feedback").iterdir()) for out in (whole, cut)
    ]
    assert names[0] == names[1]
    assert first == second[: len(first)]
    assert second == graded(cut)[: len(second)]
    assert STUDENTS == len(graded(cut)) == len(set(graded(cut)))
    assert f"{len(second)} of {STUDENTS} did not change since the last run" in words
    assert (set(), [], []) == (
        orphans,
        [*cut.rglob("*.tmp")],
        os.listdir(tmp_path / "tmp"),
    )


needs_bwrap = pytest.mark.skipif(
    not bwrap_works(), reason="the place is made by bubblewrap"
)


@needs_bwrap
def test_a_read_only_disk_with_a_tmp_is_enough(tmp_path):
    """Judges share nothing that lies in /dev/shm, and keep nothing but in /tmp."""
    folder, out = a_class(tmp_path / "class", RIGHT, RIGHT), tmp_path / "out"
    out.mkdir()
    place = ["bwrap", "--ro-bind", "/", "/", "--tmpfs", "/dev", "--proc", "/proc"]
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
        "--chdir",
        "/",
    ]
    for path in {
        *sys.path,
        sys.prefix,
        os.getcwd(),
    }:  # a checkout or an environment may lie there
        if path.startswith("/tmp/") and os.path.exists(path):
            place += ["--ro-bind", path, path]
    done = grade(folder, out, "--jobs", 2, before=[*place, "--"], TMPDIR="/tmp")
    assert (0, "") == (done.returncode, done.stderr)
    assert {"s0": POINTS, "s1": POINTS} == {
        id: one["score"] for id, one in submissions_of(out).items()
    }


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
    os.uname().machine != "x86_64", reason="the profile has this machine's numbers"
)
def test_a_profile_without_landlock_is_named(tmp_path):
    """Neither it nor namespaces, as in a container's profile of before: the refusal says what
    to allow.
    """
    words = [
        "grade",
        a_class(tmp_path / "class", RIGHT),
        "--assignment",
        NAME,
        "--out",
        tmp_path / "out",
    ]
    done = ran(sys.executable, "-c", FORBIDDING, *words, cwd="/")
    (line,) = done.stderr.splitlines()
    assert 2 == done.returncode
    assert (
        "Landlock is not available (Operation not permitted). It needs Linux 5.13,"
        in line
    )
    assert "bubblewrap cannot create its namespaces here (" in line


def test_few_open_files_are_enough(tmp_path):
    """In a shell that allows 64."""
    folder = a_class(tmp_path / "class", RIGHT)
    done = grade(folder, tmp_path / "out", before=["prlimit", "--nofile=64:64"])
    assert (0, "") == (done.returncode, done.stderr)

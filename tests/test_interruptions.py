"""What goes wrong around a run, not in a hand-in: each is one line, and what was graded stays."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli_helpers import ENDLESS, PATIENT, RIGHT, a_class, run, start, submissions_of
from process_helpers import PATIENCE, lines_of, wait_until

from autograder.settings import FILE

NAME = "vectorization"


@pytest.mark.slow
@pytest.mark.parametrize("as_first", [False, True], ids=["Ctrl-C", "a container's first process, SIGTERM"])
def test_a_run_that_is_stopped_writes_what_it_has(tmp_path, as_first):
    """In one line, with a signal's exit code; it waits for no submission in hand, and leaves no folder."""
    folder, out = a_class(tmp_path / "class", RIGHT, RIGHT), tmp_path / "out"
    a_class(folder, **{f"t{i}": f"{ENDLESS}# {i}\n" for i in range(3)})
    (tmp_path / FILE).write_text(PATIENT)
    (tmp_path / "tmp").mkdir()
    # Only a process that asks for it hears SIGTERM as the first of a container.
    alone = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"] if as_first else []
    if alone and subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("namespaces may not be made here")
    words = ["grade", folder, "--assignment", NAME, "--out", out, "--jobs", "1"]
    process = start(
        *words, before=alone, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")}, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background ignores it
    )  # fmt: skip
    wait_until(lambda: 2 == lines_of(out / "reports.jsonl"), process)
    if as_first:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
    else:
        os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    line = "autograder: Stopped. What was graded is saved; run the same command again to continue.\n"
    assert (143 if as_first else 130, line) == (process.returncode, errors)
    assert {"s0": 5, "s1": 5} == {id: one["score"] for id, one in submissions_of(out).items()}
    assert [] == [p.name for p in out.iterdir() if p.name.endswith(".tmp")]
    wait_until(lambda: not os.listdir(tmp_path / "tmp"))


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="the place is made by root")
def test_too_few_processes_are_one_line_by_doctor_and_by_grading(tmp_path):
    """As `pids-limit` bounds them: nobody waits for ever for what could not be forked."""
    group = Path("/sys/fs/cgroup/pids", f"test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "pids.max").write_text("6")
    except OSError as error:
        pytest.skip(f"processes cannot be bounded here: {error}")
    enters = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
    grading = [
        "grade",
        a_class(tmp_path / "class", ana=RIGHT),
        "--assignment",
        NAME,
        "--out",
        tmp_path / "out",
    ]
    afresh = {"XDG_CACHE_HOME": str(tmp_path / "cache")}  # the gate is judged, not remembered
    try:
        for words, code in ((["doctor"], 1), (grading, 2)):
            done = run(*words, before=enters, **afresh)
            assert code == done.returncode
            said = done.stderr if code == 2 else done.stdout  # OpenBLAS may warn beside it
            assert "pids-limit" in said.splitlines()[-1]
            assert "Traceback" not in done.stderr
    finally:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.05)
        group.rmdir()

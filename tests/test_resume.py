"""A batch that is killed in the middle: nothing is lost, nothing is done twice, and nobody stays behind."""

import json
import os
import signal
import subprocess

import pytest
from cli_helpers import ENDLESS, PATIENT, RIGHT, grade, start
from process_helpers import PATIENCE, family, still_there, wait_until

from autograder.settings import FILE

pytestmark = pytest.mark.slow
STUDENTS = 8
WRONG = RIGHT.replace("a + b", "(a + b).float()")
TIMES = ("seconds", "timings", "figures")  # measured, and never the same twice


def started(folder, out, output=subprocess.DEVNULL):
    (temporary := folder.parent / "tmp").mkdir(exist_ok=True)
    words = ("grade", folder, "--assignment", "vectorization", "--out", out, "--jobs", 2)
    env = {**os.environ, "TMPDIR": str(temporary)}
    return start(*words, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=folder.parent)


def journal(out):
    """The ids in the journal, in the order of their whole lines."""
    path = out / "reports.jsonl"
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line)["report"]["id"] for line in lines if line.endswith(b"\n")]


def reports(out):
    """What results.json says of each student, apart from times."""
    tree = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return {s["id"]: {k: v for k, v in s.items() if k not in TIMES} for s in tree["submissions"]}


def kill_after(process, out, count):
    """SIGKILL the main process when so many reports are in the journal; the family that it leaves."""
    wait_until(lambda: len(journal(out)) >= count, process)
    left = family(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    return left


def write(texts, count):
    """The first so many as they are; the others never end: a run that is killed is in the middle."""
    for number, (path, text) in enumerate(texts.items()):
        path.write_text(text if number < count else ENDLESS)


def test_two_kills_and_a_torn_line_change_no_report(tmp_path):
    """The union is that of an undisturbed run; what was graded before is not graded again."""
    folder = tmp_path / "class"
    folder.mkdir()
    (tmp_path / FILE).write_text(PATIENT)
    texts = {folder / f"s{i}.py": (RIGHT if i % 3 else WRONG) + f"# {i}\n" for i in range(STUDENTS)}
    write(texts, STUDENTS)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    grade(folder, whole, cwd=tmp_path)
    write(texts, 2)
    left = kill_after(started(folder, cut), cut, 2)
    first = journal(cut)
    write(texts, 5)
    left |= kill_after(started(folder, cut), cut, 4)
    second = journal(cut)
    orphans = still_there(left)
    for one in orphans:
        one.kill()
    with open(cut / "reports.jsonl", "ab") as file:
        file.write(b'{"key": "torn in the mid')
    write(texts, STUDENTS)
    words, _ = started(folder, cut, subprocess.PIPE).communicate(timeout=PATIENCE)

    assert 2 <= len(first) < len(second) < STUDENTS
    assert STUDENTS == len(reports(whole))
    assert reports(whole) == reports(cut)
    names = [sorted(p.name for p in (out / "feedback").iterdir()) for out in (whole, cut)]
    assert names[0] == names[1]
    assert first == second[: len(first)]
    assert second == journal(cut)[: len(second)]
    assert STUDENTS == len(journal(cut)) == len(set(journal(cut)))
    assert f"{len(second)} of {STUDENTS} did not change since the last run" in words
    assert (set(), [], []) == (orphans, [*cut.rglob("*.tmp")], os.listdir(tmp_path / "tmp"))

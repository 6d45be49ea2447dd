"""Files that a person or a program broke: a command says which it is and what to do, and never
ends in a traceback.
"""

import os
import shutil

import pytest
from cli_helpers import NAME, PARTLY, RIGHT, a_class, run

from autograder import courses
from autograder.settings import FILE

DEPTH = 100_000  # of brackets, far beyond what Python calls itself
NOTEBOOK = (
    courses.folder(courses.ASSIGNMENTS) / NAME / f"{NAME}.ipynb"
).read_text()
# What a file of the folder `whole` has in place of its text.
WAYS = {
    "empty": lambda text: b"",
    "cut off": lambda text: text[: len(text) // 2],
    "binary": lambda text: bytes(range(256)) * 9,
    "deeply nested": lambda text: (
        b"a = " * text.startswith(b"seed") + b"[" * DEPTH
    ),
    "a list": lambda text: b"[5, [], {}]\n",
    "a number": lambda text: b"5\n",
    "of wrong values": lambda text: (
        b'{"assignment": 5, "run": [], "pending": 7, "cells": [5], "metadata": 1}\n'
    ),
}
GRADE = ("grade", "class", "--assignment", NAME, "--out", "out", "--jobs", "1")
EXPORT = ("export", "out", "--into", "gradebook.csv")
# file -> the commands that read it
READERS = {
    FILE: [("--version",), ("release",), GRADE],
    "out/run.json": [EXPORT, GRADE],
    "out/reports/s0.json": [EXPORT, GRADE],
    "out/review.csv": [EXPORT, GRADE],
    "gradebook.csv": [EXPORT],
    "roster.csv": [(*GRADE, "--roster", "roster.csv")],
    "class/s2.ipynb": [("grade", "class/s2.ipynb", "--out", "single"), GRADE],
    f"source/{NAME}/{NAME}.ipynb": [("grade", "--course", ".")],
    f"release/{NAME}/{NAME}.ipynb": [("grade", "--course", ".")],
    "nbgrader_config.py": [("grade", "--course", "."), ("add", NAME)],
    "gradebook.db": [("grade", "--course", ".")],
    f"solutions/{NAME}/{NAME}.ipynb": [("release", NAME)],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with each of these files as it should be."""
    folder = tmp_path_factory.mktemp("whole")
    a_class(folder / "class", RIGHT, PARTLY)
    for name in ("class/s2", f"release/{NAME}/{NAME}", f"source/{NAME}/{NAME}"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_text(NOTEBOOK)
    shutil.copytree(
        courses.folder(courses.SOLUTIONS) / NAME, folder / "solutions" / NAME
    )
    (folder / f"submitted/ana/{NAME}").mkdir(parents=True)
    (folder / f"submitted/ana/{NAME}/{NAME}.ipynb").write_text(NOTEBOOK)
    for name in ("gradebook.csv", "roster.csv"):
        (folder / name).write_text("id,name,grade\ns0,Ana,\ns1,Bo,\ns2,Cy,\n")
    (folder / FILE).write_text("seed = 5\nmemory = 1024\n")
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    (folder / "gradebook.db").touch()
    assert run(*GRADE, cwd=folder).returncode == 0
    return folder


def all_broken():
    """Yield each file, broken in each way; of those that wait for nbgrader, one is not slow."""
    for name in READERS:
        for way in WAYS:
            is_slow = "--course" in READERS[name][0] and way != "deeply nested"
            yield pytest.param(
                name,
                way,
                marks=[pytest.mark.slow] * is_slow,
                id=f"{name} {way}",
            )


@pytest.mark.parametrize(("name", "way"), [*all_broken()])
def test_a_broken_file_is_named_or_does_no_harm(whole, tmp_path, name, way):
    """A command that uses it exits with one line that names it, and any other goes on."""
    folder = tmp_path / "folder"
    shutil.copytree(whole, folder)
    path = folder / name
    text = path.read_bytes()
    for command in READERS[name]:
        path.write_bytes(WAYS[way](text))
        done = run(*command, cwd=folder)  # raises what would be a traceback
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 2)
        if done.returncode == 2:
            assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("grade", "class", "--out", "loop"),
        ("grade", "--course", "loop"),
        ("grade", "class", "--course", "loop", "--out", "new"),
        ("watch", "loop"),
        ("init", "loop"),
        ("gradescope-zip", NAME, "--out", ""),
        ("gradescope-zip", NAME, "--out", "loop/autograder.zip"),
        ("grade", "class", "--roster", "/dev/zero", "--out", "new"),
        ("grade", "class", "--roster", "pipe", "--out", "new"),
        ("export", "out", "--into", "/dev/zero"),
        ("export", "out", "--into", "loop"),
        ("export", "loop", "--into", "gradebook.csv"),
    ],
    ids=" ".join,
)
def test_a_link_to_itself_and_what_never_ends_is_wrong_use(
    whole, tmp_path, command
):
    """In place of a folder or a file, it ends a command with one line on stderr."""
    folder = tmp_path / "folder"
    shutil.copytree(whole, folder)
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")
    done = run(*command, cwd=folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1

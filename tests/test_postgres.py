"""The gradebook in PostgreSQL: nbgrader's commands and grade_course on a real server, started here."""

from __future__ import annotations

import csv
import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
from course_helpers import (
    ROOT,
    answered,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    with_code,
)
from process_helpers import PATIENCE

from autograder import settings
from autograder.intake.submission import text_of
from autograder.nbgrader_bridge.course import grade_course

pytestmark = pytest.mark.slow
NAME = "vectorization"


def programs() -> Path:
    """The folder of initdb and pg_ctl, which Debian keeps off PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if found:
        return Path(found[-1])
    initdb = shutil.which("initdb")
    assert initdb, "PostgreSQL is not installed: apt-get install postgresql"
    return Path(initdb).resolve().parent


def run(*command) -> None:
    """Run a program of PostgreSQL's, which refuses to be root."""
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*before, *map(str, command)], capture_output=True, text=True, cwd="/", timeout=PATIENCE
    )
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def url():
    """A server of our own with an empty database; its address as SQLAlchemy writes it."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where, data = programs(), folder / "data"
    # `trust` and no fsync: the server holds made-up grades, for a minute, on this machine alone
    options = f"-k {folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        run(where / "initdb", "-D", data, "-U", "kit", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(where / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        try:
            run(where / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "kit", "gradebook")
            yield f"postgresql+psycopg://kit@127.0.0.1:{port}/gradebook"
        finally:
            run(where / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def course(url, tmp_path_factory) -> Path:
    """A course whose settings have the one line that selects the server."""
    line = f'c.CourseDirectory.db_url = "{url}"\n'
    root = new_course(tmp_path_factory.mktemp("postgres") / "course", (NAME,), line)
    hand_in(root, "ann", NAME, answered(root, NAME))
    hand_in(root, "bob", NAME, released(root, NAME))
    wrong = text_of(ROOT / "tests/wrong_answers" / NAME / "add_in_place.py")
    hand_in(root, "café 李雷", NAME, with_code(released(root, NAME), wrong))
    hand_in(root, "dan", NAME, b"{")
    return root


def test_nbgrader_and_grade_course_write_the_same_rows(course, url):
    """Points given by hand survive and reach the export; there is no SQLite file beside the server."""
    done = nbgrader(course, "autograde", NAME)
    assert 1 == done.returncode, done.stderr[-3000:]
    assert "Needs review: dan: The file is not a notebook" in done.stderr
    before = scores(course, NAME, url)
    assert {"test_vector_add": 5} == before["ann"]
    assert 0 < before["café 李雷"]["test_vector_add"] < 5
    told = grade_course(course, NAME, settings.load(course), 2)
    assert before == {one.student: {"test_vector_add": one.score} for one in told}
    assert before == scores(course, NAME, url)
    again = grade_course(course, NAME, settings.load(course), 2)
    kept = {one.student: (one.before, two.before) for one, two in zip(told, again)}
    assert {"dan": (False, False)} == {id: pair for id, pair in kept.items() if pair != (False, True)}
    with gradebook(course, url) as book:
        book.find_grade("test_vector_add", NAME, NAME, "bob").manual_score = 3
        book.db.commit()
    (bob,) = grade_course(course, NAME, settings.load(course), 1, students="bob")
    assert 3 == bob.score
    done = nbgrader(course, "export")
    assert 0 == done.returncode, done.stderr
    with open(course / "grades.csv", encoding="utf-8") as file:
        found = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert (5, 3) == (found["ann"], found["bob"])
    assert not (course / "gradebook.db").exists()

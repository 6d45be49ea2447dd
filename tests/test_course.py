"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in parallel."""

import contextlib
import csv
import glob
import html
import json
import os
import re
import shutil
import socket
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from cli_helpers import EXERCISE, PARTLY, POINTS, RIGHT, run
from cli_helpers import NAME as SMALL
from course_helpers import (
    answered,
    cell_of,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    with_code,
)
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from process_helpers import ran

from autograder import settings
from autograder.nbgrader_bridge import course as room
from autograder.nbgrader_bridge.course import CourseError, grade_course
from autograder.nbgrader_bridge.course_files import SECRET
from autograder.nbgrader_bridge.manual_grades import ManualGrades, earlier_submission
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError
from autograder.reporting.view import View
from autograder.results import Outcome, Report

pytestmark = pytest.mark.slow
NAME = "linear_regression"
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def graded_again(folder: Path, name: str = NAME, students: str = "*", jobs=1) -> dict[str, Report]:
    """What grade_course says of each student."""
    told = grade_course(folder, name, settings.load(folder), jobs, students=students)
    return {one.id: one for one in told}


def graded_now(folder: Path) -> list[str]:
    """Who is graded in a run, without problems."""
    done: dict[str, Report | None] = {}
    told = grade_course(
        folder, SMALL, settings.load(folder), 1, progress=lambda *_: contextlib.nullcontext(done.__setitem__)
    )
    return [one.id for one in told if done.get(one.id) is not None and not View(one).review]


@pytest.mark.exhaustive
def test_a_class_is_graded_as_by_nbgrader(tmp_path):
    """The same points, files byte by byte, and export with its late penalties; what is told stands there."""
    one = new_course(tmp_path / "one", (NAME,), LATE)
    right = answered(one, NAME)
    hand_in(one, "right", NAME, right)
    hand_in(one, "broken", NAME, b"{")
    linreg = cell_of(right, "linreg")
    needs_pandas = "import pandas\n\n\ndef linreg(X, w, b):\n    return pandas.Series(X)\n"
    linreg["source"], code = needs_pandas, linreg["source"]
    hand_in(one, "limited", NAME, right)
    linreg["source"] = code
    cell_of(right, "q_learning_rate")["source"] = "It diverges."
    late = hand_in(one, "late", NAME, right)
    late.with_name("timestamp.txt").write_text("2030-01-01 00:00:00 UTC\n")
    (one / "submitted/other" / NAME).mkdir(parents=True)
    (one / "submitted/other" / NAME / "my copy.ipynb").write_text("{}")
    with gradebook(one) as book:
        book.update_or_create_assignment(NAME, duedate="2029-01-01 00:00:00 UTC")
    two = Path(shutil.copytree(one, tmp_path / "two"))
    done = nbgrader(one, "autograde", NAME)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # there is no notebook of `other`
    told = graded_again(two, jobs=2)
    found = scores(two, NAME)
    assert scores(one, NAME) == found
    files = [
        {path.relative_to(course): path for path in (course / "autograded").rglob("*") if path.is_file()}
        for course in (one, two)
    ]
    assert files[0].keys() == files[1].keys()
    for name, path in files[1].items():
        if name.name != SECRET:  # made up where the student has none
            assert files[0][name].read_bytes() == path.read_bytes(), name
        assert 0o444 == path.stat().st_mode & 0o777
    rows = []
    for folder in (one, two):
        done = nbgrader(folder, "export")
        assert 0 == done.returncode, done.stderr
        with open(folder / "grades.csv", encoding="utf-8") as file:
            rows.append(sorted(map(str, csv.DictReader(file))))
    assert rows[0] == rows[1]

    done = run("grade", "--course", two, "--assignment", NAME)
    waiting = sum(len(each.unread) for each in told.values())
    assert f"\n{waiting} cell" in done.stdout
    other, broken, limited = told.pop("other"), told.pop("broken"), told.pop("limited")
    assert (None, True) == (limited.grade, "package `pandas`" in limited.reason)
    assert other.grade is None
    assert f"{NAME}.ipynb was not submitted (only my copy.ipynb)." == other.reason
    assert broken.grade is None
    assert "not a notebook" in broken.reason
    assert {None} == set(found.pop("other").values())  # it handed in no notebook of this name
    whatever_waits_is_decided_in_formgrader(two)
    with gradebook(two) as book:
        assert 30 == book.find_submission(NAME, "late").late_submission_penalty
        assert (365, 30) == (told["late"].late_days, told["late"].late_penalty)
        for student, each in told.items():
            kept = book.find_submission_notebook(NAME, NAME, student)
            assert (kept.score, 32, "") == (each.score, each.max_score, each.reason)

    with gradebook(two) as book:
        grade = book.find_grade("q_learning_rate", NAME, NAME, "late")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        extra = book.find_grade("test_sgd", NAME, NAME, "late")
        extra.manual_score, extra.auto_score = 2, 0
        book.find_comment("q_learning_rate", NAME, NAME, "late").manual_comment = "Say why."
        book.db.commit()
    shutil.rmtree(two / "autograded/late")
    again = graded_again(two, students="late")["late"]
    assert 30 - 6 + 2 + 1.5 == again.score
    with gradebook(two) as book:
        assert 1.5 == book.find_grade("q_learning_rate", NAME, NAME, "late").manual_score
        assert 6 == book.find_grade("test_sgd", NAME, NAME, "late").auto_score
        assert "Say why." == book.find_comment("q_learning_rate", NAME, NAME, "late").manual_comment


def whatever_waits_is_decided_in_formgrader(course: Path) -> None:
    """It lists nobody as "needs autograding"; where a person gave the points, the next run asks no more."""
    with room.open_course(course) as (app, directory):
        listed = NbGraderAPI(directory, parent=app).get_submissions(NAME)
    assert {True} == {each["autograded"] for each in listed}
    waiting = {each["student"] for each in listed if each["needs_manual_grade"]}
    assert {"broken", "late", "limited", "other"} == waiting
    notebook = nbformat.read(course / "autograded/limited" / NAME / f"{NAME}.ipynb", 4)
    assert "Grading runs without the package `pandas`" in html.unescape(notebook.cells[0].source)
    assert "import pandas" in cell_of(notebook, "linreg").source
    assert [] == [
        each for cell in notebook.cells for each in cell.get("outputs", ()) if "text/plain" in each.data
    ]
    with gradebook(course) as book:
        grades = book.find_submission_notebook(NAME, NAME, "limited").grades
        asked = {grade.name: grade for grade in grades if grade.needs_manual_grade}
        assert {"test_linreg", "test_end_to_end"} == {*asked}
        for grade in asked.values():
            grade.manual_score, grade.needs_manual_grade = 2, False
        book.db.commit()
    told = graded_again(course, students="limited")["limited"]
    assert ("", 6 + 2 + 5 + 6 + 6 + 2) == (told.reason, told.score)
    kept = json.loads((course / "results" / NAME / "results.json").read_text("utf-8"))["submissions"]
    assert [told.score] == [each["score"] for each in kept if each["id"] == "limited"]
    with gradebook(course) as book:
        assert told.score == book.find_submission_notebook(NAME, NAME, "limited").score


# --- A small class, graded a second time -------------------------------------------------------------

TEST = f"test_{EXERCISE.name}"


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory) -> tuple[Path, dict]:
    """A course of five students, and what grade_course said of them; eve has a program alone."""
    folder = new_course(tmp_path_factory.mktemp("small") / "course", (SMALL,), LATE)
    hand_in(folder, "ann", SMALL, answered(folder, SMALL))
    hand_in(folder, "bob", SMALL, released(folder, SMALL))
    hand_in(folder, "cho", SMALL, b"{")
    hand_in(folder, "eve", SMALL, RIGHT).rename(folder / "submitted/eve" / SMALL / f"{SMALL}.py")
    late = hand_in(folder, "dan", SMALL, answered(folder, SMALL))
    late.with_name("timestamp.txt").write_text("2029-01-02 00:00:00 UTC\n")
    with gradebook(folder) as book:
        book.update_or_create_assignment(SMALL, duedate="2029-01-03 00:00:00 UTC")
    return folder, graded_again(folder, SMALL)


@pytest.fixture
def small(graded_once, tmp_path) -> Path:
    """A copy of that course, to be changed by one test."""
    return Path(shutil.copytree(graded_once[0], tmp_path / "course", symlinks=True))


def stored(folder: Path, name: str = SMALL) -> dict:
    """student -> report, from the course's own results."""
    with ResultsFolder(folder / "results" / name, name) as results:
        return {report.id: report for report in results.reports()}


def run_of(folder: Path) -> dict:
    """What the course's own results say of their run."""
    return json.loads((folder / "results" / SMALL / "results.json").read_text("utf-8"))["run"]


def test_a_second_run_grades_nobody_again(graded_once, small):
    """It says so of each, tells the same, and writes no file of nbgrader's; the course keeps its reports."""
    first, reports = graded_once[1], stored(small)
    assert ["ann", "bob", "cho", "dan", "eve"] == sorted(first) == sorted(reports)
    assert (POINTS, "") == (first["eve"].score, first["eve"].reason)
    assert "not a notebook" in first["cho"].reason
    assert (small / "results" / SMALL / "feedback/ann.html").is_file()
    before = times(small)
    facts = run_of(small)
    graded_again(small, SMALL, "cho")
    assert facts == run_of(small)
    assert [] == graded_now(small)
    assert [*first.values()][3:] == [*graded_again(small, SMALL).values()][3:]  # cho is judged again
    assert before == times(small)


def times(folder: Path) -> dict[Path, int]:
    """When nbgrader's files were written, but those of cho, who is tried again."""
    found = (folder / "autograded").rglob("*.*")
    return {path: path.stat().st_mtime_ns for path in found if "cho" not in path.parts}


def no_autograded_folder(folder):
    """nbgrader's feedback and formgrader read it."""
    shutil.rmtree(folder / "autograded/ann")


def lost_grade(folder):
    """Somebody removed the submission, or put back an older gradebook."""
    with gradebook(folder) as book:
        book.remove_submission(SMALL, "ann")


def other_release(folder):
    """An assignment that was generated anew."""
    with gradebook(folder) as book:
        book.find_source_cell(EXERCISE.name, SMALL, SMALL).source += "\n# a second version"
        book.db.commit()


def other_rule(folder):
    """Such as for what is late."""
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write("# another rule\n")


def handed_in_later(folder):
    """The same notebook with a later time is late now."""
    (folder / "submitted/dan" / SMALL / "timestamp.txt").write_text("2029-01-04 00:00:00 UTC\n")


def no_notebook(folder):
    """What was graded before stays for a person to look at."""
    (folder / "submitted/ann" / SMALL / f"{SMALL}.ipynb").unlink()


EVERYBODY = ["ann", "bob", "dan", "eve"]


def test_what_changed_is_graded_again(small):
    """One thing after another that a grade depends on: it concerns these, and nobody else."""
    for change, students in (
        (no_autograded_folder, ["ann"]),
        (lost_grade, ["ann"]),
        (other_release, EVERYBODY),
        (other_rule, EVERYBODY),
        (handed_in_later, ["dan"]),
        (no_notebook, []),
    ):
        change(small)
        assert students == graded_now(small), change.__doc__
    words = f"{SMALL}.ipynb was not submitted (the folder is empty)."
    assert words == View(graded_again(small, SMALL)["ann"]).review
    assert POINTS == scores(small, SMALL)["ann"][TEST]
    assert (small / "autograded/ann" / SMALL / f"{SMALL}.ipynb").is_file()
    with gradebook(small) as book:
        assert POINTS == book.find_submission(SMALL, "dan").late_submission_penalty


def test_what_nbgrader_could_not_write_is_tried_again(small):
    """It is told with its reason, counts as not graded in the results too, and is done once it can be."""
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = POINTS + 2
        book.db.commit()
    for _ in range(2):
        told = graded_again(small, SMALL, "ann")["ann"]
        assert "checksum" in View(told).review
    assert "checksum" in stored(small)["ann"].reason
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = POINTS
        book.db.commit()
    told = graded_again(small, SMALL, "ann")["ann"]
    assert (POINTS, "") == (told.score, View(told).review)
    assert () == stored(small)["ann"].flags


def instead(change):
    """In place of grade_class: hands the kept reports on, each changed."""

    def grade_class(handins, ledger, *_):
        known = {report.id: report for report in ledger.results.reports()}
        ledger.open({})
        for number, handin in enumerate(handins):
            ledger.add(change(known[handin.id], number), "key", handin)
        ledger.write()

    return grade_class


def outcomes(report, outcome, message):
    """The report with another end of each check."""
    results = [replace(r, outcome=outcome, earned=0.0, message=message) for r in report.results]
    return replace(report, results=tuple(results))


def test_a_grader_error_touches_nothing(small, monkeypatch):
    """The earlier grade and notebook stay; the submission is listed with a reason, and graded next time."""
    before = scores(small, SMALL)
    notebook = small / "autograded/ann" / SMALL / f"{SMALL}.ipynb"
    content = notebook.read_bytes()
    with monkeypatch.context() as patch:
        error = instead(lambda report, _: outcomes(report, Outcome.GRADER_ERROR, "the disk is full"))
        patch.setattr(room, "grade_class", error)
        told = graded_again(small, SMALL, "ann")["ann"]
    assert "the disk is full" == View(told).review
    assert before == scores(small, SMALL)
    assert content == notebook.read_bytes()
    assert POINTS == stored(small)["ann"].score
    assert ["ann"] == graded_now(small)


def test_a_file_that_cannot_be_read_is_asked_for_until_it_is_decided(small):
    """In place of one that was graded, and without a date: formgrader lists it, and then no list does."""
    hand_in(small, "ann", SMALL, b"{")
    told = graded_again(small, SMALL, "ann")["ann"]
    with gradebook(small) as book:
        grade = book.find_grade(TEST, SMALL, SMALL, "ann")
        waits = View(told).waits, told.grade, grade.auto_score, grade.needs_manual_grade
        assert ("The file is not a notebook. Save it again in Jupyter.", None, None, True) == waits
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()
    told = graded_again(small, SMALL, "ann")["ann"]
    assert ("", 3) == (View(told).waits, told.grade)


def test_a_reason_that_has_a_students_text_is_shown_as_it_is(small):
    """Formgrader runs no markup in it, and MathJax no command."""
    with room.open_course(small) as (app, directory), room.open_ledger(directory, SMALL, app) as ledger:
        before = earlier_submission(directory, SMALL, "cho")
        ledger.write_reason("cho", "$\\csname x$ <b>\u202e", None, before)
    notebook = nbformat.read(small / "autograded/cho" / SMALL / f"{SMALL}.ipynb", 4)
    start, _, text = notebook.cells[0].source.partition(">")
    assert {"tex2jax_ignore", "mathjax_ignore"} <= {*re.findall(r"[\w-]+", start)}
    assert text.startswith("$\\csname x$ &lt;b&gt;\\u202e<br>")


def refused(folder: Path, words: str, **which) -> None:
    """The course is not graded, and one line says why."""
    with pytest.raises((CourseError, ResultsFolderError), match=words):
        graded_again(folder, SMALL, **which)


def test_what_cannot_be_graded_is_said_before_the_work(small, tmp_path):
    """In one line, and nothing changes: no course, nobody, another run, no room for results, no gradebook."""
    before = scores(small, SMALL)
    refused(tmp_path, r"it has no nbgrader_config\.py")
    refused(small, "Collect the submissions first", students="nobody")
    with ResultsFolder(small / "results" / SMALL, SMALL):
        refused(small, "Another run is writing to .*. Wait until it ends.")
    with contextlib.closing(sqlite3.connect(small / "gradebook.db")) as other:  # as by a backup
        other.execute("BEGIN EXCLUSIVE")
        refused(small, r"The gradebook cannot be used .*locked")
    assert before == scores(small, SMALL)
    shutil.rmtree(small / "results")
    (small / "results").write_text("a file")
    refused(small, r"Cannot write to .*results/" + SMALL)
    (small / "results").unlink()
    (small / "gradebook.db").write_bytes(b"no database " * 1000)
    refused(small, r"The gradebook cannot be used .*. Wait until nothing else uses it")
    assert (small / "gradebook.db").read_bytes().startswith(b"no database")
    (small / "gradebook.db").unlink()
    refused(small, f"Run `nbgrader generate_assignment {SMALL}` first")


def programs() -> Path:
    """The folder of initdb and pg_ctl, which Debian keeps off PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    if found:
        return Path(found[-1])
    initdb = shutil.which("initdb")
    assert initdb, "PostgreSQL is not installed: apt-get install postgresql"
    return Path(initdb).resolve().parent


def postgres(*command) -> None:
    """Run a program of PostgreSQL's, which refuses to be root."""
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = ran(*before, *command, cwd="/")
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
        postgres(where / "initdb", "-D", data, "-U", "kit", "-A", "trust", "-E", "UTF8", "--no-sync")
        postgres(where / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        try:
            postgres(where / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "kit", "gradebook")
            yield f"postgresql+psycopg://kit@127.0.0.1:{port}/gradebook"
        finally:
            postgres(where / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def course(url, tmp_path_factory) -> Path:
    """A course whose settings have the one line that selects the server."""
    line = f'c.CourseDirectory.db_url = "{url}"\n'
    root = new_course(tmp_path_factory.mktemp("postgres") / "course", (), line)
    assert 0 == nbgrader(root, "generate_assignment", SMALL).returncode
    hand_in(root, "ann", SMALL, answered(root, SMALL))
    hand_in(root, "bob", SMALL, released(root, SMALL))
    hand_in(root, "café 李雷", SMALL, with_code(released(root, SMALL), PARTLY))
    hand_in(root, "dan", SMALL, b"{")
    return root


@pytest.mark.exhaustive
def test_nbgrader_and_grade_course_write_the_same_rows(course, url):
    """Points given by hand survive and reach the export; there is no SQLite file beside the server."""
    done = nbgrader(course, "autograde", SMALL)
    assert 1 == done.returncode, done.stderr[-3000:]
    assert "Needs review: dan: The file is not a notebook" in done.stderr
    before = scores(course, SMALL, url)
    assert {TEST: POINTS} == before["ann"]
    assert 0 < before["café 李雷"][TEST] < POINTS
    told = grade_course(course, SMALL, settings.load(course), 1)
    assert before == {one.id: {TEST: one.grade} for one in told}
    assert before == scores(course, SMALL, url)
    assert [] == graded_now(course)
    with gradebook(course, url) as book:
        book.find_grade(TEST, SMALL, SMALL, "bob").manual_score = 3
        book.db.commit()
    (bob,) = grade_course(course, SMALL, settings.load(course), 1, students="bob")
    assert 3 == bob.score
    done = nbgrader(course, "export")
    assert 0 == done.returncode, done.stderr
    with open(course / "grades.csv", encoding="utf-8") as file:
        found = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert (POINTS, 3) == (found["ann"], found["bob"])
    assert not (course / "gradebook.db").exists()


def test_a_comment_that_was_deleted_leaves_no_decision_open(tmp_path):
    """Formgrader keeps it as an empty text."""
    course = CourseDirectory(root=str(tmp_path))
    with Gradebook(course.db_url) as book:
        book.add_assignment(SMALL)
        book.add_notebook(SMALL, SMALL)
        book.add_solution_cell("vector_add", SMALL, SMALL)
        book.add_student("ann")
        book.add_submission(SMALL, "ann")
        (comment,) = book.find_submission_notebook(SMALL, SMALL, "ann").comments
        comment.manual_comment = ""
        book.db.commit()
    assert [] == ManualGrades(course, SMALL).decisions_on(Report("ann", "ann.ipynb", SMALL, ()))

"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in parallel."""

import contextlib
import csv
import html
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from cli_helpers import EXERCISE, POINTS, RIGHT, run
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
)
from nbgrader.apps import NbGraderAPI

from autograder import settings
from autograder.nbgrader_bridge import course as room
from autograder.nbgrader_bridge.course import CourseError, GradedNotebook, grade_course
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError

pytestmark = pytest.mark.slow
NAME = "linear_regression"
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def graded_again(folder: Path, name: str = NAME, students: str = "*", jobs=1) -> dict[str, GradedNotebook]:
    """What grade_course says of each student."""
    told = grade_course(folder, name, settings.load(folder), jobs, students=students)
    return {one.student: one for one in told}


def test_a_class_is_graded_as_by_nbgrader(tmp_path):
    """The same points, files byte by byte, and export with its late penalties; what is told stands there.

    One course's gradebook has another address.
    """
    one = new_course(tmp_path / "one", (NAME,), LATE)
    right = answered(one, NAME)
    hand_in(one, "café 李雷", NAME, right)
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
    two, url = Path(shutil.copytree(one, tmp_path / "two")), f"sqlite:///{tmp_path / 'elsewhere.db'}"
    (two / "gradebook.db").rename(tmp_path / "elsewhere.db")  # as a server's, it has another address
    with open(two / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(f'c.CourseDirectory.db_url = "{url}"\n')
    done = nbgrader(one, "autograde", NAME)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # there is no notebook of `other`
    told = graded_again(two, jobs=2)
    found = scores(two, NAME, url)
    assert scores(one, NAME) == found
    files = [
        {path.relative_to(course): path for path in (course / "autograded").rglob("*") if path.is_file()}
        for course in (one, two)
    ]
    assert files[0].keys() == files[1].keys()
    for name, path in files[1].items():
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
    waiting = sum(each.waiting for each in told.values())
    assert f"\n{waiting} written answer" in done.stdout
    other, broken, limited = told.pop("other"), told.pop("broken"), told.pop("limited")
    assert (None, True) == (limited.score, "package `pandas`" in limited.problem)
    assert (None, None) == (other.score, other.max_score)
    assert f"{NAME}.ipynb was not submitted (only my copy.ipynb). Ask the student for it." == other.problem
    assert broken.score is None
    assert "not a notebook" in broken.problem
    assert {None} == set(found.pop("other").values())  # it handed in no notebook of this name
    whatever_waits_is_decided_in_formgrader(two, url)
    with gradebook(two, url) as book:
        assert 30 == book.find_submission(NAME, "late").late_submission_penalty
        for student, each in told.items():
            kept = book.find_submission_notebook(NAME, NAME, student)
            assert (kept.score, 32, "") == (each.score, each.max_score, each.problem)

    with gradebook(two, url) as book:
        grade = book.find_grade("q_learning_rate", NAME, NAME, "late")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        extra = book.find_grade("test_sgd", NAME, NAME, "late")
        extra.manual_score, extra.auto_score = 2, 0
        book.find_comment("q_learning_rate", NAME, NAME, "late").manual_comment = "Say why."
        book.db.commit()
    shutil.rmtree(two / "autograded/late")
    again = graded_again(two, students="late")["late"]
    assert (30 - 6 + 2 + 1.5, False) == (again.score, again.before)
    with gradebook(two, url) as book:
        assert 1.5 == book.find_grade("q_learning_rate", NAME, NAME, "late").manual_score
        assert 6 == book.find_grade("test_sgd", NAME, NAME, "late").auto_score
        assert "Say why." == book.find_comment("q_learning_rate", NAME, NAME, "late").manual_comment


def whatever_waits_is_decided_in_formgrader(course: Path, url: str) -> None:
    """It lists nobody as "needs autograding"; where a person gave the points, the next run asks no more."""
    with room.opened_course(course) as (app, directory):
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
    with gradebook(course, url) as book:
        grades = book.find_submission_notebook(NAME, NAME, "limited").grades
        asked = {grade.name: grade for grade in grades if grade.needs_manual_grade}
        assert {"test_linreg", "test_end_to_end"} == {*asked}
        for grade in asked.values():
            grade.manual_score, grade.needs_manual_grade = 2, False
        book.db.commit()
    told = graded_again(course, students="limited")["limited"]
    assert ("", 6 + 2 + 5 + 6 + 6 + 2) == (told.problem, told.score)
    kept = json.loads((course / "results" / NAME / "results.json").read_text("utf-8"))["submissions"]
    assert [told.score] == [each["score"] for each in kept if each["id"] == "limited"]
    with gradebook(course, url) as book:
        assert told.score == book.find_submission_notebook(NAME, NAME, "limited").score
    assert not (course / "gradebook.db").exists()


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


def fresh(told: dict[str, GradedNotebook]) -> list[str]:
    """Who was graded in this run."""
    return sorted(student for student, one in told.items() if not one.before and not one.problem)


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
    assert (POINTS, "") == (first["eve"].score, first["eve"].problem)
    assert first["cho"].problem == reports["cho"].reason
    assert "not a notebook" in first["cho"].problem
    assert (small / "results" / SMALL / "feedback/ann.html").is_file()
    before = times(small)
    facts = run_of(small)
    graded_again(small, SMALL, "cho")
    assert facts == run_of(small)
    told = graded_again(small, SMALL)
    assert [] == fresh(told)
    assert first == {student: replace(one, before=False) for student, one in told.items()}
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


def unreadable(folder):
    """A file that was cut off touches no earlier grade, and no notebook."""
    (folder / "submitted/ann" / SMALL / f"{SMALL}.ipynb").write_bytes(b"{")


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
        (unreadable, []),
        (no_notebook, []),
    ):
        change(small)
        told = graded_again(small, SMALL)
        assert students == fresh(told), change.__doc__
        assert POINTS == stored(small)["ann"].score
    words = f"{SMALL}.ipynb was not submitted (the folder is empty). Ask the student for it."
    assert words == told["ann"].problem
    assert POINTS == scores(small, SMALL)["ann"][TEST]
    assert (small / "autograded/ann" / SMALL / f"{SMALL}.ipynb").is_file()
    with gradebook(small) as book:
        assert POINTS == book.find_submission(SMALL, "dan").late_submission_penalty
    late = stored(small)["dan"]
    assert (1.0, ("late by 1 day, 0:00:00 (nbgrader's due date)",)) == (late.late_days, late.flags)
    page = (small / "results" / SMALL / "feedback/dan.html").read_text("utf-8")
    assert "1 day, 0:00:00" in page


def test_what_nbgrader_could_not_write_is_tried_again(small):
    """It is told with its reason, counts as not graded in the results too, and is done once it can be."""
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = POINTS + 2
        book.db.commit()
    for _ in range(2):
        told = graded_again(small, SMALL, "ann")["ann"]
        assert (None, False) == (told.score, told.before)
        assert "checksum" in told.problem
    (flag,) = stored(small)["ann"].flags
    assert "checksum" in flag
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = POINTS
        book.db.commit()
    told = graded_again(small, SMALL, "ann")["ann"]
    assert (POINTS, "", False) == (told.score, told.problem, told.before)
    assert () == stored(small)["ann"].flags


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

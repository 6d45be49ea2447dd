"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in
parallel.
"""

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
from cli_helpers import EXERCISE, POINTS, RIGHT
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
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties

from autograder import settings
from autograder.intake.places import SECRET
from autograder.nbgrader_bridge import course as room
from autograder.nbgrader_bridge.course import CourseError, grade_course
from autograder.nbgrader_bridge.gradebook import decisions
from autograder.reporting.results_folder import ResultsFolder, ResultsFolderError
from autograder.reporting.view import View
from autograder.results import Fault, Outcome, Report

pytestmark = pytest.mark.slow
NAME = "linear_regression"
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def graded_again(
    folder: Path, name: str = NAME, students: str = "*", jobs=1
) -> dict[str, Report]:
    """What grade_course says of each student."""
    told = grade_course(folder, name, settings.load(folder), jobs, students=students)
    return {one.report.id: one for one in told}


def graded_now(folder: Path) -> list[str]:
    """Who is graded in a run, without problems."""
    done: dict[str, Report | None] = {}
    told = grade_course(
        folder,
        SMALL,
        settings.load(folder),
        1,
        progress=lambda *_: contextlib.nullcontext(done.__setitem__),
    )
    graded = [one for one in told if done.get(one.report.id) is not None]
    return [one.report.id for one in graded if not View(one).review]


@pytest.mark.exhaustive
def test_a_class_is_graded_as_by_nbgrader(tmp_path):
    """The same points, files byte by byte, and export with its late penalties; what is told
    stands there.
    """
    one = new_course(tmp_path / "one", (NAME,), LATE)
    right = answered(one, NAME)
    hand_in(one, "right", NAME, right)
    hand_in(one, "broken", NAME, b"{")
    linreg = cell_of(right, "linreg")
    needs_pandas = (
        "import pandas\n\n\ndef linreg(X, w, b):\n    return pandas.Series(X)\n"
    )
    linreg["source"], code = needs_pandas, linreg["source"]
    hand_in(one, "limited", NAME, right)
    linreg["source"] = code
    late = hand_in(one, "late", NAME, right)
    late.with_name("timestamp.txt").write_text("2030-01-01 00:00:00 UTC\n")
    (one / "submitted/other" / NAME).mkdir(parents=True)
    (one / "submitted/other" / NAME / "my copy.ipynb").write_text("{}")
    with gradebook(one) as book:
        book.update_or_create_assignment(NAME, duedate="2029-01-01 00:00:00 UTC")
    two = Path(shutil.copytree(one, tmp_path / "two"))
    done = nbgrader(one, "autograde", NAME)
    assert done.returncode in (0, 1), done.stderr[
        -3000:
    ]  # there is no notebook of `other`
    told = graded_again(two, jobs=2)
    found = scores(two, NAME)
    assert scores(one, NAME) == found
    files = [
        {
            path.relative_to(course): path
            for path in (course / "autograded").rglob("*")
            if path.is_file()
        }
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

    other, broken, limited = told.pop("other"), told.pop("broken"), told.pop("limited")
    assert (None, True) == (limited.grade, "package `pandas`" in limited.reason)
    assert other.grade is None
    assert other.reason.startswith(
        "No cell or function of linear_regression in my copy.ipynb"
    )
    assert broken.grade is None
    assert "not a notebook" in broken.reason
    assert {None} == set(
        found.pop("other").values()
    )  # it handed in no notebook of this name
    whatever_waits_is_decided_in_formgrader(two)
    with gradebook(two) as book:
        assert 30 == book.find_submission(NAME, "late").late_submission_penalty
        assert (365, 30) == (told["late"].late.days, told["late"].late.penalty)
        for student, each in told.items():
            kept = book.find_submission_notebook(NAME, NAME, student)
            assert (kept.score, 30, "") == (each.score, each.max_score, each.reason)

    with gradebook(two) as book:
        grade = book.find_grade("test_sgd", NAME, NAME, "late")
        grade.manual_score, grade.auto_score = 2, 0
        book.find_comment("sgd", NAME, NAME, "late").manual_comment = "Say why."
        book.db.commit()
    again = graded_again(two, students="late")["late"]
    assert 30 - 6 + 2 == again.score
    with gradebook(two) as book:
        assert "Say why." == book.find_comment("sgd", NAME, NAME, "late").manual_comment


def whatever_waits_is_decided_in_formgrader(course: Path) -> None:
    """It lists nobody as "needs autograding"; where a person gave the points, the next run
    asks no more.
    """
    with room.open_course(course) as (app, directory):
        listed = NbGraderAPI(directory, parent=app).get_submissions(NAME)
    assert {True} == {each["autograded"] for each in listed}
    waiting = {each["student"] for each in listed if each["needs_manual_grade"]}
    assert {"broken", "limited", "other"} == waiting
    notebook = nbformat.read(course / "autograded/limited" / NAME / f"{NAME}.ipynb", 4)
    assert "Grading runs without the package `pandas`" in html.unescape(
        notebook.cells[0].source
    )
    assert "import pandas" in cell_of(notebook, "linreg").source
    with gradebook(course) as book:
        grades = book.find_submission_notebook(NAME, NAME, "limited").grades
        asked = {grade.name: grade for grade in grades if grade.needs_manual_grade}
        assert {"test_linreg", "test_end_to_end"} == {*asked}
        for grade in asked.values():
            grade.manual_score, grade.needs_manual_grade = 2, False
        book.db.commit()
    told = graded_again(course, students="limited")["limited"]
    assert ("", 6 + 2 + 5 + 6 + 6 + 2) == (told.reason, told.score)
    kept = json.loads((course / "results" / NAME / "results.json").read_text("utf-8"))[
        "submissions"
    ]
    assert [told.score] == [each["score"] for each in kept if each["id"] == "limited"]
    with gradebook(course) as book:
        assert told.score == book.find_submission_notebook(NAME, NAME, "limited").score


# --- A small class, graded a second time
# -------------------------------------------------------------

TEST = f"test_{EXERCISE.name}"


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory) -> tuple[Path, dict]:
    """A course of five students, and what grade_course said of them; eve has a program alone."""
    folder = new_course(tmp_path_factory.mktemp("small") / "course", (SMALL,), LATE)
    hand_in(folder, "ann", SMALL, answered(folder, SMALL))
    hand_in(folder, "bob", SMALL, released(folder, SMALL))
    hand_in(folder, "cho", SMALL, b"{")
    hand_in(folder, "eve", SMALL, RIGHT).rename(
        folder / "submitted/eve" / SMALL / f"{SMALL}.py"
    )
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
        return {one.report.id: one for one in results.reports()}


def run_of(folder: Path) -> dict:
    """What the course's own results say of their run."""
    return json.loads((folder / "results" / SMALL / "results.json").read_text("utf-8"))[
        "run"
    ]


def test_a_second_run_grades_nobody_again(graded_once, small):
    """It says so of each, tells the same, and writes no file of nbgrader's; the course keeps
    its reports.
    """
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
    assert [*first.values()][3:] == [*graded_again(small, SMALL).values()][
        3:
    ]  # cho is judged again
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
    path = folder / "assignments" / SMALL / f"{SMALL}.ipynb"
    path.write_text(
        path.read_text("utf-8").replace('"# ', '"# A second version: ', 1), "utf-8"
    )


def other_rule(folder):
    """Such as for what is late."""
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write("# another rule\n")


def handed_in_later(folder):
    """The same notebook with a later time is late now."""
    (folder / "submitted/dan" / SMALL / "timestamp.txt").write_text(
        "2029-01-04 00:00:00 UTC\n"
    )


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


class Rule(BasePlugin):
    """A course's own rule for late submissions, with a mistake."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        raise LookupError(student_id)


def test_what_could_not_be_written_is_tried_again(small, monkeypatch):
    """It is listed with its reason, the earlier points stay, and it is graded once that is
    possible.
    """
    handed_in_later(small)
    with monkeypatch.context() as patch:
        patch.setattr(AssignLatePenalties, "plugin_class", Rule)
        for _ in range(2):
            told = graded_again(small, SMALL, "dan")["dan"]
            assert "LookupError: dan" == View(told).review
    assert "LookupError: dan" == stored(small)["dan"].reason
    told = graded_again(small, SMALL, "dan")["dan"]
    assert (POINTS, "", POINTS) == (told.score, View(told).review, told.late.penalty)


@pytest.mark.parametrize("place", ["gradebook", "release", "no release"])
def test_nobody_is_graded_where_points_do_not_agree(small, place):
    """In one sentence: the gradebook's, the release's, and those of the checks."""
    before, path = (
        scores(small, SMALL),
        small / "assignments" / SMALL / f"{SMALL}.ipynb",
    )
    if place != "gradebook":
        tree = released(small, SMALL)
        cell_of(tree, TEST)["metadata"]["nbgrader"]["points"] = POINTS + 2
        path.write_text(json.dumps(tree) if place == "release" else "{")
    if place != "no release":
        with gradebook(small) as book:
            book.find_grade_cell(TEST, SMALL, SMALL).max_score = POINTS + 2
            book.db.commit()
    words = (
        f"its cell {TEST} has 7 points, and the kit's checks have 5"
        if place == "release"
        else "Run `nbgrader"
    )
    refused(small, words)
    assert before == scores(small, SMALL)


def instead(change):
    """In place of grade_class: hands the kept reports on, each changed."""

    def grade_class(handins, ledger, *_):
        known = {one.report.id: one.report for one in ledger.results.reports()}
        ledger.open({})
        for number, handin in enumerate(handins):
            ledger.add(change(known[handin.id], number), "key", handin)
        ledger.write()

    return grade_class


def outcomes(report, outcome, message):
    """The report with another end of each check."""
    results = [
        replace(r, outcome=outcome, earned=0.0, fault=Fault("said", {"text": message}))
        for r in report.results
    ]
    return replace(report, results=tuple(results))


def test_a_grader_error_touches_nothing(small, monkeypatch):
    """The earlier grade and notebook stay; the submission is listed with a reason, and graded
    next time.
    """
    before = scores(small, SMALL)
    notebook = small / "autograded/ann" / SMALL / f"{SMALL}.ipynb"
    content = notebook.read_bytes()
    with monkeypatch.context() as patch:
        error = instead(
            lambda report, _: outcomes(report, Outcome.GRADER_ERROR, "the disk is full")
        )
        patch.setattr(room, "grade_class", error)
        told = graded_again(small, SMALL, "ann")["ann"]
    assert "the disk is full" == View(told).review
    assert before == scores(small, SMALL)
    assert content == notebook.read_bytes()
    assert POINTS == stored(small)["ann"].score
    assert ["ann"] == graded_now(small)


def test_a_file_that_cannot_be_read_is_asked_for_until_it_is_decided(small):
    """In place of one that was graded, and without a date: formgrader lists it, and then no
    list does.
    """
    hand_in(small, "ann", SMALL, b"{")
    told = graded_again(small, SMALL, "ann")["ann"]
    with gradebook(small) as book:
        grade = book.find_grade(TEST, SMALL, SMALL, "ann")
        waits = (
            View(told).review,
            told.grade,
            grade.auto_score,
            grade.needs_manual_grade,
        )
        assert (
            "The file is not a notebook. Save it again in Jupyter.",
            None,
            None,
            True,
        ) == waits
        grade.manual_score, grade.needs_manual_grade = 3, False
        book.db.commit()
    told = graded_again(small, SMALL, "ann")["ann"]
    assert ("", 3) == (View(told).review, told.grade)


def test_points_of_a_person_wait_again_for_another_content(small):
    """They stay as nbgrader keeps them, and for the same content, saved again, nobody is asked."""

    def entered(student: str, points: float | None = None) -> tuple:
        with gradebook(small) as book:
            grade = book.find_grade(TEST, SMALL, SMALL, student)
            if points is not None:
                grade.manual_score, grade.needs_manual_grade = points, False
                book.db.commit()
            return grade.manual_score, grade.needs_manual_grade

    notebook = answered(small, SMALL)
    assert [(1, False), (3, False)] == [entered("ann", 1), entered("cho", 3)]
    hand_in(small, "ann", SMALL, notebook | {"metadata": {}, "nbformat_minor": 4})
    told = graded_again(small, SMALL)
    assert (1, 3, (1, False), (3, False)) == (
        told["ann"].grade,
        told["cho"].grade,
        entered("ann"),
        entered("cho"),
    )
    hand_in(small, "ann", SMALL, with_code(notebook, RIGHT))
    hand_in(small, "cho", SMALL, released(small, SMALL))
    for _ in range(2):
        told = graded_again(small, SMALL)
        assert [None, None] == [told[id].grade for id in ("ann", "cho")]
        assert [True, True] == [
            "Decide again" in told[id].reason for id in ("ann", "cho")
        ]
        assert ((1, True), (3, True)) == (entered("ann"), entered("cho"))
    entered("ann", 1)
    shutil.rmtree(small / "autograded/bob")
    graded_again(small, SMALL)
    assert (1, False) == entered("ann")


def test_a_graders_points_and_comment_are_on_the_page_of_every_way(small):
    """By nbgrader's generate_feedback, and in the results of the next run."""
    with gradebook(small) as book:
        grade = book.find_grade(TEST, SMALL, SMALL, "bob")
        grade.manual_score, grade.needs_manual_grade = 2, False
        book.find_comment(
            EXERCISE.name, SMALL, SMALL, "bob"
        ).manual_comment = "Good <b>idea</b>."
        book.db.commit()
    assert 0 == nbgrader(small, "generate_feedback", SMALL).returncode
    page = (small / "feedback/bob" / SMALL / f"{SMALL}.html").read_text("utf-8")
    assert "Good &lt;b&gt;idea&lt;/b&gt;." in page
    assert f"2 of {POINTS:g} points" in page
    graded_again(small, SMALL)
    for student in ("ann", "bob", "cho", "dan", "eve"):
        files = (
            small / "feedback" / student / SMALL,
            small / "results" / SMALL / "feedback",
        )
        assert (files[0] / f"{SMALL}.html").read_text() == (
            files[1] / f"{student}.html"
        ).read_text()


def refused(folder: Path, words: str, **which) -> None:
    """The course is not graded, and one line says why."""
    with pytest.raises((CourseError, ResultsFolderError), match=words):
        graded_again(folder, SMALL, **which)


def test_what_cannot_be_graded_is_said_before_the_work(small, tmp_path):
    """In one line, and nothing changes: no course, nobody, another run, no room for results,
    no gradebook.
    """
    before = scores(small, SMALL)
    refused(tmp_path, r"it has no nbgrader_config\.py")
    refused(small, "Collect the submissions first", students="nobody")
    with ResultsFolder(small / "results" / SMALL, SMALL):
        refused(small, "Another run is writing to .*. Wait until it ends.")
    with contextlib.closing(
        sqlite3.connect(small / "gradebook.db")
    ) as other:  # as by a backup
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
    refused(small, f"Run `nbgrader generate_assignment {SMALL} --force` first")


def test_a_comment_that_was_deleted_leaves_no_decision_open(tmp_path):
    """Formgrader keeps it as an empty text."""
    with Gradebook(CourseDirectory(root=str(tmp_path)).db_url) as book:
        book.add_assignment(SMALL)
        book.add_notebook(SMALL, SMALL)
        book.add_solution_cell(EXERCISE.name, SMALL, SMALL)
        book.add_student("ann")
        book.add_submission(SMALL, "ann")
        (comment,) = book.find_submission_notebook(SMALL, SMALL, "ann").comments
        for text, expected in (("", 0), ("Look.", 1)):
            comment.manual_comment = text
            book.db.commit()
            assert expected == len(
                decisions(book, SMALL)(Report("ann", "ann.ipynb", SMALL, ()))
            )

"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in parallel."""

from __future__ import annotations

import contextlib
import csv
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from cli_helpers import run
from course_helpers import (
    ROOT,
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

from autograder import settings
from autograder.grading.machine import cores
from autograder.grading.session import Session
from autograder.intake.submission import open_submission, text_of
from autograder.nbgrader_bridge import course as room
from autograder.nbgrader_bridge.course import CourseError, GradedNotebook, grade_course
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import NO_REASON, Outcome

NAME = "linear_regression"
RIGHT = ROOT / "tests/right_answers" / NAME
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
PICTURE = "attachment:loss%201.png"
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def submissions() -> list[Path]:
    """Right answers in some styles, and some wrong ones (they take longer); `test_answers` judges all."""
    right = sorted(RIGHT.iterdir())[::8]
    wrong = sorted((ROOT / "tests/wrong_answers" / NAME).glob("*.py"))[::40]
    return [path for path in right + wrong if "never_ends" not in path.stem]


def judged(folder: Path, students: list[str]) -> dict[str, dict[str, float]]:
    """student -> cell -> points, by a session of our own."""
    found = {}
    with Session(NAME, settings.load(folder), jobs=cores()) as session:
        paths = {student: folder / "submitted" / student / NAME / f"{NAME}.ipynb" for student in students}
        handed_in = (open_submission(path, student) for student, path in paths.items())
        for submission, report in session.reports(handed_in):
            cells = found.setdefault(submission.id, {})
            for result in report.results:
                name = f"test_{result.exercise}"
                if result.outcome is Outcome.GRADER_ERROR:
                    cells[name] = None  # a person must look, and there is no grade
                else:
                    cells[name] = cells.get(name, 0) + result.earned
    return found


def graded_again(folder: Path, name: str = NAME, students: str = "*") -> dict[str, GradedNotebook]:
    """What grade_course says of each student."""
    told = grade_course(folder, name, settings.load(folder), 2, students=students)
    return {one.student: one for one in told}


@pytest.fixture(scope="module")
def courses(tmp_path_factory) -> tuple[Path, Path]:
    """The same class twice, the first graded by nbgrader."""
    folder = tmp_path_factory.mktemp("course")
    one = new_course(folder / "one", (NAME,))
    with open(one / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(LATE)
    empty = released(one, NAME)
    for path in submissions():
        data = path.read_bytes() if path.suffix == ".ipynb" else with_code(empty, text_of(path))
        hand_in(one, path.stem, NAME, data)
    right = answered(one, NAME)
    hand_in(one, "zz_broken", NAME, b"{")
    hand_in(one, "zz_stub", NAME, empty)
    hand_in(one, "zz_hostile", NAME, with_code(right, "import os\nos._exit(0)\ndef sgd(p, l, b): os.abort()"))
    cell_of(right, "q_learning_rate")["source"] = "It diverges."
    late = hand_in(one, "zz_late", NAME, right)
    late.with_name("timestamp.txt").write_text("2030-01-01 00:00:00 UTC\n")
    with gradebook(one) as book:
        book.update_or_create_assignment(NAME, duedate="2029-01-01 00:00:00 UTC")
    pasted = cell_of(right, "q_learning_rate")
    pasted.update(source=f"It diverges: ![]({PICTURE})", attachments={"loss 1.png": {"image/png": DOT}})
    hand_in(one, "zz_picture", NAME, right)
    (one / "submitted/zz_other" / NAME).mkdir(parents=True)
    (one / "submitted/zz_other" / NAME / "my copy.ipynb").write_text("{}")
    two = Path(shutil.copytree(one, folder / "two"))
    done = nbgrader(one, "autograde", NAME)
    # it says that no notebook was found for zz_other, and goes on
    assert done.returncode in (0, 1), done.stderr[-3000:]
    return one, two


@pytest.fixture(scope="module")
def graded(courses) -> dict[str, GradedNotebook]:
    """What grade_course said of each student."""
    return graded_again(courses[1])


@pytest.mark.slow
def test_the_points_are_those_of_nbgrader(courses, graded):
    """Cell by cell, for submissions that are right, wrong, broken and hostile."""
    one, two = (scores(folder, NAME) for folder in courses)
    assert one == two
    assert {path.stem for path in submissions()} < {*two}


@pytest.mark.slow
def test_a_text_with_a_pasted_picture_is_graded_as_any(courses, graded):
    """And the picture stands in what nbgrader keeps, and on the page that it makes of it."""
    folder = courses[1]
    assert ("", 30) == (graded["zz_picture"].problem, graded["zz_picture"].score)
    kept = nbformat.read(folder / "autograded/zz_picture" / NAME / f"{NAME}.ipynb", 4)
    assert 1 == sum(DOT in str(cell.get("attachments")) for cell in kept.cells)
    done = nbgrader(folder, "generate_feedback", NAME, "--student", "zz_picture")
    assert 0 == done.returncode, done.stderr
    shown = (folder / "feedback/zz_picture" / NAME / f"{NAME}.html").read_text("utf-8")
    assert f"data:image/png;base64,{DOT}" in shown


@pytest.mark.slow
def test_the_points_are_those_of_a_plain_session(courses, graded):
    """The same file gets the same points through every door."""
    found = scores(courses[1], NAME)
    assert {None} == set(found.pop("zz_other").values())  # it handed in no notebook of this name
    tests = {s: {k: v for k, v in cells.items() if k.startswith("test_")} for s, cells in found.items()}
    assert judged(courses[1], [*found]) == tests


@pytest.mark.slow
def test_the_files_are_those_of_nbgrader(courses, graded):
    """Byte by byte, and read-only."""
    one, two = courses
    names = sorted(path.relative_to(one) for path in (one / "autograded").rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(two) for path in (two / "autograded").rglob("*") if path.is_file()
    )
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
        assert 0o444 == (two / name).stat().st_mode & 0o777


@pytest.mark.slow
def test_the_export_is_that_of_nbgrader(courses, graded):
    """With late penalties."""
    rows = []
    for folder in courses[:2]:
        done = nbgrader(folder, "export")
        assert 0 == done.returncode, done.stderr
        with open(folder / "grades.csv", encoding="utf-8") as file:
            rows.append(sorted(map(str, csv.DictReader(file))))
    assert rows[0] == rows[1]
    with gradebook(courses[1]) as book:
        assert 30 == book.find_submission(NAME, "zz_late").late_submission_penalty


@pytest.mark.slow
def test_what_is_told_is_what_stands_in_the_gradebook(courses, graded):
    """Score and maximum of each notebook; a reason where there is none."""
    with gradebook(courses[1]) as book:
        for student, one in graded.items():
            if student not in ("zz_other", "zz_broken"):
                assert book.find_submission_notebook(NAME, NAME, student).score == one.score
                assert 32 == one.max_score
                assert "" == one.problem
    other = graded["zz_other"]
    assert (None, None) == (other.score, other.max_score)
    assert f"{NAME}.ipynb was not submitted: only my copy.ipynb" == other.problem
    assert graded["zz_broken"].score is None
    assert "not JSON" in graded["zz_broken"].problem


@pytest.mark.slow
def test_the_command_says_how_many_answers_wait_for_a_reader(courses, graded):
    """As many as nbgrader marks so; a second run tells the same, and grades nobody."""
    with gradebook(courses[1]) as book:
        notebooks = [n for s in book.find_assignment(NAME).submissions for n in s.notebooks]
        marked = sum(grade.needs_manual_grade for n in notebooks for grade in n.grades)
    waiting = sum(one.waiting for one in graded.values())
    assert 2 <= waiting <= marked  # nbgrader marks those of broken ones, too
    done = run("grade", "--course", courses[1], "--assignment", NAME)
    assert f"\n{waiting} answers wait for a reader, in formgrader.\n" in done.stdout


@pytest.mark.slow
def test_what_was_given_by_hand_survives(courses, graded):
    """Manual scores and comments stay when a student is graded again, and the automatic ones come back."""
    folder = courses[1]
    student = "zz_late"
    with gradebook(folder) as book:
        grade = book.find_grade("q_learning_rate", NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        extra = book.find_grade("test_sgd", NAME, NAME, student)
        extra.manual_score, extra.auto_score = 2, 0
        book.find_comment("q_learning_rate", NAME, NAME, student).manual_comment = "Say why."
        book.db.commit()
    shutil.rmtree(folder / "autograded" / student)
    again = graded_again(folder, students=student)[student]
    assert 30 - 6 + 2 + 1.5 == again.score
    assert not again.before
    with gradebook(folder) as book:
        assert 1.5 == book.find_grade("q_learning_rate", NAME, NAME, student).manual_score
        assert 6 == book.find_grade("test_sgd", NAME, NAME, student).auto_score
        assert "Say why." == book.find_comment("q_learning_rate", NAME, NAME, student).manual_comment


# --- A small class, graded a second time -------------------------------------------------------------

SMALL = "vectorization"
TEST = "test_vector_add"


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory) -> tuple[Path, dict]:
    """A course of four students, and what grade_course said of them."""
    folder = new_course(tmp_path_factory.mktemp("small") / "course", (SMALL,), LATE)
    hand_in(folder, "ann", SMALL, answered(folder, SMALL))
    hand_in(folder, "bob", SMALL, released(folder, SMALL))
    hand_in(folder, "cho", SMALL, b"{")
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
    with ResultsFolder(folder / "results" / name, name, {}) as results:
        return {report.id: report for report in results.reports()}


def test_the_course_keeps_its_reports(graded_once):
    """As `grade --out` does: a page for each student, and the notes for the instructor."""
    folder, told = graded_once
    assert ["ann", "bob", "cho", "dan"] == sorted(told) == sorted(stored(folder))
    assert (folder / "results" / SMALL / "results.json").is_file()
    assert (folder / "results" / SMALL / "feedback/ann.html").is_file()
    assert told["cho"].problem == stored(folder)["cho"].reason
    assert "not JSON" in told["cho"].problem
    reports = stored(folder)  # how late it was, by nbgrader's stamp, where there is one
    assert (None, 0.0) == (reports["ann"].late_days, reports["dan"].late_days)
    assert () == reports["dan"].flags


def test_a_second_run_grades_nobody_again(graded_once, small):
    """It says so of each, tells the same, and writes no file of nbgrader's."""
    before = {path: path.stat().st_mtime_ns for path in (small / "autograded").rglob("*.*")}
    told = graded_again(small, SMALL)
    assert [] == fresh(told)
    assert graded_once[1] == {student: replace(one, before=False) for student, one in told.items()}
    assert before == {path: path.stat().st_mtime_ns for path in (small / "autograded").rglob("*.*")}


def changed_notebook(folder):
    """Another answer."""
    hand_in(folder, "bob", SMALL, answered(folder, SMALL))


def other_setting(folder):
    """Other cases, so another grade is possible."""
    (folder / settings.FILE).write_text("seed = 7\n")


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
        book.find_source_cell("vector_add", SMALL, SMALL).source += "\n# a second version"
        book.db.commit()


def other_rule(folder):
    """Such as for what is late."""
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write("# another rule\n")


def extension(folder):
    """Its penalty may be gone."""
    with gradebook(folder) as book:
        book.grant_extension(SMALL, "dan", days=3)
        book.db.commit()


EVERYBODY = ["ann", "bob", "dan"]


def test_what_changed_is_graded_again(small):
    """One thing after another that a grade depends on: it concerns these, and nobody else."""
    for change, students in (
        (changed_notebook, ["bob"]),
        (other_setting, EVERYBODY),
        (no_autograded_folder, ["ann"]),
        (lost_grade, ["ann"]),
        (other_release, EVERYBODY),
        (other_rule, EVERYBODY),
        (extension, ["dan"]),
    ):
        change(small)
        assert students == fresh(graded_again(small, SMALL)), change.__doc__
    assert [] == fresh(graded_again(small, SMALL))
    assert (5, 5) == tuple(scores(small, SMALL)[student][TEST] for student in ("ann", "bob"))
    assert (small / "autograded/ann" / SMALL / f"{SMALL}.ipynb").is_file()


def test_a_program_beside_the_untouched_notebook_counts(small):
    """As `grade` chooses; nbgrader keeps the notebook, and the results say which file was judged."""
    program = small / "submitted/bob" / SMALL / f"{SMALL}.py"
    program.write_text("def vector_add(a, b):\n    return a + b\n")
    told = graded_again(small, SMALL)
    assert ["bob"] == fresh(told)
    assert 5 == told["bob"].score == scores(small, SMALL)["bob"][TEST]
    flag = f"has two files: {SMALL}.py counts, {SMALL}.ipynb does not, since nothing was written in it"
    assert (flag,) == told["bob"].notes
    assert f"{SMALL}.py" == stored(small)["bob"].file
    hand_in(small, "bob", SMALL, b"{")
    assert "not all of the files can be read" in graded_again(small, SMALL)["bob"].problem


def test_what_is_handed_in_later_is_graded_again(small):
    """The same notebook with a later time is late now."""
    (small / "submitted/dan" / SMALL / "timestamp.txt").write_text("2029-01-04 00:00:00 UTC\n")
    assert ["dan"] == fresh(graded_again(small, SMALL))
    with gradebook(small) as book:
        assert 5 == book.find_submission(SMALL, "dan").late_submission_penalty
    late = stored(small)["dan"]
    assert (1.0, ("late by 1 day, 0:00:00, by nbgrader's due date",)) == (late.late_days, late.flags)
    with open(small / "results" / SMALL / "grades.csv", encoding="utf-8-sig", newline="") as file:
        days = {row["id"]: row["late_days"] for row in csv.DictReader(file)}
    assert {"ann": "", "bob": "", "cho": "", "dan": "1"} == days
    page = (small / "results" / SMALL / "feedback/dan.html").read_text("utf-8")
    assert "Handed in late by 1 day, 0:00:00, by nbgrader" in page


@pytest.mark.slow
def test_what_nbgrader_could_not_write_is_tried_again(small):
    """It is told with its reason, counts as not graded in the results too, and is done once it can be."""
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = 7
        book.db.commit()
    for _ in range(2):
        told = graded_again(small, SMALL, "ann")["ann"]
        assert (None, False) == (told.score, told.before)
        assert "checksum" in told.problem
    (flag,) = stored(small)["ann"].flags
    assert "checksum" in flag
    with gradebook(small) as book:
        book.find_grade_cell(TEST, SMALL, SMALL).max_score = 5
        book.db.commit()
    told = graded_again(small, SMALL, "ann")["ann"]
    assert (5, "", False) == (told.score, told.problem, told.before)
    assert () == stored(small)["ann"].flags


def instead(change):
    """In place of grade_class: hands the kept reports on, each changed."""

    def grade_class(handins, assignment, settings, ledger, **_):
        known = {report.id: report for report in ledger._results.reports()}
        ledger.open({})
        for number, handin in enumerate(handins):
            ledger.add(change(known[handin.id], number), "key", handin)

    return grade_class


def outcomes(report, outcome, message):
    """The report with another end of each check."""
    results = [replace(r, outcome=outcome, earned=0.0, message=message) for r in report.results]
    return replace(report, results=tuple(results))


@pytest.mark.parametrize("message", ["the disk is full", ""])
def test_a_grader_error_touches_nothing(small, monkeypatch, message):
    """The earlier grade and notebook stay; the submission is listed with a reason, and graded next time."""
    before = scores(small, SMALL)
    notebook = small / "autograded/ann" / SMALL / f"{SMALL}.ipynb"
    content = notebook.read_bytes()
    with monkeypatch.context() as patch:
        error = instead(lambda report, _: outcomes(report, Outcome.GRADER_ERROR, message))
        patch.setattr(room, "grade_class", error)
        told = graded_again(small, SMALL, "ann")["ann"]
    assert (None, message or NO_REASON) == (told.score, told.problem)
    assert before == scores(small, SMALL)
    assert content == notebook.read_bytes()
    assert 5 == stored(small)["ann"].score
    assert ["ann"] == fresh(graded_again(small, SMALL))


def test_one_bad_report_stops_no_class(small, monkeypatch):
    """The others are graded, and the bad one is told with its reason."""

    def change(report, number):
        report = outcomes(report, Outcome.FAILED, "why")
        return report if number else replace(report, results=report.results[1:])

    monkeypatch.setattr(room, "grade_class", instead(change))
    told = graded_again(small, SMALL, "[ab]*")
    assert (None, 0) == (told["ann"].score, told["bob"].score)
    assert "has 5 points, its checks" in told["ann"].problem
    assert "" == told["bob"].problem


def test_a_notebook_that_is_gone_takes_no_grade_away(small):
    """What was graded before stays for a person to look at."""
    (small / "submitted/ann" / SMALL / f"{SMALL}.ipynb").unlink()
    told = graded_again(small, SMALL)
    assert f"{SMALL}.ipynb was not submitted: an empty folder" == told["ann"].problem
    assert 5 == scores(small, SMALL)["ann"][TEST]
    assert (small / "autograded/ann" / SMALL / f"{SMALL}.ipynb").is_file()


# --- What is no course, or cannot be graded now ------------------------------------------------------


def refused(folder: Path, words: str, **which) -> None:
    """The course is not graded, and one line says why."""
    with pytest.raises(CourseError, match=words):
        graded_again(folder, SMALL, **which)


def test_what_cannot_be_graded_is_said_before_the_work(small, tmp_path):
    """In one line, and nothing changes: no course, nobody, another run, no room for results, no gradebook."""
    before = scores(small, SMALL)
    refused(tmp_path, r"it has no nbgrader_config\.py")
    refused(small, "collect the submissions first", students="nobody")
    with ResultsFolder(small / "results" / SMALL, SMALL, {}):
        refused(small, f"another run grades {SMALL} in this course: wait until it ends")
    assert before == scores(small, SMALL)
    shutil.rmtree(small / "results")
    (small / "results").write_text("a file")
    refused(small, r"the results cannot be kept in .*results/vectorization")
    (small / "results").unlink()
    (small / "gradebook.db").write_bytes(b"no database " * 1000)
    refused(small, r"The gradebook cannot be used .*. Wait until nothing else uses it")
    assert (small / "gradebook.db").read_bytes().startswith(b"no database")
    (small / "gradebook.db").unlink()
    refused(small, f"Run `nbgrader generate_assignment {SMALL}` first")


@pytest.mark.slow
def test_a_gradebook_that_is_locked_is_said_in_one_line(small):
    """As while a backup is made of it."""
    with contextlib.closing(sqlite3.connect(small / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused(small, r"The gradebook cannot be used .*locked")
    assert 5 == scores(small, SMALL)["ann"][TEST]

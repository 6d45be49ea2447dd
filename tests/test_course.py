"""A whole class by grade_course: the same points, files and rows as by nbgrader autograde, in
parallel.
"""

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

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
    page_of,
    released,
    scores,
    with_code,
)
from file_helpers import read_json
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties

from autograder import sentences, settings
from autograder.errors import KitError
from autograder.nbgrader_bridge import course as room
from autograder.nbgrader_bridge.course import grade_course
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Outcome, said

pytestmark = pytest.mark.slow
LATE = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'


def graded_again(folder, students="*"):
    """What grade_course says of each student."""
    told = grade_course(
        folder, SMALL, settings.load(folder), 1, students=students
    )
    return {one.report.id: one for one in told}


def graded_now(folder):
    """Who is graded in a run, without problems."""
    done = {}
    told = grade_course(
        folder,
        SMALL,
        settings.load(folder),
        1,
        progress=lambda *_: contextlib.nullcontext(done.__setitem__),
    )
    return [
        s.report.id for s in told if done.get(s.report.id) and not s.waits_for
    ]


TEST = f"test_{EXERCISE.name}"


@pytest.fixture(scope="module")
def graded_once(tmp_path_factory):
    """A course of five students, and what grade_course said of them; eve has a program alone."""
    folder = new_course(
        tmp_path_factory.mktemp("small") / "course", (SMALL,), LATE
    )
    hand_in(folder, "ann", SMALL, answered(folder, SMALL))
    hand_in(folder, "bob", SMALL, released(folder, SMALL))
    hand_in(folder, "cho", SMALL, b"{")
    hand_in(folder, "eve", SMALL, RIGHT).rename(
        folder / "submitted/eve" / SMALL / f"{SMALL}.py"
    )
    late = hand_in(folder, "dan", SMALL, answered(folder, SMALL))
    late.with_name("timestamp.txt").write_text("2029-01-02 00:00:00 UTC\n")
    with gradebook(folder) as book:
        book.update_or_create_assignment(
            SMALL, duedate="2029-01-03 00:00:00 UTC"
        )
    return folder, graded_again(folder)


@pytest.fixture
def small(graded_once, tmp_path):
    """A copy of that course, to be changed by one test."""
    return Path(
        shutil.copytree(graded_once[0], tmp_path / "course", symlinks=True)
    )


def stored(folder):
    """student -> report, from the course's own results."""
    with ResultsFolder(folder / "results" / SMALL, SMALL) as results:
        return {one.report.id: one for one in results.assessments()}


def test_a_second_run_grades_nobody_again(graded_once, small):
    """It reports the same of each, and writes no file of nbgrader's."""
    first = graded_once[1]
    reports = stored(small)
    assert (
        ["ann", "bob", "cho", "dan", "eve"] == sorted(first) == sorted(reports)
    )
    assert first["eve"].score == POINTS
    assert first["eve"].reason == ""
    assert "not a notebook" in first["cho"].reason
    assert (small / "results" / SMALL / "feedback/ann.html").is_file()
    before = times(small)
    assert graded_now(small) == []
    again = graded_again(small)
    del first["cho"], again["cho"]  # an unreadable file is tried each time
    assert again == first
    assert times(small) == before


def test_another_rule_of_marking_reaches_nbgrader_and_grades_nobody(small):
    """A grade of one student is enough: the gradebook, formgrader's notebooks, feedback and the
    course's own results agree for all.
    """
    wrong = EXERCISE.mistakes[0].source
    hand_in(small, "fay", SMALL, with_code(answered(small, SMALL), wrong))
    hand_in(small, "gil", SMALL, with_code(answered(small, SMALL), wrong))
    late = small / "submitted/gil" / SMALL / "timestamp.txt"
    late.write_text("2029-01-04 00:00:00 UTC\n")
    graded_again(small)
    before = scores(small, SMALL)
    assert 0 < before["fay"][TEST] < POINTS
    with gradebook(small) as book:
        cell = book.find_grade(TEST, SMALL, SMALL, "eve")
        cell.extra_credit = 1
        book.db.commit()
    (small / settings.FILE).write_text(
        f'[assignments.{SMALL}]\npartial_credit = "function"\n'
    )
    told = graded_again(small, "ann")
    assert [*told] == ["ann"]
    lost = {
        student: before[student] | {TEST: 0.0} for student in ("fay", "gil")
    }
    assert scores(small, SMALL) == before | lost
    now = stored(small)
    assert {id: one.score for id, one in now.items() if id != "cho"} == {
        "ann": POINTS,
        "bob": 0,
        "dan": POINTS,
        "eve": POINTS + 1,
        "fay": 0,
        "gil": 0,
    }
    assert now["gil"].late.penalty == 0
    rule = sentences.rule("function")
    for student in ("fay", "gil"):
        cells = read_json(
            small / "autograded" / student / SMALL / f"{SMALL}.ipynb"
        )
        assert f"{EXERCISE.name}: 0 of {POINTS:g} points" in json.dumps(cells)
    nbgrader(small, "generate_feedback", SMALL)
    assert rule in page_of(small, "fay", SMALL)
    assert f"fay: 0 of {POINTS:g} points" in page_of(small, "fay", SMALL)
    assert graded_now(small) == []
    (small / settings.FILE).unlink()
    assert graded_now(small) == []
    assert scores(small, SMALL) == before


def times(folder):
    """When nbgrader's files were written, but those of cho, who is tried again."""
    found = (folder / "autograded").rglob("*.*")
    return {
        path: path.stat().st_mtime_ns
        for path in found
        if "cho" not in path.parts
    }


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
    path.write_text(path.read_text().replace('"# ', '"# A second version: ', 1))


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
        assert graded_now(small) == students, change.__doc__
    words = f"{SMALL}.ipynb was not submitted."
    assert graded_again(small)["ann"].waits_for == words
    assert scores(small, SMALL)["ann"][TEST] == POINTS
    assert (small / "autograded/ann" / SMALL / f"{SMALL}.ipynb").is_file()
    with gradebook(small) as book:
        assert (
            book.find_submission(SMALL, "dan").late_submission_penalty == POINTS
        )


class Rule(BasePlugin):
    """A course's own rule for late submissions, with a mistake."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        raise LookupError(student_id)


def test_what_could_not_be_written_is_tried_again(small, monkeypatch):
    """The reason is listed, the earlier points stay, and a later run grades it."""
    handed_in_later(small)
    with monkeypatch.context() as patch:
        patch.setattr(AssignLatePenalties, "plugin_class", Rule)
        for _ in range(2):
            assert (
                graded_again(small, "dan")["dan"].waits_for
                == "LookupError: dan"
            )
    assert stored(small)["dan"].reason == "LookupError: dan"
    told = graded_again(small, "dan")["dan"]
    assert told.score == POINTS
    assert told.waits_for == ""
    assert told.late.penalty == POINTS


@pytest.mark.parametrize("place", ["gradebook", "release", "no release"])
def test_nobody_is_graded_where_points_do_not_agree(small, place):
    """In one sentence: the gradebook's, the release's, and those of the checks."""
    before = scores(small, SMALL)
    path = small / "assignments" / SMALL / f"{SMALL}.ipynb"
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
    assert scores(small, SMALL) == before


def test_a_grader_error_touches_nothing(small, monkeypatch):
    """The earlier grade and notebook stay; the reason is listed, and the next run grades it."""
    before = scores(small, SMALL)
    notebook = small / "autograded/ann" / SMALL / f"{SMALL}.ipynb"
    content = notebook.read_bytes()
    report = stored(small)["ann"].report
    lost = {
        "earned": 0.0,
        "outcome": Outcome.GRADER_ERROR,
        "fault": said("no disk"),
    }
    failed = replace(
        report,
        results=tuple(replace(result, **lost) for result in report.results),
    )

    def grade_class(submissions, ledger, *_):
        ledger.begin({})
        ledger.add(failed, "key", *submissions)
        ledger.write()

    with monkeypatch.context() as patch:
        patch.setattr(room, "grade_class", grade_class)
        told = graded_again(small, "ann")["ann"]
    assert told.waits_for == "no disk"
    assert scores(small, SMALL) == before
    assert notebook.read_bytes() == content
    assert stored(small)["ann"].score == POINTS
    assert graded_now(small) == ["ann"]


def test_a_file_that_cannot_be_read_is_asked_for_until_it_is_decided(small):
    """In place of one that was graded: formgrader lists it until a person enters points."""
    hand_in(small, "ann", SMALL, b"{")
    told = graded_again(small, "ann")["ann"]
    words = "The file is not a notebook. Save it again in Jupyter."
    assert told.waits_for == words
    assert told.grade is None
    with gradebook(small) as book:
        grade = book.find_grade(TEST, SMALL, SMALL, "ann")
        assert grade.auto_score is None
        assert grade.needs_manual_grade
    entered(small, "ann", 3)
    told = graded_again(small, "ann")["ann"]
    assert told.waits_for == ""
    assert told.grade == 3


def entered(folder, student, points=None):
    """A person's points, entered now or before, and whether formgrader asks for them."""
    with gradebook(folder) as book:
        grade = book.find_grade(TEST, SMALL, SMALL, student)
        if points is not None:
            grade.manual_score = points
            grade.needs_manual_grade = False
            book.db.commit()
        return grade.manual_score, grade.needs_manual_grade


def test_points_of_a_person_wait_again_for_another_content(small):
    """They stay as nbgrader keeps them; the same content, saved again, asks nobody."""

    def now():
        told = graded_again(small)
        return [(told[id].grade, *entered(small, id)) for id in ("ann", "cho")]

    notebook = answered(small, SMALL)
    entered(small, "ann", 1), entered(small, "cho", 3)
    hand_in(
        small, "ann", SMALL, notebook | {"metadata": {}, "nbformat_minor": 4}
    )
    assert now() == [(1, 1, False), (3, 3, False)]
    hand_in(small, "ann", SMALL, with_code(notebook, RIGHT))
    hand_in(small, "cho", SMALL, released(small, SMALL))
    for _ in range(2):
        assert now() == [(None, 1, True), (None, 3, True)]
        assert "Decide again" in stored(small)["ann"].reason
    entered(small, "ann", 1)
    shutil.rmtree(small / "autograded/bob")
    assert now()[0] == (1, 1, False)


def refused(folder, words, **which):
    """The course is not graded, and one line says why."""
    with pytest.raises((KitError, KitError), match=words):
        graded_again(folder, **which)


def test_what_cannot_be_graded_is_said_before_the_work(small, tmp_path):
    """No course, nobody, another run, no room for results, no gradebook."""
    before = scores(small, SMALL)
    results = small / "results"
    refused(tmp_path, r"it has no nbgrader_config\.py")
    refused(small, "Collect the submissions first", students="nobody")
    with ResultsFolder(results / SMALL, SMALL):
        refused(small, "Another run is writing to .*. Wait until it ends.")
    with contextlib.closing(sqlite3.connect(small / "gradebook.db")) as backup:
        backup.execute("BEGIN EXCLUSIVE")
        refused(small, r"The gradebook cannot be used .*locked")
    assert scores(small, SMALL) == before
    shutil.rmtree(results)
    results.touch()
    refused(small, f"Cannot write to .*results/{SMALL}")
    results.unlink()
    (small / "gradebook.db").write_bytes(b"no database " * 1000)
    refused(
        small,
        "The gradebook cannot be used .*. Wait until nothing else uses it",
    )
    (small / "gradebook.db").unlink()
    refused(small, f"Run `nbgrader generate_assignment {SMALL} --force` first")

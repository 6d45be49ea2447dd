"""What earlier versions of the kit wrote is read, continued and exported by this one.

tests/earlier/ has, of the last commit of 0.2.0 and one of 0.3.0, the results of three students, one with a
person's decision, and nbgrader's gradebook of a course with points given by hand.
"""

import csv
import shutil
import sqlite3
from pathlib import Path

import pytest
from cli_helpers import a_class, run, submissions_of
from course_helpers import answered, gradebook, hand_in, new_course, scores, with_code

from autograder.reporting.results_folder import ResultsFolder

EARLIER = Path(__file__).parent / "earlier"
NAME, POINTS = "vectorization", 5  # as in those versions
RIGHT = "def vector_add(a, b):\n    return a + b\n"
WRITES = "def vector_add(a, b):\n    a += b\n    return a\n"
VERSIONS = sorted(path.name for path in EARLIER.iterdir())


@pytest.fixture(params=VERSIONS)
def version(request):
    """A version of the kit whose files are kept."""
    return request.param


@pytest.fixture
def results(version, tmp_path):
    """A copy of its results."""
    return shutil.copytree(EARLIER / version / "results", tmp_path / "results")


def test_results_are_read_with_a_person_s_decision(results):
    """Its points and its comment."""
    with ResultsFolder(results, NAME) as book:
        reports = {report.id: report for report in book.reports()}
    assert {"ann": 5, "bob": 4, "cat": 3} == {id: report.score for id, report in reports.items()}
    assert ["She showed me her notebook."] == [one.comment for one in reports["cat"].decisions]


def test_results_are_exported(results, tmp_path):
    """Into a gradebook of Canvas."""
    canvas = [["Student", "ID", "SIS Login ID", "Section", NAME], ["    Points Possible", "", "", "", "5"]]
    canvas += [[id, str(number), id, "", ""] for number, id in enumerate(("ann", "bob", "cat"), start=1)]
    with open(tmp_path / "canvas.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(canvas)
    words = "--to", "canvas", "--into", tmp_path / "canvas.csv", "--out", tmp_path / "back.csv"
    done = run("export", results, *words)
    assert (0, "") == (done.returncode, done.stderr)
    with open(tmp_path / "back.csv", encoding="utf-8-sig", newline="") as file:
        assert ["5", "4", "3"] == [row[-1] for row in list(csv.reader(file))[2:]]


@pytest.mark.slow
def test_a_class_is_graded_on_into_the_same_results(results, tmp_path):
    """A student who is new, one who is gone, and one on whom a person decided."""
    folder = a_class(tmp_path / "class", bob=WRITES, dora=RIGHT)
    (folder / "cat.ipynb").write_text("no notebook")
    done = run("grade", folder, "--assignment", NAME, "--out", results)
    assert (0, "") == (done.returncode, done.stderr)
    found = {id: one["score"] for id, one in submissions_of(results).items()}
    assert {"ann": 5, "bob": 4, "cat": 3, "dora": POINTS} == found


@pytest.mark.slow
def test_a_gradebook_is_continued_and_keeps_points_given_by_hand(version, tmp_path):
    """By `grade --course`, for a student who submitted again and for one who is new."""
    course = new_course(tmp_path / "course", (NAME,))
    (course / "gradebook.db").unlink()
    connection = sqlite3.connect(course / "gradebook.db")
    connection.executescript((EARLIER / version / "gradebook.sql").read_text("utf-8"))
    connection.close()
    right = answered(course, NAME)
    for student, notebook in (("ann", right), ("bob", with_code(right, WRITES)), ("dora", right)):
        hand_in(course, student, NAME, notebook)
    done = run("grade", "--course", course)
    assert (0, "") == (done.returncode, done.stderr)
    cell = "test_vector_add"
    assert {"ann": {cell: 5}, "bob": {cell: 4}, "dora": {cell: 5}} == scores(course, NAME)
    with gradebook(course) as book:
        assert 4.5 == book.find_submission(NAME, "bob").score

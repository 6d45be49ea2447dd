"""`autograder forget`: nothing that was written about a student stays, and nothing else changes."""

import zipfile
from pathlib import Path

import pytest
from cli_helpers import NAME, PARTLY, RIGHT, a_class, grade, run, submissions_of
from course_helpers import answered, gradebook, hand_in, new_course

from autograder.intake import archives
from autograder.reporting.results_folder import ResultsFolder

SECRET = "zoe-74193"  # an id that is in no other text


def mentions(folder: Path) -> list[Path]:
    """The files below a folder that name the student, or are named after the student."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        path
        for path in files
        if SECRET in str(path.relative_to(folder)) or SECRET.encode() in path.read_bytes()
    ]


@pytest.fixture
def results(tmp_path):
    """The results of a class, with a decision on the student and an error of the grader in the log."""
    a_class(tmp_path / "class", **{SECRET: PARTLY, "ana": RIGHT})
    assert 0 == grade(tmp_path / "class", tmp_path / "out").returncode
    table = tmp_path / "out/review.csv"
    titles = table.read_text("utf-8-sig").splitlines()[0].split(",")
    row = {"id": SECRET, "points": "1", "comment": "Well, zoe."}
    with open(table, "a", encoding="utf-8") as file:
        file.write(",".join(f'"{row.get(title, "")}"' for title in titles) + "\n")
    log = "".join(
        f"2026-01-01T00:00:00+00:00 {id}\n    Traceback\n\n      {id} failed\n" for id in (SECRET, "ana")
    )
    (tmp_path / "out/errors.log").write_text(log)
    assert 0 == grade(tmp_path / "class", tmp_path / "out").returncode
    assert [] != mentions(tmp_path / "out")
    return tmp_path / "out"


def test_nothing_of_a_student_stays_in_results(results):
    """Journal, results, tables, pages, decisions and log; the others' are as before."""
    before, page = submissions_of(results)["ana"], (results / "feedback/ana.html").read_bytes()
    done = run("forget", results, SECRET)
    assert (0, f"Removed {SECRET}.\n", "") == (done.returncode, done.stdout, done.stderr)
    assert [] == mentions(results)
    assert {"ana": before} == submissions_of(results)
    assert page == (results / "feedback/ana.html").read_bytes()
    assert "ana failed" in (results / "errors.log").read_text()


def test_the_next_run_goes_on_from_what_was_left(results):
    """The others are not graded again."""
    run("forget", results, SECRET)
    (results.parent / "class" / f"{SECRET}.py").unlink()
    done = grade(results.parent / "class", results)
    assert (0, "") == (done.returncode, done.stderr)
    assert "1 of 1 did not change since the last run" in done.stdout
    assert [] == mentions(results)


def test_nothing_stays_of_one_who_submitted_nothing(tmp_path):
    """A roster names them, by id and name or by the id alone."""
    a_class(tmp_path / "class", ana=RIGHT)
    (tmp_path / "roster.csv").write_text(f"id,name\nana,Ana\n{SECRET},Zoe\nzoe-7,Zoe Z\n")
    done = run(
        "grade",
        tmp_path / "class",
        "--assignment",
        NAME,
        "--roster",
        tmp_path / "roster.csv",
        "--out",
        tmp_path / "out",
    )
    assert SECRET in (tmp_path / "out/results.json").read_text(), done.stderr
    assert 0 == run("forget", tmp_path / "out", SECRET).returncode
    assert [] == mentions(tmp_path / "out")
    assert "zoe-7" in (tmp_path / "out/results.json").read_text()


def test_who_is_not_there_is_a_sentence(results):
    """So is a folder without results, and a word too many or too few."""
    for words, code, sentence in (
        ((results, "nobody"), 1, "Found nothing about nobody."),
        ((results.parent, "ana"), 0, ""),
        ((results.parent / "class", "ana"), 2, "No results in"),
        (("ana",), 2, "Run autograder forget RESULTS ID"),
        (("--course", results, results, "ana"), 2, "Run autograder forget RESULTS ID"),
        (("--course", results, "../ana"), 2, "../ana is not the id of a student."),
    ):
        done = run("forget", *words)
        assert (code, True) == (done.returncode, sentence in done.stderr), done.stderr


def test_results_that_a_run_writes_are_not_touched(results):
    """The run would write them again."""
    with ResultsFolder(results, NAME):
        done = run("forget", results, SECRET)
    assert 2 == done.returncode
    assert "Another run is writing" in done.stderr
    assert [] != mentions(results)


def test_what_was_unpacked_above_an_assignment_s_results_goes_too(results):
    """Without --assignment, grade unpacks there; a folder of the user's own stays."""
    root = results.parent / "root"
    with zipfile.ZipFile(results.parent / "class.zip", "w") as archive:
        archive.writestr(f"{SECRET}/{NAME}.py", PARTLY)
    archives.unpack_all([results.parent / "class.zip"], root / "unpacked")
    (root / "unpacked/own").mkdir()
    results.rename(root / NAME)
    assert [] != mentions(root / "unpacked")
    assert 0 == run("forget", root / NAME, SECRET).returncode
    assert [] == mentions(root)
    assert [root / "unpacked/own"] == [*(root / "unpacked").iterdir()]


def test_results_of_a_course_are_left_to_its_own_command(results):
    """Their points come from its gradebook, which the others would lose here."""
    (results / "review.csv").unlink()  # which a course's results have not
    course = results.parent / "course"
    (course / "results").mkdir(parents=True)
    (course / "nbgrader_config.py").touch()
    results.rename(course / "results" / NAME)
    for folder in (course / "results", course / "results" / NAME):
        done = run("forget", folder, SECRET)
        assert (2, True) == (done.returncode, f"autograder forget --course {course} {SECRET}" in done.stderr)
    assert [] != mentions(course)


@pytest.mark.slow
def test_nothing_of_a_student_stays_in_a_course(tmp_path):
    """Neither in the gradebook nor in a folder; the others keep their points."""
    new_course(tmp_path, (NAME,))
    for student in (SECRET, "ana"):
        hand_in(tmp_path, student, NAME, answered(tmp_path, NAME))
    hand_in(tmp_path, SECRET, "not_generated", b"Mine.")
    (tmp_path / "submitted" / SECRET / "link").symlink_to(tmp_path / "nowhere")
    assert 0 == run("grade", "--course", tmp_path).returncode
    assert 0 == run("forget", "--course", tmp_path, SECRET).returncode
    assert [] == mentions(tmp_path)
    assert ["ana"] == [path.name for path in (tmp_path / "submitted").iterdir()]
    with gradebook(tmp_path) as book:
        assert ["ana"] == [student.id for student in book.students]
    assert {"ana"} == submissions_of(tmp_path / "results" / NAME).keys()

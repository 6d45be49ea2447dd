"""One class through every place that shows a student's points: all show the same number."""

import copy
import re

import pytest
import typer
from cli_helpers import NAME, PARTLY, POINTS, RIGHT, WRONG, run, submissions_of
from course_helpers import (
    answered,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    with_code,
)
from file_helpers import read_csv, read_json

from autograder.cli.gradescope import run as run_gradescope

pytestmark = pytest.mark.slow
CLASS = {"ana": RIGHT, "bo": PARTLY, "cy": WRONG}
BROKEN = b"{"  # a notebook that is cut off: it needs review


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course that nbgrader graded, with all feedback made and released."""
    folder = tmp_path_factory.mktemp("round")
    exchange = folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    root = new_course(
        folder / "course", (NAME,), f"c.Exchange.root = {str(exchange)!r}\n"
    )
    notebook = answered(root, NAME)
    for student, code in CLASS.items():
        hand_in(root, student, NAME, with_code(copy.deepcopy(notebook), code))
    hand_in(root, "dan", NAME, BROKEN)
    for command, status in (
        ("autograde", 1),
        ("generate_feedback", 0),
        ("release_feedback", 0),
    ):
        nbgrader(root, command, NAME, status=status)
    return root


@pytest.fixture(scope="module")
def graded(course):
    """Results and terminal of the same notebooks, graded as files."""
    out = course.parent / "results"
    done = run(
        "grade", course / "submitted", "--assignment", NAME, "--out", out
    )
    assert done.returncode == 1, done.stderr
    return out, done.stdout


def titles_of(folder):
    """Student -> points in the heading of the page."""
    titles = {}
    for path in folder.rglob("*.html"):
        for student, title in re.findall(
            r"<h1>(\w+): (.*?)</h1>", path.read_text()
        ):
            score = title.removesuffix(f" of {POINTS:g} points")
            titles[student] = "" if title == "not graded yet" else score
    return titles


def on_gradescope(course, student):
    """The score that Gradescope would show; "" without one."""
    root = course.parent / "gradescope" / student
    (root / "submission").mkdir(parents=True)
    file = course / "submitted" / student / NAME / f"{NAME}.ipynb"
    (root / "submission" / file.name).write_bytes(file.read_bytes())
    with pytest.raises(typer.Exit):
        run_gradescope(NAME, root, "visible", False)
    tree = read_json(root / "results" / "results.json")
    return f"{tree['score']:g}" if "score" in tree else ""


def shown(score, needs_review):
    """A score as a person reads it; "" where somebody has to decide."""
    return "" if needs_review else f"{score:g}"


def test_every_place_shows_the_same_number(course, graded):
    """Terminal, tables, pages, gradebook and Gradescope; none for a file that needs review."""
    out, terminal = graded
    places = {}
    submissions = submissions_of(out)
    for student, submission in submissions.items():
        score = shown(submission["score"], submission["needs_review"])
        places.setdefault("results.json", {})[student] = score
    places["grades.csv"] = {
        row["id"]: row["score"] for row in read_csv(out / "grades.csv")
    }
    line = rf"(?m)^({'|'.join(submissions)}) +(?:([\d.]+)/{POINTS:g})?"
    places["terminal"] = dict(re.findall(line, terminal))
    with gradebook(course) as book:
        places["gradebook"] = {
            submission.student.id: shown(
                submission.score, submission.needs_manual_grade
            )
            for submission in book.find_assignment(NAME).submissions
        }
    row = r"<bdi>(\w+)</bdi></a></td>\s*<td[^>]*>([\d.]*)"
    report = (out / "index.html").read_text()
    places["class report"] = dict(re.findall(row, report))
    places["pages"] = titles_of(out / "feedback")
    places["nbgrader's feedback"] = titles_of(course / "feedback")
    places["released feedback"] = titles_of(course.parent / "exchange")
    places["Gradescope"] = {id: on_gradescope(course, id) for id in submissions}
    expected = {"ana": f"{POINTS:g}", "bo": "3.5", "cy": "0", "dan": ""}
    assert places == dict.fromkeys(places, expected)

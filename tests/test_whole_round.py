"""nbgrader's whole round: each number at each step, in formgrader, page, terminal, tables and gradebook."""

import contextlib
import copy
import csv
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_helpers import LARGE, NAME, run
from course_helpers import answered, cell_of, gradebook, hand_in, nbgrader, new_course
from nbgrader.apps import NbGraderAPI

from autograder.grading.session import WarmSessions
from autograder.nbgrader_bridge.course import open_course
from autograder.watching.watcher import Watcher

pytestmark = pytest.mark.slow
WORDS, SGD = "q_learning_rate", "test_sgd"


class Round:
    """A course with an exchange: all but `ben`, whose file is cut off, have right code and an answer.

    `cy` submits two more times: with another answer and other code, and then the same.  `dan` submits other
    code below the same answer.  is_ours: grade by our commands, and not by nbgrader's.
    """

    def __init__(self, folder: Path, is_ours: bool):
        self.is_ours = is_ours
        lines = (
            f"c.Exchange.root = {str(folder / 'exchange')!r}\nc.Exchange.cache = {str(folder / 'cache')!r}\n"
            "c.ExchangeCollect.check_owner = False\n"
        )
        self.root = new_course(folder / "course", (LARGE,), lines)
        self.inbound = folder / "exchange" / "linear-regression" / "inbound"
        self.inbound.mkdir(parents=True)
        (folder / "exchange").chmod(0o777)
        self.right = answered(self.root, LARGE)
        self.steps, self.new = [], []
        for student in ("ana", "cy", "dan"):
            self.submit(student, self.notebook("It diverges."))
        self.submit("ben", b"{")
        self.step(self.grade)
        for student in ("cy", "dan"):
            self.decide(student, **{WORDS: 2, SGD: 5})
        self.decide("ben", **dict.fromkeys((WORDS, *self.tests), 2))
        self.step(self.grade)
        self.submit("cy", self.notebook("Each step is larger.", "\n# once more\n"), 2)
        self.step(self.grade_new)
        self.decide("cy", **{WORDS: 1, SGD: 6})
        self.step(self.grade)
        self.submit("cy", self.notebook("Each step is larger.", "\n# once more\n"), 3)
        self.submit("dan", self.notebook("It diverges.", "\n# once more\n"), 3)
        self.step(self.grade_new)

    def notebook(self, words: str, code: str = "") -> dict:
        """A right notebook with an answer in words, and something more in a cell of code."""
        notebook = copy.deepcopy(self.right)
        cell_of(notebook, WORDS)["source"] = words
        cell = cell_of(notebook, "sgd")
        cell["source"] = "".join(cell["source"]) + code
        return notebook

    def submit(self, student: str, notebook: dict | bytes, day: int = 1) -> None:
        """As nbgrader collects it, or later for a watcher, which collects it from the exchange.

        ben deleted the secret, which nbgrader's submit writes.
        """
        is_watched = self.is_ours and day > 1
        path = hand_in(self.root / "sent" if is_watched else self.root, student, LARGE, notebook)
        stamp = f"2026-01-0{day} 00:00:00 UTC"
        path.with_name("timestamp.txt").write_text(stamp)
        if student != "ben":
            path.with_name("submission_secret.txt").write_text(student)
        if is_watched:
            path.parent.rename(self.inbound / f"{student}+{LARGE}+{stamp}+{student}")
        self.new.append(student)

    @property
    def tests(self) -> list[str]:
        return [c["metadata"]["nbgrader"]["grade_id"] for c in self.right["cells"] if "test_" in c["id"]]

    def decide(self, student: str, **points: float) -> None:
        """As formgrader does."""
        with gradebook(self.root) as book:
            for name, value in points.items():
                grade = book.find_grade(name, LARGE, LARGE, student)
                grade.manual_score, grade.needs_manual_grade = value, False
            book.db.commit()

    def taken_pages(self) -> list[Path]:
        """Remove and return the pages that the last release put into the exchange."""
        folder = self.root.parent / "exchange" / "linear-regression" / "feedback"
        pages = [*folder.glob("*.html")]
        for path in pages:
            path.unlink()
        return pages

    def grade(self) -> CompletedProcess:
        """Grade the class by a command."""
        self.new.clear()
        if self.is_ours:
            return run("grade", "--course", self.root, "--assignment", LARGE)
        return nbgrader(self.root, "autograde", LARGE)

    def grade_new(self) -> None:
        """Grade what is new: a watcher does, or an instructor presses formgrader's button."""
        with open_course(self.root) as (app, course):
            if not self.is_ours:
                for student in self.new:
                    assert NbGraderAPI(course, parent=app).autograde(LARGE, student, force=True)["success"]
            else:
                with contextlib.closing(WarmSessions(1)) as warm:
                    Watcher(app, course, [LARGE], warm, lambda *_, **__: None).round()

    def step(self, grade: Callable[[], CompletedProcess | None]) -> None:
        """Grade, make and release all feedback, and write down what each place shows."""
        done = grade()
        with open_course(self.root) as (app, course):
            api = NbGraderAPI(course, parent=app)
            released = [api.generate_feedback(LARGE, force=True), api.release_feedback(LARGE)]
            formgrader = {each["student"]: each for each in api.get_submissions(LARGE)}
        with open(self.root / "results" / LARGE / "grades.csv", encoding="utf-8-sig") as file:
            table = {row["id"]: row for row in csv.DictReader(file)}
        empty, filled = self.root / "empty.csv", self.root / "filled.csv"
        empty.write_text("id,points\n" + "".join(f"{id},\n" for id in table))
        into = "--into", empty, "--out", filled, "--column", "points"
        run("export", self.root / "results" / LARGE, "--to", "table", *into)
        with gradebook(self.root) as book:
            scores = {s.student.id: s.score for s in book.find_assignment(LARGE).submissions}
        pages = {
            id: (self.root / "feedback" / id / LARGE / f"{LARGE}.html").read_text("utf-8") for id in scores
        }
        self.steps.append(
            {
                "command": done,
                "released": [each["success"] for each in released],
                "released_pages": len(self.taken_pages()),
                "formgrader": {id: (e["score"], e["needs_manual_grade"]) for id, e in formgrader.items()},
                "gradebook": scores,
                "csv": table,
                "export": dict(line.split(",") for line in filled.read_text().splitlines()[1:]),
                "pages": pages,
                "titles": {id: re.search("<h1>(.*?)</h1>", page)[1] for id, page in pages.items()},
            }
        )


@pytest.fixture(
    scope="module",
    params=[pytest.param(True, marks=pytest.mark.exhaustive), False],
    ids=["grade and watch", "nbgrader and its button"],
)
def steps(request, tmp_path_factory) -> list[dict]:
    """What each place shows after each step, by each command."""
    return Round(tmp_path_factory.mktemp("round"), request.param).steps


@pytest.mark.parametrize(
    ("step", "scores", "waiting", "status"),
    [
        (0, {"ana": 30, "ben": None, "cy": 30, "dan": 30}, {"ana", "ben", "cy", "dan"}, 1),
        (1, {"ana": 30, "ben": 14, "cy": 31, "dan": 31}, {"ana"}, 0),
        (2, {"ana": 30, "ben": 14, "cy": 30, "dan": 31}, {"ana", "cy"}, None),
        (3, {"ana": 30, "ben": 14, "cy": 31, "dan": 31}, {"ana"}, 0),
        (4, {"ana": 30, "ben": 14, "cy": 31, "dan": 32}, {"ana", "dan"}, None),
    ],
    ids=["submitted", "decided", "submitted again", "decided again", "the same, and other code"],
)
def test_every_place_shows_the_same_number_and_who_waits(steps, step, scores, waiting, status):
    """A manual point counts for its own submission, and for a later one with the same cell."""
    shown = steps[step]
    known = {id: score or 0 for id, score in scores.items()}
    command = shown["command"]
    assert (status, known) == (command and command.returncode, shown["gradebook"])
    assert {id: (score, id in waiting) for id, score in known.items()} == shown["formgrader"]
    rows = {id: (row["score"], bool(row["needs_review"])) for id, row in shown["csv"].items()}
    assert {id: (f"{s}" if s else "", id in waiting) for id, s in scores.items()} == rows
    if command and command.stdout:  # nbgrader prints no scores
        lines = re.findall(r"(?m)^(ana|ben|cy|dan) +(?:(\d+)/32)?", command.stdout)
        assert {id: f"{s}" if s else "" for id, s in scores.items()} == dict(lines)
    assert {id: "" if id in waiting else f"{s}" for id, s in scores.items()} == shown["export"]
    so_far = "{} of 30 points so far (answer not read yet: up to 2 more)"
    words = {id: so_far if id in waiting and s == 30 else "{} of 32 points" for id, s in scores.items()}
    titles = {id: words[id].format(s) if s else "not graded yet" for id, s in scores.items()}
    assert {id: f"{LARGE}: {title}" for id, title in titles.items()} == shown["titles"]


def test_feedback_is_released_for_everyone_beside_one_that_needs_review(steps):
    """Also where a student deleted the secret from which nbgrader makes the page's name."""
    assert [([True, True], 4)] * 5 == [(step["released"], step["released_pages"]) for step in steps]


def test_points_of_an_earlier_submission_are_shown_as_such(steps):
    """On the page, until a person has looked at the new one."""
    words = [f"From your earlier submission: {points}" for points in ("5 of 6", "2 of 2")]
    found = [[each in step["pages"]["cy"] for each in words] for step in steps]
    assert [[False, False], [False, False], [True, True], [False, False], [False, False]] == found


def test_the_table_says_what_an_earlier_submission_had(steps):
    """So that an instructor finds whom to look at again."""
    flags = "test_sgd had 5 points for an earlier submission; q_learning_rate had 2 points"
    assert f"{flags} for an earlier submission" == steps[2]["csv"]["cy"]["flags"]


@pytest.mark.parametrize(
    "students",
    [("ana", "ben"), ("ben", "ana")],
    ids=["first", "last"],
)
@pytest.mark.exhaustive
def test_feedback_is_released_beside_one_that_is_cut_off_in_each_order_of_names(tmp_path, students):
    """nbgrader goes through the students by name, and once ended at the one that needs review."""
    settings = f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n"
    root = new_course(tmp_path / "course", (NAME,), settings)
    (tmp_path / "exchange").mkdir()
    (tmp_path / "exchange").chmod(0o777)
    for student, notebook in zip(students, (b"{", answered(root, NAME))):
        hand_in(root, student, NAME, notebook)
    words = ("autograde", 1), ("generate_feedback", 0), ("release_feedback", 0)
    for command, status in words:
        done = nbgrader(root, command, NAME)
        assert status == done.returncode, done.stderr
    pages = (tmp_path / "exchange" / "linear-regression" / "feedback").glob("*.html")
    assert 2 == len([*pages])

"""nbgrader's own commands with our engine inside: what each kind of submission gets, and
cannot do.
"""

import copy
import shutil
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock, Mock

import nbformat
import pytest
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
    solution_cells,
    with_code,
)

from autograder import nbgrader_bridge, settings
from autograder.grading import session
from autograder.grading.session import WarmSessions
from autograder.intake.places import SECRET
from autograder.nbgrader_bridge.course import grade_course, grade_with_sessions

NAME = "linear_regression"
FULL = {
    "test_data_iter": 6,
    "test_linreg": 4,
    "test_squared_loss": 5,
    "test_sgd": 6,
    "test_train": 6,
    "test_end_to_end": 3,
}
NOTHING = dict.fromkeys(FULL, 0)


LOST = """
import glob, os, subprocess, sys
import torch

class Yes:
    def __eq__(self, other): return True
    def __getattr__(self, name): return Yes()
    def __call__(self, *args, **kwargs): return Yes()
    def __iter__(self): return iter([(Yes(), Yes())])
    def __float__(self): return 0.0
    def __len__(self): return 1

def attack(): {inside}

def data_iter(batch_size, features, labels): attack(); return Yes()
def linreg(X, w, b): attack(); return Yes()
def squared_loss(y_hat, y): attack(); return Yes()
def sgd(*args): attack(); return Yes()
def train(*args): attack(); return Yes()

{outside}
"""
STEALS = """
import sqlite3
try:
    d = sqlite3.connect("{root}/gradebook.db")
    d.execute("update grade set manual_score = 6"); d.commit()
finally:
    get_ipython().input_transformers_cleanup.append(
        lambda lines: ['6.0\\n'] if 'check(' in ''.join(lines) else lines)
    paths = glob.glob('{root}/s*/*/*/*') + glob.glob('../../../s*/*/*/*')
    found = [open(p).read() for p in paths]
    open('{root}/leak', 'w').write(str(found))
    if found: raise SystemExit(found)
"""
ATTACKS = {  # what each of their functions does, and what stands below these
    "os_exit": ("os._exit(0)", ""),
    "steals": ("pass", STEALS),  # with a torch.py beside the notebook
}


# --- Mangled notebooks: each with functions that are all right
# -------------------------------------


def _copied_and_split(nb):
    cell = cell_of(nb, "test_sgd")
    nb["cells"].insert(0, {**copy.deepcopy(cell), "id": "copy"})
    for name in ("sgd", "test_sgd"):
        cell = cell_of(nb, name)
        half = {**copy.deepcopy(cell), "id": f"{name}-half", "source": "\n"}
        nb["cells"].insert(nb["cells"].index(cell) + 1, half)


def _forged(nb):
    data = {"text/plain": "999.0"}
    output = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": data,
    }
    for cell in nb["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade_id", "").startswith("test_"):
            mark.update(
                points=999, solution=True, locked=False, schema_version=99
            )
            cell.update(source="999.0", outputs=[output])


def _odd(nb):
    cells = nb["cells"]
    mark = {"grade": True, "grade_id": "test_train"}
    cell_of(nb, "test_train")["metadata"]["nbgrader"] = mark
    test = cell_of(nb, "test_sgd")
    test["metadata"]["nbgrader"]["grade_id"] = "nobody"
    test["cell_type"] = "markdown"
    cell_of(nb, "sgd")["metadata"]["nbgrader"]["grade_id"] = ["a", "list"]
    cells[1]["metadata"]["nbgrader"] = "text"
    cells[3]["metadata"] = {"nbgrader": [1]}
    nb["metadata"] = []
    for cell in cells:
        cell["id"] = "same"
    cells[:0] = ["text", None, {}, {"cell_type": "heading", "source": 3}]
    odd = {
        "cell_type": "code",
        "source": ["x = '\ud800'\n", 5],
        "outputs": None,
    }
    cells.append(odd | {"metadata": {}})


def _in_the_test_cell(nb):
    cell = cell_of(nb, "sgd")
    test = cell_of(nb, "test_sgd")
    test["source"] = "".join(cell["source"])
    cell["source"] = ""


MANGLED = {
    "copied_and_split": _copied_and_split,
    "forged": _forged,
    "odd": _odd,
    "in_the_test_cell": _in_the_test_cell,
}
# --- The course: one run of each command, looked at by all tests
# -----------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of one class with all kinds of submissions, graded, with its feedback."""
    root = new_course(tmp_path_factory.mktemp("nbgrader") / "course", (NAME,))
    right = answered(root, NAME)
    for student, change in MANGLED.items():
        change(nb := copy.deepcopy(right))
        hand_in(root, student, NAME, nb)
    for student, (inside, outside) in ATTACKS.items():
        code = LOST.format(inside=inside, outside=outside).replace(
            "{root}", str(root)
        )
        own = hand_in(root, student, NAME, with_code(right, code))
    own.with_name("torch.py").write_text(
        "raise SystemExit('mine')\n"
    )  # of steals
    hand_in(root, "unreadable", NAME, b"{ this is no notebook")
    hand_in(root, "empty", NAME, b"")
    program = hand_in(
        root, "in_a_file", NAME, released(root, NAME)
    ).with_suffix(".py")
    sources = ["".join(cell["source"]) for cell in solution_cells(right)]
    program.write_text("\n\n".join(["import random, torch", *sources]))
    hand_in(root, "right", NAME, right)
    noisy = copy.deepcopy(right)
    for cell in solution_cells(noisy):
        noise = "import sys, warnings\nwarnings.warn('x')\nprint('e', file=sys.stderr)\n"
        cell["source"] = noise + "".join(cell["source"])
    hand_in(root, "noisy", NAME, noisy)
    loops = "def squared_loss(y_hat, y):\n    while True: pass\n"
    cell_of(right, "squared_loss")["source"] = loops
    hand_in(root, "hangs", NAME, right)
    # some need review
    done = nbgrader(root, "autograde", NAME, status=1)
    (root / "log.txt").write_text(done.stderr)
    nbgrader(root, "generate_feedback", NAME)
    return root


TEST = "test_vector_add"  # the cell of SMALL's exercise


@pytest.fixture(scope="module")
def graded(course):
    """student -> test cell -> score."""
    return {
        student: {name: score for name, score in cells.items() if name in FULL}
        for student, cells in scores(course, NAME).items()
    }


def autograded(course, student):
    """What formgrader shows."""
    return nbformat.read(
        course / "autograded" / student / NAME / f"{NAME}.ipynb", 4
    )


@pytest.mark.slow
@pytest.mark.parametrize("student", ["right", "noisy", "in_a_file"])
def test_right_answers_get_full_marks(graded, student):
    """Neither stderr, warnings and prints nor a program beside the notebook cost a point."""
    assert graded[student] == FULL


@pytest.mark.slow
def test_an_attack_gains_no_point(course, graded):
    """Each gets what its wrong functions are worth: nothing.  It reads and writes nothing."""
    assert {id: graded[id] for id in ATTACKS} == dict.fromkeys(ATTACKS, NOTHING)
    assert not (course / "leak").exists()
    with gradebook(course) as book:
        grade = book.find_grade("test_sgd", NAME, NAME, "steals")
        assert grade.manual_score is None
    own = course / "submitted/steals" / NAME / "torch.py"
    assert own.read_text() == "raise SystemExit('mine')\n"


@pytest.mark.slow
@pytest.mark.parametrize("student", MANGLED)
def test_a_mangled_notebook_is_graded_by_its_functions(course, graded, student):
    """Copied, split and forged cells cost and gain nothing, and leave no cell ungraded."""
    assert graded[student] == FULL
    cells = autograded(course, student).cells
    tests = [cell for cell in cells if cell.get("id", "").startswith("test_")]
    assert [cell.metadata.nbgrader.grade_id for cell in tests] == [*FULL]
    assert any("def sgd(params" in cell.source for cell in cells)


@pytest.mark.slow
def test_a_file_that_is_empty_gets_nothing_and_one_that_cannot_be_read_no_grade(
    course, graded
):
    """The first is a zero with its reason; the second may be right: the log names it."""
    assert graded["empty"] == NOTHING
    assert "The file is empty." in page_of(course, "empty", NAME)
    assert set(graded["unreadable"].values()) == {None}
    assert "not a notebook" in autograded(course, "unreadable").cells[0].source
    log = (course / "log.txt").read_text()
    assert "unreadable needs review. The file" in log
    assert "traceback" not in log.lower()


@pytest.mark.slow
def test_feedback_names_checks_and_shows_no_source(course, graded):
    """A function that hangs costs its own points, and its page shows nothing hidden."""
    assert graded["hangs"]["test_sgd"] == FULL["test_sgd"]
    assert graded["hangs"]["test_squared_loss"] == 0
    text = page_of(course, "hangs", NAME)
    kit = Path(nbgrader_bridge.__file__).parent.parent
    assert "your code ran out of time" in text
    for secret in (
        "HIDDEN TESTS",
        str(kit),
        str(course),
        "Traceback",
        "exercises/",
    ):
        assert secret not in text


def test_a_session_stays_warm_until_its_settings_change(tmp_path, monkeypatch):
    """Formgrader's server lives for weeks: an edited autograder.toml counts at once."""
    made = MagicMock(
        side_effect=lambda _, settings, *args, **more: Mock(settings=settings)
    )
    monkeypatch.setattr(session, "Session", made)
    sessions = WarmSessions()
    one = tmp_path / "one"
    two = tmp_path / "two"
    for root, seed in ((one, 1), (one, 1), (two, 1), (one, 7), (one, 7)):
        root.mkdir(exist_ok=True)
        (root / settings.FILE).write_text(f"seed = {seed}\n")
        with sessions.session(NAME, sessions.settings(root), root):
            pass
    sessions.close()
    opened = [
        (call.args[1].seed, *call.kwargs["hidden"])
        for call in made.call_args_list
    ]
    assert opened == [(1, one), (1, two), (7, one)]


def test_a_class_is_graded_on_all_cores_and_a_student_by_the_judge_that_stays(
    tmp_path, monkeypatch
):
    """As `nbgrader autograde` and formgrader's button ask for them."""
    sessions, made = Mock(), Mock()
    bridge = "autograder.nbgrader_bridge.course"
    monkeypatch.setattr(f"{bridge}.Session", made)
    monkeypatch.setattr(f"{bridge}.grade", lambda *args, **_: args[3])
    converter = Mock()
    converter.coursedir.root = str(tmp_path)
    open_session = grade_with_sessions(converter, NAME, sessions)
    open_session(1)
    assert not made.called
    open_session(40)
    used = sessions.settings(tmp_path)
    made.assert_called_once_with(NAME, used, 0, 40, hidden=[tmp_path])
    sessions.session.assert_called_once_with(NAME, used, tmp_path)


PLAIN = """
c = get_config()
c.CourseDirectory.course_id = "linear-regression"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.Execute.timeout = 600  # of a cell: a busy machine takes longer than nbgrader's 30 seconds
"""


@pytest.mark.slow
def test_a_plain_nbgrader_gives_no_points_and_says_why(tmp_path):
    """Without the two lines a kernel runs the notebook, with the visible checks alone."""
    root = new_course(tmp_path / "course", (SMALL,))
    (root / "nbgrader_config.py").write_text(PLAIN)
    hand_in(root, "ann", SMALL, answered(root, SMALL))
    nbgrader(root, "autograde", SMALL)
    assert {*scores(root, SMALL)["ann"].values()} == {0}
    text = (root / "autograded/ann" / SMALL / f"{SMALL}.ipynb").read_text()
    words = (
        "The kit grades this notebook. Add its two lines to nbgrader_config.py."
    )
    assert f'"evalue": "{words}"' in text


def files_of(course):
    """The content and mode of each file for formgrader; a secret is made up where none is."""
    return {
        path.relative_to(course): (
            path.name != SECRET and path.read_bytes(),
            path.stat().st_mode,
        )
        for path in (course / "autograded").rglob("*.*")
    }


def exported(course):
    """The lines that nbgrader exports."""
    nbgrader(course, "export")
    return sorted((course / "grades.csv").read_text().splitlines())


def test_a_class_is_graded_as_by_nbgrader(tmp_path):
    """The same points, files byte for byte, and rows of its export, with late penalties."""
    rule = 'c.LateSubmissionPlugin.penalty_method = "zero"\n'
    one = new_course(tmp_path / "one", (SMALL,), rule)
    right = answered(one, SMALL)
    limited = (
        "import pandas\n\ndef vector_add(a, b):\n    return pandas.Series(a)\n"
    )
    wrong = "def vector_add(a, b):\n    return a\n"
    _forged(forged := copy.deepcopy(right))
    for student, notebook in {
        "broken": b"{",
        "limited": with_code(right, limited),
        "wrong": with_code(right, wrong),
        "forged": forged,
        "right": right,
        "late": right,
    }.items():
        path = hand_in(one, student, SMALL, notebook)
    path.with_name("timestamp.txt").write_text("2030-01-01 00:00:00 UTC\n")
    hand_in(one, "other", SMALL, right).rename(
        one / "submitted/other" / SMALL / "my copy.ipynb"
    )
    with gradebook(one) as book:
        book.update_or_create_assignment(
            SMALL, duedate="2029-01-01 00:00:00 UTC"
        )
    two = Path(shutil.copytree(one, tmp_path / "two"))
    nbgrader(one, "autograde", SMALL, status=1)
    grade_course(two, SMALL, settings.load(two), 2)
    assert {5, None, 0} > {
        scores(one, SMALL)[id][TEST] for id in ("broken", "late")
    }
    for way in (partial(scores, assignment=SMALL), files_of, exported):
        assert way(two) == way(one)
    assert (one / "results").stat().st_mode & 0o777 == 0o700

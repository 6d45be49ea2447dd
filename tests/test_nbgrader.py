"""nbgrader's own commands with our engine inside: what each kind of submission gets, and cannot do."""

import copy
import json
import re
import time
from pathlib import Path
from unittest.mock import MagicMock

import nbformat
import pytest
from course_helpers import (
    answered,
    cell_of,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    solution_cells,
    with_code,
)

from autograder import nbgrader_bridge, settings
from autograder.grading import session
from autograder.grading.session import WarmSessions
from autograder.nbgrader_bridge import kernel
from autograder.nbgrader_bridge.cells import fill, restore_cells
from autograder.nbgrader_bridge.course_files import NeedsReview
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission
from autograder.results import Outcome, Report, Result

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
def sgd(params, lr, batch_size): attack(); return Yes()
def train(w, b, features, labels, lr, num_epochs, batch_size): attack(); return Yes()

{outside}
"""
STEALS = """
import sqlite3
try:
    d = sqlite3.connect("{root}/gradebook.db"); d.execute("update grade set manual_score = 6"); d.commit()
finally:
    get_ipython().input_transformers_cleanup.append(
        lambda lines: ['6.0\\n'] if 'check(' in ''.join(lines) else lines)
    found = [open(p).read() for root in ('{root}', '../../..') for p in glob.glob(root + '/s*/*/*/*')]
    open('{root}/leak', 'w').write(str(found))
    if found: raise SystemExit(found)
"""
ATTACKS = {  # what each of their functions does, and what stands below these
    "os_exit": ("os._exit(0)", ""),
    "steals": ("pass", STEALS),  # with a torch.py beside the notebook
}


# --- Mangled notebooks: each with functions that are all right -------------------------------------


def _deleted_tests(nb):
    cells = [c for c in nb["cells"] if not c["metadata"].get("nbgrader", {}).get("locked")]
    nb["cells"] = [c for c in cells if c["id"] != "q_learning_rate"]


def _copied_and_split(nb):
    cell = cell_of(nb, "test_sgd")
    nb["cells"].insert(0, {**copy.deepcopy(cell), "id": "copy"})
    for name in ("sgd", "test_sgd"):
        cell = cell_of(nb, name)
        half = {**copy.deepcopy(cell), "id": f"{name}-half", "source": "\n"}
        nb["cells"].insert(nb["cells"].index(cell) + 1, half)
    whole = cell_of(nb, "q_learning_rate")
    whole["source"] = "It diverges."
    nb["cells"].append({**copy.deepcopy(whole), "source": "And here is why.", "id": "half"})


def _forged(nb):
    data = {"text/plain": "999.0"}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    for name in FULL:
        cell = cell_of(nb, name)
        cell["metadata"]["nbgrader"].update(points=999, solution=True, locked=False, schema_version=99)
        cell.update(source="999.0", outputs=[output])


def _swapped_ids(nb):
    one, two = cell_of(nb, "test_sgd"), cell_of(nb, "sgd")
    one["metadata"], two["metadata"] = two["metadata"], one["metadata"]


def _odd(nb):
    cells = nb["cells"]
    cell_of(nb, "test_train")["metadata"]["nbgrader"] = {"grade": True, "grade_id": "test_train"}
    test = cell_of(nb, "test_sgd")
    test["metadata"]["nbgrader"]["grade_id"] = "nobody"
    test["cell_type"] = "markdown"
    cell_of(nb, "sgd")["metadata"]["nbgrader"]["grade_id"] = ["a", "list"]
    cells[1]["metadata"]["nbgrader"] = "text"
    cells[3]["metadata"] = {"nbgrader": [1]}
    nb["metadata"] = []
    for cell in cells:
        cell["id"] = "same"
    cells[:0] = [
        "text",
        None,
        {},
        {"cell_type": "code"},
        {"cell_type": "heading", "source": 3, "metadata": 7},
    ]
    cells.append({"cell_type": "code", "metadata": {}, "source": ["x = '\ud800'\n", 5], "outputs": None})


def _in_the_test_cell_of_version_three(nb):
    cell = cell_of(nb, "sgd")
    test = cell_of(nb, "test_sgd")
    test["source"] = "".join(cell["source"])
    cell["source"] = ""
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    nb["worksheets"] = [{"cells": nb.pop("cells"), "metadata": {}}]
    nb.update(nbformat=3, nbformat_minor=0)


MANGLED = {
    "deleted_tests": _deleted_tests,
    "copied_and_split": _copied_and_split,
    "forged": _forged,
    "swapped_ids": _swapped_ids,
    "odd": _odd,
    "in_the_test_cell_of_version_three": _in_the_test_cell_of_version_three,
}
# --- The course: one run of each command, looked at by all tests -----------------------------------


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course of one class with all kinds of submissions, graded once, with the feedback made."""
    root = new_course(tmp_path_factory.mktemp("nbgrader") / "course", (NAME,))
    right = answered(root, NAME)

    for student, change in MANGLED.items():
        nb = copy.deepcopy(right)
        change(nb)
        hand_in(root, student, NAME, nb)
    for student, (inside, outside) in ATTACKS.items():
        code = LOST.format(inside=inside, outside=outside).replace("{root}", str(root))
        own = hand_in(root, student, NAME, with_code(right, code))
        if student == "steals":
            own.with_name("torch.py").write_text("raise SystemExit('mine')\n")
    hand_in(root, "unreadable", NAME, b"{ this is no notebook")
    hand_in(root, "empty", NAME, b"")
    program = hand_in(root, "in_a_file", NAME, released(root, NAME)).with_suffix(".py")
    program.write_text("\n\n".join("".join(c["source"]) for c in right["cells"] if c["cell_type"] == "code"))
    hand_in(root, "right", NAME, right)
    noisy = copy.deepcopy(right)
    for cell in solution_cells(noisy):
        noise = r"\1\2warnings.warn('x'); print('e', file=sys.stderr)\n\2### BEGIN"
        body = re.sub(r'("""\n)(\s+)### BEGIN', noise, "".join(cell["source"]))
        assert "'x'" in body
        cell["source"] = "import sys, warnings\nwarnings.warn('top')\nprint('top', file=sys.stderr)\n" + body
    cell_of(noisy, "q_learning_rate")["source"] = "It diverges, since each step is larger than the last."
    hand_in(root, "noisy", NAME, noisy)
    hangs = copy.deepcopy(right)
    cell_of(hangs, "squared_loss")["source"] = "def squared_loss(y_hat, y):\n    while True: pass\n"
    hand_in(root, "hangs", NAME, hangs)
    before = (root / "nbgrader_config.py").read_bytes()
    done = nbgrader(root, "autograde", NAME)
    (root / "log.txt").write_text(done.stderr)
    assert 1 == done.returncode, done.stderr[-3000:]  # some need a person
    assert before == (root / "nbgrader_config.py").read_bytes()
    done = nbgrader(root, "generate_feedback", NAME)
    assert 0 == done.returncode, done.stderr[-3000:]
    return root


@pytest.fixture(scope="module")
def graded(course) -> dict[str, dict[str, float | None]]:
    """student -> cell -> score."""
    return scores(course, NAME)


def automatic(scores_of_student: dict) -> dict:
    """Only the test cells."""
    return {name: score for name, score in scores_of_student.items() if name.startswith("test_")}


def page(course: Path, student: str) -> str:
    """The student's page, as nbgrader's generate_feedback made it."""
    return (course / "feedback" / student / NAME / f"{NAME}.html").read_text("utf-8")


def autograded(course: Path, student: str) -> nbformat.NotebookNode:
    """What formgrader shows."""
    return nbformat.read(course / "autograded" / student / NAME / f"{NAME}.ipynb", 4)


@pytest.mark.slow
def test_right_answers_get_full_marks(graded):
    """Neither stderr, warnings and prints, nor a program beside the untouched notebook, cost a point."""
    assert [FULL] * 3 == [automatic(graded[student]) for student in ("right", "noisy", "in_a_file")]


@pytest.mark.slow
def test_an_attack_gains_no_point(course, graded):
    """Each gets what its wrong functions are worth: nothing.  It reads and writes nothing."""
    assert dict.fromkeys(ATTACKS, NOTHING) == {student: automatic(graded[student]) for student in ATTACKS}
    assert not (course / "leak").exists()
    with gradebook(course) as book:
        grades = [g for s in book.find_assignment(NAME).submissions for n in s.notebooks for g in n.grades]
    assert {None} == {grade.manual_score for grade in grades}
    own = course / "submitted/steals" / NAME / "torch.py"
    assert "raise SystemExit('mine')\n" == own.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("student", MANGLED)
def test_a_mangled_notebook_is_graded_by_its_functions(course, graded, student):
    """Deleted, copied, split and forged cells cost and gain nothing, and leave no cell ungraded."""
    assert FULL == automatic(graded[student])
    cells = autograded(course, student).cells
    marked = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert sorted([*FULL, "q_learning_rate"]) == sorted(c.metadata.nbgrader.grade_id for c in marked)
    for cell in cells:
        if cell in marked and cell.cell_type == "code":
            (output,) = cell.outputs
            assert "execute_result" == output.output_type
            assert re.fullmatch(r"\d+\.\d+", output.data["text/plain"])
            assert float(output.data["text/plain"]) <= cell.metadata.nbgrader.points
        elif cell.cell_type == "code":
            assert [] == cell.outputs
    assert 1 <= sum("def sgd(params" in cell.source for cell in cells)  # where our cell overwrote it, too


@pytest.mark.slow
def test_what_nbgrader_lets_the_kit_write_is_its_owners_alone(course):
    """Whatever umask nbgrader runs with."""
    assert 0o700 == (course / "results").stat().st_mode & 0o777


@pytest.mark.slow
def test_a_file_that_is_empty_gets_nothing_and_one_that_cannot_be_read_no_grade(course, graded):
    """The first is a zero with its reason on the page; the second may be right: the log says who and why."""
    assert {**NOTHING, "q_learning_rate": 0} == graded["empty"]
    assert "could not be read" in page(course, "empty")
    assert {None} == set(graded["unreadable"].values())
    assert "could not be read" in autograded(course, "unreadable").cells[1].source  # where points are entered
    log = (course / "log.txt").read_text("utf-8")
    assert "Needs review: unreadable: The file" in log
    assert "traceback" not in log.lower()


@pytest.mark.parametrize("address", ["/logout", "//evil.example/x", "a/../../x", "%2e%2E/x", ".&period;/x"])
def test_a_picture_asks_nothing_of_the_server(address):
    """A page loads it without a click: only what lies beside the notebook, or elsewhere."""
    nb = notebook_with(2)
    nb.cells.append(nbformat.v4.new_markdown_cell(f"![a]({address}) ![b](figure.png)"))
    clean, _ = SanitizeSubmission().preprocess(nb, {})
    assert "![a](#) ![b](figure.png)" == clean.cells[-1].source


@pytest.mark.slow
def test_feedback_names_checks_and_shows_no_source(course, graded):
    """Titles, verdicts and hints of a function that hangs, which costs its own points; nothing hidden."""
    hangs = automatic(graded["hangs"])
    assert 0 == hangs["test_squared_loss"]
    assert all(FULL[name] == hangs[name] for name in ("test_data_iter", "test_linreg", "test_sgd"))
    text = page(course, "hangs")
    assert "0 of 5 points" in text
    assert "Hint:" in text
    contents = text[text.index("<nav") : text.index("</nav>")]
    assert '<a href="#test_squared_loss">squared_loss</a> <span class="score">0/5</span>' in contents
    kit = str(Path(nbgrader_bridge.__file__).parent.parent)
    for student in ("hangs", "right", "empty", "noisy"):
        text = page(course, student)
        for secret in ("HIDDEN TESTS", kit, str(course), "Traceback (most", "exercises/"):
            assert secret not in text
    for cell in autograded(course, "right").cells:  # which formgrader shows
        assert "HIDDEN TESTS" not in cell.source
        assert "in_kernel" not in cell.source


@pytest.mark.slow
def test_what_a_person_grades(course, graded):
    """An untouched question is nothing; a written one waits, whole, and one whose cell is gone waits too."""
    assert 0 == graded["right"]["q_learning_rate"]
    for student in ("noisy", "deleted_tests", "copied_and_split"):
        assert graded[student]["q_learning_rate"] is None
    with gradebook(course) as book:
        assert book.find_grade("q_learning_rate", NAME, NAME, "noisy").needs_manual_grade
    (cell,) = [
        c for c in autograded(course, "copied_and_split").cells if c.get("id") in ("half", "q_learning_rate")
    ]
    assert "It diverges" in cell.source
    assert "here is why" in cell.source
    said = page(course, "noisy")
    assert "points so far (answer not read yet: up to 2 more)</h1>" in said
    assert 'q_learning_rate</a> <span class="score">answer not read yet</span>' in said
    assert "answer not read yet" not in page(course, "right")


def notebook_with(points: float, name: str = "test_sgd") -> nbformat.NotebookNode:
    """A notebook with one test cell."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    restore_cells(nb, [released_test_cell(name, points)])
    return nb


def released_test_cell(name: str, points: float) -> nbformat.NotebookNode:
    """One as it was released."""
    marks = {"grade_id": name, "grade": True, "locked": True, "solution": False, "points": points}
    return nbformat.v4.new_code_cell("check()", metadata={"nbgrader": marks})


def report_with(*outcomes: Outcome, exercise: str = "sgd") -> Report:
    """A report of checks with one point each."""
    results = tuple(
        Result(exercise, f"c{i}", f"claim {i}", 1, float(o is Outcome.PASSED), o, "why")
        for i, o in enumerate(outcomes)
    )
    return Report("ann", "a.ipynb", NAME, results)


@pytest.mark.parametrize(
    ("cell", "points", "outcomes", "words"),
    [
        ("test_sgd", 2, (Outcome.PASSED, Outcome.GRADER_ERROR), "^why"),
        ("test_sgd", 3, (Outcome.PASSED, Outcome.FAILED), "has 3 points, but its checks have 2"),
        ("test_other", 1, (Outcome.PASSED,), "test_other has 1 points, but its checks have 0"),
        ("", 1, (Outcome.PASSED,), "test_sgd has 0 points"),
    ],
)
def test_what_is_out_of_step_writes_no_score(cell, points, outcomes, words):
    """It raises, so that nbgrader keeps what it had: it would give full marks, or lose points in silence."""
    nb = notebook_with(points, cell) if cell else nbformat.v4.new_notebook()
    with pytest.raises(NeedsReview, match=words):
        fill(nb, report_with(*outcomes))


def test_many_copies_of_a_cell_are_put_in_order_in_linear_time():
    """A student can hand in as many as fit into a file."""
    want = released_test_cell("test_sgd", 2)
    mark = {"nbgrader": {"grade_id": "test_sgd"}}
    nb = nbformat.v4.new_notebook()
    nb.cells = [
        nbformat.from_dict({"cell_type": "code", "id": f"c{i}", "metadata": mark, "source": f"x = {i}"})
        for i in range(5_000)
    ]
    started = time.process_time()
    assert ["cell test_sgd appears 5000 times"] == restore_cells(nb, [want])
    assert time.process_time() - started < 5
    assert 1 == sum("nbgrader" in cell.metadata for cell in nb.cells)


def test_a_session_stays_warm_until_its_settings_change(tmp_path, monkeypatch):
    """Formgrader's server lives for weeks: an edited autograder.toml counts from the next notebook on."""
    monkeypatch.setattr(session, "Session", made := MagicMock())
    sessions, seed = WarmSessions(), settings.Settings().seed
    one, two = tmp_path / "one", tmp_path / "two"
    for root, text in (one, ""), (one, ""), (two, ""), (one, "seed = 7\n"), (one, "seed = 7\n"):
        root.mkdir(exist_ok=True)
        (root / settings.FILE).write_text(text)
        with sessions.session(NAME, root):
            pass
    (one / settings.FILE).write_text("sed = 7\n")
    with pytest.raises(settings.SettingsError, match="sed"), sessions.session(NAME, one):
        pass
    sessions.close()
    opened = [(call.args[0], call.args[1].seed, *call.kwargs["hidden"]) for call in made.call_args_list]
    assert [(NAME, seed, one), (NAME, seed, two), (NAME, 7, one)] == opened


def test_the_kernel_reads_the_settings_of_the_course(tmp_path, monkeypatch):
    """And not the file of that name which a student hands in beside the notebook, or above it."""
    beside = tmp_path / "autograded/ann" / NAME
    beside.mkdir(parents=True)
    (tmp_path / settings.FILE).write_text("seed = 7\n")
    for folder in (beside, beside.parent):
        (folder / settings.FILE).write_text("seed = 8\n")
    monkeypatch.chdir(beside)
    monkeypatch.setattr(kernel, "Session", made := MagicMock())
    kernel._judged(NAME, '{"cells": []}')
    (call,) = made.call_args_list
    assert (NAME, 7) == (call.args[0], call.args[1].seed)


PLAIN = """
c = get_config()
c.CourseDirectory.course_id = "linear-regression"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.Execute.timeout = 600  # of a cell: a busy machine takes longer than nbgrader's 30 seconds
"""


@pytest.mark.exhaustive
def test_a_plain_nbgrader_gives_the_same_points(tmp_path):
    """Without our settings each notebook runs in a kernel: the hidden region asks the kit."""
    root = new_course(tmp_path / "course", (NAME,))
    (root / "nbgrader_config.py").write_text(PLAIN)
    right = answered(root, NAME)
    mended = copy.deepcopy(right)  # wrong when its test cell runs, and right at the end
    cell_of(mended, "linreg")["source"] = "def linreg(X, w, b):\n    return X @ w\n"
    fixed = {"cell_type": "code", "id": "fixed", "metadata": {}, "outputs": [], "execution_count": None}
    mended["cells"].append({**fixed, "source": "".join(cell_of(right, "linreg")["source"])})
    hand_in(root, "mended_at_the_end", NAME, mended)
    wrong = copy.deepcopy(right)
    cell_of(wrong, "sgd")["source"] = (
        "import warnings; warnings.warn('w')\ndef sgd(params, lr, batch_size): pass\n"
    )
    hand_in(root, "wrong", NAME, wrong)
    alone = copy.deepcopy(right)
    alone["cells"].insert(2, {**fixed, "source": "import sys; sys.modules['autograder.plugin'] = None"})
    hand_in(root, "without_the_kit", NAME, alone)
    assert "HIDDEN" not in json.dumps(released(root, NAME))
    done = nbgrader(root, "autograde", NAME)
    assert 0 == done.returncode, done.stderr[-3000:]
    found = scores(root, NAME)
    assert FULL == automatic(found["mended_at_the_end"])
    got = automatic(found["wrong"])
    assert got["test_sgd"] < FULL["test_sgd"]
    assert all(FULL[name] == got[name] for name in ("test_data_iter", "test_linreg", "test_squared_loss"))
    assert NOTHING == automatic(found["without_the_kit"])
    text = (root / "autograded/mended_at_the_end" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert 6 == text.count("without a sandbox")

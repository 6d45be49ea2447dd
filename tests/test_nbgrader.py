"""nbgrader's own commands with our engine inside: what each kind of submission gets, and cannot do."""

from __future__ import annotations

import copy
import csv
import json
import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from course_helpers import (
    ROOT,
    answered,
    cell_of,
    gradebook,
    hand_in,
    nbgrader,
    new_course,
    scores,
    solution_cells,
    with_code,
)
from nbconvert.exporters import HTMLExporter
from process_helpers import PATIENCE

from autograder import nbgrader_bridge, settings
from autograder.grading import warm
from autograder.grading.warm import WarmSessions
from autograder.intake.submission import Submission
from autograder.nbgrader_bridge import kernel
from autograder.nbgrader_bridge.execute import fill
from autograder.nbgrader_bridge.exporter import readable
from autograder.nbgrader_bridge.hidden import clearer, without_hidden
from autograder.nbgrader_bridge.repair import released_cell, repair
from autograder.nbgrader_bridge.sanitize import SanitizeSubmission
from autograder.nbgrader_bridge.submissions import NeedsReview
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

# --- Attacks: each with functions that are all wrong ----------------------------------------------

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
EDIT_GRADES = """
import sqlite3
subprocess.Popen([sys.executable, "-c", "import sqlite3, time; time.sleep(3); "
    "d = sqlite3.connect('{root}/gradebook.db'); d.execute('update grade set auto_score = 6'); d.commit()"],
    start_new_session=True)
d = sqlite3.connect("{root}/gradebook.db"); d.execute("update grade set manual_score = 6"); d.commit()
"""
ATTACKS = {  # what each of their functions does, and what stands below these
    "input_transformer": (
        "pass",
        "get_ipython().input_transformers_cleanup.append(\n"
        "    lambda lines: ['6.0\\n'] if 'check(' in ''.join(lines) else lines)",
    ),
    "displayhook": ("sys.displayhook(999)", "sys.displayhook(999)"),
    "os_exit": ("os._exit(0)", ""),
    "edits_the_gradebook": ("pass", EDIT_GRADES),
    "reads_other_submissions": (
        "pass",
        "found = [open(p).read() for root in ('{root}', '../../..') for p in glob.glob(root + '/s*/*/*/*')]\n"
        "open('{root}/leak', 'w').write(str(found))\nif found: raise SystemExit(found)",
    ),
    "own_torch": ("pass", ""),  # with a torch.py beside the notebook
}


# --- Mangled notebooks: each with functions that are all right -------------------------------------


def _deleted_tests(nb):
    nb["cells"] = [c for c in nb["cells"] if not c["metadata"].get("nbgrader", {}).get("locked")]


def _copied_test(nb):
    cell = cell_of(nb, "test_sgd")
    nb["cells"].insert(0, {**copy.deepcopy(cell), "id": "copy"})
    nb["cells"].append({**copy.deepcopy(cell), "id": "copy2"})


def _split_cells(nb):
    for name in ("sgd", "test_sgd"):
        cell = cell_of(nb, name)
        other = copy.deepcopy(cell)
        other["id"] = name + "-half"
        other["source"] = "\n"
        nb["cells"].insert(nb["cells"].index(cell) + 1, other)


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


def _stripped(nb):
    for cell in nb["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    nb["nbformat_minor"] = 2


def _odd_metadata(nb):
    cells = nb["cells"]
    cell_of(nb, "test_train")["metadata"]["nbgrader"] = {"grade": True, "grade_id": "test_train"}
    cell_of(nb, "test_sgd")["metadata"]["nbgrader"]["grade_id"] = "nobody"
    cell_of(nb, "sgd")["metadata"]["nbgrader"]["grade_id"] = ["a", "list"]
    cells[1]["metadata"]["nbgrader"] = "text"
    cells[2]["metadata"]["nbgrader"] = {}
    cells[3]["metadata"] = {"nbgrader": [1]}
    nb["metadata"] = []


def _test_as_markdown(nb):
    cell = cell_of(nb, "test_sgd")
    cell["cell_type"] = "markdown"
    cell.pop("outputs", None)
    cell.pop("execution_count", None)


def _odd_cells(nb):
    for cell in nb["cells"]:
        cell["id"] = "same"
    nb["cells"][:0] = [
        "text",
        None,
        {},
        {"cell_type": "code"},
        {"cell_type": "heading", "source": 3, "metadata": 7},
    ]
    nb["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": ["x = '\ud800'\n", 5], "outputs": None}
    )


def _function_in_the_test_cell(nb):
    cell = cell_of(nb, "sgd")
    test = cell_of(nb, "test_sgd")
    test["source"] = "".join(cell["source"])
    cell["source"] = ""


def _version_three(nb):
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    nb["worksheets"] = [{"cells": nb.pop("cells"), "metadata": {}}]
    nb.update(nbformat=3, nbformat_minor=0)


MANGLED = {
    "deleted_tests": _deleted_tests,
    "copied_test": _copied_test,
    "split_cells": _split_cells,
    "forged": _forged,
    "swapped_ids": _swapped_ids,
    "stripped_metadata": _stripped,
    "odd_metadata": _odd_metadata,
    "test_as_markdown": _test_as_markdown,
    "odd_cells": _odd_cells,
    "function_in_the_test_cell": _function_in_the_test_cell,
    "version_three": _version_three,
}
# --- The course: one run of each command, looked at by all tests -----------------------------------

HOSTILE = """# Hello
> a quotation stays one

<img src=x onerror="evil()"> <script>evil()</script> <a href="javascript:evil()">a</a> [b](javascript:evil())
<svg/onload=evil()> <iframe src="javascript:evil()"></iframe> $\\href{javascript:evil()}{x}$
[c]( java&#115;cript:evil()) [d](JavaScript\\:evil()) [e][1] [f](java&Tab;script:evil()) [g](https://example.org/a:b)

[1]:
  vbscript:evil()

<!-- --!><img onerror=evil() src=x>
"""


def hostile(nb: dict) -> dict:
    """Markup that wants to run, in each place that a page is made of."""
    cells = nb["cells"]
    cells[0]["source"] = HOSTILE
    cells[0]["attachments"] = {
        "a.png": {"image/png": '"><script>evil()</script>', "text/html": "<b onclick=evil()>"}
    }
    cells[0]["metadata"] = {"tags": ['"><script>evil()</script>'], "evil()": 1}
    cells.insert(1, {"cell_type": "raw", "id": "r", "metadata": {"format": "text/html"}, "source": HOSTILE})
    data = {
        "text/html": HOSTILE,
        "application/javascript": "evil()",
        "image/svg+xml": "<svg onload='evil()'/>",
    }
    cells[3]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data}]
    cell_of(nb, "q_learning_rate")["source"] = "It diverges. " + HOSTILE
    nb["metadata"]["title"] = "</title><script>evil()</script>"
    nb["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": "</script><script>evil()"}
    }
    return nb


@pytest.fixture(scope="module")
def attacked(tmp_path_factory) -> Path:
    """A course with all attacks, graded once."""
    root = new_course(tmp_path_factory.mktemp("attacked") / "course")
    right = answered(root, NAME)
    for student, (inside, outside) in ATTACKS.items():
        code = LOST.format(inside=inside, outside=outside).replace("{root}", str(root))
        own = hand_in(root, student, NAME, with_code(right, code))
        if student == "own_torch":
            own.with_name("torch.py").write_text("raise SystemExit('mine')\n")
    before = (root / "nbgrader_config.py").read_bytes()
    done = nbgrader(root, "autograde", NAME)
    assert 0 == done.returncode, done.stderr[-3000:]
    assert before == (root / "nbgrader_config.py").read_bytes()
    return root


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A course with all other submissions, graded once."""
    root = new_course(tmp_path_factory.mktemp("nbgrader") / "course")
    right = answered(root, NAME)
    for student, change in MANGLED.items():
        nb = copy.deepcopy(right)
        change(nb)
        hand_in(root, student, NAME, nb)
    hand_in(root, "unreadable", NAME, b"{ this is no notebook")
    hand_in(root, "empty", NAME, b"")
    for student, source in (("in_a_file", ROOT / "solutions"), ("in_no_file", ROOT / "assignments")):
        untouched = (ROOT / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8")
        program = hand_in(root, student, NAME, untouched).with_suffix(".py")
        cells = json.loads((source / NAME / f"{NAME}.ipynb").read_text("utf-8"))["cells"]
        program.write_text("\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code"))
    hand_in(root, "right", NAME, right)
    noisy = copy.deepcopy(right)
    for cell in solution_cells(noisy):
        lines = ["import sys, warnings", "warnings.warn('top')", "print('top', file=sys.stderr)"]
        body = "".join(cell["source"])
        body = re.sub(
            r'("""\n)(\s+)### BEGIN',
            r"\1\2warnings.warn('x'); print('e', file=sys.stderr)\n\2### BEGIN",
            body,
        )
        assert "'x'" in body
        cell["source"] = "\n".join(lines) + "\n" + body
    hand_in(root, "noisy", NAME, noisy)
    hangs = copy.deepcopy(right)
    cell_of(hangs, "squared_loss")["source"] = "def squared_loss(y_hat, y):\n    while True: pass\n"
    hand_in(root, "hangs", NAME, hangs)
    hand_in(root, "hostile", NAME, hostile(copy.deepcopy(right)))
    words = copy.deepcopy(right)
    cell_of(words, "q_learning_rate")["source"] = "It diverges, since each step is larger than the last."
    hand_in(root, "words", NAME, words)
    lost = copy.deepcopy(right)
    lost["cells"] = [
        c for c in lost["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "q_learning_rate"
    ]
    lost["cells"] = [c for c in lost["cells"] if c["id"] != "q_learning_rate"]
    hand_in(root, "words_deleted", NAME, lost)
    split = copy.deepcopy(words)
    half = copy.deepcopy(cell_of(split, "q_learning_rate"))
    half.update(source="And here is why.", id="half")
    split["cells"].append(half)
    hand_in(root, "words_split", NAME, split)
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


def test_right_answers_get_full_marks(graded):
    """Neither stderr, warnings and prints, nor a program beside the untouched notebook, cost a point."""
    assert [FULL] * 3 == [automatic(graded[student]) for student in ("right", "noisy", "in_a_file")]
    assert NOTHING == automatic(graded["in_no_file"])  # nothing was written in the program either


@pytest.mark.slow
def test_an_attack_gains_no_point(attacked):
    """Each gets what its wrong functions are worth: nothing.  It reads and writes nothing."""
    found = scores(attacked, NAME)
    assert dict.fromkeys(ATTACKS, NOTHING) == {student: automatic(found[student]) for student in ATTACKS}
    assert not (attacked / "leak").exists()
    with gradebook(attacked) as book:
        grades = [g for s in book.find_assignment(NAME).submissions for n in s.notebooks for g in n.grades]
    assert {None} == {grade.manual_score for grade in grades}
    own = attacked / "submitted/own_torch" / NAME / "torch.py"
    assert "raise SystemExit('mine')\n" == own.read_text()


@pytest.mark.parametrize("student", MANGLED)
def test_a_mangled_notebook_is_graded_by_its_functions(course, graded, student):
    """Deleted, copied, split and forged cells cost and gain nothing, and leave no cell ungraded."""
    assert FULL == automatic(graded[student])
    cells = autograded(course, student).cells
    marked = [c.metadata.nbgrader.grade_id for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert sorted([*FULL, "q_learning_rate"]) == sorted(marked)


def test_a_file_that_is_empty_gets_nothing_and_a_reason(course, graded):
    """There is a grade, never a gap, and the page says why."""
    assert {**NOTHING, "q_learning_rate": 0} == graded["empty"]
    assert "could not be read" in page(course, "empty")


def test_a_file_that_cannot_be_read_is_no_zero(course, graded):
    """It may be right: there is no score, and the log says who needs review, and why."""
    assert {None} == set(graded["unreadable"].values())
    assert not (course / "autograded/unreadable" / NAME / f"{NAME}.ipynb").exists()
    lines = [line for line in (course / "log.txt").read_text().splitlines() if "NeedsReview: " in line]
    assert [] != [line for line in lines if "unreadable: " in line and "the file" in line]


def test_in_the_kernel_a_program_counts_too(tmp_path, monkeypatch):
    """Where the notebook beside it is as it was released."""
    monkeypatch.chdir(tmp_path)
    untouched = (ROOT / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    program = "def linreg(X, w, b):\n    return X @ w + b\n"
    assert (untouched, ".ipynb") == kernel._what_counts(NAME, untouched)
    Path(f"{NAME}.py").write_text(program)
    assert (program, ".py") == kernel._what_counts(NAME, untouched)
    written = (ROOT / "solutions" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert (written, ".ipynb") == kernel._what_counts(NAME, written)


def test_a_function_written_into_a_test_cell_stays_in_sight(course):
    """The text that our own cell overwrote stands beside it."""
    texts = [cell.source for cell in autograded(course, "function_in_the_test_cell").cells]
    assert 1 == sum("def sgd(params" in text for text in texts)


def test_a_hanging_function_costs_its_own_points(graded):
    """The functions beside it keep theirs."""
    got = automatic(graded["hangs"])
    assert 0 == got["test_squared_loss"]
    assert all(FULL[name] == got[name] for name in ("test_data_iter", "test_linreg", "test_sgd"))


def test_each_test_cell_has_one_plain_number(course):
    """nbgrader reads the first output: there is one, it is a number within the points, nothing on stderr."""
    for student in (*MANGLED, "empty", "in_a_file", "right", "noisy", "hangs"):
        for cell in autograded(course, student).cells:
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                (output,) = cell.outputs
                assert "execute_result" == output.output_type
                assert re.fullmatch(r"\d+\.\d+", output.data["text/plain"])
                assert float(output.data["text/plain"]) <= cell.metadata.nbgrader.points
            elif cell.cell_type == "code":
                assert [] == cell.outputs


# --- Feedback ----------------------------------------------------------------------------------------


SCHEMES = ("javascript:", "vbscript:", "data:text")


class Markup(HTMLParser):
    """What a browser would run of a page."""

    def __init__(self):
        super().__init__()
        self.runs, self.inside = [], ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith(
                ("javascript:", "data:text")
            ):
                self.runs.append((tag, name, value))
        if tag in ("iframe", "object", "embed"):
            self.runs.append((tag,))

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script" and "evil" in data:
            self.runs.append(("script", data))


def test_hostile_markup_runs_nowhere(course, graded):
    """Not in the page that students get, nor in the notebook that formgrader opens; it changes no grade."""
    assert FULL == automatic(graded["hostile"])
    rendered, _ = HTMLExporter(template_name="classic").from_notebook_node(autograded(course, "hostile"))
    for text in (page(course, "hostile"), rendered):
        found = Markup()
        found.feed(text)
        assert [] == [run for run in found.runs if "evil" in str(run)]
        assert "\\href" not in text
        assert 'href="https://example.org/a:b"' in text
        assert "<blockquote>" in text  # quotations stay what they are


def test_a_heading_takes_no_field_of_formgrader():
    """Formgrader finds a score's field by its id, and a heading's words are its id."""
    nb = notebook_with(2)
    for text in (
        "# test_sgd",
        "test\\_sgd\n===",
        "> # `test_sgd-comment`",
        "# test_sgd_extra_credit",
        "# sgd",
    ):
        nb.cells.append(nbformat.v4.new_markdown_cell(text))
    clean, _ = SanitizeSubmission().preprocess(nb, {})
    rendered, _ = HTMLExporter(template_name="classic").from_notebook_node(clean)
    assert ["sgd"] == re.findall(r'<h1 id="([^"]*)"', rendered)


@pytest.mark.parametrize("address", ["/logout", "//evil.example/x", "a/../../x", "%2e%2E/x", ".&period;/x"])
def test_a_picture_asks_nothing_of_the_server(address):
    """A page loads it without a click: only what lies beside the notebook, or elsewhere."""
    nb = notebook_with(2)
    nb.cells.append(
        nbformat.v4.new_markdown_cell(f"![a]({address}) ![b](figure.png) ![c](https://a.example/x)")
    )
    clean, _ = SanitizeSubmission().preprocess(nb, {})
    assert "![a](#) ![b](figure.png) ![c](https://a.example/x)" == clean.cells[-1].source


def test_feedback_names_checks_and_shows_no_source(course):
    """Titles, verdicts, the smallest input and hints; no hidden region, no path of ours, no traceback."""
    text = page(course, "hangs")
    assert "0 of 5 points" in text
    assert "Hint:" in text
    contents = text[text.index("<nav") : text.index("</nav>")]
    assert '<a href="#test_squared_loss">squared_loss</a> <span class="score">0/5</span>' in contents
    for student in ("hangs", "right", "empty", "words"):
        text = page(course, student)
        kit = str(Path(nbgrader_bridge.__file__).parent.parent)
        for secret in ("HIDDEN TESTS", kit, str(course), "Traceback (most", "exercises/"):
            assert secret not in text


def test_formgrader_shows_no_hidden_code(course):
    """What it reads is the notebook that was graded."""
    cells = autograded(course, "right").cells
    tests = [cell for cell in cells if cell.get("id", "").startswith("test_")]
    assert 6 == len(tests)
    assert [] == [
        cell.source for cell in tests if "HIDDEN TESTS" in cell.source or "in_kernel" in cell.source
    ]


# --- The question that a person grades ----------------------------------------------------------------


def test_what_a_person_grades(course, graded):
    """An untouched question is nothing; a written one waits, whole, and one whose cell is gone waits too."""
    assert 0 == graded["right"]["q_learning_rate"]
    for student in ("words", "words_deleted", "words_split"):
        assert graded[student]["q_learning_rate"] is None
    with gradebook(course) as book:
        assert book.find_grade("q_learning_rate", NAME, NAME, "words").needs_manual_grade
    (cell,) = [
        c for c in autograded(course, "words_split").cells if c.get("id") in ("half", "q_learning_rate")
    ]
    assert "It diverges" in cell.source
    assert "here is why" in cell.source


@pytest.mark.slow
def test_points_given_by_hand_reach_the_export(course):
    """Formgrader's way: a manual score and a comment, then `nbgrader export` and a regrade."""
    with gradebook(course) as book:
        grade = book.find_grade("q_learning_rate", NAME, NAME, "words")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_comment("q_learning_rate", NAME, NAME, "words").manual_comment = "Say why."
        book.db.commit()
    done = nbgrader(course, "autograde", NAME, "--student", "words", "--force")
    assert 0 == done.returncode, done.stderr
    assert 0 == nbgrader(course, "export").returncode
    with open(course / "grades.csv", encoding="utf-8") as file:
        rows = {(r["assignment"], r["student_id"]): r for r in csv.DictReader(file)}
    assert 31.5 == float(rows[NAME, "words"]["score"])
    with gradebook(course) as book:
        assert "Say why." == book.find_comment("q_learning_rate", NAME, NAME, "words").manual_comment


# --- Never open ----------------------------------------------------------------------------------------


def notebook_with(points: float, name: str = "test_sgd") -> nbformat.NotebookNode:
    """A notebook with one test cell."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    repair(nb, [released_cell(name, "code", "check()", points)])
    return nb


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
        ("test_sgd", 2, (Outcome.PASSED, Outcome.GRADER_ERROR), "could not be judged: why"),
        ("test_sgd", 3, (Outcome.PASSED, Outcome.FAILED), "has 3 points, its checks 2"),
        ("test_other", 1, (Outcome.PASSED,), "no exercise of the kit belongs to the test cell test_other"),
        ("", 1, (Outcome.PASSED,), "no test cell for sgd"),
    ],
)
def test_what_is_out_of_step_writes_no_score(cell, points, outcomes, words):
    """It raises, so that nbgrader keeps what it had: it would give full marks, or lose points in silence."""
    nb = notebook_with(points, cell) if cell else nbformat.v4.new_notebook()
    with pytest.raises(NeedsReview, match=words):
        fill(nb, report_with(*outcomes))


def test_whatever_is_read_can_be_written():
    """nbformat accepts what `readable` makes of each mangled notebook."""
    for change in MANGLED.values():
        nb = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        for name in [*FULL, "sgd"]:
            meta = {
                "nbgrader": {"grade_id": name, "grade": True, "locked": True, "solution": False, "points": 1}
            }
            nb["cells"].append(
                {"cell_type": "code", "id": name, "metadata": meta, "source": "a", "outputs": []}
            )
        change(nb)
        made, problem = readable(Submission("ann", "a.ipynb", json.dumps(nb), ".ipynb"))
        assert "" == problem
        repair(made, [])
        assert len(made.cells) == len({cell.id for cell in made.cells})
        nbformat.validate(made)
        nbformat.writes(made).encode()


REGION = "### BEGIN HIDDEN TESTS\nsecret()\n### END HIDDEN TESTS\n"


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (REGION + "check()\n", "check()"),
        (f"a = 1\n{REGION}b = 2\n{REGION}", "a = 1\nb = 2"),
        ("x\n### BEGIN HIDDEN TESTS\ny", "x\n### BEGIN HIDDEN TESTS\ny"),
        ("### BEGIN HIDDEN TESTS\n" + REGION, ("### BEGIN HIDDEN TESTS\n" + REGION).strip()),
        ("x\n### END HIDDEN TESTS", "x\n### END HIDDEN TESTS"),
    ],
)
def test_a_hidden_region_is_cut_where_it_is_one(source, left):
    """By nbgrader's own rules; a region without an end, or in another, is left as it is."""
    assert left == without_hidden(source, clearer())


def test_many_copies_of_a_cell_are_put_in_order_in_linear_time():
    """A student can hand in as many as fit into a file."""
    want = released_cell("test_sgd", "code", "check()", 2)
    mark = {"nbgrader": {"grade_id": "test_sgd"}}
    nb = nbformat.v4.new_notebook()
    nb.cells = [
        nbformat.from_dict({"cell_type": "code", "id": f"c{i}", "metadata": mark, "source": f"x = {i}"})
        for i in range(5_000)
    ]
    started = time.process_time()
    assert ["cell test_sgd appears 5000 times"] == repair(nb, [want])
    assert time.process_time() - started < 5
    assert 1 == sum("nbgrader" in cell.metadata for cell in nb.cells)


# --- One session for all notebooks of a course ----------------------------------------------------------


class Recorded:
    """In place of a Session: says how it was opened, and gives nobody a point."""

    opened: list[tuple] = []

    def __init__(self, assignment, chosen, *, jobs=0, hidden=(), with_gate=True):
        self.opened.append((assignment, chosen.seed, jobs, tuple(hidden), with_gate))
        self.closed = False

    def report(self, submission):
        assert not self.closed
        return report_with(Outcome.FAILED)

    def close(self):
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def opened(monkeypatch) -> list[tuple]:
    """How each session was opened: assignment, seed, jobs, what no code may read, the gate."""
    monkeypatch.setattr(Recorded, "opened", [])
    for module in (warm, kernel):
        monkeypatch.setattr(module, "Session", Recorded)
    return Recorded.opened


def test_a_session_stays_warm_until_its_settings_change(opened, tmp_path):
    """Formgrader's server lives for weeks: an edited autograder.toml counts from the next notebook on.

    Each course has a session of its own; wrong settings grade nobody, and not by the old ones either.
    """
    sessions, seed = WarmSessions(), settings.Settings().seed
    one, two = tmp_path / "one", tmp_path / "two"
    for root, text in (one, ""), (one, ""), (two, ""), (one, "seed = 7\n"), (one, "seed = 7\n"):
        root.mkdir(exist_ok=True)
        (root / settings.FILE).write_text(text)
        sessions.report(Submission("ann", "a.ipynb"), NAME, root)
    (one / settings.FILE).write_text("sed = 7\n")
    with pytest.raises(settings.SettingsError, match="sed"):
        sessions.report(Submission("ann", "a.ipynb"), NAME, one)
    sessions.close()
    expected = [(NAME, of, 0, (root,), True) for root, of in ((one, seed), (two, seed), (one, 7))]
    assert expected == opened


def test_the_kernel_reads_the_settings_of_the_course(opened, tmp_path, monkeypatch):
    """And not the file of that name which a student hands in beside the notebook, or above it."""
    beside = tmp_path / "autograded/ann" / NAME
    beside.mkdir(parents=True)
    (tmp_path / settings.FILE).write_text("seed = 7\n")
    for folder in (beside, beside.parent):
        (folder / settings.FILE).write_text("seed = 8\n")
    monkeypatch.chdir(beside)
    kernel._judged(NAME, '{"cells": []}')
    assert [(NAME, 7, 0, (), False)] == opened


LAZY = """
import sys
from autograder import nbgrader_bridge, settings
from autograder.grading import warm
from autograder.grading.warm import WarmSessions
from autograder.nbgrader_bridge import HideTests, RepairCells, SanitizeSubmission, TolerantExporter
print("torch" in sys.modules, sorted(nbgrader_bridge.__all__))
"""


@pytest.mark.slow
def test_what_makes_feedback_needs_no_torch():
    """It would take a second and a half."""
    names = [
        "FeedbackExporter",
        "HideTests",
        "JudgeFunctions",
        "RepairCells",
        "SanitizeSubmission",
        "TolerantExporter",
        "configure",
    ]
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, timeout=PATIENCE)
    assert (0, f"False {names}\n") == (done.returncode, done.stdout), done.stderr


# --- nbgrader without our preprocessor ------------------------------------------------------------------

PLAIN = """
c = get_config()
c.CourseDirectory.course_id = "linear-regression"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """A course without our settings: each notebook runs in a kernel."""
    root = new_course(tmp_path_factory.mktemp("plain") / "course", (NAME,))
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
    done = nbgrader(root, "autograde", NAME)
    assert 0 == done.returncode, done.stderr[-3000:]
    return root


@pytest.mark.slow
def test_a_plain_nbgrader_gives_the_same_points(plain):
    """The hidden region asks the kit, and judges the whole notebook, not the moment.

    What is wrong has partial points, although the visible check raises after them, and a warning was
    printed before; without the kit the visible checks alone give nothing.
    """
    found = scores(plain, NAME)
    assert FULL == automatic(found["mended_at_the_end"])
    wrong = automatic(found["wrong"])
    assert wrong["test_sgd"] < FULL["test_sgd"]
    assert all(FULL[name] == wrong[name] for name in ("test_data_iter", "test_linreg", "test_squared_loss"))
    assert NOTHING == automatic(found["without_the_kit"])
    text = (plain / "autograded/mended_at_the_end" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert 6 == text.count("without a sandbox")


@pytest.mark.slow
def test_no_hidden_region_is_released(plain):
    """Students see the visible check alone."""
    text = (plain / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert "HIDDEN" not in text
    assert "in_kernel" not in text

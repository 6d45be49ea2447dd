"""A course outside the package: its own exercises are found, checked, released and graded as the kit's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from course_helpers import ROOT, nbgrader, scores

from autograder import courses
from autograder.cli import checking, skeleton
from autograder.cli.stop import Stop
from autograder.nbgrader_bridge import own_notebooks

NAME, SECOND = "calculus", "softmax_regression"
HERE = Path(__file__).parent / "another_course"
CODE = {
    "ana": {},
    "ben": {"slope": "def slope(f, x):\n    return f(x + 1e-3) - f(x - 1e-3)\n"},
    "cleo": {
        "train": "def train(x, lr, num_steps):\n    for _ in range(num_steps):\n"
        "        x = x + lr * slope(square, x)\n    return x\n"
    },
    # the parts' own names, in another order
    "dai": {
        "slope": "def slope(x, f):\n    return (f(x + 1e-3) - f(x - 1e-3)) / 2e-3\n",
        "train": "def train(x, lr, num_steps):\n    for _ in range(num_steps):\n"
        "        x = x - lr * slope(x, square)\n    return x\n",
    },
}
POINTS = {"ana": (3, 3), "ben": (0, 3), "cleo": (3, 0), "dai": (0, 3)}
CELLS = {student: {"test_slope": a, "test_train": b} for student, (a, b) in POINTS.items()}
NAMED = {"ana": "", "ben": "does_not_divide", "cleo": "goes_up", "dai": ""}
SPIES = 'def softmax(X):\n    return torch.tensor([float(len(open("{}").read()))])\n'


def autograder(course: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the kit in a course's root."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(course.parent / "cache")}
    command = [sys.executable, "-m", "autograder.cli", *words]
    return subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=900)


def hidden_lines() -> set[str]:
    """The lines of the hidden files that say something of their own."""
    texts = [path.read_text("utf-8") for path in (HERE / "exercises").rglob("*.py")]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {line for line in lines if len(line) > 30 and re.search(r"contract|mistake\(|points=|given", line)}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of its own, its releases made, and four students' notebooks in submitted/."""
    root = tmp_path_factory.mktemp("another") / "course"
    shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "solutions" / skeleton.SELFCHECK, root / "solutions")
    (root / "nbgrader_config.py").write_text(skeleton.CONFIG.format(name="another"))
    assert 0 == autograder(root, "init").returncode
    done = autograder(root, "release")
    assert (0, "") == (done.returncode, done.stderr)
    reference = json.loads((root / "solutions" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
    right = {cell["id"]: cell["source"] for cell in reference["cells"]}
    for student, own in CODE.items():
        notebook = json.loads((root / "assignments" / NAME / f"{NAME}.ipynb").read_text("utf-8"))
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("solution"):
                cell["source"] = own.get(cell["id"], right[cell["id"]])
        path = root / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def graded(course):
    """Student -> check -> its result, through `autograder grade`."""
    done = autograder(course, "grade", "submitted", "--assignment", NAME, "--out", "results-of-grade")
    assert (0, "") == (done.returncode, done.stderr)
    tree = json.loads((course / "results-of-grade" / "results.json").read_text("utf-8"))
    return {s["id"]: s["checks"] for s in tree["submissions"]}


def points_of(checks):
    return tuple(sum(c["earned"] for c in checks if c["exercise"] == name) for name in ("slope", "train"))


@pytest.mark.slow
def test_each_function_has_its_own_points(graded):
    """A wrong part costs no other: a right one is lent for a plain call, too."""
    assert POINTS == {student: points_of(checks) for student, checks in graded.items()}


@pytest.mark.slow
def test_mistakes_with_helpers_are_named(graded):
    """What an answer or a mistake uses of its module travels with it to the worker."""
    named = {s: next((c["mistake"] for c in checks if c["mistake"]), "") for s, checks in graded.items()}
    assert NAMED == named


@pytest.mark.slow
def test_a_course_gets_the_same_points_by_nbgrader(course, graded):
    """Through `--course`; no student's page and no release has a line of a hidden file."""
    done = nbgrader(course, "generate_assignment", NAME, "--force")
    assert 0 == done.returncode, done.stderr
    done = autograder(course, "grade", "--course", ".", "--assignment", NAME)
    assert (0, "") == (done.returncode, done.stderr)
    assert CELLS == scores(course, NAME)
    places = course / "assignments", course / "results-of-grade" / "feedback"
    seen = [path.read_text("utf-8") for place in places for path in place.rglob("*") if path.is_file()]
    assert len(seen) > 8
    assert set() == {line for line in hidden_lines() for text in seen if line in text}


@pytest.mark.slow
def test_a_worker_reads_no_file_of_the_course(course):
    """Neither a hidden file nor the secret seed."""
    for at, path in enumerate((course / "exercises" / SECOND / "softmax.py", course / "autograder.toml")):
        (course.parent / f"spy{at}").mkdir()
        file = course.parent / f"spy{at}" / f"{SECOND}.py"
        file.write_text(f"import torch\n{SPIES.format(path)}")
        done = autograder(course, "grade", str(file))
        assert 1 == done.returncode, done.stdout  # a file that is not there is a limit, which needs review
        assert "so this needs review (in `softmax`, line 2" in done.stderr
        assert re.search(r"softmax: 0 of 5 points", done.stdout), done.stdout


@pytest.mark.slow
def test_all_that_an_author_declared_holds(course):
    """`autograder check` of the course's own assignments finds nothing to fix, and leaves the kit's alone."""
    done = autograder(course, "check", SECOND, "--mutants", "2")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert ["softmax", "net", "cross_entropy", "accuracy", "train"] == [
        line.split()[0] for line in done.stdout.splitlines() if "  stub 0/" in line
    ]
    assert "1 of 1 right ones pass" in done.stdout


SPEAKS = """
from pathlib import Path
from autograder import courses
from autograder.cli import checking
from autograder.languages import spoken, tr
courses.use(Path.cwd())
with spoken("zh"):
    print(tr("A line is as steep everywhere."), tr("Hint"), tr("gives 2 for 2x + 1"))
print(*checking._translations(Path.cwd(), "calculus"))
"""


def test_a_course_translates_its_own_sentences(tmp_path):
    """They are in catalogues beside the course's files; the kit's and the bundled ones are left alone."""
    shutil.copytree(HERE / "exercises" / NAME, tmp_path / "exercises" / NAME)
    (tmp_path / "autograder.toml").touch()
    bundled = {path: path.read_bytes() for path in (ROOT / "autograder").rglob("*.po")}
    done = autograder(tmp_path, "translate")
    catalogue = tmp_path / "exercises" / NAME / "zh.po"
    assert (1, f"Wrote {catalogue}.") == (done.returncode, done.stdout.splitlines()[0]), done.stderr
    assert "zh.po has no translation of 'gives 2 for 2x + 1'" in done.stdout
    assert bundled == {path: path.read_bytes() for path in (ROOT / "autograder").rglob("*.po")}
    empty = 'msgid "A line is as steep everywhere."\nmsgstr "'
    catalogue.write_text(catalogue.read_text("utf-8").replace(empty, empty + "直线处处一样陡。"), "utf-8")
    waiting = "9 sentences of exercises/calculus/zh.po have no translation. Feedback has them in English."
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(
        [sys.executable, "-c", SPEAKS], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ["直线处处一样陡。 提示 gives 2 for 2x + 1", waiting] == said.stdout.splitlines(), said.stderr


@pytest.mark.slow
def test_the_guide_s_assignment_has_nothing_to_fix(empty):
    """docs/authoring.md word by word: `new`, its blocks in their places, `check`."""
    guide = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    blocks = dict(re.findall(r"```python\n# ([\w/.: ]+)\n(.*?)```", guide, re.DOTALL))
    assert 0 == autograder(empty, "new", "statistics", "mean_loss(losses)").returncode
    notebook = empty / "solutions/statistics/statistics.ipynb"
    tree = json.loads(notebook.read_text("utf-8"))
    for cell in tree["cells"]:
        cell["source"] = {"title": "# Statistics", "mean_loss": blocks["solutions: mean_loss"]}.get(
            cell["id"], cell["source"]
        )
    notebook.write_text(json.dumps(tree), "utf-8")
    hidden = "exercises/statistics/mean_loss.py"
    (empty / hidden).write_text(blocks[hidden], "utf-8")
    visible = empty / "solutions/statistics/test_statistics.py"
    text, own = visible.read_text("utf-8"), blocks["visible: mean_loss"]
    start, end = text.index("@visible"), text.index("check, tests = ")
    visible.write_text(f"{text[:start]}{own}\n{text[end:]}", "utf-8")

    done = autograder(empty, "check")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert "mean_loss  stub 0/5  reference 5/5  2 of 2 mistakes as declared  13 of 13 lazy" in done.stdout

    visible.write_text(visible.read_text("utf-8").replace("[is_the_mean]", "[is_a_mean]"), "utf-8")
    done = autograder(empty, "check", "--mutants", "1")
    said = "! The self-check rejects the reference of mean_loss: NameError: name 'is_a_mean' is not defined"
    assert (1, 1) == (done.returncode, done.stdout.count(said)), done.stdout


@pytest.fixture
def empty(tmp_path):
    """A new course in an empty folder."""
    root = tmp_path / "new"
    root.mkdir()
    (root / "autograder.toml").write_text("seed = 1\n")
    return root


def test_a_new_assignment_is_whole(empty, monkeypatch):
    """A hidden file, a stub, a test cell and a visible check for each function, and where answers go."""
    skeleton.write(empty, "statistics", ["mean_loss(losses)", "spread(losses, w): mean_loss"])
    tree = json.loads((empty / "solutions/statistics/statistics.ipynb").read_text("utf-8"))
    assert ["title", "imports", "mean_loss", "test_mean_loss", "spread", "test_spread"] == [
        cell["id"] for cell in tree["cells"]
    ]
    hidden = (empty / "exercises/statistics/spread.py").read_text("utf-8")
    assert 'spread = Exercise("spread", parts=[mean_loss])' in hidden
    for path in empty.rglob("*.py"):
        compile(path.read_text("utf-8"), path.name, "exec")
    monkeypatch.setenv(courses.VARIABLE, str(empty))
    blanks = [*checking._blanks("statistics")]
    assert "! solutions/statistics/statistics.ipynb, cell mean_loss: still to fill in" in blanks
    assert "! exercises/statistics/spread.py, line 11: still to fill in" in blanks
    assert {"right_answers", "wrong_answers", "nbgrader_config.py"} <= {path.name for path in empty.iterdir()}


@pytest.mark.parametrize(
    ("name", "functions", "words"),
    [
        ("vectorization", ["f(x)"], "'vectorization' cannot be the name of an assignment"),
        ("Statistics", ["f(x)"], "'Statistics' cannot be the name of an assignment"),
        ("statistics", ["f(x): g"], "f calls g, which is not declared before f"),
        ("statistics", ["f(x)", "f(y)"], "'f' cannot be the name of a function"),
        ("statistics", ["statistics(x)"], "'statistics' cannot be the name of a function"),
        ("statistics", ["show(x)"], "'show' cannot be the name of a function"),
        ("statistics", ["f(x, dtype)"], "'dtype' cannot be the name of a parameter"),
        ("statistics", ["f(x, x)"], "parameters with different names"),
        ("statistics", ["f"], "'f' is not a function"),
    ],
)
def test_a_name_that_clashes_is_refused(empty, name, functions, words):
    """Before anything is written."""
    with pytest.raises(Stop, match=words):
        skeleton.write(empty, name, functions)
    assert ["autograder.toml"] == [path.name for path in empty.iterdir()]


def test_a_new_assignment_that_cannot_be_written_is_one_line(empty):
    """As where the course is not the author's own."""
    (empty / "solutions").touch()
    done = autograder(empty, "new", "statistics", "f(x)")
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "Cannot write to" in done.stderr


def test_a_folder_of_submissions_is_no_course(tmp_path):
    """What a student submits beside an autograder.toml of theirs is never run as exercises."""
    (tmp_path / "exercises" / "evil").mkdir(parents=True)
    (tmp_path / "autograder.toml").write_text("seed = 1\n")
    (tmp_path / "exercises" / "evil" / "__init__.py").write_text("")
    (tmp_path / "exercises" / "evil" / "f.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (tmp_path / "evil.py").write_text("x = 1\n")
    done = autograder(tmp_path, "grade", ".", "--out", str(tmp_path.parent / "out"), "--assignment", "evil")
    assert 2 == done.returncode
    assert not (tmp_path / "ran").exists()


def test_the_test_cells_are_those_of_the_course_in_use(tmp_path):
    """Formgrader's server sees one course after another."""
    try:
        for name in ("one", "two"):
            folder = tmp_path / name / "exercises" / "extra"
            folder.mkdir(parents=True)
            for path in (folder / "__init__.py", folder / f"{name}.py", tmp_path / name / "autograder.toml"):
                path.touch()
            courses.use(tmp_path / name)
            assert {f"test_{name}"} == own_notebooks.test_cells("extra")
    finally:
        courses.use(None)

"""A course outside the package: its own exercises are found, checked, released and graded as the kit's."""

import copy
import importlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from cli_helpers import run
from course_helpers import ROOT, answered, cell_of, hand_in, nbgrader, scores

from autograder import courses, wire
from autograder.auditing.auditor import Auditor
from autograder.auditing.verdicts import Verdict
from autograder.cli import checking, skeleton
from autograder.cli.terminal import Stop
from autograder.intake import released
from autograder.judging import cases
from autograder.languages import spoken, tr
from autograder.settings import Settings

NAME = "softmax_regression"
HERE = Path(__file__).parent / "another_course"
FORGETS = "def net(X, W, b):\n    return softmax(X @ W)\n"
SPIES = 'def softmax(X):\n    return torch.tensor([float(len(open("{}").read()))])\n'
SPIED = {"spy": f"exercises/{NAME}/softmax.py", "thief": "autograder.toml"}


def autograder(course: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the kit in a course's root."""
    return run(*words, cwd=course, XDG_CACHE_HOME=str(course.parent / "cache"))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course of its own, its release made, and students' notebooks in submitted/."""
    root = tmp_path_factory.mktemp("another") / "course"
    shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "solutions" / skeleton.SELFCHECK, root / "solutions" / NAME)
    (root / "nbgrader_config.py").write_text(skeleton.filled("nbgrader_config.py.j2", course="another"))
    assert 0 == autograder(root, "init").returncode
    done = autograder(root, "release")
    assert (0, "") == (done.returncode, done.stderr)
    right = answered(root, NAME, root)
    for student, cell, code in (
        ("ana", "", ""),
        ("ben", "net", FORGETS),
        *((id, "softmax", SPIES.format(root / path)) for id, path in SPIED.items()),
    ):
        notebook = copy.deepcopy(right)
        if cell:
            cell_of(notebook, cell)["source"] = code
        hand_in(root, student, NAME, notebook)
    return root


@pytest.mark.slow
def test_a_course_is_graded_by_its_own_exercises(course):
    """A wrong part costs no other, and its mistake is named; a worker reads no hidden file, and no seed."""
    done = autograder(
        course, "grade", "submitted", "--course", ".", "--assignment", NAME, "--out", "results-of-grade"
    )
    assert 1 == done.returncode, done.stderr
    review = [
        line for line in done.stderr.splitlines() if "so this needs review (in `softmax`, line 2" in line
    ]
    assert [*SPIED] == sorted(line.partition(" ")[0] for line in review)
    tree = json.loads((course / "results-of-grade" / "results.json").read_text("utf-8"))
    checks = {one["id"]: one["checks"] for one in tree["submissions"]}
    lost = {id: {c["exercise"] for c in checks[id] if c["earned"] < c["points"]} for id in ("ana", "ben")}
    assert {"ana": set(), "ben": {"net"}} == lost
    assert {"", "forgets_b"} == {c["mistake"] for c in checks["ben"]}
    places = course / "assignments", course / "results-of-grade" / "feedback"
    seen = [path.read_text("utf-8") for place in places for path in place.rglob("*") if path.is_file()]
    assert len(seen) > 8
    hidden = [path.read_text("utf-8") for path in (HERE / "exercises").rglob("*.py")]
    lines = {line.strip() for text in hidden for line in text.splitlines() if len(line) > 30}
    told = {line for line in lines if re.search(r"contract|mistake\(|points=|given", line)}
    assert set() == {line for line in told for text in seen if line in text}


@pytest.mark.exhaustive
def test_nbgrader_has_the_points_of_a_course_s_own_exercises(course):
    """Whom a limit stopped has none there; the feedback is released."""
    done = nbgrader(course, "generate_assignment", NAME, "--force")
    assert 0 == done.returncode, done.stderr
    done = autograder(course, "grade", "--course", ".", "--assignment", NAME)
    assert 1 == done.returncode, done.stderr
    found = scores(course, NAME)
    tree = json.loads((course / "results" / NAME / "results.json").read_text("utf-8"))
    checks = {one["id"]: one["checks"] for one in tree["submissions"]}
    for id in ("ana", "ben"):
        points = Counter()
        for check in checks[id]:
            points[f"test_{check['exercise']}"] += check["earned"]
        assert points == found[id]
    assert {None} == {found[id]["test_softmax"] for id in SPIED}  # and the others have points
    done = nbgrader(course, "generate_feedback", NAME)
    assert 0 == done.returncode, done.stderr[-2000:]
    assert f"{NAME}: 15 of 17 points" in (course / f"feedback/ben/{NAME}/{NAME}.html").read_text("utf-8")


@pytest.mark.exhaustive
def test_all_that_an_author_declared_holds(course):
    """`autograder check` of the course's own assignments finds nothing to fix, and leaves the kit's alone."""
    done = autograder(course, "check", "--mutants", "2")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert ["softmax", "net", "cross_entropy", "train"] == [
        line.split()[0] for line in done.stdout.splitlines() if "  stub 0/" in line
    ]
    assert 4 == len(re.findall(r"  (\d+) of \1 right ones pass", done.stdout))


@pytest.mark.exhaustive
def test_the_guide_s_assignment_has_nothing_to_fix(empty):
    """docs/authoring.md word by word: `new`, its blocks in their places, `check`."""
    guide = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    blocks = dict(re.findall(r"```python\n# ([\w/.: ]+)\n(.*?)```", guide, re.DOTALL))
    assert 0 == autograder(empty, "new", "statistics", "mean_loss(losses)").returncode
    done = autograder(empty, "check")
    blank = "! solutions/statistics/statistics.ipynb, cell mean_loss: still to fill in"
    assert (1, True) == (done.returncode, blank in done.stdout.splitlines())
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


@pytest.mark.parametrize(
    "seed", [pytest.param(n, marks=pytest.mark.exhaustive if n else pytest.mark.slow) for n in range(10)]
)
def test_the_guide_s_oracle_draws_what_a_bound_cuts_off(tmp_path, monkeypatch, seed):
    """`min(losses.mean(), 10)` is wrong for large means, of which each sign is as likely as the other."""
    guide = (ROOT / "docs" / "authoring.md").read_text("utf-8")
    (hidden,) = re.findall(r"```python\n# exercises/statistics/mean_loss.py\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "guide_mean_loss.py").write_text(hidden, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    exercise = importlib.import_module("guide_mean_loss").mean_loss
    asked = exercise.altered(checks=exercise.oracles)
    (frame,) = cases.draw("statistics", [asked], seed).frames.values()

    means = [float(case["losses"].mean()) for case in wire.opened(frame)]
    assert 20 <= sum(abs(mean) > 10.01 for mean in means)  # all of one sign: one in half a million
    assert max(means) > 10.01


@pytest.fixture
def empty(tmp_path):
    """A new course in an empty folder."""
    root = tmp_path / "new"
    root.mkdir()
    (root / "autograder.toml").write_text("seed = 1\n")
    return root


def test_a_new_assignment_is_whole(empty):
    """A hidden file, a stub, a test cell and a visible check for each function, and where answers go."""
    skeleton.write(empty, "statistics", ["mean_loss(losses)", 'spread(losses, w="u", c=1 / 2): mean_loss'])
    tree = json.loads((empty / "solutions/statistics/statistics.ipynb").read_text("utf-8"))
    assert ["title", "imports", "import_check", "mean_loss", "test_mean_loss", "spread", "test_spread"] == [
        cell["id"] for cell in tree["cells"]
    ]
    hidden = (empty / "exercises/statistics/spread.py").read_text("utf-8")
    assert 'spread = Exercise("spread", parts=[mean_loss])' in hidden
    (stub,) = ["".join(cell["source"]) for cell in tree["cells"] if cell["id"] == "spread"]
    assert "def spread(losses, w='u', c=1 / 2):" in stub
    for path in empty.rglob("*.py"):
        compile(path.read_text("utf-8"), path.name, "exec")
    assert {"right_answers", "wrong_answers", "nbgrader_config.py"} <= {path.name for path in empty.iterdir()}


def test_functions_are_added_to_an_assignment_that_exists(empty):
    """Below what is there, which stays: cells, properties and parts; a second time, it is refused."""
    skeleton.write(empty, "statistics", ["mean_loss(losses)"])
    visible = empty / "solutions/statistics/test_statistics.py"
    start, end = "PROPERTIES = {\n", "}\n\ncheck"
    one = 'PROPERTIES = {"mean_loss": [mean_loss_gives_a_tensor]}\n\ncheck'  # as the guide writes it
    text = visible.read_text("utf-8")
    visible.write_text(text[: text.index(start)] + one + text.partition(end)[2], "utf-8")
    added = skeleton.write(empty, "statistics", ["spread(losses, w): mean_loss", "other(x)"])

    names = ["statistics.ipynb", "test_statistics.py", "spread.py", "other.py"]
    assert names == [path.name for path in added]
    tree = json.loads((empty / "solutions/statistics/statistics.ipynb").read_text("utf-8"))
    assert ["test_mean_loss", "spread", "test_spread", "other", "test_other"] == [
        cell["id"] for cell in tree["cells"][-5:]
    ]
    words = visible.read_text("utf-8")
    assert ["mean_loss", "spread", "other"] == re.findall(r'"(\w+)": \[\1_gives_a_tensor\]', words)
    compile(words, "test_statistics.py", "exec")
    assert 'parts={"spread": ["mean_loss"]})' in words
    assert words.index("def spread_gives_a_tensor") < words.index("PROPERTIES")
    with pytest.raises(Stop, match="'spread' cannot be the name"):
        skeleton.write(empty, "statistics", ["spread(x)"])


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("statistics.ipynb", '{"cells": [', "The file is not a notebook. Save it again in Jupyter."),
        ("test_statistics.py", "x = 1\ny = (\n", "Correct line 2: '\\(' was never closed."),
    ],
)
def test_nothing_is_added_to_a_file_that_cannot_be_read(empty, file, text, words):
    """The sentence says what to correct."""
    skeleton.write(empty, "statistics", ["mean_loss(losses)"])
    (empty / "solutions/statistics" / file).write_text(text)
    before = {path: path.read_bytes() for path in empty.rglob("*") if path.is_file()}
    with pytest.raises(Stop, match=f"{file} cannot be read, so nothing was written. {words}$"):
        skeleton.write(empty, "statistics", ["spread(x)"])
    assert before == {path: path.read_bytes() for path in empty.rglob("*") if path.is_file()}


HIDDEN = """
from autograder import Exercise, expect, tensors
{0} = Exercise("{0}")
@{0}.answer
def right(x):
    return x
@{0}.check(points=1, given=tensors(x="n"), cases=2)
def is_right(f, x):
    \'\'\'is right\'\'\'
    expect.agreement(f, right, x)
"""


class OneProcess:
    """In place of a pool's processes: this one."""

    def __init__(self, make, jobs):
        self.tool = make()

    def map(self, ask, items):
        return (ask(item, self.tool) for item in items)

    def close(self):
        pass


def test_check_looks_again_at_what_changed_alone(empty, monkeypatch):
    """The change of one function's hidden file judges its programs again; a copy has a verdict of its own."""
    skeleton.write(empty, "pair", ["one(x)", "two(x)"])
    for name in ("one", "two"):
        (empty / f"exercises/pair/{name}.py").write_text(HIDDEN.format(name))
        for copy_of in ("a", "b"):
            (empty / f"wrong_answers/pair/{name}_{copy_of}.py").write_text(
                f"# wrong: {name}: x\n{name} = 1\n"
            )
    for path in (empty / "solutions/pair").iterdir():
        path.write_text(path.read_text("utf-8").replace("FILL IN", ""), "utf-8")
    shutil.copy(ROOT / "solutions" / skeleton.SELFCHECK, empty / "solutions/pair")
    shutil.copytree(empty / "solutions", empty / "assignments")
    monkeypatch.setenv("XDG_CACHE_HOME", str(empty.parent / "cache"))
    monkeypatch.setattr(checking, "Pool", OneProcess)
    monkeypatch.setattr(checking, "_release", lambda root, assignment: None)
    looked = []

    def look(auditor, program):
        looked.append((program.exercise, program.origin))
        return Verdict(program, "w", {"is_right": 1.0})

    monkeypatch.setattr(Auditor, "look", look)
    monkeypatch.chdir(empty)
    before = {*sys.modules}
    try:
        courses.use(empty)
        checked = [checking.check(["pair"], Settings(), 0, 1, False, 1)]
        first = [*looked]
        looked.clear()
        (empty / "exercises/pair/two.py").write_text(HIDDEN.format("two") + "# changed\n")
        checked.append(checking.check(["pair"], Settings(), 0, 1, False, 1))
    finally:
        courses.use(None)
        for name in {*sys.modules} - before:
            if name.startswith("autograder.exercises.pair"):
                del sys.modules[name]
    assert [("one", "one_a.py"), ("one", "one_b.py")] == [each for each in first if each[1][:3] == "one"]
    assert [each for each in first if each[0] == "two"] == looked
    assert checked[0] == checked[1] > 0


@pytest.mark.parametrize(
    ("name", "functions", "words"),
    [
        ("torch", ["f(x)"], "'torch' cannot be the name of an assignment"),
        ("vectorization", ["f(x)"], "'vectorization' cannot be the name of an assignment"),
        ("statistics", ["f(x): g"], "f calls g, which is not declared before f"),
        ("statistics", ["f(x)", "f(y)"], "'f' cannot be the name of a function"),
        ("statistics", ["statistics(x)"], "'statistics' cannot be the name of a function"),
        ("statistics", ["test_f(x)"], "'test_f' cannot be the name of a function"),
        ("statistics", ["f(x, dtype)"], "'dtype' cannot be the name of a parameter"),
        ("statistics", ["f(x y)"], "is not a function. Write it as"),
        ("statistics", ["f(x, *y)"], "is not a function. Write it as"),
        ("statistics", ["f(x, /)"], "is not a function. Write it as"),
        ("statistics", ["f(x, x)"], "is not a function. Write it as"),
        ("statistics", ["f"], "'f' is not a function"),
    ],
)
def test_a_name_that_clashes_is_refused(empty, name, functions, words):
    """Before anything is written."""
    with pytest.raises(Stop, match=words) as refused:
        skeleton.write(empty, name, functions)
    with spoken("zh"):
        assert re.search(r"an? (assignment|function|parameter)", tr(refused.value)) is None
    assert ["autograder.toml"] == [path.name for path in empty.iterdir()]


def test_a_new_assignment_that_cannot_be_written_is_one_line(empty):
    """As where the course is not the author's own."""
    (empty / "solutions").touch()
    done = autograder(empty, "new", "statistics", "f(x)")
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert "Check that it is there and writable" in done.stderr


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
            assert {f"test_{name}"} == released.test_cells("extra")
    finally:
        courses.use(None)

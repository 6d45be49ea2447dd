"""A course outside the package: its own exercises are found, checked, released and graded as
the kit's.
"""

import copy
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from cli_helpers import run
from course_helpers import ROOT, answered, cell_of, hand_in, nbgrader, scores

from autograder import courses
from autograder.cli import skeleton
from autograder.cli.terminal import Stop
from autograder.intake import released
from autograder.languages import in_language, tr

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
    (root / "nbgrader_config.py").write_text(
        skeleton.filled("nbgrader_config.py.j2", course="another")
    )
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
    """A wrong part costs no other, and its mistake is named; a worker reads no hidden file,
    and no seed.
    """
    done = autograder(
        course,
        "grade",
        "submitted",
        "--course",
        ".",
        "--assignment",
        NAME,
        "--out",
        "results-of-grade",
    )
    assert 1 == done.returncode, done.stderr
    review = [
        line
        for line in done.stderr.splitlines()
        if "so this needs review (in `softmax`, line 2" in line
    ]
    assert [*SPIED] == sorted(line.partition(" ")[0] for line in review)
    tree = json.loads((course / "results-of-grade" / "results.json").read_text("utf-8"))
    checks = {one["id"]: one["checks"] for one in tree["submissions"]}
    lost = {
        id: {c["exercise"] for c in checks[id] if c["earned"] < c["points"]}
        for id in ("ana", "ben")
    }
    assert {"ana": set(), "ben": {"net"}} == lost
    assert {"", "forgets_b"} == {c["mistake"] for c in checks["ben"]}
    places = course / "assignments", course / "results-of-grade" / "feedback"
    seen = [
        path.read_text("utf-8")
        for place in places
        for path in place.rglob("*")
        if path.is_file()
    ]
    assert len(seen) > 8
    hidden = [path.read_text("utf-8") for path in (HERE / "exercises").rglob("*.py")]
    lines = {
        line.strip() for text in hidden for line in text.splitlines() if len(line) > 30
    }
    told = {
        line for line in lines if re.search(r"contract|mistake\(|points=|given", line)
    }
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
    assert {None} == {
        found[id]["test_softmax"] for id in SPIED
    }  # and the others have points
    done = nbgrader(course, "generate_feedback", NAME)
    assert 0 == done.returncode, done.stderr[-2000:]
    assert f"{NAME}: 15 of 17 points" in (
        course / f"feedback/ben/{NAME}/{NAME}.html"
    ).read_text("utf-8")


@pytest.mark.exhaustive
def test_all_that_an_author_declared_holds(course):
    """`autograder check` of the course's own assignments finds nothing to fix, and leaves the
    kit's alone.
    """
    done = autograder(course, "check", "--mutants", "2")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    lines = done.stdout.splitlines()
    names = [line for line in lines if not line.startswith((" ", "Wrote"))]
    assert ["softmax", "net", "cross_entropy", "train", "self-check"] == names
    for count, what in ((4, "lazy answers fail"), (1, "right answers pass")):
        assert count == len(re.findall(rf", (\d+) of \1 {what}", done.stdout))


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
        cell["source"] = {
            "title": "# Statistics",
            "mean_loss": blocks["solutions: mean_loss"],
        }.get(cell["id"], cell["source"])
    notebook.write_text(json.dumps(tree), "utf-8")
    hidden = "exercises/statistics/mean_loss.py"
    (empty / hidden).write_text(blocks[hidden], "utf-8")
    visible = empty / "solutions/statistics/test_statistics.py"
    text, own = visible.read_text("utf-8"), blocks["visible: mean_loss"]
    start, end = text.index("@visible"), text.index("check, tests = ")
    visible.write_text(f"{text[:start]}{own}\n{text[end:]}", "utf-8")

    done = autograder(empty, "check")
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    assert (
        "mean_loss\n  reference 5 points, 14 of 14 lazy answers fail, " in done.stdout
    )
    assert "\n  -2: sums_up, takes_the_median\n" in done.stdout


@pytest.fixture
def empty(tmp_path):
    """A new course in an empty folder."""
    root = tmp_path / "new"
    root.mkdir()
    (root / "autograder.toml").write_text("seed = 1\n")
    return root


def test_a_new_assignment_is_whole(empty):
    """A hidden file, a stub, a test cell and a visible check for each function, and where
    answers go.
    """
    skeleton.write(
        empty,
        "statistics",
        ["mean_loss(losses)", 'spread(losses, w="u", c=1 / 2): mean_loss'],
    )
    tree = json.loads(
        (empty / "solutions/statistics/statistics.ipynb").read_text("utf-8")
    )
    assert [
        "title",
        "imports",
        "import_check",
        "mean_loss",
        "test_mean_loss",
        "spread",
        "test_spread",
    ] == [cell["id"] for cell in tree["cells"]]
    hidden = (empty / "exercises/statistics/spread.py").read_text("utf-8")
    assert 'spread = Exercise("spread", parts=[mean_loss])' in hidden
    (stub,) = [
        "".join(cell["source"]) for cell in tree["cells"] if cell["id"] == "spread"
    ]
    assert "def spread(losses, w='u', c=1 / 2):" in stub
    for path in empty.rglob("*.py"):
        compile(path.read_text("utf-8"), path.name, "exec")
    assert (empty / "solutions/statistics/selfcheck.py").is_file()
    assert {"right_answers", "wrong_answers", "nbgrader_config.py"} <= {
        path.name for path in empty.iterdir()
    }


def test_an_assignment_that_exists_is_left_alone(empty):
    """No file of it is overwritten."""
    skeleton.write(empty, "statistics", ["mean_loss(losses)"])
    with pytest.raises(Stop, match="'statistics' cannot be the name of an assignment"):
        skeleton.write(empty, "statistics", ["spread(losses)"])


@pytest.mark.parametrize(
    ("name", "functions", "words"),
    [
        ("torch", ["f(x)"], "'torch' cannot be the name of an assignment"),
        (
            "vectorization",
            ["f(x)"],
            "'vectorization' cannot be the name of an assignment",
        ),
        ("statistics", ["f(x): g"], "f calls g, which is not declared before f"),
        ("statistics", ["f(x)", "f(y)"], "'f' cannot be the name of a function"),
        (
            "statistics",
            ["statistics(x)"],
            "'statistics' cannot be the name of a function",
        ),
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
    with in_language("zh"):
        assert (
            re.search(r"an? (assignment|function|parameter)", tr(refused.value)) is None
        )
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
    (tmp_path / "exercises" / "evil" / "f.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    )
    (tmp_path / "evil.py").write_text("x = 1\n")
    done = autograder(
        tmp_path,
        "grade",
        ".",
        "--out",
        str(tmp_path.parent / "out"),
        "--assignment",
        "evil",
    )
    assert 2 == done.returncode
    assert not (tmp_path / "ran").exists()


def test_the_test_cells_are_those_of_the_course_in_use(tmp_path):
    """Formgrader's server sees one course after another."""
    try:
        for name in ("one", "two"):
            folder = tmp_path / name / "exercises" / "extra"
            folder.mkdir(parents=True)
            for path in (folder / f"{name}.py", tmp_path / name / "autograder.toml"):
                path.touch()
            courses.use(tmp_path / name)
            assert {f"test_{name}"} == released.test_cells("extra")
    finally:
        courses.use(None)

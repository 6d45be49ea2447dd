"""A course outside the package: its own exercises are found, checked, released and graded as
the kit's.
"""

import copy
import json
import re
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest
from cli_helpers import points_of, run, submissions_of
from course_helpers import (
    ROOT,
    answered,
    cell_of,
    environment,
    hand_in,
    scores,
    without_kernels,
)
from file_helpers import read_json, table, write_files
from process_helpers import ran

from autograder import courses
from autograder.cli import skeleton
from autograder.errors import KitError
from autograder.intake import released

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
    shutil.copytree(
        HERE, root, ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    shutil.copy(
        ROOT / "solutions" / skeleton.SELFCHECK, root / "solutions" / NAME
    )
    (root / "nbgrader_config.py").write_text(
        skeleton.filled("nbgrader_config.py.j2", course="another")
    )
    assert autograder(root, "init").returncode == 0
    done = autograder(root, "release")
    assert done.returncode == 0
    assert done.stderr == ""
    right = answered(root, NAME, root)
    for student, cell, code in (
        ("ana", "", ""),
        ("ben", "net", FORGETS),
        *(
            (id, "softmax", SPIES.format(root / path))
            for id, path in SPIED.items()
        ),
    ):
        notebook = copy.deepcopy(right)
        if cell:
            cell_of(notebook, cell)["source"] = code
        hand_in(root, student, NAME, notebook)
    return root


@pytest.mark.slow
def test_a_course_is_graded_by_its_own_exercises(course):
    """A wrong part costs no other; a worker reads no hidden file, and no seed."""
    words = (
        "grade",
        "submitted",
        "--course",
        ".",
        "--assignment",
        NAME,
        "--out",
        "out",
    )
    done = autograder(course, *words)
    assert done.returncode == 1, done.stderr
    limit = "so this needs review (in `softmax`, line 2"
    review = [line for line in done.stderr.splitlines() if limit in line]
    assert sorted(line.partition(" ")[0] for line in review) == [*SPIED]
    checks = {
        id: one["checks"] for id, one in submissions_of(course / "out").items()
    }
    lost = [
        {
            (c["exercise"], c["mistake"])
            for c in checks[id]
            if c["earned"] < c["points"]
        }
        for id in ("ana", "ben")
    ]
    assert lost == [set(), {("net", "forgets_b")}]
    hidden = "".join(p.read_text() for p in (HERE / "exercises").rglob("*.py"))
    secrets = re.findall(
        r"(?m)^.*(?:contract|mistake\(|points=|given).{12,}$", hidden
    )
    assert len(secrets) > 4
    for place in ("assignments", "out/feedback"):
        for path in (course / place).rglob("*.*"):
            text = path.read_text()
            assert [line for line in secrets if line.strip() in text] == []


GUIDE = (ROOT / "docs" / "authoring.md").read_text()
DOCSTRING = '    """The mean of the losses."""\n'
NO_DOCSTRING = "it has no docstring"
UNWRITTEN = "Not attempted yet."
# a body of `mean_loss`: the points of style and of value, and what is said of style
BODIES = {
    f"{DOCSTRING}    return losses.mean()": (1, 2, ""),
    "    return losses.mean()": (0, 2, NO_DOCSTRING),
    f"{DOCSTRING}    return losses.sum()": (1, 0, ""),
    "    return losses.sum()": (0, 0, NO_DOCSTRING),
    f"{DOCSTRING}    raise NotImplementedError('mean_loss')": (0, 0, UNWRITTEN),
}


LOSSES = "def mean_loss(losses):\n    return losses.mean()\n"
ADDS = "def vector_add(a, b):\n    return a + b\n"
LAYOUTS = (
    "ana.py",
    "ana.ipynb",
    "ana/averages.py",
    "ana/hw.py",
    "ana/hw.ipynb",
)


def as_file(name, text):
    """A student's text as the file that its name says."""
    if name.endswith(".py"):
        return text
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": text}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4}
    return json.dumps(notebook | {"nbformat_minor": 5})


def fill_in(course):
    """Put the blocks of docs/authoring.md in their places, after `autograder new`."""
    blocks = dict(
        re.findall(r"```python\n# ([\w/.: ]+)\n(.*?)```", GUIDE, re.DOTALL)
    )
    notebook = course / "solutions/averages/averages.ipynb"
    tree = read_json(notebook)
    own = {"title": "# Statistics", "mean_loss": blocks["solutions: mean_loss"]}
    for cell in tree["cells"]:
        cell["source"] = own.get(cell["id"], cell["source"])
    notebook.write_text(json.dumps(tree))
    hidden = "exercises/averages/mean_loss.py"
    (course / hidden).write_text(blocks[hidden])
    visible = course / "solutions/averages/test_averages.py"
    text = visible.read_text()
    start = text.index("@visible")
    end = text.index("check, tests = ")
    text = f"{text[:start]}{blocks['visible: mean_loss']}\n{text[end:]}"
    visible.write_text(text)


@pytest.mark.slow
def test_the_guide_s_commands_grade_each_layout(tmp_path):
    """From nothing, in a shell: a file, a notebook or a folder for each student; with nbgrader too."""
    prose = re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)
    blocks = re.findall(r"(?m)(?:^    .+\n)+", prose)
    first, second = map(textwrap.dedent, blocks)
    *before, grade = second.strip().split("\n")
    assert grade == "autograder grade submitted/ --course . --out results"
    course = tmp_path / "course"
    started, kernelless = without_kernels(tmp_path / "jupyter")
    variables = environment() | kernelless

    def shell(text, folder=course):
        done = ran("bash", "-ec", text, cwd=folder, env=variables)
        assert (done.returncode, done.stderr) == (0, ""), (text, done.stdout)

    shell(first, tmp_path)
    fill_in(course)
    shell("\n".join(before))
    for name in LAYOUTS:
        shutil.rmtree(course / "submitted", ignore_errors=True)
        for student in ("ana", "ben"):
            path = name.replace("ana", student)
            write_files(course / "submitted", {path: as_file(path, LOSSES)})
        shell(grade)
        points = points_of(course / "results/averages")
        assert points == {"ana": 5, "ben": 5}
        shutil.rmtree(course / "results")
    shutil.rmtree(course / "submitted")
    # With nbgrader, as the next line of the page says.
    sentence = re.search("(?m)^With nbgrader: .*", prose)[0]
    hand_in(course, "ana", "averages", answered(course, "averages", course))
    for command in re.findall("`(.+?)`", sentence):
        done = ran("bash", "-c", command, cwd=course, env=variables)
        assert done.returncode == 0, (command, done.stderr)
    assert sum(scores(course, "averages")["ana"].values()) == 5
    assert not started.exists()


@pytest.mark.exhaustive
def test_the_guide_s_assignment_has_nothing_to_fix(empty):
    """docs/authoring.md word by word: `new`, its blocks in their places, `check`, a check of style."""
    assert (
        autograder(empty, "new", "averages", "mean_loss(losses)").returncode
        == 0
    )
    done = autograder(empty, "check")
    blank = "! solutions/averages/averages.ipynb, cell mean_loss: still to fill in\n"
    assert done.returncode == 1
    assert blank in done.stdout
    fill_in(empty)
    done = autograder(empty, "check")
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    counts = "mean_loss\n  reference 5 points, 11 of 11 lazy answers fail, "
    assert counts in done.stdout
    assert "\n  -2: sums_up, takes_the_median\n" in done.stdout
    hidden = empty / "exercises/averages/mean_loss.py"
    notebook = empty / "solutions/averages/averages.ipynb"
    (style,) = re.findall(
        r"```python\n(docstring_of = .*?)```", GUIDE, re.DOTALL
    )
    more = f"from autograder import expect\nfrom . import probes\n{style}"
    hidden.write_text(hidden.read_text() + more)
    probe = "def docstring_of(f):\n    return f.__doc__\n"
    (empty / "exercises/averages/probes.py").write_text(probe)
    points = notebook.read_text().replace('"points": 5', '"points": 6')
    notebook.write_text(points)
    done = autograder(empty, "check")
    assert done.returncode == 0, done.stdout
    files = {}
    for number, body in enumerate(BODIES):
        text = f"import torch\ndef mean_loss(losses):\n{body}\n"
        files[f"submitted/{number}.py"] = text
    write_files(empty, files)
    words = "grade submitted --course . --assignment averages --out out"
    done = autograder(empty, *words.split())
    assert done.returncode == 0, done.stderr
    results = read_json(empty / "out/results.json")["submissions"]
    for submission, (of_style, of_value, words) in zip(
        results, BODIES.values()
    ):
        checks = {check["check"]: check for check in submission["checks"]}
        style = checks["has_a_docstring"]
        assert (of_style, of_value) == (
            style["earned"],
            checks["value"]["earned"],
        )
        assert style["message"].startswith(words)
        assert style["mistake"] == ""


@pytest.fixture
def empty(tmp_path):
    """A new course in an empty folder."""
    root = tmp_path / "new"
    root.mkdir()
    (root / "autograder.toml").write_text("seed = 1\n")
    return root


def test_a_new_assignment_is_whole(empty):
    """A hidden file, a stub, a test cell and a visible check for each function."""
    functions = "mean_loss(losses)", 'spread(losses, w="u", c=1 / 2): mean_loss'
    skeleton.write(empty, "averages", [*functions])
    text = (empty / "solutions/averages/averages.ipynb").read_text()
    cells = {
        cell["id"]: "".join(cell["source"])
        for cell in json.loads(text)["cells"]
    }
    ids = (
        "title imports import_check mean_loss test_mean_loss spread test_spread"
    )
    assert [*cells] == ids.split()
    assert "def spread(losses, w='u', c=1 / 2):" in cells["spread"]
    hidden = (empty / "exercises/averages/spread.py").read_text()
    assert 'spread = Exercise("spread", parts=[mean_loss])' in hidden
    for path in empty.rglob("*.py"):
        compile(path.read_text(), path.name, "exec")
    for name in (
        "solutions/averages/selfcheck.py",
        "right_answers",
        "wrong_answers",
    ):
        assert (empty / name).exists()
    with pytest.raises(KitError, match=r"averages\.ipynb already exists"):
        skeleton.write(empty, "averages", ["spread(losses)"])


@pytest.mark.parametrize(
    ("function", "words"),
    table(r"""
averages(x) -> 'averages' cannot be the name of a function
test_f(x)   -> 'test_f' cannot be the name of a function
f(x y)      -> is not a function. Write it as
f           -> 'f' is not a function
"""),
)
def test_a_name_that_clashes_is_refused(empty, function, words):
    """Before anything is written."""
    with pytest.raises(KitError, match=words):
        skeleton.write(empty, "averages", [function])
    assert [path.name for path in empty.iterdir()] == ["autograder.toml"]


def test_the_test_cells_are_those_of_the_course_in_use(tmp_path):
    """Formgrader's server sees one course after another."""
    try:
        for name in ("one", "two"):
            folder = tmp_path / name / "exercises" / "extra"
            folder.mkdir(parents=True)
            for path in (
                folder / f"{name}.py",
                tmp_path / name / "autograder.toml",
            ):
                path.touch()
            courses.use(tmp_path / name)
            assert released.test_cells("extra") == {f"test_{name}"}
    finally:
        courses.use(None)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_course_with_one_assignment_need_not_name_it(
    monkeypatch, empty, name
):
    """A file or a folder for each student is of that assignment, whatever its name."""
    monkeypatch.setenv(courses.VARIABLE, "")  # the command sets it here
    skeleton.write(empty, "averages", ["mean_loss(losses)"])
    for student in ("ana", "ben"):
        path = name.replace("ana", student)
        write_files(empty / "submitted", {path: as_file(path, LOSSES)})
    done = run("grade", "submitted/", "--course", ".", "--list", cwd=empty)
    assert done.stderr == ""
    assert "averages" in done.stdout
    assert "Found 2 submissions;" in done.stdout


@pytest.mark.parametrize("name", LAYOUTS[:2] + LAYOUTS[3:])
def test_of_several_assignments_the_functions_say_which_it_is(tmp_path, name):
    """Without any, or with those of two, a person says it."""
    files = {name: as_file(name, ADDS)}
    write_files(tmp_path / "class", files)
    done = run("grade", "class", "--list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("vectorization")
    for text in ("x = 1\n", f"{ADDS}def linreg(X, w, b): pass\n"):
        write_files(tmp_path / "class", {name: as_file(name, text)})
        done = run("grade", "class", "--list", cwd=tmp_path)
        assert done.returncode == 2
        assert "--assignment (linear_regression, vectorization)." in done.stderr

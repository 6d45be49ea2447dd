"""What an assignment is, its released notebook says; the kit leaves others alone, and starts
no kernel.
"""

import json
import shutil
import sys
from pathlib import Path

import pytest
from cli_helpers import COMMAND, LARGE, NAME, run
from course_helpers import (
    BIN,
    ROOT,
    answered,
    environment,
    gradebook,
    hand_in,
    new_course,
    released,
    scores,
    without_kernels,
)
from file_helpers import write_files
from process_helpers import ran

from autograder.intake import released as released_notebook
from autograder.intake.released import is_ours

MARKS = {"schema_version": 3, "task": False}
CELLS = [  # an instructor's own notebook
    (
        "square",
        "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION",
        {},
    ),
    ("test_square", "assert square(3) == 9", {"grade": True, "points": 7}),
]
THEIRS = [
    {
        "cell_type": "code", "id": name, "source": source, "outputs": [], "execution_count": None,
        "metadata": {
            "nbgrader": {
                "grade_id": name, "grade": False, "solution": not more, "locked": bool(more), **MARKS, **more
            }
        },
    }
    for name, source, more in CELLS
]  # fmt: skip

STUB = '''def fit(w, data, lr, epochs):
    """Trains w.

    >>> w = 1
    >>> fit(w, [1, 2],
    ...     lr=0.5, **rest)

    Call fit(w, data=[1]) yourself.
    """
    raise NotImplementedError("fit")
'''


def test_what_a_released_notebook_names_in_its_calls_is_known(
    tmp_path, monkeypatch
):
    """Of the functions that students write, in its code and in examples, not in other words."""
    sources = [
        STUB,
        "%time x\nfit(w=1)",
        "for _ in fit(1, 2, epochs=3): print(1, end='')",
    ]
    cells = [{**THEIRS[0], "source": source} for source in sources]
    notebook = tmp_path / "n.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    monkeypatch.setattr(released_notebook, "_notebook", lambda name: notebook)

    assert released_notebook.release_of("n").keywords == {
        "fit": {"lr", "epochs"}
    }


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """The file that any start of a kernel writes."""
    return without_kernels(tmp_path_factory.mktemp("jupyter"))[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory, kernels):
    """A course with an assignment of the kit, and an instructor's with the name of another."""
    root = new_course(tmp_path_factory.mktemp("whose") / "course", (LARGE,))
    (root / "autograder.toml").write_text("seed = 7\n")
    source = root / "solutions" / NAME
    shutil.rmtree(source)
    tree = {**released(root, LARGE), "cells": THEIRS}
    write_files(source, {f"{NAME}.ipynb": json.dumps(tree)})
    done = command(root, kernels, BIN / "nbgrader", "generate_assignment", NAME)
    assert done.returncode == 0, done.stderr
    hand_in(root, "ana", NAME, released(root, NAME))
    program = "def square(x):\n    return x * x\n"
    write_files(root / "submitted/ben" / NAME, {f"{NAME}.py": program})
    return root


@pytest.fixture
def course(made, tmp_path):
    """A copy of that course, to be changed by one test."""
    return Path(shutil.copytree(made, tmp_path / "course"))


def command(course, kernels, *words):
    """Run a command in the course, where kernels are those of the fixture."""
    return ran(
        *words,
        cwd=course,
        env={**environment(), "JUPYTER_PATH": str(kernels.parent)},
    )


def state(course):
    """What of the foreign assignment nobody may touch: its files, and its gradebook."""
    files = {
        path.relative_to(course): path.read_bytes()
        for step in ("submitted", "autograded", "feedback")
        for path in (course / step).rglob(f"{NAME}.*")
    }
    return files, scores(course, NAME)


LEFT = f"{NAME} in this course is left to nbgrader, because its notebook has no test cell"
ALONE = f"""grade --course .
grade --course . --assignment {NAME}
grade . --out out
grade submitted --out out --assignment {NAME}
grade submitted/ana/{NAME}/{NAME}.ipynb
grade . --list
watch . --assignment {NAME}
release {NAME}
check {NAME}"""


@pytest.mark.parametrize("words", ALONE.split("\n"))
def test_an_assignment_that_is_called_like_one_of_ours_is_left_to_nbgrader(
    course, words
):
    """Each command says so in a sentence, and touches neither submissions nor points."""
    before = state(course)
    done = run(*words.split(), cwd=course)
    assert done.returncode == 2, done.stderr
    assert LEFT in done.stderr
    assert done.stdout == ""
    assert state(course) == before


@pytest.mark.exhaustive
def test_no_command_of_the_kit_starts_a_kernel(course, kernels):
    """Not for its own assignment, nor for another with such a name, nor for a notebook that is
    cut off.

    Those that README and docs name are run in test_readme.
    """
    right = answered(course, LARGE)
    hand_in(course, "ana", LARGE, right)
    hand_in(course, "cut", LARGE, b"{")
    before = state(course)
    for words in (
        [*COMMAND, "grade", "--course", "."],
        [sys.executable, "-c", BUTTON],
    ):
        done = command(course, kernels, *words)
        assert done.returncode in (0, 1), done.stderr

    assert not kernels.exists()
    assert state(course) == before


BUTTON = f"""
from autograder.nbgrader_bridge.course import open_course
from nbgrader.apps import NbGraderAPI
with open_course(".") as (app, course):
    NbGraderAPI(course, parent=app).autograde({LARGE!r}, "ana")
"""


def test_the_trap_sees_a_kernel(made, kernels, tmp_path):
    """Plain nbgrader starts one for the instructor's own assignment, on the instructor's
    command.
    """
    root = Path(shutil.copytree(made, tmp_path / "course"))
    command(root, kernels, BIN / "nbgrader", "autograde", NAME)
    try:
        assert kernels.exists()
    finally:
        kernels.unlink(missing_ok=True)


def notebook_of(folder, name):
    """A folder with a notebook of this autograded cell."""
    mark = {"grade_id": name, "grade": True, "solution": False}
    cell = {"cell_type": "code", "source": "", "metadata": {"nbgrader": mark}}
    tree = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    return write_files(folder, {f"{NAME}.ipynb": json.dumps(tree)})


def test_the_release_decides_before_the_source(tmp_path):
    """It is what students have."""
    theirs = notebook_of(tmp_path / "release", "test_square")
    own = ROOT / "solutions" / NAME
    assert not is_ours(NAME, theirs, own)
    assert is_ours(NAME, own, theirs)


def test_without_a_notebook_the_name_decides(tmp_path):
    """Where a release was lost, ours must not run in a kernel."""
    assert is_ours(NAME, tmp_path)
    assert not is_ours("other", tmp_path)


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A course in which a student submitted the kit's assignment."""
    root = new_course(tmp_path_factory.mktemp("ours") / "course", (NAME,))
    hand_in(root, "ana", NAME, answered(root, NAME))
    return root


def bonus_cell(book):
    """Add an instructor's own autograded cell to the release."""
    book.update_or_create_grade_cell(
        "bonus", NAME, NAME, max_score=1, cell_type="code"
    )
    book.update_or_create_source_cell(
        "bonus", NAME, NAME, cell_type="code", source="", locked=True
    )


def bonus_notebook(book):
    """Add an instructor's own notebook to the assignment."""
    book.add_notebook("bonus", NAME)


REFUSALS = {
    bonus_cell: f"The gradebook does not have {NAME} as it was released",
    bonus_notebook: f"The kit cannot grade the notebook bonus of {NAME}",
}


@pytest.mark.slow
@pytest.mark.parametrize("add", REFUSALS)
@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([*COMMAND, "grade", "--course", "."], 2),
        ([BIN / "nbgrader", "autograde", NAME], 1),
    ],
    ids=["grade", "nbgrader"],
)
def test_what_of_ours_needs_a_kernel_is_not_graded(
    ours, tmp_path, kernels, words, status, add
):
    """No kernel would run it: one sentence names it, and nobody is graded."""
    root = Path(shutil.copytree(ours, tmp_path / "course"))
    with gradebook(root) as book:
        add(book)
    done = command(root, kernels, *words)
    assert done.returncode == status, done.stderr
    assert REFUSALS[add] in done.stderr
    assert not kernels.exists()
    assert not (root / "autograded").exists()

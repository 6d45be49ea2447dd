"""Which of a student's files counts, and when a person must say."""

import json
from pathlib import Path

import pytest
from platforms import LINREG, LOGIN, NAME, scratch, tree, untouched, written

from autograder.intake import choice, released
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile
from autograder.platforms.platform import Owner

NB, PY, COPY = f"{NAME}.ipynb", f"{NAME}.py", f"{NAME}-Copy1.ipynb"
OTHER = LINREG.replace("+", "-")
UNTITLED = "Untitled.ipynb"
UNREAD = "Not all of the files can be read."


def chosen(folder: Path, files: dict[str, str | bytes]) -> SubmittedFile | None:
    """The submission of a student who has these files."""
    tree(folder, files)
    return choice.choose(
        Owner("ana"),
        {path: path.name for path in sorted(folder.iterdir())},
        Search(NAME),
        folder,
    )


def script() -> str:
    """The untouched notebook as a program, as an editor exports it."""
    cells = json.loads(untouched())["cells"]
    return "\n\n# In[1]:\n\n".join(
        "".join(c["source"]) for c in cells if c["cell_type"] == "code"
    )


def stripped(notebook: str) -> str:
    """Without metadata and ids, as some editors write."""
    cells = json.loads(notebook)["cells"]
    kept = [
        {"cell_type": c["cell_type"], "metadata": {}, "source": c["source"]}
        for c in cells
    ]
    return json.dumps(
        {"cells": kept, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    )


def moved() -> str:
    """Its function in a cell of the student's own, and the cell for it as it was."""
    notebook = json.loads(untouched())
    notebook["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": LINREG, "outputs": []}
    )
    return json.dumps(notebook)


def ran() -> str:
    """Untouched, but with outputs, a note, and a line to try something."""
    notebook = json.loads(untouched())
    notebook["cells"][1]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "1"}
    ]
    notebook["cells"] += [
        {"cell_type": "code", "metadata": {}, "source": "print(linreg)", "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": "def linreg(X, w, b):"},
    ]
    return json.dumps(notebook)


@pytest.mark.parametrize(
    ("files", "counts", "flags"),
    [

        ({NB: untouched(), PY: LINREG}, PY, (f"has two files: {PY} counts, {NB} does not",)),
        ({NB: ran(), PY: LINREG}, PY, (f"has two files: {PY} counts, {NB} does not",)),
        ({NB: b"", PY: LINREG}, PY, (f"has two files: {PY} counts, {NB} does not",)),
        ({NB: written(), PY: OTHER}, NB, (f"has two files: {NB} counts, {PY} does not",)),
        ({NB: moved(), PY: OTHER}, NB, (f"has two files: {NB} counts, {PY} does not",)),

        ({NB: written(), PY: script()}, NB, (f"has two files: {NB} counts, {PY} does not",)),
        ({NB: untouched(), PY: script()}, NB, (f"has two files: {NB} counts, {PY} does not",)),

        ({UNTITLED: stripped(written())}, UNTITLED, (f"its file is named {UNTITLED}, not {NB}",)),
        ({"a.py": LINREG}, "a.py", (f"its file is named a.py, not {PY}",)),
        ({"a.py": LINREG, "b.ipynb": scratch()}, "a.py", (f"its file is named a.py, not {PY}",)),
        ({NB: written(), "b.ipynb": scratch()}, NB, ()),
        ({NB: written(), "b.ipynb": LOGIN}, NB, (f"has two files: {NB} counts, b.ipynb does not",)),

        ({NB: written(), COPY: ran()}, NB, (f"has two files: {NB} counts, {COPY} does not",)),
        ({NB: written(), "report.pdf": b"%PDF"}, NB, ()),
    ],
)  # fmt: skip
def test_the_file_that_was_written_in_counts(tmp_path, files, counts, flags):
    """A flag says whatever was passed by."""
    one = chosen(tmp_path, files)
    assert (counts, "", False) == (one.path.name, str(one.problem), one.needs_review)
    assert flags == tuple(map(str, one.flags))


@pytest.mark.parametrize("cells", [None, [{"solution": True}]])
def test_without_a_release_that_can_be_read_no_file_is_missed(tmp_path, cells):
    """The gate says what is wrong with it, before anybody is graded."""
    path = tmp_path / "release.ipynb"
    if cells is not None:
        cells = [
            {"cell_type": "code", "source": "", "metadata": {"nbgrader": one}}
            for one in cells
        ]
        path.write_text(
            json.dumps(
                {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
            )
        )
    assert released.Released() == released._read(path)


def test_odd_cells_stop_nobody(tmp_path):
    """A student may write any JSON."""
    notebook = json.loads(written())
    odd = (
        {"id": {}, "metadata": [], "source": {}},
        {"metadata": {"nbgrader": {"grade_id": ["linreg"]}}},
    )
    odd += (
        {"id": [1], "source": [1, "def linreg"]},
        {"metadata": {"nbgrader": 1}, "source": "def l(\ud800"},
    )
    notebook["cells"] += [*({"cell_type": "code", **cell} for cell in odd), [], None]
    assert (
        "Untitled.ipynb"
        == chosen(tmp_path, {"Untitled.ipynb": json.dumps(notebook)}).path.name
    )


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({NB: written(), COPY: written(OTHER)}, f"{NB} and {COPY} both have answers."),
        ({"a.py": LINREG, "b.py": OTHER}, "a.py and b.py both have answers."),
        ({NB: LOGIN, PY: LINREG}, f"{UNREAD} {NB}: The file is a web page"),
        ({NB: written()[:500], PY: LINREG}, f"{UNREAD} {NB}: The file is not a notebook"),
        ({UNTITLED: scratch()}, f"No cell or function of {NAME} in {UNTITLED}"),
        ({"a.tar.gz": b"x", "b.7z": b"x"}, f"Expected {NB} or {PY}, got a.tar.gz, b.7z."),
        ({"report.pdf": b"%PDF"}, f"Expected {NB} or {PY}, got report.pdf"),
    ],
)  # fmt: skip
def test_what_is_not_certain_needs_review(tmp_path, files, words):
    """Nobody is guessed."""
    one = chosen(tmp_path, files)
    assert one.needs_review
    assert str(one.problem).startswith(words)


@pytest.mark.parametrize(
    "files",
    [
        {"vectorization.ipynb": untouched("vectorization")},
        {
            UNTITLED: written(
                "def vector_add(a, b): return a + b\n", "vectorization", "vector_add"
            )
        },
        {},
    ],
    ids=["by name", "by cells", "nothing"],
)
def test_another_assignments_files_are_none(tmp_path, files):
    """Whatever they are called."""
    assert chosen(tmp_path, files) is None

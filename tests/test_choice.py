"""Which of a student's files counts, and when a person must say."""

import json

import platforms
import pytest
from file_helpers import table, write_files
from platforms import LINREG, NAME, untouched, written

from autograder.intake import choice
from autograder.intake.search import Search
from autograder.platforms.platform import Owner

NB = f"{NAME}.ipynb"
PY = f"{NAME}.py"
COPY = f"{NAME}-Copy1.ipynb"
OTHER = LINREG.replace("+", "-")
UNTITLED = "Untitled.ipynb"
UNREAD = "Not all of the files can be read."


def chosen(folder, files):
    """The submission of a student who has these files."""
    write_files(folder, files)
    return choice.choose(
        Owner("ana"),
        {path: path.name for path in sorted(folder.iterdir())},
        Search(NAME),
        folder,
    )


def script():
    """The untouched notebook as a program, as an editor exports it."""
    cells = json.loads(untouched())["cells"]
    return "\n\n# In[1]:\n\n".join(
        "".join(c["source"]) for c in cells if c["cell_type"] == "code"
    )


def stripped(notebook):
    """Without metadata and ids, as some editors write."""
    tree = json.loads(notebook)
    for cell in tree["cells"]:
        del cell["id"]
        cell["metadata"] = {}
    return json.dumps(tree | {"metadata": {}, "nbformat_minor": 4})


def moved():
    """Its function in a cell of the student's own, and the cell for it as it was."""
    notebook = json.loads(untouched())
    notebook["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": LINREG, "outputs": []}
    )
    return json.dumps(notebook)


def ran():
    """Untouched, but with outputs, a note, and a line to try something."""
    notebook = json.loads(untouched())
    notebook["cells"][1]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "1"}
    ]
    notebook["cells"] += [
        {
            "cell_type": "code",
            "metadata": {},
            "source": "print(linreg)",
            "outputs": [],
        },
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": "def linreg(X, w, b):",
        },
    ]
    return json.dumps(notebook)


def given(source):
    """What stands in a table."""
    return eval(source, vars(platforms) | globals())


def passed_by(counts, other):
    """The flag of a student with two files."""
    return (f"has two files: {counts} counts, {other} does not",)


@pytest.mark.parametrize(
    ("files", "counts", "flags"),
    table("""
{NB: untouched(), PY: LINREG}          -> PY       -> passed_by(PY, NB)
{NB: ran(), PY: LINREG}                -> PY       -> passed_by(PY, NB)
{NB: b'', PY: LINREG}                  -> PY       -> passed_by(PY, NB)
{NB: written(), PY: OTHER}             -> NB       -> passed_by(NB, PY)
{NB: moved(), PY: OTHER}               -> NB       -> passed_by(NB, PY)
{NB: written(), PY: script()}          -> NB       -> passed_by(NB, PY)
{UNTITLED: stripped(written())}        -> UNTITLED -> (f'its file is named {UNTITLED}, not {NB}',)
{'a.py': LINREG, 'b.ipynb': scratch()} -> 'a.py'   -> (f'its file is named a.py, not {PY}',)
{NB: written(), 'b.ipynb': LOGIN}      -> NB       -> passed_by(NB, 'b.ipynb')
{NB: written(), COPY: ran()}           -> NB       -> passed_by(NB, COPY)
{NB: written(), 'report.pdf': b'%PDF'} -> NB       -> ()
"""),
)
def test_the_file_that_was_written_in_counts(tmp_path, files, counts, flags):
    """A flag says whatever was passed by."""
    one = chosen(tmp_path, given(files))
    assert one.path.name == given(counts)
    assert str(one.problem) == ""
    assert not one.needs_review
    assert tuple(map(str, one.flags)) == given(flags)


def test_odd_cells_stop_nobody(tmp_path):
    """A student may write any JSON."""
    notebook = json.loads(written())
    for odd in (
        {"id": {}, "metadata": [], "source": {}},
        {"metadata": {"nbgrader": {"grade_id": ["linreg"]}}},
        {"id": [1], "source": [1, "def linreg"]},
        {"metadata": {"nbgrader": 1}, "source": "def l(\ud800"},
    ):
        notebook["cells"] += [{"cell_type": "code", **odd}, [], None]
    assert (
        chosen(tmp_path, {UNTITLED: json.dumps(notebook)}).path.name == UNTITLED
    )


@pytest.mark.parametrize(
    ("files", "words"),
    table(f"""
{{NB: written(), COPY: written(OTHER)}} -> {NB} and {COPY} both have answers.
{{'a.py': LINREG, 'b.py': OTHER}}       -> a.py and b.py both have answers.
{{NB: LOGIN, PY: LINREG}}               -> {UNREAD} {NB}: The file is a web page
{{NB: written()[:500], PY: LINREG}}     -> {UNREAD} {NB}: The file is not a notebook
{{UNTITLED: scratch()}}                 -> No cell or function of {NAME} in {UNTITLED}
{{'a.tar.gz': b'x', 'b.7z': b'x'}}      -> Expected {NB} or {PY}, got a.tar.gz, b.7z.
{{'report.pdf': b'%PDF'}}               -> Expected {NB} or {PY}, got report.pdf
"""),
)
def test_what_is_not_certain_needs_review(tmp_path, files, words):
    """Nobody is guessed."""
    one = chosen(tmp_path, given(files))
    assert one.needs_review
    assert str(one.problem).startswith(words)

"""The students' own door: what `pytest` and a test cell say in an assignment's folder, without
the kit.

It runs in processes of its own: the machinery moves Hypothesis's folder when it is imported.
"""

import ast
import json
import os
import re
import shutil
import sys

import pytest
from cli_helpers import LARGE, NAME
from course_helpers import ASSIGNMENTS, ROOT, solution_cells
from nbgrader.apps import NbGraderAPI
from platforms import notebook
from process_helpers import ran
from traitlets.config import PyFileConfigLoader

from autograder import exercises
from autograder.nbgrader_bridge import release

SOURCE = ROOT / "solutions" / "selfcheck.py"
LOST = f"Put the assignment's selfcheck.py beside test_{NAME}.py."
FOUND = {name: exercises.load(name) for name in ASSIGNMENTS}

ALONE = """
import sys
sys.modules.update(dict.fromkeys(["autograder", "nbgrader", "nbformat", "IPython", "matplotlib"]))
import pytest
cache = [] if "cacheprovider" in sys.argv else ["-p", "no:cacheprovider"]
sys.exit(pytest.main([*cache, "--color=no", *sys.argv[1:]]))
"""

# Exercises of the same claim, and students' files for them: what each is told.
MANY = '''
"""An assignment whose functions all double their argument."""
import selfcheck
from hypothesis import strategies as st
from selfcheck import Wrong, entry_points, param, tensors, visible

selfcheck.SECONDS = 1

class Later:
    monotonic = staticmethod(lambda: 1e18)

def as_slow_as_a_busy_machine(n):
    selfcheck.time = Later
    return n

def doubles(name):
    def trial(function, n):
        got = function(n)
        if got != 2 * n:
            raise Wrong(f"expected {2 * n}, got {got}", "value")
    trial.__doc__ = "gives twice its argument"
    own = {}
    exec(f"def named({name}, n): trial({name}, n)", {"trial": trial}, own)
    own["named"].__doc__ = trial.__doc__
    numbers = st.integers(0, 99)
    drawn = numbers.map(as_slow_as_a_busy_machine) if name == "late" else numbers
    return visible(st.fixed_dictionaries({"n": drawn}), {"value": "twice?"})(own["named"])

NAMES = ["alias", "broken", "caller", "endless", "inner", "late", "left", "loose", "lost", "user"]
PROPERTIES = {name: [doubles(name)] for name in NAMES}
PARTS = {"caller": ["alias", "broken"], "loose": ["broken"], "user": ["alias", "lost"]}

DRAWN = tensors(W=param("2 q>=2"), x="q", also={"n": st.just(2)}, largest=6, ties=False)

@visible(DRAWN, changes=["W"])
def moves(moves, W, x, n):
    """moves W in place, and nothing else"""
    if not W.requires_grad or not 2 <= len(x) <= 6 or len(x.unique()) < len(x):
        raise AssertionError("drawn otherwise")
    moves(W, x, n)

PROPERTIES |= {"moves": [moves]}
check, tests = entry_points(__file__, PROPERTIES, PARTS)
globals().update(tests)
'''

ANSWERS = '''
from types import SimpleNamespace

settings = SimpleNamespace()
settings.factor = 2
table = {}
table["double"] = lambda n: settings.factor * n
table.update(other=None)
print("not shown")
alias = table["double"]
for never in range(3):
    table.clear()

def broken(n):
    """Off by one."""
    return 2 * n + 1

def caller(n):
    return alias(n) + broken(n) - 2 * n

def endless(n):
    while True:
        n += 1

def inner(n):
    steps = [1, 2]
    return sum(
        step.size for step in steps
    )

def late(n):
    return 2 * n + 1

def left(n):
    """Has its code above the line that the stub ended in."""
    print(n)
    raise NotImplementedError("left")  # delete this line when yours is written

def loose(n):
    return n + n

def lots(n):
    return n + n

def moves(W, x, n):
    W.data += n
    x += n

def user(n):
    return lost(n)
'''

SAID = {
    "alias": None,
    "broken": "AssertionError: broken: expected 0, got 1, for n = 0 (check: gives twice its "
    "argument)",
    "caller": "AssertionError: caller: your broken fails its own check. Fix that first.",
    "endless": "AssertionError: endless: it did not finish within 1 s, in `endless`, line ",
    "inner": "AssertionError: inner: it raised AttributeError: 'int' object has no "
    "attribute 'size',"
    " in `inner`, line 4: `step.size for step in steps`, for n = 0",
    "late": "AssertionError: late: expected 0, got 1, for n = 0",
    "left": 'NotImplementedError: left: delete the line `raise NotImplementedError("left")` '
    "below your code",
    "loose": None,
    "lost": "NameError: lost: lost is not defined in many.ipynb. Rename `lots`?",
    "moves": "AssertionError: moves: expected x unchanged, got x = [2.0, 2.0625], for W = [[0.0, ",
    "user": "AssertionError: user: your lost fails its own check. Fix that first.",
}


def run_pytest(folder, *words):
    """pytest as a student has it: torch, numpy, pytest and hypothesis, and nothing of ours."""
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTEST_", "PYTHONPATH"))
    }
    env |= {"COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    return ran(sys.executable, "-c", ALONE, *words, cwd=folder, env=env)


def outcomes(done):
    """Each test of a run with `-rA`, and how it ended."""
    return {
        name: word
        for word, name in re.findall(r"^([A-Z]+) (\S+::\S+)", done.stdout, re.MULTILINE)
    }


def code_of(notebook):
    """All code of a notebook, as a script."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return "\n\n".join(
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
    )


@pytest.fixture
def course(tmp_path):
    """The repository's course, with a change in the machinery, never released."""
    solutions = tmp_path / "solutions"
    without_caches = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "solutions", solutions, symlinks=True, ignore=without_caches)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with open(solutions / "selfcheck.py", "a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    return tmp_path


@pytest.mark.exhaustive
def test_a_release_brings_the_machinery_and_so_does_nbgrader_alone(course):
    """Each assignment links to the one source, which is no assignment to nbgrader."""
    release.release(course, [NAME], "en")
    brought = course / "assignments" / NAME / "selfcheck.py"
    assert brought.read_text("utf-8").endswith("\n# changed\n")
    assert not brought.is_symlink()
    shutil.rmtree(course / "assignments")

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    api = NbGraderAPI(config=config)
    done = api.generate_assignment(NAME)
    assert done["success"], done.get("log")
    assert brought.read_text("utf-8").endswith("\n# changed\n")
    assert set(ASSIGNMENTS) == api.get_source_assignments()


def test_all_is_red_at_first_and_says_so_in_one_line_each(tmp_path):
    """All assignments in one run, and in the mode in which pytest adds no folder to the path."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "assignments" / name, tmp_path / name)

    done = run_pytest(tmp_path, *ASSIGNMENTS, "--import-mode=importlib")

    for assignment, found in FOUND.items():
        assert f"checking the functions in {assignment}.ipynb\n" in done.stdout
        for one in found:
            line = (
                f"FAILED {assignment}/test_{assignment}.py::test_{one.name} - Failed: "
            )
            assert (
                f"{line}NotImplementedError: {one.function} is not attempted yet\n"
                in done.stdout
            )
    assert f"{sum(map(len, FOUND.values()))} failed in" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_a_py_file_or_a_notebook_is_checked_test_by_test(tmp_path):
    """A script where there is one; tests are chosen by their names."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "solutions" / name, tmp_path / name)
    script = tmp_path / LARGE / f"{LARGE}.py"
    script.write_text(code_of(script.with_suffix(".ipynb")), "utf-8")
    chosen = [
        f"{LARGE}/test_{LARGE}.py::test_{one.name}"
        for one in (FOUND[LARGE][0], FOUND[LARGE][-1])
    ]

    done = run_pytest(tmp_path, "-rA", *chosen, NAME)

    passed = [
        *chosen,
        *(f"{NAME}/test_{NAME}.py::test_{one.name}" for one in FOUND[NAME]),
    ]
    assert dict.fromkeys(passed, "PASSED") == outcomes(done)
    assert f"checking the functions in {LARGE}.py\n" in done.stdout
    assert f"checking the functions in {NAME}.ipynb\n" in done.stdout


def test_without_the_machinery_pytest_says_what_to_do(tmp_path):
    """One sentence in place of a traceback.  With it, an author's slip is one sentence too."""
    shutil.copytree(ROOT / "assignments" / NAME, tmp_path / "lost")
    (tmp_path / "lost" / "selfcheck.py").unlink()
    slip = tmp_path / "slip"
    slip.mkdir()
    shutil.copy(SOURCE, slip)
    (slip / "test_slip.py").write_text(MANY.replace("[doubles(name)]", "[]"), "utf-8")

    done = run_pytest(tmp_path, "lost", "slip")

    words = "give it properties with docstrings and the same first parameter"
    assert f"_ ERROR collecting lost/test_{NAME}.py _\n{LOST}\n" in re.sub(
        "_+", "_", done.stdout
    )
    assert f"\nE   ValueError: alias: {words}\n" in done.stdout
    assert "2 errors in" in done.stdout


def test_each_answer_is_told_what_to_do(tmp_path):
    """A part to mend first, a loop that has no end, the line of an error, a line to delete; or
    nothing.
    """
    shutil.copy(SOURCE, tmp_path)
    (tmp_path / "test_many.py").write_text(MANY, "utf-8")
    (tmp_path / "many.ipynb").write_text(
        notebook(*re.split(r"\n(?=def )", ANSWERS)), "utf-8"
    )

    done = run_pytest(tmp_path, "-rA")

    failed = dict(
        re.findall(
            r"^FAILED test_many.py::test_(\w+) - Failed: (.*)$",
            done.stdout,
            re.MULTILINE,
        )
    )
    assert len(SAID) == len(outcomes(done)), done.stdout
    assert "not shown" not in done.stdout
    assert SAID == {
        name: failed.get(name) and failed[name][: len(words or "")]
        for name, words in SAID.items()
    }


AT_FIRST = """
import torch

def Data_iter(batch_size, features, labels):
    yield features, labels

def linreg(X, b, w):
    return X @ w + b

def squared_loss(y_hat, y):
    if y.dim() == 1:
        raise NotImplementedError("squared_loss")
    (y_hat - y) ** 2 / 2

def sgd(params, lr, batch_size=1):
    pass
"""


@pytest.mark.exhaustive
def test_a_second_failure_brings_the_hint_and_a_third_what_to_read(tmp_path):
    """At once: the signature, a near name, a missing return, all checks that fail, a finished
    notebook.
    """
    folder = tmp_path / "linear_regression"
    shutil.copytree(ROOT / "solutions" / "linear_regression", folder)
    (folder / "linear_regression.py").write_text(AT_FIRST, "utf-8")
    notebook = folder / "linear_regression.ipynb"
    notebook.write_text(
        notebook.read_text("utf-8").replace("raise NotImplementedError", "pass"),
        "utf-8",
    )
    hint = "\nhint: `p = p - 1` gives the name to a new tensor: what changes the tensor itself?\n"
    lesson = '\nread again: "Gradients, and changing a tensor" in the notebook\n'

    asked = ["-k", "data_iter or linreg or squared_loss or sgd", "-p", "cacheprovider"]
    first, second, third = (run_pytest(folder, *asked).stdout for _ in range(3))

    assert (
        "linear_regression.ipynb also has functions of yours. To check those, move linear_regr"
        in first
    )
    assert "data_iter is not defined in" in first
    assert (
        "\nexpected the parameters of `linreg(X, w, b)`, got `linreg(X, b, w)`\n"
        in first
    )
    assert "sgd: expected" in first
    assert "expected the parameters of `sgd" not in first
    assert "\nalso fails: keeps float64 where the inputs are float64\n" in first
    assert "expected a tensor, got None (is there a `return`?)" in first
    assert [False, True, True] == [hint in said for said in (first, second, third)]
    assert 1 == len(
        {*re.findall("\nhint: .*", third)}
    )  # none beside a signature, or for a missing `return`
    assert [False, False, True] == [lesson in said for said in (first, second, third)]


SGD = """def sgd(params, lr, batch_size):
    with torch.no_grad():
        for i, p in enumerate(params):
            """
ROWS = """def data_iter(batch_size, features, labels):
    i = torch.randperm(len(features))
    for s in range(0, """
BATCH = "features[i[s : s + batch_size]], labels[i[s : s + batch_size]]\n"
# A beginner's function, or what is another in the right `train`; and a piece of the hint that fits.
MISTAKES = [
    ("def linreg(X, w, b):\n    return X @ w\n", "plus b"),
    ("def linreg(X, w, b):\n    return X * w + b\n", "which of the three products"),
    ("def linreg(X, w, b):\n    return X @ w + b.item()\n", "cut a result off"),
    ("def linreg(X, w, b):\n    return (X @ w + b).float()\n", "in another dtype"),
    (
        "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2\n",
        "2 times as large",
    ),
    (
        "def squared_loss(y_hat, y):\n    return (y_hat - y) ** 2 / 2\n",
        "(n, 1) minus (n,)",
    ),
    (
        "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ^ 2 / 2\n",
        "write `**`",
    ),
    (f"{SGD}p += lr * p.grad / batch_size\n", "added or subtracted"),
    (f"{SGD}p = p - lr * p.grad / batch_size\n", "gives the name to a new tensor"),
    (
        f"{SGD}params[i] = (p - lr * p.grad / batch_size).requires_grad_()\n",
        "another tensor in the list",
    ),
    (f"{SGD}p -= lr * p.grad\n", "-lr * gradient / batch_size"),
    (
        f"{ROWS}len(features) - batch_size + 1, batch_size):\n        yield {BATCH}",
        "where does the last one",
    ),
    (
        f"{ROWS}len(features), batch_size):\n        return {BATCH}",
        "`return` ends the function",
    ),
    (
        ("            w.grad.zero_()\n            b.grad.zero_()\n", ""),
        "when are yours set to zero",
    ),
    ((".sum()", ".mean()"), "summed, or is their mean taken"),
    ((".sum()", ""), "a single number"),
    (("            sgd([w, b], lr, batch_size)\n", ""), "which line moves w and b"),
    (("labels).mean().item()", "labels).sum().item()"), "one number for each epoch"),
]
# Defines each after the right functions, and prints what its third failure brings.
THIRD_FAILURES = """
import json, re, sys
import selfcheck
from test_linear_regression import PARTS, PROPERTIES, SIGNATURES

right, answers = json.load(sys.stdin)
for answer in answers:
    names = {"__name__": "notebook"}
    exec(right, names)
    place = "<cell>"
    selfcheck.linecache.cache[place] = len(answer), None, answer.splitlines(True), place
    exec(compile(answer, place, "exec"), names)
    name = re.match(r"def (\\w+)", answer)[1]
    exercises = selfcheck.Exercises(PROPERTIES, PARTS, SIGNATURES)
    print(str(selfcheck._with_help(selfcheck.fault(name, names[name], exercises, names), 2)[1]).split("\\n"))
"""


@pytest.mark.exhaustive
def test_a_hint_fits_how_the_function_failed(tmp_path):
    """It is not that of the function: where none fits, none is given."""
    folder = ROOT / "solutions" / "linear_regression"
    notebook = json.loads((folder / "linear_regression.ipynb").read_text("utf-8"))
    right = "\n".join(
        [
            "import random, torch",
            *("".join(cell["source"]) for cell in solution_cells(notebook)),
        ]
    )
    train = right[right.index("def train") :]
    answers = [
        each if isinstance(each, str) else train.replace(*each) for each, _ in MISTAKES
    ]
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder.parent}"}
    given = json.dumps([right, answers])
    done = ran(sys.executable, "-c", THIRD_FAILURES, input=given, cwd=tmp_path, env=env)
    assert 0 == done.returncode, done.stderr
    for line, (answer, hint) in zip(done.stdout.splitlines(), MISTAKES, strict=True):
        assert hint in line, (answer, line)


# What a student sees in a notebook.  Cells are run one by one, and what each prints or raises is kept.
NOTEBOOK = """
import contextlib, io, json, sys, threading
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="nocolor", history_load_length=0)
shell.history_manager.enabled = False

def run(cell, is_kept=False):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        shell.run_cell(cell, store_history=is_kept)
    return out.getvalue()

said = {}
for name, cell in json.load(sys.stdin).items():
    if name == "beside":
        sys.path.insert(0, "beside")
        sys.path_importer_cache.clear()
    elif name == "in a thread":
        thread = threading.Thread(target=lambda: said.update({name: run(cell)}))
        thread.start(), thread.join()
        continue
    said[name] = run(cell, is_kept=name.startswith("kept"))
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """What cells show in IPython: without a file beside them, without selfcheck.py, and with
    all.
    """
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "beside").mkdir()
    shutil.copy(SOURCE, folder / "beside")
    (folder / "beside" / "test_many.py").write_text(MANY, "utf-8")
    released = json.loads(
        (ROOT / "assignments/vectorization/vectorization.ipynb").read_text("utf-8")
    )
    untouched = {cell["id"]: "".join(cell["source"]) for cell in released["cells"]}
    todo = {
        **{
            id: untouched[id]
            for id in (
                "imports",
                "import_check",
                "vector_add",
                "test_vector_add",
                "time_1000",
                "time_growth",
            )
        },
        "beside": "from test_many import check",
        "not run": "check('broken')",
        "raises": "# a comment\ndef inner(n):\n    return n.size\n\ncheck('inner')",
        "first": "def left(n):\n    return 1\ncheck('left')",
        "right": "wrong, left = left, lambda n: 2 * n\ncheck('left')\nleft = wrong",
        "first again": "check('left')",
        "second": "check('left')",
        "in a thread": "def endless(n):\n    while True: n += 1\n\ncheck('endless')",
        "in the main thread": "check('endless')",
        "kept: cannot be read": "def left(n:\n    return 2 * n",
        "kept: asked": "check('left')",
        "kept: full-width": "def left(n):\n    return 2 * n，",
        "kept: asked of it": "check('left')",
        "kept: fixed": "def left(n):\n    return 2 * n",
        "kept: asked again": "check('left')",
    }
    env = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    done = ran(
        sys.executable, "-c", NOTEBOOK, input=json.dumps(todo), cwd=folder, env=env
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_a_cell_that_cannot_be_read_is_not_judged(cells):
    """The function of an earlier cell still stands; once the cell is fixed, it is judged."""
    expected = (
        "NameError: left: its cell has a syntax error, so it did not run. Fix it first."
    )
    assert expected == " ".join(cells["kept: asked"].split())
    wide = f"{expected} Line 2 has the full-width `，`: type `,` in its place."
    assert wide == " ".join(cells["kept: asked of it"].split())
    assert "visible check passed" in cells["kept: asked again"].replace(
        "checks", "check"
    )


def test_a_cell_says_what_to_do(cells):
    """What is missing, why a figure waits, what raised where, which part comes first, and what
    never ends.
    """
    missing = "ImportError: Put test_vectorization.py and selfcheck.py beside this notebook.\n"
    assert cells["import_check"].endswith(missing)
    assert "name 'check' is not defined" in cells["test_vector_add"]
    for name in ("time_1000", "time_growth"):
        assert (
            "This cell waits for vector_add: its test cell says why.\n" == cells[name]
        )
    assert cells["raises"] == (
        "AssertionError: inner: it raised AttributeError: 'int' object has no attribute\n"
        "        'size'\n"
        "    in `inner`, line 2: `return n.size`\n"
        "    for n = 0\n"
        "    (check: gives twice its argument)\n"
    )
    assert (
        "NameError: broken: broken is not defined. Run its cell first.\n"
        == cells["not run"]
    )
    hinted = [
        "hint: twice?" in cells[name]
        for name in ("first", "right", "first again", "second")
    ]
    assert [False, False, False, True] == hinted
    for place in ("in the main thread", "in a thread"):
        endless = "AssertionError: endless: it did not finish within 1 s\n    in `endless`, line 2:"
        assert endless in cells[place]


def test_an_old_python_or_a_missing_package_gets_one_line():
    """Where pytest imports the file, and in a notebook, where it would be a traceback."""
    for name in ("selfcheck.py", *(f"{name}/test_{name}.py" for name in ASSIGNMENTS)):
        ast.parse(
            (ROOT / "solutions" / name).read_text("utf-8"), feature_version=(3, 8)
        )
    code = f"""
import sys, pytest
version = sys.version_info
for sys.version_info, sys.modules["torch"] in ((3, 8, 18), None), (version, None):
    try:
        import test_{NAME}
    except pytest.fail.Exception as error:
        print(error, *error._render_traceback_(), error.pytrace, sep="|")
"""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = ran(sys.executable, "-c", code, cwd=ROOT / "solutions" / NAME, env=env)
    said = [
        "The self-check needs Python 3.10 or newer. 自检需要 Python 3.10 或更新的版本。",
        "The self-check needs torch. Run `pip install torch`. 自检需要 torch。请运行 `pip install torch`。",
    ]

    assert [f"{line}|{line}|False" for line in said] == done.stdout.splitlines()


ON_A_CARD = """
import time
import torch


class There(torch.Tensor):
    \"\"\"A tensor of this processor that says it is on a graphics card.\"\"\"

    device = property(lambda self: torch.device("cuda", 0))

    def cpu(self):
        return self.as_subclass(torch.Tensor)


def synchronize():
    now[0] += waits.pop() if waits else 1e-5


def slowly(a, b):
    waits.extend([0.02] * isinstance(a, There))
    return a + b


now, waits, put = [0.0], [], torch.Tensor.to
time.perf_counter = lambda: now[0]
torch.cuda.is_available, torch.cuda.synchronize = lambda: True, synchronize
torch.Tensor.to = lambda self, *to: self.as_subclass(There) if to == ("cuda",) else put(self, *to)
from test_vectorization import check

for vector_add in (
    lambda a, b: a + b,
    lambda a, b: a.cpu() + b.cpu(),
    lambda a, b: a + b + isinstance(a, There),
    slowly,
):
    try:
        check("vector_add")
    except AssertionError as error:
        print(str(error).splitlines()[0])
"""


def test_vector_add_is_tried_on_the_accelerator_too(tmp_path):
    """Its device, its values, and its time until it has done its work; each sentence names the
    device.
    """
    for file in (ROOT / "assignments" / "vectorization").glob("*.py"):
        shutil.copy(file, tmp_path)
    done = ran(sys.executable, "-c", ON_A_CARD, cwd=tmp_path)
    right, moved, wrong, slow = done.stdout.splitlines()
    assert "vector_add: all 4 visible checks passed." == right
    assert (
        "vector_add: on cuda, expected the sum on cuda:0, got it on cpu (check: adds on an"
        in moved
    )
    assert wrong.startswith(
        "vector_add: on cuda, expected [0.0, 0.5, 1.0, 0.75], got [1.0, 1.5, 2.0, 1.75]"
    )
    assert slow.startswith(
        "vector_add: on cuda, expected at most 1.1 ms for 2000 elements, got 20 ms"
    )


def test_without_an_accelerator_nothing_is_said_of_one(tmp_path):
    """As where the grader runs."""
    for file in (ROOT / "assignments" / "vectorization").glob("*.py"):
        shutil.copy(file, tmp_path)
    program = (
        "import torch\ntorch.cuda.is_available = torch.backends.mps.is_available = "
        "lambda: False\n"
    )
    program += (
        "from test_vectorization import check\nvector_add = lambda a, b: a + "
        "b\ncheck('vector_add')"
    )
    assert (
        "vector_add: all 3 visible checks passed.\n"
        == ran(sys.executable, "-c", program, cwd=tmp_path).stdout
    )

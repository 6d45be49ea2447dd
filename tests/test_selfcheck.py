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
from file_helpers import read_json, table, write_files
from platforms import notebook
from process_helpers import ran

from autograder import exercises

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

SAID = dict(
    table(r"""
alias -> -
broken -> AssertionError: broken: expected 0, got 1, for n = 0 (check: gives twice its argument)
caller -> AssertionError: caller: your broken fails its own check. Fix that first.
endless -> AssertionError: endless: it did not finish within 1 s, in `endless`, line
inner -> AssertionError: inner: it raised AttributeError: 'int' object has no attribute 'size', in `inner`, line 4: `step.size for step in steps`, for n = 0
late -> AssertionError: late: expected 0, got 1, for n = 0
left -> NotImplementedError: left: delete the line `raise NotImplementedError("left")` below your code
loose -> -
lost -> NameError: lost: lost is not defined in many.ipynb. Rename `lots`?
moves -> AssertionError: moves: expected x unchanged, got x = [2.0, 2.0625], for W = [[0.0,
user -> AssertionError: user: your lost fails its own check. Fix that first.
""")
)


def run_pytest(folder, *words):
    """pytest as a student has it: torch, numpy, pytest and hypothesis, and nothing of ours."""
    ours = "PYTEST_", "PYTHONPATH"
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours)
    }
    env |= {"COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
    return ran(sys.executable, "-c", ALONE, *words, cwd=folder, env=env)


def outcomes(done):
    """Each test of a run with `-rA`, and how it ended."""
    return {
        name: word
        for word, name in re.findall(r"(?m)^([A-Z]+) (\S+::\S+)", done.stdout)
    }


def code_of(notebook):
    """All code of a notebook, as a script."""
    cells = read_json(notebook)["cells"]
    return "\n\n".join(
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
    )


def test_all_is_red_at_first_and_says_so_in_one_line_each(tmp_path):
    """All assignments in one run, and in the mode in which pytest adds no folder to the path."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "assignments" / name, tmp_path / name)
    said = run_pytest(tmp_path, *ASSIGNMENTS, "--import-mode=importlib").stdout
    for assignment, found in FOUND.items():
        assert f"checking the functions in {assignment}.ipynb\n" in said
        for one in found:
            test = f"FAILED {assignment}/test_{assignment}.py::test_{one.name}"
            words = (
                f"NotImplementedError: {one.function} is not attempted yet\n"
            )
            assert f"{test} - Failed: {words}" in said
    assert f"{sum(map(len, FOUND.values()))} failed in" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_py_file_or_a_notebook_is_checked_test_by_test(tmp_path):
    """A script where there is one; tests are chosen by their names."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "solutions" / name, tmp_path / name)
    script = tmp_path / LARGE / f"{LARGE}.py"
    script.write_text(code_of(script.with_suffix(".ipynb")))
    chosen = [
        f"{name}/test_{name}.py::test_{FOUND[name][0].name}"
        for name in (LARGE, NAME)
    ]
    done = run_pytest(tmp_path, "-rA", *chosen)
    assert outcomes(done) == dict.fromkeys(chosen, "PASSED")
    for file in (f"{LARGE}.py", f"{NAME}.ipynb"):
        assert f"checking the functions in {file}\n" in done.stdout


def test_without_the_machinery_pytest_says_what_to_do(tmp_path):
    """One sentence in place of a traceback.  With it, an author's slip is one too."""
    shutil.copytree(ROOT / "assignments" / NAME, tmp_path / "lost")
    (tmp_path / "lost/selfcheck.py").unlink()
    write_files(
        tmp_path, {"slip/test_slip.py": MANY.replace("[doubles(name)]", "[]")}
    )
    shutil.copy(SOURCE, tmp_path / "slip")
    said = re.sub("_+", "_", run_pytest(tmp_path, "lost", "slip").stdout)
    words = "give it properties with docstrings and the same first parameter"
    assert f"_ ERROR collecting lost/test_{NAME}.py _\n{LOST}\n" in said
    assert f"\nE ValueError: alias: {words}\n" in said.replace("E   ", "E ")
    assert "2 errors in" in said


def test_each_answer_is_told_what_to_do(tmp_path):
    """A part to fix first, a loop without end, the line of an error, a line to delete."""
    shutil.copy(SOURCE, tmp_path)
    many = notebook(*re.split(r"\n(?=def )", ANSWERS))
    write_files(tmp_path, {"test_many.py": MANY, "many.ipynb": many})
    done = run_pytest(tmp_path, "-rA")
    line = r"(?m)^FAILED test_many.py::test_(\w+) - Failed: (.*)$"
    failed = dict(re.findall(line, done.stdout))
    assert len(outcomes(done)) == len(SAID), done.stdout
    assert "not shown" not in done.stdout
    for name, words in SAID.items():
        assert failed.get(name, "").startswith(words), name
        assert bool(words) == (name in failed), name


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


HINT = "\nhint: `p = p - 1` gives the name to a new tensor: what changes the tensor itself?\n"
LESSON = '\nread again: "Gradients, and changing a tensor" in the notebook\n'


@pytest.mark.exhaustive
def test_a_second_failure_brings_the_hint_and_a_third_what_to_read(tmp_path):
    """At once: the signature, a near name, a missing return, all checks that fail."""
    folder = tmp_path / LARGE
    shutil.copytree(ROOT / "solutions" / LARGE, folder)
    (folder / f"{LARGE}.py").write_text(AT_FIRST)
    path = folder / f"{LARGE}.ipynb"
    text = path.read_text().replace("raise NotImplementedError", "pass")
    path.write_text(text)
    asked = [
        "-k",
        "data_iter or linreg or squared_loss or sgd",
        "-p",
        "cacheprovider",
    ]
    first, second, third = (run_pytest(folder, *asked).stdout for _ in range(3))
    for words in (
        f"{LARGE}.ipynb also has functions of yours. To check those, move {LARGE}",
        "data_iter is not defined in",
        "\nexpected the parameters of `linreg(X, w, b)`, got `linreg(X, b, w)`\n",
        "sgd: expected",
        "\nalso fails: keeps float64 where the inputs are float64\n",
        "expected a tensor, got None (is there a `return`?)",
    ):
        assert words in first
    assert [HINT in said for said in (first, second, third)] == [
        False,
        True,
        True,
    ]
    assert [LESSON in said for said in (first, second, third)] == [
        False,
        False,
        True,
    ]


SGD = r"def sgd(params, lr, batch_size):\n    with torch.no_grad():\n        for i, p in enumerate(params):\n            "
ROWS = r"def data_iter(batch_size, features, labels):\n    i = torch.randperm(len(features))\n    for s in range(0, "
BATCH = "features[i[s : s + batch_size]], labels[i[s : s + batch_size]]"
# A beginner's function, or what is another in the right `train`; and a piece of the hint that fits.
MISTAKES = table(rf"""
def linreg(X, w, b):\n    return X @ w\n -> plus b
def linreg(X, w, b):\n    return X * w + b\n -> which of the three products
def linreg(X, w, b):\n    return X @ w + b.item()\n -> cut a result off
def linreg(X, w, b):\n    return (X @ w + b).float()\n -> in another dtype
def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2\n -> 2 times as large
def squared_loss(y_hat, y):\n    return (y_hat - y) ** 2 / 2\n -> (n, 1) minus (n,)
def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ^ 2 / 2\n -> write `**`
{SGD}p += lr * p.grad / batch_size\n -> added or subtracted
{SGD}p = p - lr * p.grad / batch_size\n -> gives the name to a new tensor
{SGD}params[i] = (p - lr * p.grad / batch_size).requires_grad_()\n -> another tensor in the list
{SGD}p -= lr * p.grad\n -> -lr * gradient / batch_size
{ROWS}len(features) - batch_size + 1, batch_size):\n        yield {BATCH}\n -> where does the last one
{ROWS}len(features), batch_size):\n        return {BATCH}\n -> `return` ends the function
            w.grad.zero_()\n            b.grad.zero_()\n =>  -> when are yours set to zero
.sum() => .mean() -> summed, or is their mean taken
.sum() =>  -> a single number
            sgd([w, b], lr, batch_size)\n =>  -> which line moves w and b
labels).mean().item() => labels).sum().item() -> one number for each epoch
""")
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
    folder = ROOT / "solutions" / LARGE
    tree = read_json(folder / f"{LARGE}.ipynb")
    cells = ("".join(cell["source"]) for cell in solution_cells(tree))
    right = "\n".join(["import random, torch", *cells])
    train = right[right.index("def train") :]
    answers = []
    for change, _ in MISTAKES:
        old, arrow, new = change.partition(" =>")
        changed = train.replace(old, new.removeprefix(" "))
        answers.append(changed if arrow else change)
    env = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder.parent}"}
    given = json.dumps([right, answers])
    done = ran(
        sys.executable, "-c", THIRD_FAILURES, input=given, cwd=tmp_path, env=env
    )
    for line, (answer, hint) in zip(
        done.stdout.splitlines(), MISTAKES, strict=True
    ):
        assert hint in line, answer


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


CELLS = r"""
beside               -> from test_many import check
not run              -> check('broken')
raises               -> # a comment\ndef inner(n):\n    return n.size\n\ncheck('inner')
first                -> def left(n):\n    return 1\ncheck('left')
right                -> wrong, left = left, lambda n: 2 * n\ncheck('left')\nleft = wrong
first again          -> check('left')
second               -> check('left')
in a thread          -> def endless(n):\n    while True: n += 1\n\ncheck('endless')
in the main thread   -> check('endless')
kept: cannot be read -> def left(n:\n    return 2 * n
kept: asked          -> check('left')
kept: full-width     -> def left(n):\n    return 2 * n，
kept: asked of it    -> check('left')
kept: fixed          -> def left(n):\n    return 2 * n
kept: asked again    -> check('left')
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """What cells show in IPython: without files beside them, and with all."""
    folder = tmp_path_factory.mktemp("notebook")
    write_files(folder, {"beside/test_many.py": MANY})
    shutil.copy(SOURCE, folder / "beside")
    path = ROOT / "assignments/vectorization/vectorization.ipynb"
    released = read_json(path)["cells"]
    names = (
        "imports import_check vector_add test_vector_add time_1000 time_growth"
    )
    todo = {
        c["id"]: "".join(c["source"])
        for c in released
        if c["id"] in names.split()
    }
    todo |= dict(table(CELLS))
    env = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    given = json.dumps(todo)
    done = ran(sys.executable, "-c", NOTEBOOK, input=given, cwd=folder, env=env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_cell_that_cannot_be_read_is_not_judged(cells):
    """The function of an earlier cell is still there; once fixed, it is judged."""
    words = "NameError: left: its cell has a syntax error, so it did not run. Fix it first."
    assert " ".join(cells["kept: asked"].split()) == words
    wide = f"{words} Line 2 has the full-width `，`: type `,` in its place."
    assert " ".join(cells["kept: asked of it"].split()) == wide
    assert "visible checks passed" in cells["kept: asked again"]


def test_a_cell_says_what_to_do(cells):
    """What is missing, why a figure waits, what raised where, and what never ends."""
    missing = "ImportError: Put test_vectorization.py and selfcheck.py beside this notebook.\n"
    assert cells["import_check"].endswith(missing)
    for name in ("time_1000", "time_growth"):
        words = "This cell waits for vector_add: its test cell says why.\n"
        assert cells[name] == words
    assert cells["raises"] == (
        "AssertionError: inner: it raised AttributeError: 'int' object has no attribute\n"
        "        'size'\n"
        "    in `inner`, line 2: `return n.size`\n"
        "    for n = 0\n"
        "    (check: gives twice its argument)\n"
    )
    words = "NameError: broken: broken is not defined. Run its cell first.\n"
    assert cells["not run"] == words
    hinted = {name for name, said in cells.items() if "hint: twice?" in said}
    assert hinted == {"second"}
    for place in ("in the main thread", "in a thread"):
        endless = "AssertionError: endless: it did not finish within 1 s\n    in `endless`, line 2:"
        assert endless in cells[place]


def test_an_old_python_or_a_missing_package_gets_one_line():
    """Where pytest imports the file, and in a notebook, where it would be a traceback."""
    for name in (
        "selfcheck.py",
        *(f"{name}/test_{name}.py" for name in ASSIGNMENTS),
    ):
        ast.parse(
            (ROOT / "solutions" / name).read_text(),
            feature_version=(3, 8),
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
    done = ran(
        sys.executable, "-c", code, cwd=ROOT / "solutions" / NAME, env=env
    )
    said = [
        "The self-check needs Python 3.10 or newer. 自检需要 Python 3.10 或更新的版本。",
        "The self-check needs torch. Run `pip install torch`. 自检需要 torch。请运行 `pip install torch`。",
    ]

    assert done.stdout.splitlines() == [f"{line}|{line}|False" for line in said]


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


def test_vector_add_is_tried_on_the_accelerator_too():
    """Its device, its values, and its time until it has done its work."""
    folder = ROOT / "assignments" / "vectorization"
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = ran(sys.executable, "-c", ON_A_CARD, cwd=folder, env=env)
    said = (
        "all 4 visible checks passed.",
        *(f"on cuda, expected {w}" for w in ON_CUDA),
    )
    for line, words in zip(done.stdout.splitlines(), said, strict=True):
        assert line.startswith(f"vector_add: {words}")


ON_CUDA = (
    "the sum on cuda:0, got it on cpu (check: adds on an",
    "[0.0, 0.5, 1.0, 0.75], got [1.0, 1.5, 2.0, 1.75]",
    "at most 1.1 ms for 2000 elements, got 20 ms",
)

"""What a notebook may do, grading permits: files in a worker's memory, and what stands for processes."""

# ruff: noqa: E501 - programs read best as they stand

import textwrap
from pathlib import Path

import pytest
import warm

from autograder import exercises
from autograder.intake.submission import Submission
from autograder.judging.cases import cases_of
from autograder.judging.faults import not_permitted
from autograder.judging.judge import Judge
from autograder.sandbox import template
from autograder.sandbox.client import Sandbox
from autograder.sandbox.inside import limit_errors
from autograder.settings import Settings
from autograder.wire import Raised

HEAD = """
import csv, glob, io, json, os, pickle, shutil, tempfile; from pathlib import Path
import numpy as np; import torch
"""


@pytest.fixture(scope="module")
def sandbox():
    """With matplotlib, as where a student imports it."""
    with Sandbox() as one:
        one.warm_up_for_few()
        yield one


def program(body: str) -> str:
    """A function with this body."""
    return HEAD + "def f():\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")


def called(sandbox: Sandbox, body: str):
    """What a function with this body gives."""
    return warm.called(sandbox, program(body), "f")


WRITES = """
log = open('a', 'a')
log.write('x'); log.flush()
with open('a', 'a') as f: f.write('y')
log.write('é\\n'); log.close()
return open('a').read()

open('a', 'wb').write(b'abc')
with open('a', 'r+b') as f: f.seek(1); f.write(b'X')
return io.open('a').read()

p = Path('d') / 'e'
p.mkdir(parents=True); p.mkdir(exist_ok=True)
for x in ('abc', 'd'): (p / 'a.txt').write_text(x)
return [x.name for x in p.iterdir()], (p / 'b').exists(), (p / 'a.txt').stat().st_size, p.is_dir()

open('a', 'w').write('abc')
p, s = os.path, Path('a').stat()
return p.exists('a'), p.isfile('a'), p.isdir('a'), p.getsize('a'), p.lexists('b'), s.st_mtime_ns > 1e18, s[8] > 1e9

open('a', 'w').write('x'); os.replace('a', 'd/b'); os.rename('d', 'e')
return os.path.exists('a'), os.path.exists('d'), open('e/b').read(), os.listdir('e')

open('a', 'w').write('x'); open('b', 'w').write('y')
shutil.copy('a', 'b'); shutil.copy2('a', 'c'); shutil.move('a', 'f')
return [open(name).read() for name in 'bcf'], os.path.exists('a'), os.stat('c').st_mtime == os.stat('f').st_mtime

with tempfile.NamedTemporaryFile('w', suffix='.csv') as f:
    f.write('y'); f.flush()
    found = open(f.name).read(), f.name.endswith('.csv'), os.path.exists(f.name)
with tempfile.TemporaryFile() as g: g.write(b'z'); g.seek(0); found += (g.read().decode(),)
kept = tempfile.NamedTemporaryFile(delete=False); kept.close()
return found, os.path.exists(f.name), os.path.exists(kept.name), os.remove(kept.name)

found = []
for mode in 'q', 'rw', 'wbt', '':
    try: open('a', mode)
    except ValueError as e: found.append(mode)
try: open('a', 'w').read()
except io.UnsupportedOperation as e: found.append(str(e))
return found, os.path.exists('a')
"""
# Of two files and a folder with one more, that it wrote.
OTHERWISE = r"""
return glob.glob('*.txt'), glob.glob('d/*')
return sorted(glob.glob('**/*.txt', recursive=True))
return sorted(map(str, Path('.').rglob('*.txt')))
return sorted(x.name for x in os.scandir() if x.name.endswith('.txt'))
os.rename('a.txt', 'e.txt'); return os.path.exists('a.txt'), open('e.txt').read()
p = Path('a.txt').rename('d/e.txt'); return p.exists()
shutil.copy('a.txt', 'e.txt'); return open('e.txt').read()
shutil.move('a.txt', 'e.txt'); return os.path.exists('a.txt')
shutil.copytree('d', 'e'); return os.listdir('e')
os.access('a.txt', os.R_OK); return os.access('a.txt', os.R_OK)
try: return os.access('a.txt', os.W_OK)\nexcept Exception: return False
try: os.rename('a.txt', 'e.txt')\nexcept: pass\nreturn os.path.exists('e.txt')
os.chmod('a.txt', 0o600); return oct(os.stat('a.txt').st_mode)
Path('a.txt').touch(); Path('e.txt').touch(); return os.path.getsize('a.txt'), os.path.exists('e.txt')
with open('a.txt', 'r+') as f: f.truncate(1)\nreturn open('a.txt').read()
os.symlink('a.txt', 'e.txt'); return open('e.txt').read()
os.remove('d/c.txt'); os.rmdir('d'); return os.path.exists('d')
try: os.remove('d')\nexcept IsADirectoryError: return 1
os.chdir('d'); return os.listdir()
a, b = open('a.txt', 'a'), open('a.txt', 'a'); a.write('1'); b.write('2'); b.close(); a.close(); return open('a.txt').read()
a, b = open('a.txt', 'w'), open('a.txt'); a.write('1'); c = b.read(); a.flush(); return c, b.read()
a = open('a.txt'); open('a.txt', 'w').write('xyz'); return a.read()
a = open('a.txt'); os.remove('a.txt'); return a.read(), os.path.exists('a.txt')
try: open('a.txt', 'x')\nexcept FileExistsError: return 1
return os.open('a.txt', os.O_RDONLY) > 0
fd = os.open('a.txt', os.O_WRONLY | os.O_APPEND); os.write(fd, b'x'); return open('a.txt').read()
x = np.arange(3.0); x.tofile('e.txt'); return np.fromfile('e.txt').tolist()
shutil.rmtree('d'); return os.path.exists('d/c.txt')
with open(os.devnull, 'w') as f: print(1, file=f)\nreturn 1
with tempfile.NamedTemporaryFile('w') as f: f.write('y'); f.flush(); return open(f.name).read()
a, b = tempfile.mkstemp(); return os.path.exists(b)
import matplotlib.pyplot as plt; plt.savefig('a.png'); return plt.imread('a.png').ndim
import matplotlib.pyplot as plt; plt.savefig('a.png'); return open('a.png', 'rb').read(4)
import importlib, sys; open('mine.py', 'w').write('k = 1'); sys.path.insert(0, '.'); importlib.invalidate_caches(); import mine; return mine.k
"""
THREE = "os.makedirs('d')\nfor x in ('a.txt', 'b.txt', 'd/c.txt'): open(x, 'w').write(x)\n"


def at_home(body, tmp_path, monkeypatch):
    """What Python itself gives for it, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names = {}
    exec(program(body), names)
    return names["f"]()


@pytest.mark.parametrize("body", WRITES.split("\n\n"))
def test_what_is_written_can_be_read_back(sandbox, body, tmp_path, monkeypatch):
    """By every way that students have, in memory alone, and as Python itself does it."""
    (tmp_path / "d").mkdir()
    assert at_home(body, tmp_path, monkeypatch) == called(sandbox, body)


@pytest.mark.parametrize("line", OTHERWISE.strip().split("\n"))
def test_of_a_written_file_nobody_has_a_wrong_answer(sandbox, line, tmp_path, monkeypatch):
    """What is not served of it needs a review, also where a library or a student passes over exceptions."""
    body = THREE + line.replace("\\n", "\n")
    got = called(sandbox, body)
    assert (isinstance(got, Raised) and got.error == limit_errors.NOT_PERMITTED) or at_home(
        body, tmp_path, monkeypatch
    ) == got


def test_a_load_and_another_worker_begin_without_files(sandbox, tmp_path):
    """And nothing reaches the disk."""
    path = tmp_path / "made.txt"
    source = f"def f():\n    import os\n    old = os.path.exists({str(path)!r})\n"
    source += f"    open({str(path)!r}, 'w').write('x')\n    return old"
    with sandbox.worker() as one, sandbox.worker() as other:
        for worker in (one, other, one):
            worker.load([["file", 1, source]], ["f"], {}, 5.0)
            assert [[False], [True]] == [worker.ask("f", [("call", ())], 5.0) for _ in range(2)]
    assert [] == [*tmp_path.iterdir()]


def test_files_are_bounded_by_the_memory(sandbox):
    """As a list would be."""
    got = called(sandbox, "f = open('a', 'wb')\nwhile True: f.write(bytes(64 << 20))")
    assert "MemoryError" == got.error
    assert (
        "MemoryError"
        == called(sandbox, "f = open('a', 'wb')\nf.seek(1 << 50); f.write(b'x'); f.flush()").error
    )


def test_what_torch_imports_late_can_be_imported(sandbox):
    """`Tensor.index` takes dimensions from a package of its own beside `torch`."""
    turned = "torch.ones(2, 3)[i, j].order(j, i).tolist()"
    body = f"import torch; from functorch.dim import dims; i, j = dims(2); return {turned}"
    assert [[1.0, 1.0]] * 3 == called(sandbox, body)


def test_what_may_not_be_read_has_python_s_own_error(sandbox):
    """Which code can take as at home, and which is named where it does not."""
    body = "open('/etc/shadow').read()"
    assert (limit_errors.NOT_PERMITTED, "file:shadow") == called(sandbox, body)[:2]
    assert called(sandbox, f"try: {body}\nexcept OSError as e: return e.errno") > 0


def test_a_loader_has_no_processes(sandbox):
    """Whatever depends on them is taken, by place too; a class below it as well."""
    body = """
    from torch.utils.data import DataLoader, TensorDataset
    data = TensorDataset(torch.arange(5))
    class Mine(DataLoader): pass
    loaders = [
        DataLoader(data, 2, num_workers=2, prefetch_factor=3, persistent_workers=True, timeout=5),
        DataLoader(data, 2, False, None, None, 4, None, True, False, 9, None, 'fork'),
        Mine(data, batch_size=2, num_workers=1, multiprocessing_context='spawn', pin_memory=True),
    ]
    return [[x.tolist() for x, in loader] for loader in loaders], [x.num_workers for x in loaders]
    """
    assert ([[[0, 1], [2, 3], [4]]] * 3, [0, 0, 0]) == called(sandbox, body)


def test_a_compiled_function_is_the_function(sandbox):
    """As a decorator with and without arguments, of a method, of a module."""
    body = """
    @torch.compile
    def a(x): return x + 1
    @torch.compile(mode='max-autotune', fullgraph=True, dynamic=False)
    def b(x): return x + 2
    class C:
        @torch.compile(backend='eager')
        def d(self, x): return x + 3
    net = torch.nn.Linear(1, 1)
    net.compile()
    same = torch.compile(net, backend='inductor')
    return a(1), b(1), C().d(1), torch.compile(a, dynamic=True)(2), same is net, net(torch.ones(1, 1)).shape[0]
    """
    assert (2, 3, 4, 3, True, 1) == called(sandbox, body)


LIMITS = {
    "import nothing_here": "package:nothing_here",
    "import threading; threading.Thread(target=print).start()": "thread:",
    "import multiprocessing; multiprocessing.Pool(2)": "process:",
    "import socket; socket.socket()": "network:",
    "torch.zeros(1).cuda()": "gpu:",
    "os.fork()": "call:",
    "os.open('made', os.O_WRONLY | os.O_CREAT)": "write:made",
    "open('house.csv')": "file:house.csv",
    "open('../data/house.csv', 'r+')": "write:house.csv",
    "np.ones(2).tofile('a')": "call:",
    "try: os.fork()\n    except OSError as e: raise ValueError('no') from e": "call:",
    "try: import nothing_here\n    except ImportError: raise RuntimeError('install it')": "package:nothing_here",
}


@pytest.mark.parametrize("body", LIMITS)
def test_a_limit_is_named(sandbox, body):
    """By what it keeps from the student, however deep it is met."""
    got = called(sandbox, "pass\n" + body.replace("\n    ", "\n"))
    assert (limit_errors.NOT_PERMITTED, LIMITS[body]) == got[:2]


OWN = {
    "raise AssertionError('Torch not compiled with CUDA enabled')": "AssertionError",
    "raise PermissionError(1, 'Operation not permitted', 'a')": "PermissionError",
    'raise RuntimeError("can\'t start new thread")': "RuntimeError",
    "raise ValueError from OSError(1, 'Operation not permitted')": "ValueError",
    "import nunpy": "ModuleNotFoundError",
    "from torch import nothing": "ImportError",
    "open('a', 'w').read()": "UnsupportedOperation",
}


@pytest.mark.parametrize("body", OWN)
def test_what_is_the_student_s_own_is_no_limit(sandbox, body):
    """What they raise themselves, a name that they misspelt, or a slip that fails at home too."""
    got = called(sandbox, body)
    assert OWN[body] == got.error


# The whole way.

NAME = "linear_regression"


ALL_OF_IT = Path(__file__).parent / "right_answers" / NAME / "writes_files_and_compiles.py"
LOSS = "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2\n"


def verdicts(report, name: str) -> set:
    """(outcome, message) of the checks of an exercise that lost points."""
    return {(str(r.outcome), r.message) for r in report.results if r.exercise == name and r.earned < r.points}


def judged(judges, text: str):
    """The report of a program."""
    return judges[NAME].judge(Submission("ann", "a.py", text))


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        (
            "import pandaz as pd\ntable = pd.read_csv('a.csv')\nscale = table.x\n",
            "    return scale * (X @ w + b)\n",
            "Grading runs without the package `pandaz`, so this needs review (line 1)",
        ),
        (
            "rows = open('house.csv').readlines()\n",
            "    return X @ w + b + len(rows)\n",
            "Grading runs without the file `house.csv`, so this needs review (line 1)",
        ),
    ],
)
def test_what_grading_cannot_permit_needs_a_review(judges, head, body, message):
    """Named once, with its line; the checks of other functions are graded as ever, and no zero is written."""
    report = judged(judges, f"{head}def linreg(X, w, b):\n{body}\n{LOSS}")
    assert {("grader_error", message)} == verdicts(report, "linreg")
    assert set() == verdicts(report, "squared_loss")
    assert (True, message) == (report.needs_review, report.reason)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("try:\n    import pandaz\nexcept ImportError:\n    pandaz = None\n", "    return X @ w + b\n"),
        (
            "import threading\n",
            "    try: threading.Thread(target=print).start()\n    except RuntimeError: pass\n    return X @ w + b\n",
        ),
    ],
)
def test_who_is_right_beyond_a_limit_has_the_points(judges, head, body):
    """Nobody needs to look."""
    report = judged(judges, f"{head}def linreg(X, w, b):\n{body}")
    assert (set(), False) == (verdicts(report, "linreg"), report.needs_review)


def test_a_limit_that_nobody_meets_excuses_nothing(judges):
    """A wrong function below an import that failed has lost its points."""
    report = judged(judges, "import pandaz\ndef linreg(X, w, b):\n    return X @ w - b\n")
    assert {"failed"} == {outcome for outcome, _ in verdicts(report, "linreg")}
    assert not report.needs_review


@pytest.mark.parametrize("message", ["", "package:", "package:a b", "sun:", "thread:x", "file:", "x" * 3000])
def test_what_a_worker_says_of_limits_is_looked_at(message):
    """A message that none of ours can be is an exception like any other."""
    assert None is not_permitted(limit_errors.NOT_PERMITTED, message, place="")
    assert None is not_permitted("OSError", "thread:", place="")
    assert not_permitted(limit_errors.NOT_PERMITTED, "thread:", place="") is not None


@pytest.mark.slow
@pytest.mark.parametrize("bwrap", [True, pytest.param(False, marks=pytest.mark.exhaustive)])
def test_a_notebook_that_does_all_of_it_has_full_points(bwrap):
    """Behind each outer layer of the sandbox, or none."""
    settings = Settings()
    cases = cases_of(NAME, settings.seed)
    lend = template.lend if bwrap else warm.inner().lend
    sandbox = Sandbox(lend, settings.memory << 20)
    with Judge(exercises.load(NAME), cases, settings, sandbox=sandbox) as judge:
        report = judge.judge(Submission("ann", "a.py", ALL_OF_IT.read_text("utf-8")))
        assert bwrap == ("bwrap" in str(judge.sandbox.layers))
    assert (report.max_score, False) == (report.score, report.needs_review)

"""What a notebook may do, grading permits: writes that go nowhere, and what stands for
processes.
"""

import textwrap

import pytest
import warm
from file_helpers import table

from autograder import sentences
from autograder.assessment import Assessment
from autograder.errors import NOT_PERMITTED
from autograder.intake.submission import Submission
from autograder.judging.faults import not_permitted
from autograder.sandbox.client import Sandbox

HEAD = """
import csv, glob, io, json, os, pickle, shutil, tempfile; from pathlib import Path
import numpy as np; import torch
"""


@pytest.fixture(scope="module")
def sandbox():
    """With matplotlib, as where a student imports it."""
    with Sandbox() as one:
        one.import_slow()
        yield one


def program(body):
    """A function with this body."""
    return (
        HEAD
        + "def f():\n"
        + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    )


def called(sandbox, body):
    """What a function with this body gives."""
    return warm.called(sandbox, program(body), "f")


# Each succeeds, and keeps nothing.
WRITES = r"""
for mode in 'aw': f = open('a', mode); f.write('é'); f.flush(); print(1, file=f); f.close(); open('a', mode + 'b').write(b'x')
json.dump({'a': '名'}, open('a', 'w'), ensure_ascii=False); Path('b').write_text('x'); pickle.dump(1, open('c', 'wb'))
with open('a', 'w', newline='') as f: csv.writer(f).writerow([1, 2])
np.savetxt('a', [1.0]); np.savetxt('b.gz', [1.0]); np.save('c', np.ones(2)); np.savez('d.npz', x=np.ones(2))
torch.save(torch.ones(2), 'a.pt'); torch.save(f=Path('b.pt'), obj=torch.ones(2))
import logging; logging.basicConfig(filename='a.log', level=logging.INFO); logging.info('é')
with tempfile.TemporaryDirectory() as d: torch.save(torch.ones(2), Path(d) / 'a')
for _ in range(2): os.makedirs('a/b', exist_ok=True); Path('c').mkdir(exist_ok=True)
for _ in range(2):\n    if not os.path.exists('out'): os.mkdir('out')
import matplotlib.pyplot as plt; plt.plot([1]); plt.savefig('a.png'); plt.gcf().savefig(fname='b.svg'); plt.close()
"""
# A file that is still open, or in memory at home too, has what was written.
IN_MEMORY = {
    "f = open('a', 'w+'); f.write('abc'); f.seek(0); return f.read()": "abc",
    "f = io.BytesIO(); torch.save([1], f); f.seek(0); return torch.load(f)": [
        1
    ],
    "f = io.StringIO(); np.savetxt(f, [1.0], '%g'); return f.getvalue()": "1\n",
}
LOOKS_BACK = dict(
    table(r"""
return open('a').read()                                          -> file:a
return os.listdir('d')                                           -> file:d
os.remove('a')                                                   -> write:a
shutil.copy('a', 'b')                                            -> file:a
return np.loadtxt('a')                                           -> file:a
import matplotlib.pyplot as plt; plt.savefig('a.png'); return plt.imread('a.png') -> file:a.png
Path('b').touch()                                                -> write:b
""")
)


@pytest.mark.parametrize("line", WRITES.strip().split("\n"))
def test_a_write_goes_nowhere_and_costs_nothing(sandbox, line):
    """By every way that students have."""
    assert called(sandbox, line.replace("\\n", "\n")) is None


@pytest.mark.parametrize("body", IN_MEMORY)
def test_an_open_file_has_what_was_written(sandbox, body):
    """No path is read for it."""
    assert called(sandbox, body) == IN_MEMORY[body]


@pytest.mark.parametrize("body", LOOKS_BACK)
def test_code_that_looks_at_its_files_again_needs_review(sandbox, body):
    """With file and line: it is not there."""
    got = called(
        sandbox,
        f"open('a', 'w').write('x'); open('d/c.txt', 'w').write('x')\n{body}",
    )
    assert got[:2] == (NOT_PERMITTED, LOOKS_BACK[body])
    assert got.place.startswith("f:")


def test_nothing_reaches_the_disk(sandbox, tmp_path):
    """Also where a worker may write."""
    path = tmp_path / "made.txt"
    body = f"open({str(path)!r}, 'w').write('x'); return os.path.exists({str(path)!r})"
    assert called(sandbox, body) is False
    assert [*tmp_path.iterdir()] == []


def test_an_open_file_is_bounded_by_the_memory(sandbox):
    """As a list would be."""
    got = called(
        sandbox, "f = open('a', 'wb')\nwhile True: f.write(bytes(64 << 20))"
    )
    assert got.error == "MemoryError"


def test_what_may_not_be_read_has_python_s_own_error(sandbox):
    """Which code can take as at home, and which is named where it does not."""
    body = "open('/etc/shadow').read()"
    assert called(sandbox, body)[:2] == (NOT_PERMITTED, "file:shadow")
    assert (
        called(sandbox, f"try: {body}\nexcept OSError as e: return e.errno") > 0
    )


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
    assert called(sandbox, body) == ([[[0, 1], [2, 3], [4]]] * 3, [0, 0, 0])


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
    assert called(sandbox, body) == (2, 3, 4, 3, True, 1)


NO_EFFECT = dict(
    table(r"""
import time; time.sleep(1e9); return 1                       -> 1
from time import sleep; sleep(1e9); return 1                 -> 1
from IPython import display; display.set_matplotlib_formats('svg'); return 1 -> 1
from tqdm import tqdm; return [*tqdm([1, 2], desc='a')], len(tqdm([1])) -> ([1, 2], 1)
import tqdm; return [*tqdm.trange(2)], [*tqdm.tqdm(range(1))], [*tqdm.auto.tqdm('a')] -> ([0, 1], [0], ['a'])
from tqdm.notebook import tqdm\nwith tqdm(total=2) as bar: bar.update(1); bar.set_postfix(loss=1)\nreturn 1 -> 1
""")
)


@pytest.mark.parametrize("body", NO_EFFECT)
def test_what_only_a_reader_sees_takes_no_time(sandbox, body):
    """Waits, formats of pictures, and bars of progress, with or without the package."""
    assert called(sandbox, body) == eval(NO_EFFECT[body])


LIMITS = dict(
    table(r"""
import nothing_here                                              -> package:nothing_here
import threading; threading.Thread(target=print).start()         -> thread:
import multiprocessing; multiprocessing.Pool(2)                  -> process:
import socket; socket.socket()                                   -> network:
torch.zeros(1).cuda()                                            -> gpu:
os.fork()                                                        -> call:
os.open('made', os.O_WRONLY | os.O_CREAT)                        -> write:made
open('house.csv')                                                -> file:house.csv
np.loadtxt('house.csv')                                          -> file:house.csv
open('../data/house.csv', 'r+')                                  -> write:house.csv
np.ones(2).tofile('a')                                           -> call:
try: os.fork()\n    except OSError as e: raise ValueError('no') from e -> call:
try: import nothing_here\n    except ImportError: raise RuntimeError('install it') -> package:nothing_here
""")
)


@pytest.mark.parametrize("body", LIMITS)
def test_a_limit_is_named(sandbox, body):
    """By what it keeps from the student, however deep it is met."""
    got = called(sandbox, "pass\n" + body.replace("\n    ", "\n"))
    assert got[:2] == (NOT_PERMITTED, LIMITS[body])


OWN = dict(
    table(r"""
raise AssertionError('Torch not compiled with CUDA enabled') -> AssertionError
raise NotImplementedError('f')                               -> NotImplementedError
import torch.nothing                                         -> ModuleNotFoundError
from torch import nothing                                    -> ImportError
""")
)


@pytest.mark.parametrize("body", OWN)
def test_what_is_the_student_s_own_is_no_limit(sandbox, body):
    """What fails at home too."""
    got = called(sandbox, body)
    assert got.error == OWN[body]


# The whole way.

NAME = "linear_regression"


LOSS = "def squared_loss(y_hat, y):\n    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2\n"


def verdicts(report, name):
    """(outcome, message) of the checks of an exercise that lost points."""
    return {
        (str(r.outcome), sentences.message(r))
        for r in report.results
        if r.exercise == name and r.lost > 0
    }


def judged(judges, text):
    """The report of a program."""
    return judges[NAME].judge(Submission("ann", "a.py", text))


@pytest.mark.parametrize(
    ("head", "body", "message"),
    [
        (
            "import json\n",
            "    json.dump([1], open('ones.json', 'w'))\n    return X @ w + b * "
            "json.load(open('ones.json'))[0]\n",
            "Grading runs without the file `ones.json`, so this needs review (in `linreg`, line 3: "
            "`return X @ w + b * json.load(open('ones.json'))[0]`)",
        ),
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
    """Named once, with its line; the checks of other functions are graded as ever, and no zero
    is written.
    """
    report = judged(judges, f"{head}def linreg(X, w, b):\n{body}\n{LOSS}")
    assert verdicts(report, "linreg") == {("grader_error", message)}
    assert verdicts(report, "squared_loss") == set()
    assert report.needs_review
    assert Assessment(report).reason == message


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "try:\n    import pandaz\nexcept ImportError:\n    pandaz = None\n",
            "    return X @ w + b\n",
        ),
        (
            "import threading\n",
            "    try: threading.Thread(target=print).start()\n    except "
            "RuntimeError: pass\n    return X @ w + b\n",
        ),
    ],
)
def test_who_is_right_beyond_a_limit_has_the_points(judges, head, body):
    """Nobody needs to look."""
    report = judged(judges, f"{head}def linreg(X, w, b):\n{body}")
    assert verdicts(report, "linreg") == set()
    assert not report.needs_review


@pytest.mark.parametrize(
    "message",
    [
        "",
        "package:",
        "package:a b",
        "sun:",
        "thread:x",
        "file:",
        "python:",
        "x" * 3000,
    ],
)
def test_what_a_worker_says_of_limits_is_looked_at(message):
    """A message that none of ours can be is an exception like any other."""
    assert not_permitted(NOT_PERMITTED, message, place="") is None
    assert not_permitted("OSError", "thread:", place="") is None
    assert not_permitted(NOT_PERMITTED, "thread:", place="") is not None

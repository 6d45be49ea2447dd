"""Workers: what a submission's code answers, how it may end, and whose parts its training loop meets."""

from __future__ import annotations

import ast
import os
import signal
import time

import pytest
import torch

from autograder import wire
from autograder.sandbox import Ended, Sandbox, SandboxError, client, loading
from autograder.sandbox.loading import Space
from autograder.wire import Raised


@pytest.fixture(scope="module")
def sandbox():
    """One for all: a worker costs 6 ms, and a zygote two seconds."""
    with Sandbox(("autograder.submission",)) as one:
        yield one


def statements(source: str, place: str = "file") -> list:
    """[place, line, text] of each statement, as the reader gives them."""
    nodes = ast.parse(source).body
    return [[place, node.lineno, ast.get_source_segment(source, node)] for node in nodes]


def loaded(sandbox: Sandbox, source: str, parts: dict | None = None):
    """A worker in which this submission stands."""
    worker = sandbox.worker()
    worker.load(statements(source), ["f", "g"], parts or {}, 5.0)
    return worker


def answers(sandbox: Sandbox, source: str, *questions, seconds: float = 5.0) -> list:
    """What the submission's f gives for each (probe, arguments)."""
    with loaded(sandbox, source) as worker:
        return worker.ask("f", list(questions), seconds)


def called(sandbox: Sandbox, source: str, *args, seconds: float = 5.0):
    """What one call of f gives."""
    return answers(sandbox, source, ("call", args), seconds=seconds)[0]


def ending(sandbox: Sandbox, source: str, *args, seconds: float = 5.0) -> tuple[str, str]:
    """How the worker ends when f is called."""
    with loaded(sandbox, source) as worker, pytest.raises(Ended) as caught:
        worker.ask("f", [("call", args)], seconds)
    assert worker.end is not None
    return caught.value.kind, caught.value.message


# Answers.


def test_a_worker_answers_each_question(sandbox):
    """In their order, from the names that the statements bound."""
    got = answers(sandbox, "k = 3\ndef f(x): return x * k", ("call", (2,)), ("call", (torch.ones(2),)))
    assert 6 == got[0]
    assert [3.0, 3.0] == got[1].tolist()


def test_a_worker_goes_on_answering(sandbox):
    """Its state is the submission's own from question to question."""
    with loaded(sandbox, "seen = []\ndef f(x):\n    seen.append(x)\n    return len(seen)") as worker:
        assert [[1], [2], [3]] == [worker.ask("f", [("call", (0,))], 5.0) for _ in range(3)]
        assert 0 < worker.cpu() < 5


def test_workers_share_nothing(sandbox):
    """What one student's code changes, no other's meets."""
    text = "import torch\ndef f():\n    old, torch.answer = getattr(torch, 'answer', 0), 42\n    return old"
    assert [0, 0] == [called(sandbox, text), called(sandbox, text)]


def test_load_says_what_is_there_and_what_failed(sandbox):
    """Functions that can be called; place, line, kind and message of each fault."""
    source = "import nothing_here\nf = 5\n\ndef g(): pass\nx = 1 / 0\n"
    with sandbox.worker() as worker:
        got = worker.load(statements(source, "cell 2"), ["f", "g", "h"], {}, 5.0)
    want = [
        ["cell 2", 1, "ModuleNotFoundError", "No module named 'nothing_here'"],
        ["cell 2", 5, "ZeroDivisionError", "division by zero"],
    ]
    assert {"faults": want, "functions": ["g"]} == got


def test_apply_calls_a_function_of_ours(sandbox):
    """The reader runs in a worker, so that a file that breaks it breaks no judge."""
    with sandbox.worker() as worker:
        got = worker.apply("autograder.submission", "read", "f = 1", ".py", ["f"], seconds=5.0)
    assert [["file", 1, "f = 1"]] == got["statements"]


@pytest.mark.parametrize(
    ("body", "want"),
    [
        ("raise ValueError('no')", Raised("ValueError", "no", "line 2")),
        ("return g()", Raised("ZeroDivisionError", "division by zero", "line 4")),
        ("raise SystemExit(3)", Raised("SystemExit", "3", "line 2")),
        ("raise KeyboardInterrupt", Raised("KeyboardInterrupt", "", "line 2")),
        ("return unknown", Raised("NameError", "name 'unknown' is not defined", "line 2")),
        ("return torch.ones(2) @ torch.ones(3)", None),
        ("return f(x)", None),
    ],
)
def test_what_is_raised_is_the_answer(sandbox, body, want):
    """With the innermost line of the student's own; the case beside it is answered too."""
    source = f"def f(x):\n    {body}\ndef g():\n    return 1 / 0\n"
    got = answers(sandbox, source, ("call", (1,)), ("call", (1,)))
    assert [Raised, Raised] == [type(x) for x in got]
    assert "line 2" == (got[0].place if want is None else "line 2")
    assert (want or got[0]) == got[0] == got[1]


def test_a_missing_function_is_an_answer_too(sandbox):
    """A KeyError that has no place in the student's code."""
    assert Raised("KeyError", "'f'", "") == called(sandbox, "x = 1")


def test_prints_warnings_and_input_disturb_nobody(sandbox):
    """Output goes nowhere, and nothing comes in."""
    source = """
import sys, warnings
def f(x):
    print('hello' * 1000, file=sys.stderr)
    print('\\ud800')
    warnings.warn('careful')
    sys.stdout.flush()
    try:
        return input()
    except EOFError:
        return 'no input'
"""
    assert "no input" == called(sandbox, source, 1)


def test_a_value_that_cannot_be_sent_costs_only_itself(sandbox):
    """The next case is answered."""
    source = "def f(x):\n    v = [x]\n    if x:\n        v.append(v)\n    return v"
    got = answers(sandbox, source, ("call", (1,)), ("call", (0,)))
    assert [wire.Other("list (RecursionError)"), [0]] == got


# Ends.


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("while True: pass", "timeout", "it did not finish within 0.2 s"),
        ("import time; time.sleep(60)", "timeout", "it waited for 0.2 s without computing anything"),
        ("import os; os._exit(3)", "crashed", "it ended its process with status 3"),
        ("import os; os._exit(0)", "crashed", "it ended its process with status 0"),
        ("import ctypes; ctypes.string_at(0)", "crashed", "its process was ended by SIGSEGV"),
        ("return [torch.zeros(9 << 20), torch.ones(9 << 20)]", "protocol", "its answer is too large"),
        ("return '.' * (5 << 20)", "protocol", "its answer is too large"),
        ("import os\n    while True: os.write(3, b'x' * 65536)", "protocol", "its answer is too large"),
        ("import os; os.write(3, bytes(8)); return 1", "protocol", "malformed frame: JSONDecodeError"),
        (
            "import os; os.write(3, b'\\2\\0\\0\\0\\0\\0\\0\\0[]'); return 1",
            "protocol",
            "wrong number of answers",
        ),
        (
            "import os; os.write(3, b'\\2\\0\\0\\0\\0\\0\\0\\0{}'); return 1",
            "protocol",
            "malformed frame: ValueError",
        ),
    ],
)
def test_a_worker_ends_in_words(sandbox, body, kind, message):
    """An endless loop, a sleeper, an exit, a segfault, a flood, and what is no answer."""
    source = f"import torch\ndef f():\n    {body}"
    assert (kind, message) == ending(sandbox, source, seconds=0.2 if kind == "timeout" else 5.0)


def test_a_dribbling_worker_ends_at_its_deadline(sandbox):
    """A byte now and then is no answer."""
    source = (
        "import os, time\ndef f():\n    while True:\n        os.write(3, b'\\1')\n        time.sleep(0.05)"
    )
    start = time.monotonic()
    kind, _ = ending(sandbox, source, seconds=0.3)
    assert kind in ("timeout", "protocol")
    assert time.monotonic() - start < 5


def test_a_slow_machine_is_not_the_student_s_loss(sandbox, monkeypatch):
    """A worker that only waits for a core is the machine's fault."""
    monkeypatch.setattr(client, "STARVED", 0.1)
    monkeypatch.setattr(client, "_scheduled", lambda pid: (0.0, time.monotonic()))  # all of it in the queue
    with (
        loaded(sandbox, "def f():\n    while True: pass") as worker,
        pytest.raises(SandboxError, match=r"^the machine gave the worker no time$"),
    ):
        worker.ask("f", [("call", ())], 0.02)


@pytest.mark.parametrize("body", ["bytearray(10 << 30)", "torch.ones(10 << 28)", "[0] * (10 << 27)"])
def test_ten_gigabytes_are_refused(sandbox, body):
    """The function raises, and the worker goes on."""
    source = f"import torch\ndef f(n):\n    return {body} if n else 7"
    got = answers(sandbox, source, ("call", (1,)), ("call", (0,)))
    assert (Raised, 7) == (type(got[0]), got[1])
    assert got[0].error in ("MemoryError", "RuntimeError")


def test_memory_that_grows_is_bounded(sandbox):
    """Bit by bit, too."""
    source = "def f():\n    x = []\n    while True: x.append(bytearray(1 << 22))"
    assert "MemoryError" == called(sandbox, source).error


def test_a_death_leaves_the_other_workers_unharmed(sandbox):
    """Each is a process of its own, and so is the next."""
    with loaded(sandbox, "def f(): return 'alive'") as other:
        for body in ("import os; os._exit(1)", "while True: pass"):
            with pytest.raises(Ended):
                called(sandbox, f"def f():\n    {body}", seconds=0.2)
            assert ["alive"] == other.ask("f", [("call", ())], 5.0)
    assert 1 == called(sandbox, "def f(): return 1")


def test_a_dead_worker_says_so(sandbox):
    """Whoever asks again asks for another."""
    with loaded(sandbox, "import os\ndef f(): os._exit(3)") as worker:
        for message in ("it ended its process with status 3", "its process had ended before"):
            with pytest.raises(Ended, match=f"^{message}$") as caught:
                worker.ask("f", [("call", ())], 5.0)
            assert "crashed" == caught.value.kind
        assert 3 == worker.close()["status"]
        assert worker.close() is worker.close()


def test_an_exit_while_loading_ends_the_worker(sandbox):
    """sys.exit is a fault of its statement, os._exit the end."""
    with sandbox.worker() as worker:
        got = worker.load(statements("import sys\nsys.exit(2)\nf = print"), ["f"], {}, 5.0)
        assert (["f"], [["file", 2, "SystemExit", "2"]]) == (got["functions"], got["faults"])
        with pytest.raises(Ended, match="status 2"):
            worker.load(statements("import os\nos._exit(2)"), ["f"], {}, 5.0)


def test_the_kernel_ends_what_the_judge_does_not():
    """A second of CPU in all, whatever the deadline of a question."""
    with Sandbox(cpu=1) as one:
        want = ("timeout", "it used more CPU time than a submission may")
        assert want == ending(one, "def f():\n    while True: pass", seconds=30.0)
        assert 1 == called(one, "def f(): return 1")


def test_a_killed_zygote_is_a_sandbox_error():
    """Never the student's fault; its workers end with it, and closing it raises nothing."""
    one = Sandbox()
    worker = loaded(one, "def f():\n    while True: pass")
    with open(f"/proc/{worker.pid}/stat") as file:
        zygote = int(file.read().rpartition(")")[2].split()[1])
    os.kill(zygote, signal.SIGKILL)
    with pytest.raises(SandboxError, match="the zygote is gone"):
        worker.ask("f", [("call", ())], 20.0)
    one.process.wait(20)
    with pytest.raises(SandboxError, match="the zygote is gone"):
        one.worker()
    one.close()


def test_a_sandbox_that_does_not_start_says_why():
    """With the last line of what it wrote."""
    with pytest.raises(SandboxError, match=r"did not start: ModuleNotFoundError: No module named 'nonsense_"):
        Sandbox(("nonsense_module",))


def test_walls_are_enough_or_grading_is_refused():
    """System calls filtered, limits set, and files kept away by one wall at least."""
    stands = client.Walls(bwrap=True, landlock=True, seccomp=True, limits=True)
    assert (True, "bwrap + landlock + seccomp + limits") == (stands.enough, str(stands))
    enough = {
        (b, a): client.Walls(bwrap=b, landlock=a, seccomp=True, limits=True).enough
        for b in (True, False)
        for a in (True, False)
    }
    assert {(True, True): True, (True, False): True, (False, True): True, (False, False): False} == enough
    assert not client.Walls(bwrap=True, landlock=True, seccomp=False, limits=True).enough
    assert not client.Walls(bwrap=True, landlock=True, seccomp=True, limits=False).enough
    assert "none" == str(client.Walls(False, False, False, False))
    with pytest.raises(SandboxError, match=r"do not stand here \(found: seccomp \+ limits\): install"):
        Sandbox(bwrap=False, landlock=False)


# The submission's names, in this process: only our own code runs here.

RIGHT = "def {name}(*args):\n    return 'right', args\n"
LOSS = {"squared_loss": "def squared_loss(y_hat, y):\n    return 'right', y_hat, y\n"}
SGD = {
    "sgd": "def sgd(params, lr, batch_size):\n    with torch.no_grad():\n        for p in params:\n"
    "            p -= lr * p.grad / batch_size\n"
}
LIMIT = 20  # batches, for an endless pass


def space_of(source: str, parts: dict | None = None, functions=("train",)) -> Space:
    space = Space()
    space.load(statements(source), [*functions], parts or {})
    return space


def trained(source: str, whose: dict, parts: dict = LOSS, batches=()):
    """What the submission's train gives with these parts."""
    space = space_of(source, parts)
    space.use(whose, [*batches], LIMIT)
    return space["train"]()


STYLES = {
    "a name": "def train(): return squared_loss(1, 2)",
    "an alias": "loss = squared_loss\ndef train(): return loss(1, 2)",
    "a default": "def train(loss=squared_loss): return loss(1, 2)",
    "a closure": "def make(loss):\n    return lambda: loss(1, 2)\ntrain = make(squared_loss)",
    "a dict": "parts = {'loss': squared_loss}\ndef train(): return parts['loss'](1, 2)",
    "an attribute": "class T:\n    loss = staticmethod(squared_loss)\ndef train(): return T.loss(1, 2)",
    "a partial": "from functools import partial\np = partial(squared_loss, 1)\ndef train(): return p(2)",
    "a helper": "def helper(a): return squared_loss(a, 2)\ndef train(): return helper(1)",
    "a list": "steps = [squared_loss]\ndef train(): return steps[0](1, 2)",
    "names": "def train(): return squared_loss(y=2, y_hat=1)",
}


@pytest.mark.parametrize("style", STYLES)
def test_parts_are_replaced_wherever_they_were_bound(style):
    """Aliases, defaults, closures and containers hold what was bound while loading."""
    source = f"def squared_loss(y_hat, y): return 'own', y_hat, y\n{STYLES[style]}"
    assert ("right", 1, 2) == trained(source, {"squared_loss": "right"})
    assert ("own", 1, 2) == trained(source, {})
    assert ("own", 1, 2) == trained(source, {"squared_loss": "own"})


def test_a_part_that_is_missing_or_fails_is_there_when_it_is_right():
    """One that is the student's own does not exist."""
    for lost in ("", "squared_loss = 1 / 0\n", "def squared_loss(y_hat, y): raise ValueError\n"):
        source = f"{lost}def train(loss=squared_loss): return squared_loss(1, 2)"
        assert ("right", 1, 2) == trained(source, {"squared_loss": "right"})
    with pytest.raises(NameError, match=r"^name 'squared_loss' is not defined$"):
        trained("def train(): return squared_loss(1, 2)", {})


@pytest.mark.parametrize(
    ("signature", "call"),
    [
        ("y_hat, y", "1, 2"),
        ("y, y_hat", "2, 1"),
        ("y, y_hat", "y_hat=1, y=2"),
        ("a, b", "1, 2"),
        ("a, b", "a=1, b=2"),
        ("y_hat, y, reduction=None", "1, 2, 'sum'"),
        ("y_hat, y=2", "1"),
        ("*args", "1, 2"),
    ],
)
def test_a_right_part_takes_the_student_s_own_signature(signature, call):
    """By the names of its parameters, or else by their places."""
    source = f"def squared_loss({signature}): return 'own'\ndef train(): return squared_loss({call})"
    assert ("right", 1, 2) == trained(source, {"squared_loss": "right"})


def test_a_class_or_a_lambda_is_a_part_too():
    """Whatever can be called."""
    for own in (
        "squared_loss = lambda a, b: 'own'",
        "class squared_loss:\n    def __init__(self, a, b): pass",
    ):
        source = f"{own}\ndef train(): return squared_loss(1, 2)"
        assert ("right", 1, 2) == trained(source, {"squared_loss": "right"})


def test_the_last_definition_of_a_part_is_its_own():
    """And one bound in between stays in what it was bound into."""
    source = """
def squared_loss(a, b): return 'first'
early = squared_loss
def squared_loss(a, b): return 'second'
def train(): return early(1, 2), squared_loss(1, 2)
"""
    assert ("first", "second") == trained(source, {})
    assert (("right", 1, 2), ("right", 1, 2)) == trained(source, {"squared_loss": "right"})


def test_attributes_of_a_part_are_the_student_s():
    """A counter on the function, its name and its docstring."""
    source = """
def squared_loss(a, b):
    squared_loss.calls += 1
squared_loss.calls = 0
def train():
    squared_loss(1, 2)
    return squared_loss.calls, squared_loss.__name__
"""
    assert (1, "squared_loss") == trained(source, {})


def test_a_use_is_no_new_definition():
    """`data_iter = data_iter(10, X, y)` leaves the function, as a part and without."""
    source = "def data_iter(n): yield n\ndata_iter = data_iter(3)\ndef train(): return list(data_iter(5))"
    parts = {"data_iter": RIGHT.format(name="data_iter")}
    assert [5] == trained(source, {}, parts)
    assert [5] == list(space_of(source, functions=("data_iter",))["data_iter"](5))
    space = space_of("f = abs\nf = 3\ng = 1\ng = abs", functions=("f", "g"))
    assert (abs, abs) == (space["f"], space["g"])
    assert 3 == space_of("f = abs\nf = 3", functions=())["f"], "only the exercises' names are kept"


FIRST, SECOND = (torch.tensor([[4.0], [0.0]]), torch.tensor([40.0, 0.0])), (torch.ones(1, 1), torch.ones(1))


@pytest.mark.parametrize(
    "loop",
    [
        "[(X, y) for X, y in data_iter(2, 0, 0)]",
        "list(data_iter(batch_size=2))",
        "[data_iter()[i] for i in range(len(data_iter()))]",
        "[batch for i, batch in enumerate(data_iter(1))]",
    ],
)
def test_a_replay_gives_the_batches_of_its_order(loop):
    """However the loop reads them, and whatever it asks for."""
    source = f"def data_iter(*a, **k): return 'own'\ndef train(): return {loop}"
    parts = {"data_iter": RIGHT.format(name="data_iter")}
    got = trained(source, {"data_iter": "replay"}, parts, [FIRST, SECOND])
    assert [FIRST, SECOND] == [(X, y) for X, y in got]


def test_a_replay_counts_its_passes():
    """Each loop over it is one, and so is each index of the first batch."""
    parts = {"data_iter": RIGHT.format(name="data_iter")}
    source = "def train():\n    it = data_iter()\n    list(it), list(it), next(iter(it)), it[0], it[1]"
    space = space_of(source, parts)
    passes = space.use({"data_iter": "replay"}, [FIRST, SECOND], LIMIT)
    space["train"]()
    assert 4 == len(passes)
    assert [] == space.use({}, [], LIMIT)


def test_an_endless_pass_of_the_student_s_own_is_cut_off():
    """So that it costs no more time than it must."""
    source = "def data_iter():\n    while True: yield 1\ndef train(): return list(data_iter())"
    parts = {"data_iter": RIGHT.format(name="data_iter")}
    with pytest.raises(RuntimeError, match=r"^data_iter gives more batches than there are examples$"):
        trained(source, {}, parts)
    finite = "def data_iter(): yield from range(20)\ndef train(): return len([*data_iter()])"
    assert LIMIT == trained(finite, {}, parts)


LOOP = "    with torch.no_grad():\n        for p in params:\n            p -= lr * p.grad / batch_size\n"


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (f"def sgd(params, lr, batch_size):\n{LOOP}", [2.0]),
        (f"def sgd(params, lr, batch_size):\n{LOOP}            p.grad.zero_()", [0.0]),
        (f"def sgd(params, lr, batch_size):\n{LOOP}            p.grad = None", None),
        (
            "def sgd(params, lr, batch_size):\n    for p in params:\n        p.oops\n        p.grad.zero_()",
            [0.0],
        ),
        ("def sgd(params, lr, batch_size):\n    for p in params: p.oops; p.grad = None", [0.0]),
        ("def sgd(params, lr, batch_size):\n    raise NotImplementedError", [2.0]),
        ("sgd = 1 / 0", [2.0]),
        ("", [2.0]),
    ],
    ids=["keeps", "zeroes", "none", "fails, would zero", "fails, would drop", "stub", "lost", "missing"],
)
def test_a_right_sgd_leaves_the_gradient_as_the_student_s_does(own, left):
    """A loop need not zero what its sgd zeroes; one that fails is read."""
    source = f"""
{own}

def train():
    p = torch.zeros(1, requires_grad=True)
    p.grad = torch.tensor([2.0])
    sgd([p], 0.5, 2)
    return p.item(), None if p.grad is None else p.grad.tolist()
"""
    assert (-0.5, left) == trained(source, {"sgd": "right"}, SGD)


# Statements, one by one.


def test_a_statement_that_fails_costs_what_it_would_bind():
    """The others are run, with what there is."""
    space = Space()
    source = "import nothing_here as np\na = 1\nb = a + c\nd = a + 1\nraise SystemExit\ndef f(): return d"
    got = space.load(statements(source), ["f", "b"], {})
    assert ["f"] == got["functions"]
    assert [1, 3, 5] == [line for _, line, _, _ in got["faults"]]
    assert 2 == space["f"]()


def test_annotations_are_not_run():
    """One that names a missing module costs nothing."""
    assert 3 == space_of("def f(x: nowhere.Tensor) -> nowhere.Tensor: return x")["f"](3)


def test_torch_is_there_without_an_import():
    """And a name, so that `if __name__ == "__main__"` is not run."""
    assert (torch, "submission") == (Space()["torch"], Space()["__name__"])


def test_a_magic_in_a_function_does_nothing():
    """get_ipython() has every method."""
    assert 1 == space_of("def f():\n    get_ipython().run_line_magic('time', '')\n    return 1")["f"]()


def test_the_source_can_be_inspected():
    """By its place, with the lines of the file."""
    import inspect

    space = Space()
    space.load([["cell 91", 2, "def f():\n    return 1"], ["cell 91", 7, "g = lambda: 2"]], ["f"], {})
    assert "def f():\n    return 1" == inspect.getsource(space["f"]).rstrip()
    assert "g = lambda: 2" == inspect.getsource(space["g"]).strip()


def test_the_source_has_its_last_line():
    """Where another function follows at once: `p.grad.zero_()` often stands there."""
    import inspect

    got = inspect.getsource(space_of("def train():\n    a = 1\n    return a\ndef g(): pass")["train"])
    assert "def train():\n    a = 1\n    return a" == got.rstrip()


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("not even this")


def raised(source: str) -> BaseException:
    try:
        Space.load(space := Space(), statements(source, "cell 3"), [], {})
        space["f"]()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("error", "want"),
    [
        (ValueError("no"), ("ValueError", "no", "")),
        (Silent(), ("Silent", "", "")),
        (type("E" * 200, (Exception,), {})("m" * 9000), ("E" * 100, "m" * 2000, "")),
        (KeyError("a"), ("KeyError", "'a'", "")),
    ],
    ids=["plain", "silent", "long", "key"],
)
def test_an_exception_is_described(error, want):
    """Its type, its message, and no more than fits; what its own words raise is nothing."""
    assert want == loading.described(error)


def test_a_place_is_the_student_s_innermost_line():
    """Not one in torch, where the error was raised."""
    error = raised("import torch\n\ndef g():\n    return torch.ones(2) @ torch.ones(3)\n\nf = lambda: g()")
    assert "cell 3, line 4" == loading.described(error)[2]
    error = raised("def f():\n    exec('1 +')")
    assert ("SyntaxError", "invalid syntax (line 1)", "") == loading.described(error)

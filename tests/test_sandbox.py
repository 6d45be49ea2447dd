"""Workers: what a submission's code answers, and how it may end."""

import contextlib
import os
import signal
import threading
import time

import psutil
import pytest
from file_helpers import table
from process_helpers import wait_until
from warm import statements

from autograder.errors import Ended, SandboxError
from autograder.sandbox import deadline
from autograder.sandbox.client import Sandbox
from autograder.sandbox.template import Template


@pytest.fixture(scope="module")
def sandbox():
    """One for all: a worker costs 6 ms, and a template process two seconds."""
    with Sandbox() as one:
        yield one


def loaded(sandbox, source, parts=None):
    """A worker in which this submission stands."""
    worker = sandbox.worker()
    worker.load(statements(source), ["f", "g"], parts or {}, 5.0)
    return worker


def answers(sandbox, source, *questions, seconds=5.0):
    """What the submission's f gives for each (probe, arguments)."""
    with loaded(sandbox, source) as worker:
        return worker.ask("f", list(questions), seconds)


def called(sandbox, source, *args, seconds=5.0):
    """What one call of f gives."""
    return answers(sandbox, source, ("call", args), seconds=seconds)[0]


def ending(sandbox, source, *args, seconds=5.0):
    """How the worker ends when f is called."""
    with loaded(sandbox, source) as worker, pytest.raises(Ended) as caught:
        worker.ask("f", [("call", args)], seconds)
    assert worker.end is not None
    return caught.value.outcome, str(caught.value)


# Ends.


@pytest.mark.parametrize(
    ("body", "outcome", "message"),
    table(r"""
while True: pass                                        -> timeout  -> it did not finish within 0.2 s
import signal; signal.pause()                           -> timeout  -> it waited for 0.2 s without computing anything
import os; os._exit(3)                                  -> crashed  -> it exited with status 3
import ctypes; ctypes.string_at(0)                      -> crashed  -> its process was stopped by SIGSEGV
return '.' * (5 << 20)                                  -> error    -> it returned too much data
import os\n    while True: os.write(3, b'x' * 65536)    -> error    -> it returned too much data
import os; os.write(3, b'\2\0\0\0\0\0\0\0[]'); return 1 -> error    -> it returned the wrong number of answers
"""),
)
def test_a_worker_ends_in_words(sandbox, body, outcome, message):
    """An endless loop, a sleeper, an exit, a segfault, a flood, and what is no answer."""
    source = f"import torch\ndef f():\n    {body}"
    assert ending(
        sandbox, source, seconds=0.2 if outcome == "timeout" else 5.0
    ) == (outcome, message)


@pytest.mark.parametrize(
    ("body", "waited", "state"),
    [
        pytest.param(
            "while True: pass",
            lambda task: time.monotonic(),
            "R",
            id="waits for a core",
        ),
        pytest.param(
            "import signal; signal.pause()",
            lambda task: 0.0,
            "D",
            id="waits for the disk",
        ),
        pytest.param(
            "import signal; signal.pause()",
            lambda task: time.monotonic() if task == "thread-self" else 0.0,
            "S",
            id="the judge waits, and cannot see an answer",
        ),
    ],
)
def test_a_slow_machine_is_not_the_student_s_loss(
    sandbox, monkeypatch, body, waited, state
):
    """Who waits for a core or the disk neither computes nor sleeps: it is the machine's fault."""
    monkeypatch.setattr(deadline, "STARVED", 0.1)
    process = deadline.Process
    monkeypatch.setattr(
        process, "seconds_waited", lambda _, task="": waited(task)
    )
    monkeypatch.setattr(process, "cpu", lambda _: 0.0)
    with loaded(sandbox, f"def f():\n    {body}") as worker:
        monkeypatch.setattr(process, "status", lambda _: [state])
        with pytest.raises(
            SandboxError,
            match=r"^The machine gave a worker no CPU time. Run fewer programs at once.$",
        ):
            worker.ask("f", [("call", ())], 0.02)


def test_a_judge_that_stands_still_charges_nobody():
    """As where the machine is suspended: a wait counts as long as it was asked for."""
    with deadline.Process(os.getpid()) as process:
        clock = deadline.Deadline(process, 2.0)
        clock._last = (clock._last[0] - 3600.0, *clock._last[1:])
        clock.check(0.25)
    assert clock.waited == 0.25


def test_ten_gigabytes_are_refused(sandbox):
    """At once or bit by bit: the function raises, and the worker goes on."""
    grows = "    x = []\n    while n == 2: x.append(bytearray(1 << 22))\n    return 7"
    source = f"import torch\ndef f(n):\n    if n == 1: return torch.ones(10 << 28)\n{grows}"
    got = answers(
        sandbox, source, ("call", (1,)), ("call", (2,)), ("call", (0,))
    )
    assert got[0].error == "RuntimeError"
    assert got[1].error == "MemoryError"
    assert got[2] == 7


def test_a_killed_template_process_is_a_sandbox_error():
    """Never the student's fault; its workers end with it, and closing it raises nothing."""
    one = Sandbox()
    worker = loaded(one, "def f():\n    while True: pass")
    psutil.Process(worker.process.pid).parent().kill()
    with pytest.raises(SandboxError, match="The template process has ended"):
        worker.ask("f", [("call", ())], 20.0)
    wait_until(lambda: not one.template.is_alive)
    with pytest.raises(SandboxError, match="The template process has ended"):
        one.worker()
    one.close()


def test_a_sandbox_that_does_not_start_says_why(monkeypatch):
    """With the last line of what it wrote."""
    monkeypatch.setattr(
        "autograder.sandbox.template.PROGRAM", "import nonsense_module"
    )
    with (
        contextlib.closing(Template.started()) as template,
        pytest.raises(
            SandboxError,
            match=r"did not start. ModuleNotFoundError: No module named 'nonsense_",
        ),
    ):
        Sandbox(template.fork_sandbox)


def test_a_worker_that_was_killed_from_outside_is_not_the_student_s_loss(
    sandbox,
):
    """As by the kernel where memory runs out: a worker cannot send that signal."""
    with sandbox.worker() as worker:
        worker.load(
            [["f", 1, "import signal\ndef f():\n    signal.pause()\n"]],
            ["f"],
            {},
            5.0,
        )
        killing = threading.Timer(
            0.3, os.kill, [worker.process.pid, signal.SIGKILL]
        )
        killing.start()
        with pytest.raises(
            SandboxError,
            match="A worker was killed, probably because memory ran out",
        ):
            worker.ask("f", [("call", ())], 600.0)


def test_a_worker_that_hangs_up_is_its_own_end(sandbox):
    """Though we must kill it then: nobody else did, and no person has to look."""
    source = "import os\ndef f():\n    os.closerange(0, 1000)\n    while True:\n        pass\n"
    with pytest.raises(Ended):
        called(sandbox, source)

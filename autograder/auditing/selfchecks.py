"""The visible self-check, in a process of its own with a limit: on a program of the audit, or its names.

It runs without a sandbox: these programs are the kit's own and the course's, never a student's.
"""

import contextlib
import importlib.util
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

from autograder import patches
from autograder.auditing.verdicts import Program
from autograder.courses import folder

CPU, WALL = 60, 300  # seconds for one program, of which a right answer takes one
TWICE = 2  # the self-check limits wall time, so a rejection counts only if it happens twice
LENGTH = 2000  # characters of what a process says


def rejection(program: Program) -> str:
    """Return the self-check's objection to a program's function, or ""."""
    source, name = folder("solutions", program.assignment), f"test_{program.assignment}"
    with tempfile.TemporaryDirectory() as place:
        shutil.copy(source / f"{name}.py", place)
        file = Path(place, program.assignment + program.suffix)
        file.write_text(program.text, encoding="utf-8", errors="surrogatepass")
        for _ in range(TWICE):
            said = in_a_child(partial(_said, Path(place, f"{name}.py"), f"test_{program.exercise}"), source)
            if not said:
                break
    return said


def names(file: Path) -> str:
    """Return the names of the tests in a self-check, separated by spaces, or why it cannot be imported."""
    return in_a_child(partial(_names, file), file.parent)


def in_a_child(work: Callable[[], str], beside: Path) -> str:
    """Return what this returns, or how its process ended.  beside: where it imports from."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
            signal.alarm(WALL)  # SIGALRM ends it
            sys.path.insert(0, str(beside))
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            os.closerange(3, write)  # a process that waits for its parent to end must not wait for it as well
            os.closerange(write + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
            with patches.without_mined_constants():  # of all of the kit, whose files it would read
                said = work()
            os.write(write, ("." + said[:LENGTH]).encode("utf-8", "replace"))
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        found = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    return found[1:] if found else f"it ended with {os.waitstatus_to_exitcode(status)}"


def _names(file: Path) -> str:
    try:
        return " ".join(name for name in vars(_module(file)) if name.startswith("test_"))
    except BaseException as error:  # as pytest's own outcomes are
        steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename == str(file)]
        line = steps[-1].lineno if steps else 1
        if isinstance(error, SyntaxError):
            line = error.lineno
        return f"line {line}: {_in_words(error)}"


def _said(file: Path, test: str) -> str:
    """Return the error of the exercise's test, as pytest would show it."""
    os.chdir(file.parent)
    try:
        function = getattr(_module(file), test, None)
        return function() or "" if function else ""
    except BaseException as error:  # as pytest's own outcomes are
        return _in_words(error)


def _module(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _in_words(error: BaseException) -> str:
    kind = type(error).__name__
    return f"{kind}: {error}" if isinstance(error, NameError | SyntaxError) else str(error) or kind

"""The visible self-check on programs of the audit: each in its own process with a limit, many by one start.

It runs them without a sandbox: these programs are the kit's own and the course's, never a student's.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder.auditing.programs import Program
from autograder.courses import folder

CPU, WALL = 60, 300  # seconds for one program, of which a right answer takes one
TWICE = 2  # a limit of the self-check is wall time: what it rejects, it must reject again
LENGTH = 300  # characters of a message


def rejections(assignment: str, programs: Sequence[Program], jobs: int) -> list[str]:
    """What the self-check says against each program's function, "" for nothing."""
    shares = [[*range(i, len(programs), jobs)] for i in range(min(jobs, len(programs)))]
    said = [""] * len(programs)
    with tempfile.TemporaryDirectory() as place:
        running = [_started(assignment, [programs[i] for i in share], place) for share in shares]
        for share, process in zip(shares, running):
            with process:
                lines = process.stdout.read().splitlines()
            if process.returncode or len(lines) != len(share):
                raise RuntimeError(f"the self-check of {assignment} ended with {process.returncode}")
            for i, line in zip(share, lines):
                said[i] = json.loads(line)
    return said


def _started(assignment, programs, place):
    """A process that reads programs from a file, one JSON a line, and prints a JSON string for each."""
    with tempfile.NamedTemporaryFile("w+", dir=place, delete=False) as file:
        for one in programs:
            file.write(json.dumps([one.exercise, one.text, one.suffix]) + "\n")
        file.seek(0)
        command = [sys.executable, "-m", __name__, str(folder("solutions", assignment)), assignment]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}  # a fork would wait for threads that it has not
        return subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, text=True, env=environment)


def _serve(source: Path, assignment: str) -> None:
    sys.path.insert(0, str(source))
    importlib.import_module("selfcheck")  # and torch with it, once for all
    for line in sys.stdin:
        exercise, text, suffix = json.loads(line)
        with tempfile.TemporaryDirectory() as place:
            shutil.copy(source / f"test_{assignment}.py", place)
            Path(place, assignment + suffix).write_text(text, encoding="utf-8", errors="surrogatepass")
            for _ in range(TWICE):
                said = _in_a_child(Path(place), assignment, exercise)
                if not said:
                    break
        print(json.dumps(said), flush=True)


def _in_a_child(place, assignment, exercise):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
            signal.alarm(WALL)  # SIGALRM ends it
            os.chdir(place)
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            os.write(write, ("." + _said(place, assignment, exercise)).encode()[:LENGTH])
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        found = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(pid, 0)
    return found[1:] if found else f"it ended with {os.waitstatus_to_exitcode(status)}"


def _said(place, assignment, exercise):
    """The error of the exercise's test, as pytest would show it."""
    name = f"test_{assignment}"
    spec = importlib.util.spec_from_file_location(name, place / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        test = getattr(module, f"test_{exercise}", None)
        return test() or "" if test else ""
    except BaseException as error:  # as pytest's own outcomes are
        kind = type(error).__name__
        return f"{kind}: {error}" if isinstance(error, NameError | SyntaxError) else str(error) or kind


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2])

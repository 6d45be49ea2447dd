"""nbgrader's own script, run in forks of a process that has imported what takes seconds to import.

Each run has a process, an environment and an end of its own.  Knows nothing of what the commands do.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

SCRIPT = Path(sys.executable).parent / "nbgrader"
IMPORTS = ("nbgrader.apps", "autograder.nbgrader_bridge.course", "autograder.judging.gate")
LONGEST = 1800  # seconds


def nbgrader(*words: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess:
    """`nbgrader WORDS`, with this environment."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        files = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
        server = _server()
        server.stdin.write(json.dumps([words, str(cwd), env, files]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(
            [str(SCRIPT), *words], status, *(f.read().decode() for f in (out, err))
        )


def end() -> None:
    """End the process that is forked, where there is one; the next command starts another."""
    if _server.cache_info().currsize:
        server = _server()
        server.stdin.close()
        server.wait()
        _server.cache_clear()


@functools.cache
def _server() -> subprocess.Popen:
    """The process that is forked, for as long as this one runs."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    atexit.register(end)
    return subprocess.Popen([sys.executable, "-P", __file__], **pipes, text=True)


def _serve():
    """Fork for each line that comes, and tell how it ended."""
    for name in IMPORTS:
        importlib.import_module(name)
    nbformat.validate(nbformat.v4.new_notebook())  # its validator is compiled at the first use
    asked, told = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    for line in asked:
        child = os.fork()
        if child == 0:
            asked.close()
            told.close()
            _run(*json.loads(line))
            break
        told.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        told.flush()


def _run(words, cwd, env, files):
    """Become this command: what it raises ends this process."""
    signal.alarm(LONGEST)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(files, start=1):
        opened = os.open(file, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(cwd)
    sys.argv = [str(SCRIPT), *words]
    runpy.run_path(str(SCRIPT), run_name="__main__")


if __name__ == "__main__":
    _serve()

"""The process from which judges are forked: it imports the kit once for all of them, while its caller does.

Imports nothing that takes long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from multiprocessing import context, forkserver

from autograder.grading.tokens import Forking, Spawning


def start() -> context.BaseContext:
    """Let it begin to import, where it does not run already; the context in which to start judges."""
    if sys.platform == "linux":  # elsewhere the judges must start to say that they cannot
        forked = Forking()
        forked.set_forkserver_preload(["autograder.grading.executors", "autograder.judging.gate_memory"])
        with contextlib.suppress(OSError), without_interrupts(), _without_current_folder():
            forkserver.ensure_running()
            return forked
    return Spawning()  # also where TMPDIR is too long for the path of a socket


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """What is started in here ignores Ctrl-C, which is for the process that writes."""
    try:
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: nobody can interrupt it anyway
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


@contextlib.contextmanager
def _without_current_folder():
    """A Python that is started in here imports nothing from it: a student's file may be called torch.py."""
    old = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTHONSAFEPATH"]
        if old is not None:
            os.environ["PYTHONSAFEPATH"] = old

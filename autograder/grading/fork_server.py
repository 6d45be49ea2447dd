"""The process from which judges are forked: it imports the kit once for all of them, while its caller does.

Imports nothing that takes long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import context, forkserver, util

from autograder.grading.tokens import Forking, Spawning
from autograder.sandbox.scratch import Scratch


def start() -> context.BaseContext:
    """Let it begin to import, where it does not run already; the context in which to start judges."""
    if sys.platform == "linux":  # elsewhere the judges must start to say that they cannot
        forked = Forking()
        forked.set_forkserver_preload(["autograder.grading.preloaded"])
        with contextlib.suppress(OSError), without_interrupts(), _without_current_folder(), _own_folder():
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


_scratch: list[Scratch] = []  # of this process: where the server's socket lies


@contextlib.contextmanager
def _own_folder():
    """multiprocessing puts its folder into one of ours, so that nothing of it stays after a kill."""
    if not _scratch:
        _scratch.append(Scratch(at_exit=False))
        util.Finalize(None, _scratch[0].close, exitpriority=-101)  # after multiprocessing removed its own
    usual, tempfile.tempdir = tempfile.tempdir, _scratch[0].path
    try:
        yield
    finally:
        tempfile.tempdir = usual


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

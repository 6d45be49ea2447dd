"""The process from which judges are forked: it imports the kit once for all of them, while its caller does.

Imports nothing that takes long.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from multiprocessing import forkserver, get_context

# Only Linux has our sandbox; elsewhere the judges must start to say so.
CONTEXT = get_context("forkserver" if sys.platform == "linux" else "spawn")
CONTEXT.set_forkserver_preload(["autograder.batch"])


def start() -> None:
    """Let it begin to import; does nothing where it runs already."""
    if CONTEXT.get_start_method() == "forkserver":
        with without_interrupts():
            forkserver.ensure_running()


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

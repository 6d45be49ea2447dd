"""Work that is no grading, on all cores: each process opens what it works with once, and answers in order."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import util

from autograder.errors import SandboxError
from autograder.grading import fork_server
from autograder.grading.executors import NO_JUDGES
from autograder.languages import tr
from autograder.sandbox import stem
from autograder.sandbox.preload import PRELOAD

ZYGOTES = 2  # of a process's tool, at most: an auditor has two judges


class _Own:
    tool: object


def _open(make: Callable, lender: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Own.tool = make(functools.partial(stem.take, lender))
    util.Finalize(None, _Own.tool.close, exitpriority=1)


def _work(ask, item):
    return ask(_Own.tool, item)


def each(make: Callable, ask: Callable, items: Iterable, jobs: int) -> Iterator:
    """ask(tool, item) for all items, in their order.

    make: opens a process's tool, which has a `close`; it is given what gives it zygotes that run already.
    Raises what these raise, and SandboxError where a process ended.  Who stops before the end waits for
    nothing that is in hand.
    """
    others = set(multiprocessing.active_children())
    with (
        contextlib.closing(stem.Lender(jobs * ZYGOTES, PRELOAD)) as lender,
        ProcessPoolExecutor(jobs, fork_server.start(), _open, (make, lender.taken_by_judges)) as pool,
    ):
        waiting = [pool.submit(_work, ask, item) for item in items]
        own = set(multiprocessing.active_children()) - others
        try:
            for future in waiting:
                yield future.result()
        except BrokenExecutor:
            raise SandboxError(tr(NO_JUDGES)) from None
        except BaseException:
            for process in own:
                process.terminate()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

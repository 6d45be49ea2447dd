"""Locks between processes, as bytes in a pipe: multiprocessing's own need a /dev/shm that can be written.

A container may have none, or a read-only one.  Knows nothing of what is locked.
"""

from __future__ import annotations

import os
import select
import time
from multiprocessing import context
from multiprocessing.connection import Pipe


class Tokens:
    """A semaphore: whoever takes one of its tokens gives it back; a process that starts can be given it."""

    def __init__(self, count: int):
        self._taken, self._given = Pipe(duplex=False)
        os.set_blocking(self._taken.fileno(), False)
        os.write(self._given.fileno(), b"." * count)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Take one, when there is one; whether it was taken."""
        end = None if timeout is None else time.monotonic() + timeout
        waiting = select.poll()
        waiting.register(self._taken.fileno(), select.POLLIN)
        while True:
            try:
                return bool(os.read(self._taken.fileno(), 1))
            except BlockingIOError:
                left = None if end is None else end - time.monotonic()
                if not block or (left is not None and left <= 0):
                    return False
                waiting.poll(None if left is None else left * 1000)

    def release(self) -> None:
        """Give one back."""
        os.write(self._given.fileno(), b".")

    @property
    def _semlock(self):
        return self  # where multiprocessing's queue looks whether it is full

    def _is_zero(self):
        return not self._taken.poll(0)

    def __enter__(self) -> Tokens:
        self.acquire()
        return self

    def __exit__(self, *_) -> None:
        self.release()


class Forking(context.ForkServerContext):
    """Processes forked from one that has imported what they need."""

    def Lock(self):
        return Tokens(1)

    def BoundedSemaphore(self, value=1):
        return Tokens(value)


class Spawning(context.SpawnContext):
    """Processes that are started anew."""

    Lock, BoundedSemaphore = Forking.Lock, Forking.BoundedSemaphore

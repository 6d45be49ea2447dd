"""Time limits: a worker's deadline in CPU seconds, and a submission's budget for all workers."""

from __future__ import annotations

import math
import os
import random
import time
from operator import sub

from autograder.errors import Ended, SandboxError
from autograder.temporary import Closing

TICK = 0.25  # wall seconds between two looks at the clocks, at most
# Wall seconds without any CPU time after which it is the machine's fault.
STARVED = 60.0
ASLEEP = "S"  # state of proc(5): waits for no core and no disk
# Bytes; a wrong answer has 12 MB, most of it a million numbers, three times.
MAX_REPLIES = 96 << 20
_RANDOM = random.Random()


class Deadline:
    """Counts the seconds that a worker computes or sleeps, so a busy machine costs nobody.

    used, slept, waited: so far, the last by the judge.  The time between two looks is sleep if
    the worker sleeps at the second one, except what it computed or waited for a core, or what
    this process waited while an answer was ready.  A worker that waits for a core or for the
    disk does not sleep.  Code that knew the time of a look could be awake then, so the looks
    are at random times.
    """

    def __init__(self, process: Process, seconds: float) -> None:
        self.process = process
        self.seconds = seconds
        self.used = self.slept = self.waited = 0.0
        self._last = self._clocks()
        self._cpu_before = self._last[1]

    def _clocks(self) -> tuple[float, ...]:
        return (
            time.monotonic(),
            self.process.cpu(),
            self.process.seconds_waited(),
            self.process.seconds_waited("thread-self"),
        )

    def patience(self) -> float:
        """Return the wall seconds to wait now, before the deadline can pass."""
        remaining = max(self.seconds - max(self.used, self.slept), 0.02)
        return min(remaining, TICK * _RANDOM.uniform(0.5, 1.0))

    def check(self, asked: float) -> None:
        """Raise Ended if the worker computed or slept too long, or sends an answer too slowly.

        asked: the seconds that the judge wanted to wait since it read `patience`.
        """
        state = self.process.status()[0]
        before = self._last
        self._last = self._clocks()
        passed, used, queued, own_queued = map(sub, self._last, before)
        # If it was longer, the machine was suspended, or this process stood still.
        passed = min(passed, asked)
        self.waited += passed
        self.used += max(used, 0.0)
        if state == ASLEEP:
            self.slept += max(passed - used - queued - own_queued, 0.0)
        if self.used >= self.seconds:
            raise Ended("slow", seconds=self.seconds)
        if self.slept >= self.seconds:
            raise Ended("asleep", seconds=self.seconds)
        if self.waited > STARVED + 20 * self.seconds:
            raise SandboxError(
                "The machine gave a worker no CPU time. Run fewer programs at once."
            )

    def taken(self, cpu: float | None = None) -> float:
        """Return the seconds that it computed or slept.  cpu: the kernel's total, at its end."""
        if cpu is None:
            cpu = self.process.cpu()
        return max(cpu - self._cpu_before, self.used) + self.slept


class Process(Closing):
    """A worker's process, as the kernel reports it.

    Files in /proc stay open, because opening one costs far more than reading it.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._files: dict[str, int] = {}

    def cpu(self) -> float:
        """Return its CPU seconds so far; 0 if it has ended."""
        try:
            # The clock of another process, whose number clock_getcpuclockid(3) computes so.
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            return 0.0

    def status(self) -> list[str]:
        """Return the fields of /proc/PID/stat from its state on, which is "X" if it has ended."""
        text = self._read(f"{self.pid}/stat")
        return text.rpartition(")")[2].split() or ["X"]

    def seconds_waited(self, task: str = "") -> float:
        """Return the seconds that it, or a task of /proc, waited for a core (proc(5))."""
        fields = self._read(f"{task or self.pid}/schedstat").split()
        return int(fields[1]) / 1e9 if fields else 0.0

    def _read(self, path: str) -> str:
        try:
            if path not in self._files:
                self._files[path] = os.open(f"/proc/{path}", os.O_RDONLY)
            content = os.pread(self._files[path], 4096, 0)
        except OSError:
            return ""
        # Its name is the student's.
        return content.decode(errors="replace")

    def close(self) -> None:
        while self._files:
            os.close(self._files.popitem()[1])


class Budget:
    """The seconds that workers may still compute or sleep, and the bytes of replies."""

    def __init__(self, seconds: float = math.inf, whole: Budget | None = None):
        self.seconds = self.remaining = seconds
        self.bytes_remaining = MAX_REPLIES
        self.whole = whole

    def portion(self, seconds: float) -> Budget:
        """Return a budget of at most so many of these seconds; using it uses up this one too."""
        return Budget(seconds, self)

    def allow(self, seconds: float) -> float:
        """Return these seconds, or what is left of the budget.  Raises Ended if nothing is."""
        if self.remaining <= 0:
            raise Ended("spent", seconds=self.seconds)
        if self.whole:
            seconds = self.whole.allow(seconds)
        return min(seconds, self.remaining)

    def take(self, seconds: float) -> None:
        """Subtract the time of a question.  If nothing is left, the next question raises."""
        self.remaining -= seconds
        if self.whole:
            self.whole.take(seconds)

    def take_reply(self, size: int) -> None:
        """Raise Ended if all replies together are too large."""
        if self.whole:
            self.whole.take_reply(size)
        self.bytes_remaining -= size
        if self.bytes_remaining < 0:
            raise Ended("much")

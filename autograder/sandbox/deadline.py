"""Time limits: a worker's deadline in CPU seconds, and a submission's budget for all workers."""

from __future__ import annotations

import math
import random
import time
from operator import sub

from autograder.errors import Ended, SandboxError

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

    def __init__(self, pid: int, seconds: float) -> None:
        self.pid = pid
        self.seconds = seconds
        self.used = self.slept = self.waited = 0.0
        self._last = self._clocks()
        self._cpu_before = self._last[1]

    def _clocks(self) -> tuple[float, ...]:
        return (
            time.monotonic(),
            cpu_seconds(self.pid),
            seconds_waited(self.pid),
            seconds_waited("thread-self"),
        )

    def patience(self) -> float:
        """Return the wall seconds to wait now, before the deadline can pass."""
        remaining = max(self.seconds - max(self.used, self.slept), 0.02)
        return min(remaining, TICK * _RANDOM.uniform(0.5, 1.0))

    def check(self, asked: float) -> None:
        """Raise Ended if the worker computed or slept too long, or sends an answer too slowly.

        asked: the seconds that the judge wanted to wait since it read `patience`.
        """
        state = status_of(self.pid)[0]
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
            cpu = cpu_seconds(self.pid)
        return max(cpu - self._cpu_before, self.used) + self.slept


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process so far; 0 if it has ended."""
    try:
        # The clock of another process, whose number clock_getcpuclockid(3) computes so.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def status_of(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from its state on, which is "X" if it has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return ["X"]


def seconds_waited(task: int | str) -> float:
    """Return the seconds that a task of /proc waited for a core (proc(5))."""
    try:
        with open(f"/proc/{task}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


class Budget:
    """The seconds that workers may still compute or sleep, and the bytes of replies.

    cpu: the CPU seconds of its workers that ended.
    """

    def __init__(self, seconds: float = math.inf, whole: Budget | None = None):
        self.seconds = self.remaining = seconds
        self.bytes_remaining = MAX_REPLIES
        self.cpu = 0.0
        self.whole = whole

    def portion(self, seconds: float) -> Budget:
        """Return a budget of at most so many of these seconds; using it uses up this one too."""
        return Budget(seconds, self)

    def bounded(self, seconds: float) -> float:
        """Return these seconds, or what is left of the budget.  Raises Ended if nothing is."""
        if self.remaining <= 0:
            raise Ended("spent", seconds=self.seconds)
        if self.whole:
            seconds = self.whole.bounded(seconds)
        return min(seconds, self.remaining)

    def take(self, seconds: float) -> None:
        """Subtract the time of a question.  If nothing is left, the next question raises."""
        self.remaining -= seconds
        if self.whole:
            self.whole.take(seconds)

    def add_cpu(self, seconds: float) -> None:
        self.cpu += seconds
        if self.whole:
            self.whole.add_cpu(seconds)

    def take_reply(self, size: int) -> None:
        """Raise Ended if all replies together are too large."""
        if self.whole:
            self.whole.take_reply(size)
        self.bytes_remaining -= size
        if self.bytes_remaining < 0:
            raise Ended("much")

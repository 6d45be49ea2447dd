"""Time limits: CPU seconds of a worker until a deadline, and a submission's budget for all its workers."""

from __future__ import annotations

import math
import time

from autograder.errors import Ended, SandboxError

NOTICED = 0.02  # seconds of sleep at once that are not counted
TICK = 0.25  # wall seconds after which the judge looks at its clock during any wait
LATE = 0.05  # seconds by which a wait may end late on a machine that was not suspended
STARVED = 60.0  # wall seconds without any CPU time after which it is the machine's fault


class Deadline:
    """Counts the CPU time of a worker, so that a busy machine costs no student anything.

    Sleep counts too: all time in which the worker neither computes nor waits for a core, except when this
    process stood still as well, because the machine was suspended or the container frozen; a process that
    wakes up late knows by how much.  The kernel counts a wait for a core only when it is over.  A wait that
    still goes on began after the worker last ran, so each look notes whether it has run since the last one.
    """

    def __init__(self, pid, seconds):
        self.pid, self.seconds, self.start = pid, seconds, time.monotonic()
        self.cpu, self.waited, self.own = cpu_seconds(pid), _waited(pid), _waited("thread-self")
        self.spent = self.frozen = 0.0
        self.seen_at, self.own_seen, self.own_cpu = self.start, self.own, time.thread_time()
        self.looked, self.looked_at, self.ran_after = self.cpu, 0.0, 0.0

    def patience(self):
        """Wall seconds to wait now, before the deadline can pass."""
        passed = self._passed()
        return min(max(self.seconds - min(passed, self.spent or passed), 0.02), TICK)

    def _passed(self):
        return time.monotonic() - self.start - self.frozen

    def check(self, asked: float) -> None:
        """Raise Ended if the time is up, whether the worker computes, sleeps, or sends an answer slowly.

        asked: the seconds that the judge wanted to wait since it read `patience`.
        """
        self._notice_standstill(asked)
        passed, cpu = self._passed(), cpu_seconds(self.pid)
        if cpu > self.looked:
            self.ran_after = self.looked_at
        self.looked, self.looked_at = cpu, passed
        if passed < self.seconds:
            return
        state, used = status_of(self.pid)[0], cpu - self.cpu
        asleep = (self.ran_after if state == "R" else passed) - used - self._queued()
        self.spent = max(used, asleep)
        if used >= self.seconds:
            raise Ended("slow", seconds=self.seconds)
        if asleep >= self.seconds:
            if state in "Tt":
                raise SandboxError("A worker was paused from outside. Run the command again.")
            raise Ended("asleep", seconds=self.seconds)
        if passed > STARVED + 20 * self.seconds:
            raise SandboxError("The machine gave a worker no CPU time. Run fewer programs at once.")

    def _notice_standstill(self, asked):
        """Count the time since the last look in which this process neither waited as asked nor ran."""
        now, own, cpu = time.monotonic(), _waited("thread-self"), time.thread_time()
        late = now - self.seen_at - asked
        if late > LATE:
            self.frozen += max(late - (own - self.own_seen) - (cpu - self.own_cpu), 0.0)
        self.seen_at, self.own_seen, self.own_cpu = now, own, cpu

    def taken(self, cpu: float | None = None) -> float:
        """Seconds that the worker computed or slept.  cpu: the kernel's total, after it has ended."""
        self._notice_standstill(0.0)
        passed = self._passed()
        if cpu is not None:
            return max(cpu - self.cpu, self.spent, 0.0)
        used = cpu_seconds(self.pid) - self.cpu
        if passed - used < NOTICED:
            return max(used, 0.0)
        return max(passed - self._queued(), used, 0.0)

    def _queued(self):
        """Seconds that the worker waited for a core, or this process did while an answer was ready."""
        return _waited(self.pid) - self.waited + _waited("thread-self") - self.own


def cpu_seconds(pid):
    try:  # the clock of another process: clock_getcpuclockid(3) computes just this number
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended, and the socket will say so


def status_of(pid):
    """The fields of /proc/PID/stat from the letter of its state on; the letter is "X" if it has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return ["X"]


def _waited(task):
    """Seconds that a task of /proc waited for a core (proc(5))."""
    try:
        with open(f"/proc/{task}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


REPLIES = 96 << 20  # bytes; a wrong answer has 12 MB, most of it a million numbers, three times


class Budget:
    """The remaining seconds that workers may compute or sleep, and the remaining bytes of replies."""

    def __init__(self, seconds: float = math.inf, replies: int = REPLIES, whole: Budget | None = None):
        self.seconds, self.left, self.replies, self.whole = seconds, seconds, replies, whole

    def part(self, seconds: float) -> Budget:
        """A budget of at most so many of these seconds; using it uses up this one too."""
        return Budget(seconds, self.replies, self)

    def bounded(self, seconds: float) -> float:
        """These seconds, or what is left of the budget.  Raises Ended if nothing is."""
        if self.left <= 0:
            raise Ended("spent", seconds=self.seconds)
        return min(seconds, self.left, self.whole.bounded(seconds) if self.whole else seconds)

    def take(self, seconds: float) -> None:
        """Subtract the time of a question.  If nothing is left, the next question raises."""
        self.left -= seconds
        if self.whole:
            self.whole.take(seconds)

    def take_reply(self, size: int) -> None:
        """Raise Ended if all replies together are too large."""
        self.replies -= size
        if self.whole:
            self.whole.take_reply(size)
        elif self.replies < 0:
            raise Ended("much")

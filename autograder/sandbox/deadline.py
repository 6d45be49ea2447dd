"""What a submission may take: CPU seconds of a worker until a deadline, and a budget for all of them."""

from __future__ import annotations

import math
import time

from autograder.errors import Ended, SandboxError

NOTICED = 0.02  # seconds beyond its CPU time: what a worker sleeps less at once is not counted
TICK = 0.25  # wall seconds after which the judge looks at its clock, whatever it waits for
LATE = 0.05  # seconds by which a wait may end late on a machine that runs
STARVED = 60.0  # wall seconds beyond which a worker that gets no CPU is the machine's fault


class Deadline:
    """Counts the CPU time of a worker, so that a busy machine costs no student anything.

    Time that it neither computes nor waits for a core, it sleeps: that counts as well.  But for the time
    in which this process stood still too, since the machine was suspended or a container frozen: who
    wakes up late knows by how much.  The kernel counts a wait for a core when it is over.  One that goes on
    began after the worker last ran: each look at it notes whether it has run since the look before.
    """

    def __init__(self, pid, seconds):
        self.pid, self.seconds, self.start = pid, seconds, time.monotonic()
        self.cpu, self.waited, self.own = cpu_seconds(pid), _waited(pid), _waited("thread-self")
        self.spent = self.frozen = 0.0
        self.seen_at, self.own_seen, self.own_cpu = self.start, self.own, time.thread_time()
        self.looked, self.looked_at, self.ran_after = self.cpu, 0.0, 0.0

    def patience(self):
        """Wall seconds to wait now, in which the deadline cannot pass."""
        passed = self._passed()
        return min(max(self.seconds - min(passed, self.spent or passed), 0.02), TICK)

    def _passed(self):
        return time.monotonic() - self.start - self.frozen

    def check(self, asked: float) -> None:
        """Raise Ended where the time is up: computing, sleeping, or dribbling an answer.

        asked: the seconds for which the judge wanted to wait, since it asked for `patience`.
        """
        self._notice_standstill(asked)
        passed, cpu = self._passed(), cpu_seconds(self.pid)
        if cpu > self.looked:
            self.ran_after = self.looked_at
        self.looked, self.looked_at = cpu, passed
        if passed < self.seconds:
            return
        state, used = _state(self.pid), cpu - self.cpu
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
        """Count what passed since the last look, in which this process neither waited as asked nor ran."""
        now, own, cpu = time.monotonic(), _waited("thread-self"), time.thread_time()
        late = now - self.seen_at - asked
        if late > LATE:
            self.frozen += max(late - (own - self.own_seen) - (cpu - self.own_cpu), 0.0)
        self.seen_at, self.own_seen, self.own_cpu = now, own, cpu

    def taken(self, cpu: float | None = None) -> float:
        """Seconds that the worker computed or slept.  cpu: the kernel's word on all, where it has ended."""
        self._notice_standstill(0.0)
        passed = self._passed()
        if cpu is not None:
            return max(cpu - self.cpu, self.spent, 0.0)
        used = cpu_seconds(self.pid) - self.cpu
        if passed - used < NOTICED:
            return max(used, 0.0)
        return max(passed - self._queued(), used, 0.0)

    def _queued(self):
        """Seconds that the worker waited for a core, or this process did, and could not see the answer."""
        return _waited(self.pid) - self.waited + _waited("thread-self") - self.own


def cpu_seconds(pid):
    try:  # the clock of another process: clock_getcpuclockid(3) computes just this number
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended, and the socket will say so


def _state(pid):
    """The letter of its state in /proc; "X" where it has ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "X"


def _waited(task):
    """Seconds that a task of /proc waited for a core (proc(5))."""
    try:
        with open(f"/proc/{task}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


REPLIES = 96 << 20  # bytes; a wrong answer has 12 MB, most of it a million numbers, three times


class Budget:
    """What is left of the seconds that workers compute or sleep, and of the bytes of replies."""

    def __init__(self, seconds: float = math.inf, replies: int = REPLIES, whole: Budget | None = None):
        self.seconds, self.left, self.replies, self.whole = seconds, seconds, replies, whole

    def part(self, seconds: float) -> Budget:
        """No more than so many of its seconds: what they are taken of is taken of this one as well."""
        return Budget(seconds, self.replies, self)

    def bounded(self, seconds: float) -> float:
        """So many seconds, or what is left.  Raises Ended where nothing is."""
        if self.left <= 0:
            raise Ended("spent", seconds=self.seconds)
        return min(seconds, self.left, self.whole.bounded(seconds) if self.whole else seconds)

    def take(self, seconds: float) -> None:
        """What a question took; the next one says that nothing is left."""
        self.left -= seconds
        if self.whole:
            self.whole.take(seconds)

    def take_reply(self, size: int) -> None:
        """Raise Ended where the replies are too large together."""
        self.replies -= size
        if self.whole:
            self.whole.take_reply(size)
        elif self.replies < 0:
            raise Ended("much")

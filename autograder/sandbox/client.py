"""The trusted side: has a template process of its own, and gets workers from it.

Knows nothing of what the questions mean.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from autograder.errors import N_, Message, SandboxError
from autograder.sandbox.deadline import Budget
from autograder.sandbox.template import Lent, Template
from autograder.sandbox.walls import (
    HIDDEN,
    Walls,
    bwrap_works,
    lies_in,
    readable,
    refusal,
)
from autograder.sandbox.worker import Worker, questions_frame

KILLED_EARLY = N_("It was killed, probably because memory ran out. One judge needs 1 GB.")
MANY = 25  # workers, after which later ones are forked faster: see `template._use_huge_pages`

__all__ = ["Sandbox", "Worker", "questions_frame"]


class Sandbox:
    """Workers forked from a template process, which has imported what they need.

    preload: modules to import before the first fork.  memory: bytes for each worker.  cpu: seconds
    after which the kernel ends a worker whatever the judge does.  bwrap: whether bubblewrap stands around
    all, or None for where it works; landlock, seccomp, limits: walls to leave out, for tests.  unsafe:
    go on where the walls are not enough.  lent: a template process that runs already, with these modules and
    all walls.  Raises SandboxError where they are not enough.
    """

    def __init__(
        self,
        preload: tuple[str, ...] = (),
        memory: int = 1 << 30,
        cpu: int = 60,
        *,
        bwrap: bool | None = None,
        landlock: bool = True,
        seccomp: bool = True,
        limits: bool = True,
        unsafe: bool = False,
        lent: Lent | None = None,
    ):
        if sys.platform != "linux":
            raise SandboxError("Grading needs Linux. Grade on a Linux machine or in a container.")
        self.memory, self.cpu = memory, cpu
        self._ids, self._count = itertools.count(), 0
        asked = {"landlock": landlock, "seccomp": seccomp, "limits": limits}
        self._folder: tempfile.TemporaryDirectory | None = None
        self._stderr: IO | None = None
        self._own: Template | None = None
        hello = self._adopt(lent) if lent is not None else {}
        # Where bubblewrap works, torch may still need what it does not show.
        ways = [bwrap] if bwrap is not None else [True, False] if bwrap_works() else [False]
        for outside in ways:
            if "ready" not in hello:
                lent, hello = self._start(outside, asked, preload)
        if lent is None or "ready" not in hello:
            why = self._last_words()
            self.close()
            raise SandboxError("The sandbox did not start.{why}", why=why)
        self.walls = Walls(bwrap=lent.bwrap, **hello["ready"])
        self.readable = readable(self.walls, hello["readable"])
        if not (self.walls.enough or unsafe):
            self.close()
            raise refusal(self.walls, hello["missing"])

    def _adopt(self, lent):
        """Take over a template process; its first message, {} where it has ended."""
        self._template = lent
        hello = lent.message()
        return hello if self._template.is_alive else {}

    def _start(self, outside, asked, preload):
        """Have a template process of its own, where none is lent; it, and its first message."""
        if self._stderr is None:
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - the process's
        self._own = Template(preload, outside, asked, self._stderr)
        lent = self._own.lend()
        hello = self._adopt(lent)
        if "ready" not in hello:
            lent.control.close()
            self._own.close()
        return lent, hello

    def exposes(self, path: str) -> str | None:
        """The folder through which a worker could read this path; None where a wall keeps it away."""
        path = os.path.realpath(path)
        masked = self.walls.bwrap and not self.walls.landlock
        if masked and any(lies_in(path, hidden) for hidden in HIDDEN):
            return None
        return next((folder for folder, real in self._readable_at.items() if lies_in(path, real)), None)

    @functools.cached_property
    def _readable_at(self):
        """What a worker can read, and where it really lies."""
        return {folder: os.path.realpath(folder) for folder in self.readable}

    def _last_words(self):
        killed = -signal.SIGKILL, 128 + signal.SIGKILL  # as bwrap tells of its child
        if self._own.process.returncode in killed:
            return Message(" {why}", {"why": Message(KILLED_EARLY)})
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return f" {lines[-1]}" if lines else ""

    def worker(self, budget: Budget | None = None, walls: Sequence[str] | None = None) -> Worker:
        """A new worker, on a submission's budget.

        walls: of those of its template process the ones to put up, for who tries them; all by default.
        """
        self._count += 1
        if self._count == MANY:
            self._template.send({"huge pages": True})
        limits = self.walls.limits and (walls is None or "limits" in walls)
        given = budget or Budget(), self.memory, self.cpu, limits, walls
        return Worker(next(self._ids), self._template, *given)

    def warm_up_for_few(self) -> None:
        """Import what few need, once for all later workers.

        Each would else do it for itself, for up to a second; what draws could not, since it makes files.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="autograder-", ignore_cleanup_errors=True)
            self._template.send({"warm up": self._folder.name})

    @property
    def is_alive(self) -> bool:
        """Whether its template process is there."""
        return self._template.is_alive

    def kill(self) -> None:
        """Have all its processes end now, and wait for none of them, as a signal's handler may."""
        self._template.control.close()
        if self._own is not None:
            self._own.process.kill()

    def close(self) -> None:
        """Have its processes end; what was started for it alone is waited for."""
        self._template.control.close()
        if self._own is not None:
            self._own.close()
        if self._stderr is not None:
            self._stderr.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_) -> None:
        self.close()

"""The trusted side of the sandbox: has its own template process, which forks workers."""

import itertools
import os
from collections.abc import Callable
from pathlib import Path

from autograder.errors import N_, Message, SandboxError
from autograder.sandbox import template
from autograder.sandbox.deadline import Budget
from autograder.sandbox.layers import HIDDEN, LIBRARIES, Layers, refusal
from autograder.sandbox.template import Template
from autograder.sandbox.worker import Worker
from autograder.temporary import Closing

SILENT = N_(" Check that there is memory, and that processes may start (pids-limit).")
TRIES = 3  # an old template process may have died, and a new one may fail to start inside bubblewrap


class Sandbox(Closing):
    """Forks workers from a template process, which has imported what they need.

    lend: returns a template process.  memory: bytes for each worker.  cpu: seconds after which the kernel
    ends a worker in any case.  unsafe: continue with too few layers.  Raises SandboxError if the layers are
    not enough, or no template process starts.
    """

    def __init__(
        self,
        lend: Callable[[], Template] = template.lend,
        memory: int = 1 << 30,
        cpu: int = 60,
        unsafe: bool = False,
    ):
        self.memory, self.cpu = memory, cpu
        self._ids = itertools.count()
        for _ in range(TRIES):
            self._template = lend()
            hello = self._template.message()  # once it has finished its imports
            if "ready" in hello and self._template.is_alive:
                break
            self._template.close()
        else:
            raise SandboxError("The sandbox did not start.{why}", why=self._template.why() or Message(SILENT))
        self.layers = Layers(bwrap=self._template.bwrap, **hello["ready"])
        without_landlock = LIBRARIES if self.layers.bwrap else ("/",)
        self.readable = hello["readable"] if self.layers.landlock else without_landlock
        if not (self.layers.enough or unsafe):
            self.close()
            raise refusal(self.layers, hello["missing"])

    def exposes(self, path: str) -> str | None:
        """Return the folder through which a worker could read this path; None if a layer prevents it."""
        found = Path(os.path.realpath(path))
        masked = self.layers.bwrap and not self.layers.landlock
        if masked and any(found.is_relative_to(hidden) for hidden in HIDDEN):
            return None
        return next((place for place in self.readable if found.is_relative_to(os.path.realpath(place))), None)

    def worker(self, budget: Budget | None = None) -> Worker:
        """Return a new worker, which uses a submission's budget."""
        given = budget or Budget(), self.memory, self.cpu, self.layers.limits
        return Worker(next(self._ids), self._template, *given)

    def warm_up_for_few(self) -> None:
        """Import what few need, once for all later workers: matplotlib writes files, which workers cannot."""
        self._template.send({"warm up": True})

    def close(self) -> None:
        """End its processes."""
        self._template.close()

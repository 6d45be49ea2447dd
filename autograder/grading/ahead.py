"""What a command will need, started as soon as that is known: it imports while the command does.

Imports nothing that takes long.
"""

from __future__ import annotations

import contextlib

from autograder.errors import SandboxError
from autograder.grading import fork_server, machine
from autograder.sandbox import stem
from autograder.sandbox.preload import PRELOAD


def start() -> None:
    """Start what judges and their sandboxes are forked from; what hinders that is told by who needs them."""
    if not machine.shortage():
        fork_server.start()
    start_zygote()


def start_zygote() -> None:
    """Start what their sandboxes are forked from, for a judge in this process."""
    with contextlib.suppress(OSError, SandboxError):
        machine.demand_memory()
        stem.start(PRELOAD)

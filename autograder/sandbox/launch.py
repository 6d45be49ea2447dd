"""How a zygote is started.  Imports nothing that takes long, since it is to import while others do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from autograder.sandbox.walls import bwrap_command, environment


def started(
    asked: dict, preload: Sequence[str], outside: bool, folder: str, stderr: IO | int
) -> tuple[subprocess.Popen, socket.socket]:
    """A zygote's process, and our end of its control socket.

    asked: the inner walls.  outside: whether bubblewrap stands around it.  folder: for matplotlib.
    """
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    proc = os.open("/proc", os.O_PATH)  # bwrap shows none, and the zygote must see its own memory
    inherited = [theirs.fileno(), proc]
    command = [os.path.abspath(sys.executable), "-m", "autograder.sandbox.inside.zygote"]
    command += [*map(str, inherited), json.dumps(asked), *preload]
    try:
        process = subprocess.Popen(
            [*(bwrap_command() if outside else []), *command],
            pass_fds=inherited,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for the batch, which then ends its sandboxes
            env=environment(outside, folder),
        )
    finally:
        theirs.close()
        os.close(proc)
    return process, control

"""A template process as the judge sees it, who forks workers; and what its workers know.

Knows nothing of what the questions mean.
"""

from __future__ import annotations

import json
import os
import select
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder import wire
from autograder.errors import N_, SandboxError
from autograder.sandbox.inside.loading import compiled

GONE = N_(
    "The template process has ended, probably because memory or processes ran out. Lower "
    "--jobs, or give the machine more."
)
START = 60.0  # wall seconds for a template process to import torch on a busy machine


@dataclass(frozen=True)
class Known:
    """What workers know from their start: questions, which then cost next to nothing once; and probes.

    frames: the questions.  probes: sources of what else a worker can do with a function, by their keys.
    """

    frames: Sequence[bytes] = ()
    probes: Mapping[str, str] = field(default_factory=dict)

    def file(self) -> int:
        """A descriptor of it, as a template process reads it: it lies nowhere."""
        codes = {key: compiled(source, "probe") for key, source in self.probes.items()}
        return _in_memory(b"".join([wire.pack(codes), *dict.fromkeys(self.frames)]))

    def numbers(self) -> dict[bytes, int]:
        """Each question's number."""
        return {frame: number for number, frame in enumerate(dict.fromkeys(self.frames))}


class Forks:
    """A template process, as the other end of its control socket."""

    def __init__(self, control: socket.socket, known: Known):
        self.control, self.numbers = control, known.numbers()
        self._ended: dict[int, dict] = {}

    @property
    def is_alive(self) -> bool:
        """Whether anybody holds the other end."""
        poll = select.poll()
        poll.register(self.control, 0)
        return not poll.poll(0)

    def message(self, timeout: float) -> dict:
        """The next one; {} when there is none in time, or it is gone."""
        self.control.settimeout(timeout)
        try:
            return json.loads(self.control.recv(1 << 18) or b"{}")
        except (TimeoutError, OSError):
            return {}

    def send(self, message: dict, ends: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self.control, [json.dumps(message).encode()], list(ends))
        except OSError:
            raise SandboxError(GONE) from None

    def wait(self, worker: int) -> dict:
        """How a worker ended: {"id", "status", "cpu"}."""
        while worker not in self._ended:
            end = self.message(START)
            if "id" not in end:
                raise SandboxError(GONE)
            self._ended[end["id"]] = end
        return self._ended.pop(worker)


def _in_memory(data):
    """A file of this content that lies nowhere, to be read by a process that inherits it."""
    file = os.memfd_create("frames")
    with open(file, "wb", closefd=False) as writer:
        writer.write(data)
    os.lseek(file, 0, os.SEEK_SET)
    return file

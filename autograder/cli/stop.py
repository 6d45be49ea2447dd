"""How a command ends early: one line, and an exit code."""

from __future__ import annotations

import errno
import signal

from autograder.errors import LACKS, N_, KitError, Message
from autograder.errors import Interrupted as Interrupted

KEPT = N_("What was graded is saved; run the same command again to continue.")
CANNOT_USE = N_("{where}{why}. Check that it is there and writable, or choose another place.")


class Stop(KitError):
    """Ends a command with one line on stderr and an exit code.  values: what fills the sentence's braces."""

    def __init__(self, text: str, code: int = 2, /, **values: object):
        super().__init__(text, **values)
        self.code = code


def handle_signals() -> None:
    """Let SIGTERM and a closed terminal end a command as Ctrl-C does, also as process 1 of a container."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _end)


def _end(number: int, frame: object) -> None:
    for other in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)  # it ends already, and writes
    raise Interrupted(number)


def resource_error(error: BaseException) -> Stop | None:
    """Return the Stop for an error of this machine, its memory, processes or files; None for any other."""
    number = getattr(error, "errno", None)
    if isinstance(error, MemoryError):
        number = errno.ENOMEM
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        number = errno.EAGAIN
    if number in LACKS:
        return Stop("{what} {kept}", what=Message(LACKS[number]), kept=Message(KEPT))
    if isinstance(error, OSError):
        name = error.filename2 or error.filename  # the second one where a file is renamed to it
        where = f"{name}: " if name else ""
        return Stop(CANNOT_USE, where=where, why=error.strerror or str(error))
    return None

"""How a command ends early: one line, and an exit code."""

from __future__ import annotations

import errno
import signal

from autograder.errors import N_, KitError, Message

# What a machine can lack, and what to do about it.
LACKS = {
    errno.ENOSPC: N_("the disk is full: make room"),
    errno.EDQUOT: N_("your share of the disk is used up: make room"),
    errno.EROFS: N_("the disk is read-only: mount a folder that can be written there"),
    errno.EFBIG: N_("a file may not grow so large here: raise `ulimit -f`"),
    errno.EMFILE: N_("too few files may be open at a time: raise the limit, as by `ulimit -n 1024`"),
    errno.ENFILE: N_("too few files may be open on this machine: close other programs"),
    errno.EAGAIN: N_("no further process may be started: raise pids-limit or `ulimit -u`, or lower --jobs"),
    errno.ENOMEM: N_("there is no memory left: give this machine more, or lower --jobs"),
}
NO_FOLDER = N_("there is no folder for temporary files: let /tmp be written, or set TMPDIR")
KEPT = N_("what was graded is kept, and the same command goes on from there")


class Stop(KitError):
    """Ends a command with one line on stderr and an exit code.  values: what fills the sentence's braces."""

    def __init__(self, text: str, code: int = 2, /, **values: object):
        super().__init__(text, **values)
        self.code = code

    @classmethod
    def by(cls, error: Exception, code: int = 2) -> Stop:
        """What an error says."""
        stop = cls(str(error), code)
        stop.message = getattr(error, "message", stop.message)
        return stop


class Told(BaseException):
    """A signal told this process to end: it is none of the exceptions that others catch."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


def heed_signals() -> None:
    """SIGTERM and a terminal that is closed end a command as Ctrl-C does: what is done is written first.

    A process that is the first of a container would not even hear of them otherwise.
    """
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _end)


def _end(number, frame):
    for other in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(other, signal.SIG_IGN)  # it ends already, and writes
    raise Told(number)


def of_machine(error: BaseException) -> Stop | None:
    """What to say of an error that the machine is the cause of; None of another."""
    if isinstance(error, OSError) and "No usable temporary directory" in str(error):
        return Stop(NO_FOLDER)
    number, where = 0, ""
    if isinstance(error, MemoryError):
        number = errno.ENOMEM
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        number = errno.EAGAIN
    elif isinstance(error, OSError):
        number, where = error.errno or 0, f" ({error.filename})" if error.filename else ""
    what = LACKS.get(number)
    words = "{what}{where}; {kept}"
    return Stop(words, what=Message(what), where=where, kept=Message(KEPT)) if what else None

"""How a command ends early: one line, and an exit code."""

from __future__ import annotations

import errno
import signal

from autograder.errors import N_, KitError, Message

# What a machine can lack, and what to do about it.
LACKS = {
    errno.ENOSPC: N_("The disk is full. Free some space."),
    errno.EDQUOT: N_("Your disk quota is used up. Free some space."),
    errno.EROFS: N_("The disk is read-only. Mount a writable folder there."),
    errno.EFBIG: N_("A file is larger than this system allows. Raise `ulimit -f`."),
    errno.EMFILE: N_(
        "Too many files are open in this process. Raise the limit, for example with `ulimit -n 1024`."
    ),
    errno.ENFILE: N_("Too many files are open on this machine. Close other programs."),
    errno.EAGAIN: N_("No more processes can start. Raise pids-limit or `ulimit -u`, or lower --jobs."),
    errno.ENOMEM: N_("Out of memory. Give this machine more, or lower --jobs."),
}
NO_FOLDER = N_("No folder for temporary files. Make /tmp writable, or set TMPDIR.")
KEPT = N_("What was graded is saved; run the same command again to continue.")


class Stop(KitError):
    """Ends a command with one line on stderr and an exit code.  values: what fills the sentence's braces."""

    def __init__(self, text: str, code: int = 2, /, **values: object):
        super().__init__(text, **values)
        self.code = code


class Interrupted(BaseException):
    """A signal asked this process to end.  A BaseException, so that no `except Exception` catches it."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


def handle_signals() -> None:
    """Let SIGTERM and a closed terminal end a command as Ctrl-C does, also as process 1 of a container."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, _end)


def _end(number, frame):
    for other in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(other, signal.SIG_IGN)  # it ends already, and writes
    raise Interrupted(number)


def of_machine(error: BaseException) -> Stop | None:
    """The Stop for an error that the machine caused; None for any other error."""
    if isinstance(error, OSError) and "No usable temporary directory" in str(error):
        return Stop(NO_FOLDER)
    number, where = 0, ""
    if isinstance(error, MemoryError):
        number = errno.ENOMEM
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        number = errno.EAGAIN
    elif isinstance(error, OSError):
        number, where = error.errno or 0, f"{error.filename}: " if error.filename else ""
    what = LACKS.get(number)
    words = "{where}{what} {kept}"
    return Stop(words, what=Message(what), where=where, kept=Message(KEPT)) if what else None

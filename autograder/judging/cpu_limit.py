"""A bound on the CPU time that this process spends on one student's text."""

import contextlib
import signal
import threading
from collections.abc import Iterator

# seconds until it is raised again, if a destructor or a callback swallowed it
_AGAIN = 1.0


class TookTooLong(Exception):
    """The CPU time is used up.  The caller that set the limit decides what happens to the
    student's text.
    """


class _Stop(BaseException):
    """Passes through `except Exception` in other people's code."""


def _stop(*_: object) -> None:
    raise _Stop


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after this many seconds of CPU time of this process.

    Uses ITIMER_VIRTUAL of setitimer(2), so a busy or suspended machine does not matter.
    Limits do not nest.  Only the main thread handles signals, so other threads have no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    try:
        yield
    except _Stop:
        raise TookTooLong(f"more than {seconds:g} s of CPU time") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)

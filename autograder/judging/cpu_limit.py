"""A bound on the CPU time that this process spends on one student's text."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

_AGAIN = 1.0  # seconds until it is raised again, if a destructor or a callback swallowed it


class TookTooLong(Exception):
    """The CPU time is used up.  The caller that set the limit decides what happens to the
    student's text.
    """


class _Stop(BaseException):
    """Passes through `except Exception` in other people's code."""


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after this many seconds of CPU time of this process.

    Uses ITIMER_VIRTUAL of setitimer(2), so a busy or suspended machine does not matter.
    Limits nest: the one that ends first counts.  Only the main thread handles signals, so
    other threads have no limit.
    """
    left = signal.getitimer(signal.ITIMER_VIRTUAL)[0]
    if (
        threading.current_thread() is not threading.main_thread()
        or 0 < left <= seconds
    ):
        yield
        return
    stop = _Stop()

    def raise_stop(*_: object) -> None:
        raise stop

    before = signal.signal(signal.SIGVTALRM, raise_stop)
    start = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, _AGAIN)
    try:
        yield
    except _Stop as error:
        if error is not stop:
            raise
        raise TookTooLong(f"more than {seconds:g} s of CPU time") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if left:
            rest = max(left - (time.process_time() - start), 0.001)
            signal.setitimer(signal.ITIMER_VIRTUAL, rest, _AGAIN)

"""Finds the sandbox limit that caused an exception of student code.

A student who forges one gets a review and no points.
"""

import contextlib
import errno
import io
import os
import socket
import sys
import traceback

_BY_MODULE = {
    "threading": "thread",
    **dict.fromkeys(("subprocess", "multiprocessing", "concurrent"), "process"),
    **dict.fromkeys(("socket", "ssl", "http", "urllib", "asyncio"), "network"),
}


def sandbox_limit(error: BaseException) -> str:
    """Return the limit as "what:name", what of `judging.faults.LIMITS`; "" if there is none."""
    # A class of the student's may raise from any attribute.
    with contextlib.suppress(Exception):
        for _ in range(10):  # a chain may be a circle
            if limit := _limit_of(error):
                return limit[:200]
            cause = error.__cause__ or error.__context__
            if cause is None:
                break
            error = cause
    return ""


def _limit_of(error: BaseException) -> str:
    if _asks_for_a_gpu(error):
        return "gpu:"
    if isinstance(error, ModuleNotFoundError):
        package = str(error.name).partition(".")[0]
        return "" if package in sys.modules else f"package:{package}"
    if isinstance(error, RuntimeError):
        return "thread:" if str(error) == "can't start new thread" else ""
    if isinstance(error, socket.gaierror):
        return "network:"
    if isinstance(error, io.UnsupportedOperation):
        return "call:" if str(error) in ("fileno", "truncate") else ""
    return _limit_of_system(error) if isinstance(error, OSError) else ""


def _limit_of_system(error: OSError) -> str:
    name = ""
    if error.filename is not None:
        name = os.path.basename(os.fsdecode(error.filename))
    elif isinstance(error, FileNotFoundError):  # as numpy raises it
        return f"file:{str(error).removesuffix(' not found.')}"
    if error.errno == errno.EPERM:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            if package in _BY_MODULE:
                return f"{_BY_MODULE[package]}:"
        return f"write:{name}" if name else "call:"
    is_unreadable = error.errno in (errno.ENOENT, errno.EACCES)
    return f"file:{name}" if name and is_unreadable else ""


def _asks_for_a_gpu(error: BaseException) -> bool:
    """Return whether torch found no device: CUDA and XPU start alike, it has no code for MPS."""
    if isinstance(error, NotImplementedError):
        return "from the 'MPS' backend" in str(error)
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name == "_lazy_init":
            return True
    return False

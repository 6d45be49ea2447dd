"""Finds the sandbox limit that caused an exception of student code, unless its own `raise` did.

A student who forges one gets a review and no points.
"""

import contextlib
import difflib
import errno
import importlib.util
import io
import opcode
import os
import re
import socket
import sys
import traceback

OWN = re.compile(r"<(cell \d+|file)>")  # the file names of student code
_BY_MODULE = {
    "threading": "thread",
    **dict.fromkeys(("subprocess", "multiprocessing", "concurrent"), "process"),
    **dict.fromkeys(("socket", "ssl", "http", "urllib", "asyncio"), "network"),
}
_RAISE = opcode.opmap["RAISE_VARARGS"]


class NotKept(BaseException):
    """A file that student code wrote and looks at again.  `except Exception` lets it through."""


def sandbox_limit(error: BaseException) -> str:
    """Return the limit as "what:name", what of `judging.faults.LIMITS`; "" if there is none."""
    # A class of the student's may raise from any attribute.
    with contextlib.suppress(Exception):
        for _ in range(10):  # a chain may be a circle
            if not _is_raised_by_student(error) and (limit := _limit_of(error)):
                return limit[:200]
            cause = error.__cause__ or error.__context__
            if cause is None:
                break
            error = cause
    return ""


def _is_raised_by_student(error: BaseException) -> bool:
    last = error.__traceback__
    if last is None:
        return True  # it was made, and never raised
    while last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code
    is_raise = code.co_code[last.tb_lasti] == _RAISE
    return is_raise and OWN.fullmatch(code.co_filename) is not None


def _limit_of(error: BaseException) -> str:
    if _asks_for_a_gpu(error):
        return "gpu:"
    if isinstance(error, ModuleNotFoundError):
        return _package(str(error.name).partition(".")[0])
    if isinstance(error, RuntimeError):
        return "thread:" if str(error) == "can't start new thread" else ""
    if isinstance(error, socket.gaierror):
        return "network:"
    if isinstance(error, NotKept):
        return f"file:{error}"
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
        message = str(error)[:300]
        is_missing = message.startswith("Could not run ")
        return is_missing and "from the 'MPS' backend" in message
    for frame, _ in [*traceback.walk_tb(error.__traceback__)][-2:]:
        module = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "_lazy_init" and module.startswith("torch."):
            return True
    return False


def _package(name: str) -> str:
    """Return a missing package; "" if it is a misspelled name of an installed one."""
    if not name.isidentifier() or name in sys.modules:
        return ""
    if importlib.util.find_spec(name) is not None:
        return ""
    installed = set(sys.stdlib_module_names)
    for module in sys.modules:
        installed.add(module.partition(".")[0])
    is_misspelled = difflib.get_close_matches(name, installed, n=1, cutoff=0.8)
    return "" if is_misspelled else f"package:{name}"

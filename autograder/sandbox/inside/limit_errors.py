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
    """A file that student code wrote and looks at again.  Not an Exception, which it could
    swallow.
    """


def sandbox_limit(error: BaseException) -> str:
    """Return the limit as "what:name", where what is one of `judging.faults.LIMITS`; "" if
    there is none.
    """
    each: BaseException | None = error
    with contextlib.suppress(
        Exception
    ):  # a class of the student's may raise from any attribute
        for _ in range(10):  # a chain may be a circle
            if (
                each is not None
                and not _is_raised_by_student(each)
                and (limit := _limit_of(each))
            ):
                return limit[:200]
            each = None if each is None else each.__cause__ or each.__context__
    return ""


def _is_raised_by_student(error: BaseException) -> bool:
    last = error.__traceback__
    if last is None:
        return True  # it was made, and never raised
    while last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code
    return (
        OWN.fullmatch(code.co_filename) is not None
        and code.co_code[last.tb_lasti] == _RAISE
    )


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
    if not isinstance(error, OSError):
        return ""
    if (
        isinstance(error, FileNotFoundError) and error.filename is None
    ):  # as numpy raises it
        return f"file:{str(error).removesuffix(' not found.')}"
    name = (
        os.path.basename(os.fsdecode(error.filename))
        if error.filename is not None
        else ""
    )
    if error.errno == errno.EPERM:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            if package in _BY_MODULE:
                return f"{_BY_MODULE[package]}:"
        return f"write:{name}" if name else "call:"
    return (
        f"file:{name}" if name and error.errno in (errno.ENOENT, errno.EACCES) else ""
    )


def _asks_for_a_gpu(error: BaseException) -> bool:
    """Return whether torch found no device: CUDA and XPU start alike, the dispatcher refuses
    MPS.
    """
    if isinstance(error, NotImplementedError):
        return (
            str(error)[:300].startswith("Could not run ")
            and "from the 'MPS' backend" in str(error)[:300]
        )
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-2:]
    starts = [
        f"{f.f_globals.get('__name__')}"
        for f in frames
        if f.f_code.co_name == "_lazy_init"
    ]
    return any(module.startswith("torch.") for module in starts)


def _package(name: str) -> str:
    """Return a missing package, or "" if its name is nearly that of an installed one, and so
    misspelled.
    """
    if (
        not name.isidentifier()
        or name in sys.modules
        or importlib.util.find_spec(name) is not None
    ):
        return ""
    there = {
        *sys.stdlib_module_names,
        *(module.partition(".")[0] for module in sys.modules),
    }
    return (
        ""
        if difflib.get_close_matches(name, there, n=1, cutoff=0.8)
        else f"package:{name}"
    )

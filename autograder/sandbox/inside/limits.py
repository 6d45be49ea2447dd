"""Tells which limit of the sandbox an exception of student code comes from.  It judges nothing.

Whoever forges one gains a person's look and no point; what a student's own `raise` makes is theirs.
"""

from __future__ import annotations

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
from collections.abc import Iterator

KIND = "not permitted"  # stands in an exception's place; no class of a student's can be called so
OWN = re.compile(r"<(cell \d+|file)>")  # the file names of student code

_RAISE = opcode.opmap["RAISE_VARARGS"]
_OF_A_FILE = errno.EPERM, errno.ENOENT, errno.EACCES
_SAID = {RuntimeError: ("can't start new thread",), io.UnsupportedOperation: ("fileno", "truncate")}


class NotServed(BaseException):
    """A function is asked for what it does with a file in memory.  No Exception, which code may pass over."""


def met(error: BaseException) -> str:
    """The limit as "what:name", what being one of `judging.faults.LIMITS`; "" where it comes from none."""
    try:
        found = (_met(each) for each in _chain(error) if not _is_raised_by_student(each))
        return next(filter(None, found), "")[:200]
    except Exception:  # a class of the student's may raise from any attribute
        return ""


def _chain(error) -> Iterator[BaseException]:
    """An exception, and those that it followed."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _is_raised_by_student(error):
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return True  # it was made, and never raised
    code = last.tb_frame.f_code
    return OWN.fullmatch(code.co_filename) is not None and code.co_code[last.tb_lasti] == _RAISE


def _met(error):
    if _asks_for_a_gpu(error):
        return "gpu:"
    if isinstance(error, ModuleNotFoundError):
        return _package(str(error.name).partition(".")[0])
    if isinstance(error, OSError) and error.filename is not None and error.errno in _OF_A_FILE:
        name = os.path.basename(os.fsdecode(error.filename))
        return f"file:{name}" if name else "call:"
    is_refused = isinstance(error, OSError) and error.errno == errno.EPERM
    is_refused = is_refused or str(error) in _SAID.get(type(error), ())
    return "call:" if is_refused or isinstance(error, socket.gaierror | NotServed) else ""


def _asks_for_a_gpu(error):
    """Whether torch found no device: CUDA and XPU start in one function, MPS is refused by the dispatcher."""
    if isinstance(error, NotImplementedError):
        return str(error)[:300].startswith("Could not run ") and "from the 'MPS' backend" in str(error)[:300]
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-2:]
    return any(f.f_code.co_name == "_lazy_init" and _is_torch(f.f_globals.get("__name__")) for f in frames)


def _is_torch(module):
    return type(module) is str and module.startswith("torch.")


def _package(name):
    """A package that is not there; one whose name is nearly that of another is misspelt."""
    if not name.isidentifier() or name in sys.modules or importlib.util.find_spec(name) is not None:
        return ""
    there = {*sys.stdlib_module_names, *(module.partition(".")[0] for module in sys.modules)}
    return "" if difflib.get_close_matches(name, there, n=1, cutoff=0.8) else f"package:{name}"

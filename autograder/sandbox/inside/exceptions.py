"""Describes an exception of student code: its type, message, line and names, or the limit that
caused it.

A student who forges a limit gets a review and no points.
"""

import ast
import contextlib
import dis
import errno
import io
import linecache
import os
import re
import socket
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import numpy as np
import torch

from autograder.errors import NOT_PERMITTED
from autograder.wire import Raised

# Of what is said of names: lines of an expression, names in it, axes, items, characters.
MAX_LINES, MAX_NAMES, MAX_AXES, MAX_ITEMS, MAX_CHARACTERS = 10, 3, 4, 100, 30
_STUDENT_FILE = re.compile(r"<(cell \d+|file)>")
_BY_MODULE = {
    "threading": "thread",
    **dict.fromkeys(("subprocess", "multiprocessing", "concurrent"), "process"),
    **dict.fromkeys(("socket", "ssl", "http", "urllib", "asyncio"), "network"),
}


def described(
    error: BaseException, doubles: Mapping[str, Mapping] = {}
) -> Raised:
    """Return an exception's type, its message, its place and the names there.

    doubles: of parts; of one with a right double, the place is its call.  For a limit of the
    sandbox, NOT_PERMITTED and that limit replace type and message.
    """
    try:
        message = str(error)
    except BaseException:
        message = ""
    kind = str(getattr(type(error), "__name__", "error"))
    place = names = ""
    if isinstance(error, SyntaxError):
        message = f"{error.msg} (line {error.lineno})"
    else:
        place, trace = _place_of(error, message, doubles)
        # A student's frame may hold anything.
        with contextlib.suppress(Exception):
            names = _names_at(trace) if trace else ""
    if limit := _sandbox_limit(error):
        kind = NOT_PERMITTED
        message = limit
    return Raised(kind[:100], message[:2000], place, names)


def _place_of(
    error: BaseException, message: str, doubles: Mapping[str, Mapping]
) -> tuple[str, TracebackType | None]:
    """Return the last line of the student's own code that was running, as "function:line in
    it:the line", and where that is.
    """
    place = function = ""
    last = None
    first = 1
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        line = trace.tb_lineno
        if type(error) is UnboundLocalError and not trace.tb_next:
            line = _line_of_unbound(trace, message)
        here, trace = trace, trace.tb_next
        file = code.co_filename
        if not _STUDENT_FILE.fullmatch(file):
            continue
        if doubles.get(code.co_name, {}).get("right"):
            break
        if not code.co_name.startswith("<") or code.co_name == "<lambda>":
            function = code.co_name
            first = code.co_firstlineno
            # Decorators are no lines of the function.
            while first < line and not re.search(
                r"\b(def|lambda)\b", linecache.getline(file, first)
            ):
                first += 1
        text = linecache.getline(file, line).strip()
        place = f"{function}:{line - first + 1}:{text[:200]}"
        last = here
    return place, last


def _names_at(trace: TracebackType) -> str:
    """Return what the local names in the expression that raised stand for, as "name:kind:size:of"
    with ";" between.
    """
    code = trace.tb_frame.f_code
    at = trace.tb_lasti
    # This expression is the targets, which have no values yet.
    if dis.opname[code.co_code[at]].startswith("UNPACK"):
        return ""
    first, last, start, stop = [*code.co_positions()][at // 2]
    if first is None or last is None or last - first > MAX_LINES:
        return ""
    lines = []
    for number in range(first, last + 1):
        lines.append(linecache.getline(code.co_filename, number).encode())
    lines[-1] = lines[-1][:stop]
    lines[0] = lines[0][start:]
    places = {}
    for node in ast.walk(ast.parse(b"".join(lines))):
        if isinstance(node, ast.Name) and len(node.id) <= MAX_CHARACTERS:
            places[node.id] = node.lineno, node.col_offset
    local = trace.tb_frame.f_locals
    described = []
    for name in sorted(places, key=places.__getitem__):
        kind = _kind_of(local[name]) if name in local else ""
        if kind:
            described.append(f"{name}:{kind}")
    return ";".join(described[:MAX_NAMES])


def _kind_of(value: Any) -> str:
    """Return a value's kind with its shape, length or number; "" for a kind that says nothing.

    Only of exact types, because a subclass may do anything.
    """
    kind = type(value)
    if kind in (torch.Tensor, torch.nn.Parameter, np.ndarray):
        dtype = str(value.dtype).removeprefix("torch.")
        shape = "x".join(map(str, value.shape[:MAX_AXES]))
        return f"{'array' if kind is np.ndarray else 'tensor'}:{shape}:{dtype}"
    if kind in (list, tuple):
        types = {*map(type, value[:MAX_ITEMS])}
        of = "tensors" if types == {torch.Tensor} else "items"
        return f"{kind.__name__}:{len(value)}:{of}"
    if kind in (int, float, bool):
        return f"number:{str(value)[:MAX_CHARACTERS]}:"
    return "none::" if value is None else ""


def _line_of_unbound(trace: TracebackType, message: str) -> int:
    """Return the line that reads a local name without a value, which the message quotes.

    Python 3.11 may report the instruction before it, once the function has run often.
    """
    code = trace.tb_frame.f_code
    positions = list(code.co_positions())
    for instruction in dis.get_instructions(code):
        is_past = instruction.offset >= trace.tb_lasti
        if is_past and f"'{instruction.argval}'" in message:
            line, *_ = positions[instruction.offset // 2]
            return line or trace.tb_lineno
    return trace.tb_lineno


def _sandbox_limit(error: BaseException) -> str:
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
        if package not in sys.modules:
            return f"package:{package}"
    elif isinstance(error, RuntimeError):
        if str(error) == "can't start new thread":
            return "thread:"
    elif isinstance(error, socket.gaierror):
        return "network:"
    elif isinstance(error, io.UnsupportedOperation):
        if str(error) in ("fileno", "truncate"):
            return "call:"
    elif isinstance(error, OSError):
        return _limit_of_system(error)
    return ""


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

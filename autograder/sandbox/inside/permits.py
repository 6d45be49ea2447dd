"""Patches other packages inside workers, so that grading permits what a notebook may do.

What is written goes nowhere, and what needs processes or time goes without.  None of it is
trusted, and none of it permits more system calls: code that undoes a patch meets the sandbox.
`exceptions` reports what cannot be permitted, as a file that is read again.
"""

import builtins
import functools
import inspect
import io
import os
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterable
from typing import Any
from unittest.mock import MagicMock

import IPython.display
import numpy as np
import torch

# Parameters of a DataLoader that only its processes need.
_OF_PROCESSES = (
    *("num_workers", "prefetch_factor", "persistent_workers"),
    *("multiprocessing_context", "timeout", "pin_memory"),
)


def permit() -> None:
    """Patch this process's modules."""
    # tempfile would look for a folder by writing to the disk.
    tempfile.tempdir = "/tmp"
    builtins.open = io.open = _opener(io.open)
    os.mkdir = _nothing
    # These open files without Python's `open`.
    _write_nothing(torch, "save", "f")
    _write_nothing(np, "savetxt", "fname")
    # The template process imported it if a student uses it.
    if "matplotlib.figure" in sys.modules:
        figure = sys.modules["matplotlib.figure"].Figure
        _write_nothing(figure, "savefig", "fname")
        figure.draw = _nothing
    loader = torch.utils.data.DataLoader
    loader.__init__ = _in_one_process(loader.__init__)  # type: ignore[method-assign]
    torch.compile = _uncompiled
    # libgomp exits where it cannot start threads.
    torch.set_num_threads = torch.set_num_interop_threads = _nothing
    time.sleep = _nothing  # nobody waits for it
    # IPython 9 has it no more; the book calls it.
    vars(IPython.display)["set_matplotlib_formats"] = _nothing
    # It would start a thread, and may not be installed.
    tqdm: Any = types.ModuleType("tqdm")
    tqdm.tqdm = _progress
    tqdm.trange = lambda *args, **options: _progress(range(*args))
    tqdm.auto = tqdm.notebook = tqdm
    for name in ("tqdm", "tqdm.auto", "tqdm.notebook"):
        sys.modules[name] = tqdm


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Take no time: nobody sees what it would do."""


def _opener(real: Callable) -> Callable:
    """Return a function like `io.open`; a path to write is a file in memory until it is closed."""

    def open(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Any,
    ) -> Any:
        text = encoding, errors, newline
        is_read = {*"wax"}.isdisjoint(mode)
        if is_read or options or isinstance(file, int):
            return real(file, mode, buffering, *text, **options)
        binary: Any = io.BytesIO()
        binary.name = file
        if "b" in mode:
            return binary
        return io.TextIOWrapper(binary, encoding or "utf-8", errors, newline)

    return open


def _write_nothing(owner: Any, name: str, parameter: str) -> None:
    """Let a function write only to an open file.  parameter: takes that, or a path."""
    function = getattr(owner, name)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def write(*args: Any, **kwargs: Any) -> None:
        file = signature.bind(*args, **kwargs).arguments[parameter]
        if not isinstance(file, str | bytes | os.PathLike):
            function(*args, **kwargs)

    setattr(owner, name, write)


def _progress(iterable: Iterable = (), *args: Any, **options: Any) -> Any:
    """Take the place of `tqdm.tqdm`: pass the iterable through, and draw nothing."""
    bar = MagicMock()
    bar.__iter__.side_effect = lambda: iter(iterable)
    bar.__len__.side_effect = lambda: len(iterable)  # type: ignore[arg-type]
    bar.__enter__.return_value = bar
    return bar


def _in_one_process(start: Callable) -> Callable:
    """Return DataLoader.__init__ without worker processes, and what needs them."""
    signature = inspect.signature(start)

    @functools.wraps(start)
    def started(*args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs)
        for name in _OF_PROCESSES:
            given.arguments.pop(name, None)
        start(*given.args, **given.kwargs)

    return started


def _uncompiled(model: Any = None, **options: Any) -> Any:
    """Return the function or module itself: torch's compiler needs processes and a disk."""
    return model if model is not None else lambda model: model

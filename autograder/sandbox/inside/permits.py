"""Patches other packages inside workers, so that grading permits what a notebook may do.

None of it is trusted, and none of it permits more system calls: code that undoes a patch
meets the sandbox. `limit_errors` reports what cannot be permitted.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import IPython.display
import numpy as np
import torch

from autograder.sandbox.inside.limit_errors import NotKept

# What a DataLoader has where it works in its own process.
_ALONE = {
    "num_workers": 0,
    "prefetch_factor": None,
    "persistent_workers": False,
    "multiprocessing_context": None,
    "timeout": 0,
    "pin_memory": False,
}


LISTERS: list[tuple[Any, str]] = [
    (os, "listdir"),
    (os, "scandir"),
    (Path, "glob"),
    (Path, "rglob"),
]


class Sink:
    """Takes what student code writes to files, and keeps only their names.

    Most code never looks at its files again.  Code that does gets no wrong answer: it ends
    with NotKept.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.folders: set[str] = set()
        # Remembered, because a bare `except:` would swallow it.
        self.refused: NotKept | None = None
        self._open = io.open

    def clear(self) -> None:
        """Forget all names."""
        self.files.clear()
        self.folders.clear()

    def take(self, file: Any) -> bool:
        """Return whether it is a path, and no open file or descriptor; remember it then."""
        path = _absolute(file)
        if path:
            self.files.add(path)
        return bool(path)

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Any,
    ) -> Any:
        """Open like `io.open`; a file to write is one in memory, gone when it is closed."""
        is_read = {*"wax"}.isdisjoint(mode)
        if is_read or options or not self.take(file):
            self._refuse_if(_absolute(file) in self.files, file)
            text = encoding, errors, newline
            return self._open(file, mode, buffering, *text, **options)
        binary: Any = io.BytesIO()
        binary.name = file
        if "b" in mode:
            return binary
        return io.TextIOWrapper(binary, encoding or "utf-8", errors, newline)

    def temporary(self, mode: str = "w+b", *args: Any, **options: Any) -> Any:
        """Open like `tempfile.NamedTemporaryFile`."""
        return self.open(tempfile.mktemp(), mode)

    def mkdir(self, path: Any, *args: Any, **kwargs: Any) -> None:
        """Remember the folder.  A second call succeeds too: students may have deleted it."""
        self.folders.add(_absolute(path))

    def writer(self, function: Callable, name: str) -> Callable:
        """Return a function that writes nothing to a path, which its parameter `name` takes."""
        signature = inspect.signature(function)

        @functools.wraps(function)
        def write(*args: Any, **kwargs: Any) -> Any:
            if not self.take(signature.bind(*args, **kwargs).arguments[name]):
                function(*args, **kwargs)

        return write

    def looker(self, function: Callable) -> Callable:
        """Return a function like `os.stat` that refuses a file taken here, and knows folders."""

        @functools.wraps(function)
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            place = _absolute(path)
            self._refuse_if(place in self.files, path)
            if any(_is_below(folder, place) for folder in self.folders):
                path = "/"  # a folder like any other
            return function(path, *args, **kwargs)

        return look

    def lister(self, function: Callable) -> Callable:
        """Return a function like `os.listdir` that refuses folders where something was written."""

        @functools.wraps(function)
        def names(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            place = _absolute(path)
            taken = self.files | self.folders
            self._refuse_if(any(_is_below(file, place) for file in taken), path)
            return function(path, *args, **kwargs)

        return names

    def _refuse_if(self, is_taken: bool, path: Any) -> None:
        if is_taken:
            self.refused = NotKept(os.path.basename(_absolute(path)) or "/")
            raise self.refused


def _absolute(path: Any) -> str:
    """Return an absolute path; "" for a descriptor or an open file."""
    if isinstance(path, str | bytes | os.PathLike):
        return os.path.abspath(os.fsdecode(path))
    return ""


def _is_below(path: str, folder: str) -> bool:
    return bool(folder) and f"{path}/".startswith(f"{folder.rstrip('/')}/")


def permit() -> Sink:
    """Patch this process's modules.  Returns what takes the files that student code writes."""
    sink = Sink()
    tempfile.tempdir = (
        "/tmp"  # tempfile would look for a folder by writing to the disk
    )
    _replace(tempfile, sink.temporary, "NamedTemporaryFile", "TemporaryFile")
    _replace(builtins, sink.open, "open")
    _replace(io, sink.open, "open")
    _replace(os, sink.mkdir, "mkdir")
    for name in ("stat", "lstat", "access"):
        _replace(os, sink.looker(getattr(os, name)), name)
    for owner, name in LISTERS:
        _replace(owner, sink.lister(getattr(owner, name)), name)
    # These open files without Python's `open`.
    _replace(torch, sink.writer(torch.save, "f"), "save")
    _replace(np, sink.writer(np.savetxt, "fname"), "savetxt")
    loader = torch.utils.data.DataLoader
    _replace(loader, _in_one_process(loader.__init__), "__init__")
    _replace(torch, _uncompiled, "compile")
    # libgomp exits where it cannot start threads.
    _replace(torch, _nothing, "set_num_threads", "set_num_interop_threads")
    _replace(time, _nothing, "sleep")  # nobody waits for it
    # IPython 9 has it no more; the book calls it.
    _replace(IPython.display, _nothing, "set_matplotlib_formats")
    # The template process imported it if a student uses it.
    if "matplotlib.figure" in sys.modules:
        _draw_nothing(sink)
    # tqdm would start a thread, and may not be installed.
    tqdm: Any = types.ModuleType("tqdm")
    tqdm.tqdm = _Progress
    tqdm.trange = lambda *args, **options: _Progress(range(*args))
    tqdm.auto = tqdm.notebook = tqdm
    for name in ("tqdm", "tqdm.auto", "tqdm.notebook"):
        sys.modules[name] = tqdm
    return sink


def _draw_nothing(sink: Sink) -> None:
    from matplotlib import pyplot
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.figure import Figure

    _replace(Figure, sink.writer(Figure.savefig, "fname"), "savefig")
    _replace(Figure, _nothing, "draw")
    _replace(FigureCanvasBase, _nothing, "draw_idle", "start_event_loop")
    _replace(pyplot, _nothing, "pause")


def _replace(owner: Any, function: Callable, *names: str) -> None:
    for name in names:
        setattr(owner, name, function)


class _Progress:
    """Takes the place of `tqdm.tqdm`: passes its iterable through, and draws nothing."""

    def __init__(self, iterable: Any = (), *args: Any, **options: Any) -> None:
        self.iterable = iterable

    def __iter__(self) -> Any:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return _nothing  # such as `update` and `set_postfix`


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Take no time: nobody sees what it would do."""


def _in_one_process(start: Callable) -> Callable:
    """Return DataLoader.__init__ without worker processes, and what needs them."""
    signature = inspect.signature(start)

    @functools.wraps(start)
    def started(*args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs)
        for name in given.arguments.keys() & _ALONE.keys():
            given.arguments[name] = _ALONE[name]
        start(*given.args, **given.kwargs)

    return started


def _uncompiled(model: Any = None, **options: Any) -> Any:
    """Return the function or module itself: torch's compiler needs processes and a disk."""
    return model if model is not None else lambda model: model

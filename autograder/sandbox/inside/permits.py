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


class Sink:
    """Takes what student code writes to files, and keeps only their names.

    Most code never looks at its files again.  Code that does gets no wrong answer: it ends
    with NotKept.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.refused: NotKept | None = (
            None  # remembered, because a bare `except:` would swallow it
        )
        self._open = io.open
        self._stat = os.stat

    def clear(self) -> None:
        """Forget all names."""
        self.files.clear()
        self.folders.clear()

    def take(self, file: Any) -> bool:
        """Return whether it is a path, and not an open file or a descriptor; remember it then."""
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
            return self._open(
                file, mode, buffering, encoding, errors, newline, **options
            )
        binary: Any = io.BytesIO()
        binary.name = file
        if "b" in mode:
            return binary
        return io.TextIOWrapper(binary, encoding or "utf-8", errors, newline)

    def temporary(self, mode: str = "w+b", *args: Any, **options: Any) -> Any:
        """Open like `tempfile.NamedTemporaryFile`."""
        return self.open(tempfile.mktemp(), mode)

    def mkdir(self, path: Any, *args: Any, **kwargs: Any) -> None:
        """Remember the folder.  A second call succeeds too: the student's machine may have deleted
        it.
        """
        self.folders.add(_absolute(path))

    def writer(self, function: Callable, name: str) -> Callable:
        """Return a function that writes an open file as before, and nothing to a path; its
        parameter name.
        """
        position = [*inspect.signature(function).parameters].index(name)

        @functools.wraps(function)
        def write(*args: Any, **kwargs: Any) -> Any:
            file = kwargs[name] if name in kwargs else args[position]
            if not self.take(file):
                function(*args, **kwargs)

        return write

    def looker(self, function: Callable) -> Callable:
        """Return a function like `os.stat` that refuses a file taken here, and knows the
        folders.
        """

        @functools.wraps(function)
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            place = _absolute(path)
            self._refuse_if(place in self.files, path)
            if any(_is_below(folder, place) for folder in self.folders):
                return function("/", *args, **kwargs)  # a folder like any other
            return function(path, *args, **kwargs)

        return look

    def lister(self, function: Callable) -> Callable:
        """Return a function like `os.listdir` that refuses a folder in which something was
        written.
        """

        @functools.wraps(function)
        def names(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            place = _absolute(path)
            self._refuse_if(
                any(_is_below(file, place) for file in self.files | self.folders), path
            )
            return function(path, *args, **kwargs)

        return names

    def _refuse_if(self, is_taken: bool, path: Any) -> None:
        if is_taken:
            self.refused = NotKept(os.path.basename(_absolute(path)) or "/")
            raise self.refused


def _absolute(path: Any) -> str:
    """Return an absolute path; "" for a descriptor or an open file."""
    return (
        os.path.abspath(os.fsdecode(path))
        if isinstance(path, str | bytes | os.PathLike)
        else ""
    )


def _is_below(path: str, folder: str) -> bool:
    return bool(folder) and f"{path}/".startswith(f"{folder.rstrip('/')}/")


def permit() -> Sink:
    """Patch this process's modules.  Returns what takes the files that student code writes."""
    sink = Sink()
    tempfile.tempdir = "/tmp"  # tempfile would look for a folder by writing to the disk
    loader = torch.utils.data.DataLoader
    replaced: list[tuple[Any, str, Callable]] = [
        (builtins, "open", sink.open),
        (io, "open", sink.open),
        (os, "mkdir", sink.mkdir),
        *(
            (os, name, sink.looker(getattr(os, name)))
            for name in ("stat", "lstat", "access")
        ),
        *(
            (os, name, sink.lister(getattr(os, name)))
            for name in ("listdir", "scandir")
        ),
        *((Path, name, sink.lister(getattr(Path, name))) for name in ("glob", "rglob")),
        *(
            (tempfile, name, sink.temporary)
            for name in ("NamedTemporaryFile", "TemporaryFile")
        ),
        (torch, "save", sink.writer(torch.save, "f")),  # it opens without Python
        (
            np,
            "savetxt",
            sink.writer(np.savetxt, "fname"),
        ),  # it keeps an `open` of its own
        (time, "sleep", _nothing),  # nobody waits for it
        (
            IPython.display,
            "set_matplotlib_formats",
            _nothing,
        ),  # IPython 9 has it no more; the book calls it
        (loader, "__init__", _in_one_process(loader.__init__)),
        (torch, "compile", _uncompiled),
        (torch, "set_num_threads", _nothing),  # libgomp exits where it cannot
        (torch, "set_num_interop_threads", _nothing),
    ]
    if (
        "matplotlib.figure" in sys.modules
    ):  # the template process imported it for students who use it
        from matplotlib import pyplot
        from matplotlib.backend_bases import FigureCanvasBase
        from matplotlib.figure import Figure

        replaced += [
            (Figure, "savefig", sink.writer(Figure.savefig, "fname")),
            (Figure, "draw", _nothing),
            (FigureCanvasBase, "draw_idle", _nothing),
            (FigureCanvasBase, "start_event_loop", _nothing),
            (pyplot, "pause", _nothing),
        ]
    for owner, name, instead in replaced:
        setattr(owner, name, instead)
    for name in (
        "tqdm",
        "tqdm.auto",
        "tqdm.notebook",
    ):  # it would start a thread, and may not be installed
        module: Any = types.ModuleType(name)
        module.tqdm, module.trange = (
            _Progress,
            lambda *args, **options: _Progress(range(*args)),
        )
        module.auto = module.notebook = module
        sys.modules[name] = module
    return sink


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
        given.arguments |= {
            name: value for name, value in _ALONE.items() if name in given.arguments
        }
        start(*given.args, **given.kwargs)

    return started


def _uncompiled(model: Any = None, **options: Any) -> Any:
    """Return the function or module itself: torch's compiler needs processes and a disk."""
    return model if model is not None else lambda model: model

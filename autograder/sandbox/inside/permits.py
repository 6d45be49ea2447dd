"""Patches other packages inside workers, so that grading permits what a notebook may do.

None of it is trusted, and none of it permits more system calls: code that undoes a patch meets the sandbox.
`limit_errors` reports what cannot be permitted.
"""

import builtins
import functools
import inspect
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.sandbox.inside.files import FOR_BOTH, NOT_SERVED, SERVED, Files

# What a DataLoader has where it works in its own process.
_ALONE = {
    "num_workers": 0,
    "prefetch_factor": None,
    "persistent_workers": False,
    "multiprocessing_context": None,
    "timeout": 0,
    "pin_memory": False,
}


def permit() -> Files:
    """Patch this process's modules.  Returns the files in memory."""
    files = Files()
    tempfile.tempdir = "/tmp"  # tempfile would look for a folder by writing to the disk

    def is_plain(file: Any) -> bool:
        return not str(file).endswith((".gz", ".bz2", ".xz"))

    def reads_here(file: Any) -> bool:
        return is_plain(file) and (files.holds(file) or not os.path.exists(file))

    loader = torch.utils.data.DataLoader
    replaced: list[tuple[Any, str, Callable]] = [
        (builtins, "open", files.open),
        (io, "open", files.open),
        *((os, name, getattr(files, name)) for name in FOR_BOTH),
        *((os, name, files.in_memory(getattr(os, name), getattr(files, name))) for name in SERVED),
        (os, "listxattr", files.in_memory(os.listxattr, lambda *_, **__: [])),  # `shutil.copy2` copies them
        *((os, name, files.in_memory(getattr(os, name))) for name in NOT_SERVED),
        (os, "scandir", files.in_memory(os.scandir, lists=True)),
        *((Path, name, files.in_memory(getattr(Path, name), lists=True)) for name in ("glob", "rglob")),
        (Path, "iterdir", lambda self: (self / name for name in os.listdir(self))),
        (shutil, "rmtree", files.in_memory(shutil.rmtree, files.rmtree)),
        *((tempfile, name, files.temporary) for name in ("NamedTemporaryFile", "TemporaryFile")),
        (torch, "save", _by_handle(torch.save, 1, "wb", lambda f: True)),  # it opens without Python
        (np, "savetxt", _by_handle(np.savetxt, 0, "w", is_plain)),  # it keeps an `open` of its own
        (np, "loadtxt", _by_handle(np.loadtxt, 0, "r", reads_here)),
        (np, "genfromtxt", _by_handle(np.genfromtxt, 0, "r", reads_here)),
        (loader, "__init__", _in_one_process(loader.__init__)),
        (torch, "compile", _uncompiled),
        (torch, "set_num_threads", lambda n: None),  # libgomp exits where it cannot
        (torch, "set_num_interop_threads", lambda n: None),
    ]
    if "matplotlib.figure" in sys.modules:  # the template process imported it for students who use it
        from matplotlib import pyplot
        from matplotlib.backend_bases import FigureCanvasBase
        from matplotlib.figure import Figure

        def nothing(*args: Any, **kwargs: Any) -> None:
            """Take no time, since nobody sees it."""

        replaced += [
            (Figure, "savefig", _not_drawing(Figure.savefig, files)),
            (Figure, "draw", nothing),
            (FigureCanvasBase, "draw_idle", nothing),
            (FigureCanvasBase, "start_event_loop", nothing),
            (pyplot, "pause", nothing),
        ]
    for owner, name, instead in replaced:
        setattr(owner, name, instead)
    return files


def _by_handle(function: Callable, at: int, mode: str, applies: Callable[[Any], bool]) -> Callable:
    """Return a function with an open file in place of the path that is its parameter `at`."""
    names = [*inspect.signature(function).parameters]

    @functools.wraps(function)
    def by_handle(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(names, args)) | kwargs
        path: Any = given.get(names[at])
        if not isinstance(path, str | os.PathLike) or not applies(path):
            return function(*args, **kwargs)
        with open(path, mode, encoding=given.get("encoding")) as given[names[at]]:
            return function(**given)

    return by_handle


def _not_drawing(save: Callable, files: Files) -> Callable:
    """Return Figure.savefig without drawing, which takes as long as a hundred trainings."""

    @functools.wraps(save)
    def saved(self: object, fname: Any, **options: Any) -> None:
        if not isinstance(fname, str | os.PathLike):
            save(self, fname, **options)
            return
        has_ending = os.path.splitext(fname)[1]
        files.write_picture(fname if has_ending else f"{os.fspath(fname)}.{options.get('format') or 'png'}")

    return saved


def _in_one_process(start: Callable) -> Callable:
    """Return DataLoader.__init__ without worker processes, and what needs them."""
    signature = inspect.signature(start)

    @functools.wraps(start)
    def started(*args: Any, **kwargs: Any) -> None:
        given = signature.bind(*args, **kwargs)
        given.arguments |= {name: value for name, value in _ALONE.items() if name in given.arguments}
        start(*given.args, **given.kwargs)

    return started


def _uncompiled(model: Any = None, **options: Any) -> Any:
    """Return the function or module itself: torch's compiler needs processes and a disk."""
    return model if model is not None else lambda model: model

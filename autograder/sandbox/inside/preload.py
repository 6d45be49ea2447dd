"""What a template process imports and runs before it forks workers, and what they may read."""

import functools
import gc
import importlib
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

# torch's packages besides `torch`, those that it imports later, and matplotlib's.
LATER = """
    functorch torchgen sympy mpmath gmpy2 gmpy2.libs flint python_flint.libs
    matplotlib matplotlib_inline mpl_toolkits PIL pillow.libs contourpy cycler dateutil
    fontTools kiwisolver packaging pyparsing six.py
"""
SYSTEM = (
    "/usr/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
)


def common() -> None:
    """Take a training step, to fill torch's caches once here, not in each worker."""
    # Before any operation, since OpenMP threads do not survive a fork.
    torch.set_num_threads(1)
    x = torch.ones(4, 2)
    w = torch.zeros(2, 1, requires_grad=True)
    torch.nn.functional.mse_loss(torch.mm(x, w), torch.ones(4, 1)).backward()
    # numpy would import its generators in each worker, which seeds them: 10 ms.
    np.random.seed(0)


@functools.cache
def slow() -> None:
    """Import what few students' functions need, once for all later forks.

    torch imports its algebra for the first gradient given to backward(), a tenth of a
    start, and its compiler for the first optimizer, a quarter.  matplotlib takes another
    quarter.
    """
    w = torch.ones(2, requires_grad=True)
    (2 * w).backward(torch.ones(2))
    torch.optim.SGD([w], lr=0.1).step()
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        os.environ.setdefault("MPLCONFIGDIR", folder)  # for its list of fonts
        importlib.import_module("matplotlib.pyplot")
        importlib.import_module("matplotlib_inline.backend_inline")
    gc.collect()
    gc.freeze()


def readable() -> list[str]:
    """Return the standard and shared libraries, and packages imported so far or later.

    The kit is not among them.
    """
    stdlib = Path(os.__file__).parent
    paths = {*map(Path, SYSTEM)}
    for path in stdlib.iterdir():
        if not path.name.endswith("-packages"):
            paths.add(path)
    for site in sys.path:
        if site.endswith("-packages"):
            for name in {*LATER.split(), *_imported(site + os.sep)}:
                paths.add(Path(site, name))
    paths.discard(Path(__file__).absolute().parents[2])
    return sorted(str(path) for path in paths if path.exists())


def _imported(site: str) -> set[str]:
    """Return the names in a folder of packages from which a module was imported."""
    names = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(site):
            names.add(file[len(site) :].split(os.sep)[0])
    return names

"""What a template process imports and runs before it forks workers, and what they may read."""

import functools
import gc
import importlib
import os
import sys
import tempfile

import torch

from autograder.sandbox.inside import probes


def warm_up() -> None:
    """Run what student code is likely to use: lazy imports and caches fill once here, not per
    worker.
    """
    torch.set_num_threads(
        1
    )  # before any operation, since OpenMP threads do not survive a fork
    x, w = torch.ones(4, 2), torch.zeros(2, 1, requires_grad=True)
    torch.nn.functional.mse_loss(torch.mm(x, w), torch.ones(4, 1)).backward()
    torch.nn.Linear(2, 1)(x)
    torch.linalg.lstsq(x, torch.ones(4, 1))
    torch.einsum("ij,jk", x, w)
    data = torch.utils.data.TensorDataset(x, x)
    list(torch.utils.data.DataLoader(data, batch_size=3, shuffle=True))
    repr(x)
    probes.gradients(
        torch.add, [torch.ones(3, 1), torch.ones(3)], [0, 1], torch.ones(3, 3)
    )


@functools.cache
def warm_up_for_few() -> None:
    """Import what few students' functions need, once for all later forks.

    torch imports its algebra for the first gradient given to backward(), a tenth of a
    start, and its compiler for the first optimizer, a quarter.  matplotlib takes another
    quarter.
    """
    w = torch.ones(2, requires_grad=True)
    (2 * w).backward(torch.ones(2))
    torch.optim.SGD([w], lr=0.1).step()
    with tempfile.TemporaryDirectory(
        prefix="autograder-"
    ) as folder:  # for its list of fonts
        os.environ.setdefault("MPLCONFIGDIR", folder)
        for name in ("matplotlib.pyplot", "matplotlib_inline.backend_inline"):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


# torch's packages besides `torch`, the imports of its algebra and compiler, if they exist,
# and matplotlib's.
LATER = [
    "functorch",
    "torchgen",
    "sympy",
    "mpmath",
    "gmpy2",
    "gmpy2.libs",
    "flint",
    "python_flint.libs",
    "matplotlib",
    "matplotlib_inline",
    "mpl_toolkits",
    "PIL",
    "pillow.libs",
    "contourpy",
    "cycler",
    "dateutil",
    "fontTools",
    "kiwisolver",
    "packaging",
    "pyparsing",
    "six.py",
]
SYSTEM = ("/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")


def readable() -> list[str]:
    """Return the standard and shared libraries, and packages imported so far or later; not the
    kit.
    """
    stdlib = os.path.dirname(os.__file__)
    paths = {*SYSTEM}
    for name in os.listdir(stdlib):
        if not name.endswith("-packages"):
            paths.add(os.path.join(stdlib, name))
    for site in sys.path:
        if site.endswith("-packages"):
            paths.update(
                os.path.join(site, name) for name in (*LATER, *_imported(site + os.sep))
            )
    kit = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return sorted(path for path in paths if os.path.exists(path) and path != kit)


def _imported(site: str) -> set[str]:
    """Return the names in a folder of packages from which a module was imported."""
    names = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(site):
            names.add(file[len(site) :].split(os.sep)[0])
    return names

"""Parts of torch that few need: found as ever, and run when something in them is first asked for.

A third of what importing torch takes is running them, to serve compilers, quantised numbers and the like.
For processes of our own, of one thread: a server's threads might wait for one another.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import importlib.util
import re
import sys
import warnings
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

SEEN = (2, 8), (2, 15)  # versions of torch that were seen to do without: another is imported whole
META = ("torch._meta_registrations", "torch._refs", "torch._prims", "torch._decomp")
DISTRIBUTIONS = ("torch.distributions",)
MASKED = ("torch.masked",)
QUANTIZED = ("torch.quantization", "torch.nn.quantized")
PARTS = (*META, *DISTRIBUTIONS, *MASKED, *QUANTIZED)
NEEDED = "torch._prims.rng_prims"  # lies in one of them, and makes torch.Generator what it is
# What comes with the first DataLoader, tensor shown or gradient, as versions differ; it needs none of them.
LEAVES = (
    "torch.profiler._cupti_monitor",
    "torch._subclasses.schema_check_mode",
    "torch.nested._internal.nested_tensor",
)

DEEP = 4000  # calls that running a part may take, beside those of whoever asks


class _Postponed(ModuleType):
    """A module that was found, and not run yet."""

    def __getattr__(self, name):
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        _wake(self)
        return getattr(self, name)

    def __setattr__(self, name, value):
        if not (name.startswith("__") or isinstance(value, ModuleType)):  # which Python sets as it imports
            _wake(self)
        ModuleType.__setattr__(self, name, value)  # it may be no longer of this class

    def __dir__(self):
        _wake(self)
        return dir(self)


class _Later(Loader):
    """Makes a module that its own loader runs later."""

    def __init__(self, loader):
        self.loader = loader

    def exec_module(self, module):
        module.__class__ = _Postponed

    def __getattr__(self, name):
        return getattr(self.loader, name)  # whoever reads a module's source asks its loader


class _Already(Loader):
    """Gives the module that came to be while it was looked for."""

    def __init__(self, module):
        self.module, self.spec = module, module.__spec__

    def create_module(self, spec):
        return self.module

    def exec_module(self, module):
        module.__spec__, module.__loader__ = self.spec, self.spec.loader

    def __getattr__(self, name):
        return getattr(self.spec.loader, name)


class _Finder(MetaPathFinder):
    """Has PARTS run later, and run when what lies below one is looked for.

    META is run, too, when torch imports anything more of itself, which may rest on it and not say so.
    """

    is_importing = False  # torch, the first time
    watches = False  # over META

    def find_spec(self, fullname, path, target=None) -> ModuleSpec | None:
        if self.is_importing and fullname in PARTS:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Later(spec.loader)
            return spec
        if target is not None:  # it is loaded again
            run(fullname)
            return None
        parent = sys.modules.get(fullname.rpartition(".")[0])
        if isinstance(parent, _Postponed) and fullname != NEEDED:
            _wake(parent)
        elif self.watches and fullname.startswith("torch.") and not fullname.startswith(PARTS):
            run(*META)
        found = sys.modules.get(fullname)
        if found is None:
            return None
        already = copy.copy(found.__spec__)
        already.loader = _Already(found)
        found.__spec__ = already  # which Python takes by now, whatever a finder says
        return already


_finder = _Finder()


def import_torch() -> None:
    """Import it, where it is not there yet, without these parts, if this version was seen to do without."""
    if "torch" in sys.modules or not _is_seen():
        return
    sys.meta_path.insert(0, _finder)
    _finder.is_importing = True
    try:
        for name in (*PARTS, NEEDED, *LEAVES):
            with contextlib.suppress(ModuleNotFoundError):  # some versions have not all
                importlib.import_module(name)
    finally:
        _finder.is_importing = False
    _finder.watches = True


def run(*names: str) -> None:
    """Run such parts now, where they were postponed."""
    if names == META:
        _finder.watches = False
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, _Postponed):
            module.__class__ = ModuleType
            spec = module.__spec__
            spec.loader = module.__loader__ = spec.loader.loader
            with _undisturbed():
                spec.loader.exec_module(module)


@contextlib.contextmanager
def _undisturbed():
    """Whoever asks may be deep in calls, and have warnings raised: what breaks off here would stay broken."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + DEEP)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.setrecursionlimit(limit)


def _wake(module):
    """Run one that was asked for; those of META together, in the order in which torch runs them."""
    is_meta = _finder.watches and module.__name__ in META
    run(*(META if is_meta else (module.__name__,)))


def _is_seen():
    """Whether the torch that would be imported is of a version of SEEN; it is read, not imported."""
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    with contextlib.suppress(OSError), open(f"{spec.submodule_search_locations[0]}/version.py") as file:
        found = re.search(r"__version__ = '(\d+)\.(\d+)\.", file.read())
        return found is not None and SEEN[0] <= (int(found[1]), int(found[2])) <= SEEN[1]
    return False

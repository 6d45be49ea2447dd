"""Puts a finder of its own before all others, and a torch of its own among the modules."""
# expect: value

import importlib.abc
import sys
import types


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        raise RuntimeError("found")


def attack(x):
    sys.meta_path.insert(0, Finder())
    fake = types.ModuleType("torch")
    fake.allclose = lambda *args, **kwargs: True
    sys.modules["torch"] = sys.modules["autograder.wire"] = fake
    sys.path.insert(0, ARENA["modules"])
    return 1.0

"""Loads a shared library from a folder of its own, by ctypes, by the import machinery and by
torch.
"""
# expect: blocked

import ctypes
import importlib.machinery

import torch


def attack(x):
    path = ARENA["library"]
    loader = importlib.machinery.ExtensionFileLoader("_hostile", path)
    spec = importlib.machinery.ModuleSpec("_hostile", loader, origin=path)
    return tried(
        {
            "ctypes": lambda: ctypes.CDLL(path),
            "import": lambda: loader.create_module(spec),
            "torch": lambda: torch.ops.load_library(path),
        }
    )

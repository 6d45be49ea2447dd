"""Imports a torch.py that lies beside the submission."""
# expect: blocked

import importlib
import os
import sys


def attack(x):
    folder = ARENA["modules"]
    sys.path.insert(0, folder)
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    old = sys.modules.pop("torch")
    try:
        import torch

        return (
            "BREACH: imported"
            if hasattr(torch, "mine")
            else "blocked: the real one"
        )
    except BaseException as error:
        return f"blocked: {type(error).__name__}"
    finally:
        sys.modules["torch"] = old
        os.fspath(folder)

"""Leaves work for the end of its process: exit handlers, finalizers, a destructor; then ends."""
# expect: crashed

import atexit
import os
import sys
import weakref

import torch


class Last:
    def __del__(self):
        open(os.path.join(ARENA["folder"], "left"), "w").close()


def attack(x):
    write = (
        Last().__del__
        if not ARENA["folder"]
        else lambda: open(ARENA["folder"] + "/left", "w")
    )
    atexit.register(write)
    torch.last = Last()
    weakref.finalize(torch.last, write)
    try:
        sys.exit(0)
    finally:
        atexit._run_exitfuncs()
        os._exit(0)

"""Makes new files, and overwrites and appends to an old one."""
# expect: blocked

import os

import numpy as np
import torch


def attack(x):
    old, new = ARENA["canary"], os.path.join(ARENA["folder"], "made")
    create = os.O_WRONLY | os.O_CREAT
    return tried(
        {
            "w": lambda: open(new, "w").write("x"),
            "x": lambda: open(new, "x").write("x"),
            "a": lambda: open(old, "a").write("x"),
            "r+": lambda: open(old, "r+").write("x"),
            "trunc": lambda: os.open(old, os.O_RDONLY | os.O_TRUNC),
            "creat": lambda: os.open(new, create),
            "creat(2)": lambda: syscall("creat", new.encode(), 0o600),
            "read-only creat": lambda: os.open(new, os.O_RDONLY | os.O_CREAT),
            "openat2": lambda: syscall(
                "openat2", -100, new.encode(), create.to_bytes(8, "little") + bytes(16), 24
            ),
            "torch.save": lambda: torch.save(x, new),
            "numpy.save": lambda: np.save(new, np.ones(2)),
            "tofile": lambda: np.ones(2).tofile(old),
            "fopen": lambda: libc.fopen(old.encode(), b"a") or refuse(),
        }
    )

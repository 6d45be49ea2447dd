"""Makes new files, and overwrites and appends to an old one, past what Python has in memory."""
# expect: blocked

import _io as io  # whose `open` is the real one
import os

import numpy as np
import torch


def attack(x):
    old, new = ARENA["canary"], os.path.join(ARENA["folder"], "made")
    create = os.O_WRONLY | os.O_CREAT
    return tried(
        {
            "w": lambda: io.open(new, "w").write("x"),
            "x": lambda: io.open(new, "x").write("x"),
            "a": lambda: io.open(old, "a").write("x"),
            "r+": lambda: io.open(old, "r+").write("x"),
            "trunc": lambda: os.open(old, os.O_RDONLY | os.O_TRUNC),
            "creat": lambda: os.open(new, create),
            "creat(2)": lambda: syscall("creat", new.encode(), 0o600),
            "read-only creat": lambda: os.open(new, os.O_RDONLY | os.O_CREAT),
            "openat2": lambda: syscall(
                "openat2",
                -100,
                new.encode(),
                create.to_bytes(8, "little") + bytes(16),
                24,
            ),
            "torch.save": lambda: torch._C.PyTorchFileWriter(new),
            "FileIO": lambda: io.FileIO(new, "w"),
            "tofile": lambda: np.ones(2).tofile(old),
            "fopen": lambda: libc.fopen(old.encode(), b"a") or refuse(),
        }
    )

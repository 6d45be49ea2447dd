"""Reads the hidden tests by every way that Python, numpy, torch and C have."""
# expect: blocked

import io
import linecache
import mmap
import os

import numpy as np
import torch


def attack(x):
    path = ARENA["hidden"]
    return tried(
        {
            "open": lambda: open(path).read(),
            "os.open": lambda: os.read(os.open(path, os.O_RDONLY), 100),
            "open_code": lambda: io.open_code(path).read(),
            "numpy": lambda: np.fromfile(path, dtype=np.uint8),
            "torch": lambda: torch.load(path),
            "storage": lambda: torch.from_file(path, size=4, dtype=torch.uint8),
            "mmap": lambda: mmap.mmap(
                os.open(path, os.O_RDONLY), 0, prot=mmap.PROT_READ
            ),
            "linecache": lambda: linecache.getlines(path) or refuse(),
            "fopen": lambda: libc.fopen(path.encode(), b"r") or refuse(),
            "openat2": lambda: syscall(
                "openat2", -100, path.encode(), bytes(24), 24
            ),
            "execfile": lambda: exec(open(path).read()),
        }
    )

"""Writes by every way that Python has, and asks the kernel by itself whether anything came to
be.
"""
# expect: blocked

import os
import pathlib
import posix  # whose functions are the real ones
import tempfile

import numpy as np
import torch


def attack(x):
    folder, old = ARENA["folder"], ARENA["modules"]
    new = os.path.join(folder, "made")
    with open(new, "w") as file:
        file.write("x")
    torch.save(x, os.path.join(folder, "made.pt"))
    np.save(os.path.join(folder, "made.npy"), np.ones(2))
    pathlib.Path(folder, "made.txt").write_text("x")
    os.makedirs(os.path.join(folder, "deep", "deeper"))
    made = [new, tempfile.mkdtemp(), "/dev/shm/hostile"]
    open("/dev/shm/hostile", "w").write("x")
    open(os.path.join(old, "torch.py"), "w").write("mine = False")
    open("/etc/ld.so.preload", "w").write("mine")
    made += [
        os.path.join(folder, name)
        for name in ("made.pt", "made.npy", "made.txt", "deep")
    ]
    for path in made:
        try:
            posix.stat(path)
        except OSError:
            continue
        return f"BREACH: {path} is there"
    return f"blocked: the kernel knows none of {len(made)}"

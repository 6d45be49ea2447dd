"""Fills the disk, at most 200 MB, through files, the handles it has, and fallocate."""
# expect: blocked

import _io as io  # whose `open` is the real one
import os


def attack(x):
    path = os.path.join(ARENA["folder"], "big")

    def fill():
        with io.open(path, "wb") as file:
            for _ in range(50):
                file.write(bytes(4 << 20))

    return tried(
        {
            "write": fill,
            "fallocate": lambda: os.posix_fallocate(3, 0, 200 << 20),
            "truncate": lambda: os.ftruncate(1, 200 << 20),
            "sendfile": lambda: os.sendfile(3, 0, 0, 10),
            "copy_file_range": lambda: os.copy_file_range(0, 1, 10),
            "splice": lambda: os.splice(3, 1, 10),
        }
    )

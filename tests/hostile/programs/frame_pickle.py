"""Sends a pickle that would run a command in the judge."""
# expect: protocol

import os
import pickle
import posix  # whose functions are the real ones
import struct


class Command:
    def __reduce__(self):
        return posix.symlink, (
            ARENA["canary"],
            os.path.join(ARENA["folder"], "pickled"),
        )


def attack(x):
    data = pickle.dumps([Command()])
    os.write(3, struct.pack("<II", len(data), 0) + data)

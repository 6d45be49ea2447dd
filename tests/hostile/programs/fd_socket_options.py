"""Asks the frame socket who is at its other end, and changes it so that the judge's calls
would block.
"""
# expect: blocked

import fcntl
import os
import struct


def attack(x):
    return tried(
        {
            "peercred": lambda: reaches(
                "getsockopt", 3, 1, 17, bytes(12), struct.pack("i", 12)
            ),
            "setsockopt": lambda: reaches(
                "setsockopt", 3, 1, 7, struct.pack("i", 1), 4
            ),
            "getpeername": lambda: reaches(
                "getpeername", 3, bytes(128), struct.pack("i", 128)
            ),
            "shutdown": lambda: reaches("shutdown", 3, 3),
            "setfl": lambda: fcntl.fcntl(3, fcntl.F_SETFL, os.O_NONBLOCK),
            "setown": lambda: fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid()),
            "lease": lambda: fcntl.fcntl(0, fcntl.F_SETLEASE, fcntl.F_RDLCK),
            "lock": lambda: fcntl.flock(1, fcntl.LOCK_EX | fcntl.LOCK_NB),
            "fionbio": lambda: fcntl.ioctl(3, 0x5421, struct.pack("i", 1)),
            "sioc": lambda: fcntl.ioctl(3, 0x8927, bytes(40)),
        }
    )

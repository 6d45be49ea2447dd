"""Makes temporary and unnamed files: /tmp, /dev/shm, O_TMPFILE, memfd, POSIX and System V
memory.
"""
# expect: blocked

import _io as io  # whose `open` is the real one
import os
import posix
import tempfile
from multiprocessing import shared_memory


def attack(x):
    return tried(
        {
            "mkstemp": tempfile.mkstemp,
            "folder": lambda: posix.mkdir("/tmp/hostile"),
            "shm": lambda: io.open("/dev/shm/hostile", "w").write("x"),
            "O_TMPFILE": lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR),
            "memfd": lambda: os.memfd_create("x"),
            "memfd_secret": lambda: syscall("memfd_secret", 0),
            "shared_memory": lambda: shared_memory.SharedMemory(
                create=True, size=4096
            ).unlink(),
            "shmget": lambda: syscall("shmget", 0, 4096, 0o1600),
            "msgget": lambda: reaches("msgget", 0, 0),
            "semget": lambda: reaches("semget", 0, 1, 0),
            "mq_open": lambda: reaches("mq_open", b"hostile", 0, 0, 0),
        }
    )

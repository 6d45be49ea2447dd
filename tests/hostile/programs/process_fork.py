"""Forks by every call that makes a process."""
# expect: blocked

import os


def forked(make):
    pid = make()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def attack(x):
    return tried(
        {
            "fork": lambda: forked(os.fork),
            "fork(2)": lambda: forked(lambda: syscall("fork")),
            "clone": lambda: forked(lambda: syscall("clone", 17, 0, 0, 0, 0)),
            "clone with its parent": lambda: forked(
                lambda: syscall("clone", 17 | 0x8000, 0, 0, 0, 0)
            ),
            "clone3": lambda: reaches("clone3", bytes(64), 64),
            "forkpty": lambda: forked(lambda: os.forkpty()[0]),
            "libc": lambda: forked(lambda: libc.fork() if libc.fork else 0),
        }
    )
